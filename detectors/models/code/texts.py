"""Training texts for the code classifier: snippets in every wrapping people paste, and what only
looks like code: traces, logs, tables, data, listings.
"""

# ruff: noqa: E501 - a template reads better on one line

import html
import json
import random
from collections.abc import Callable

type Made = tuple[str, list[tuple[int, int]]]
"""A text and the spans of it that are code."""

ASK = (
    "what does this do", "Explain this code", "why does this fail?", "can you review this", "fix the bug",
    "refactor please:", "convert this to Python", "add tests for", "Is this thread safe?", "make it faster",
    "Here is my function:", "I get an error here", "translate the comments", "write documentation for this",
    "Was macht dieser Code?", "Bitte erkläre das", "Warum funktioniert das nicht?", "Kannst du das verbessern:",
    "Que fait ce code ?", "Peux-tu corriger cette fonction", "Pourquoi cette erreur ?", "Ajoute des tests :",
    "¿Qué hace este código?", "Por favor corrige esto", "Optimiza esta función:", "¿Por qué falla?",
    "Cosa fa questo codice?", "Puoi correggere questo", "O que este código faz?", "Corrija por favor:",
    "Co robi ten kod?", "Popraw ten błąd:", "Wat doet deze code?", "Kun je dit verbeteren",
    "Vad gör den här koden?", "Hvad gør denne kode?", "Mitä tämä koodi tekee?", "Что делает этот код?",
    "Почему не работает?", "Що робить цей код?", "Bu kod ne yapıyor?", "この関数を説明して", "这段代码是做什么的",
    "이 코드를 설명해줘", "ما الذي يفعله هذا الكود", "Co dělá tento kód?", "Mit csinál ez a kód?",
    "Ce face acest cod?", "Τι κάνει αυτός ο κώδικας;", "Hva gjør denne koden?", "Šta radi ovaj kod?",
)  # fmt: skip

LANGUAGE_TAGS = {
    "JavaScript": "js", "TypeScript": "ts", "Shell": "bash", "C++": "cpp", "C#": "csharp", "F#": "fsharp",
    "Objective-C": "objc", "PL/SQL": "plsql", "VB.NET": "vbnet", "Common Lisp": "lisp", "Vim script": "vim",
    "Protocol Buffers": "proto", "Emacs Lisp": "elisp", "Batch": "bat", "Visual Basic .NET": "vb",
}  # fmt: skip


def wrapped(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    """`code` as somebody would send it."""
    return r.choices(_WRAPPINGS, _WEIGHTS)[0](code, language, prose, r)


def _plain(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    return code, [(0, len(code))]


def _asked(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    head = r.choice(ASK) + r.choice(("\n\n", "\n", ":\n\n", "\n\n\n"))
    tail = "" if r.random() < 0.6 else r.choice(("\n\n", "\n")) + r.choice((*ASK, prose()))
    return head + code + tail, [(len(head), len(head) + len(code))]


def _fenced(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    fence = r.choice(("```", "```", "~~~", "````"))
    tag = r.choice(("", LANGUAGE_TAGS.get(language, language.lower().replace(" ", ""))))
    head = r.choice((r.choice(ASK), prose())) + f"\n\n{fence}{tag}\n"
    tail = f"\n{fence}" + r.choice(("", "\n\n" + prose()))
    return head + code + tail, [(len(head), len(head) + len(code))]


def _amid_prose(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    head = "\n".join(prose() for _ in range(r.randint(1, 6))) + "\n\n"
    tail = "\n\n" + "\n".join(prose() for _ in range(r.randint(0, 5)))
    pad = r.choice(("", "    "))
    code = "\n".join(pad + line if line.strip() else line for line in code.split("\n"))
    return head + code + tail, [(len(head), len(head) + len(code))]


def _mail(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    a, b = r.sample(("Anna", "Jonas", "Mei", "Ravi", "Lena", "Olu", "Ivo", "Zoe"), 2)
    head = f"From: {a}\nTo: {b}\nSubject: Re: {prose()[:40]}\n\nHi {b},\n\n{prose()}\n\n"
    tail = f"\n\n{prose()}\n\nBest,\n{a}\n"
    return head + code + tail, [(len(head), len(head) + len(code))]


def _diff(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    name = r.choice(("src/main", "lib/core", "app/models/order", "pkg/util", "test/unit"))
    out = [f"diff --git a/{name} b/{name}", f"index {r.getrandbits(28):07x}..{r.getrandbits(28):07x} 100644",
           f"--- a/{name}", f"+++ b/{name}", f"@@ -{r.randint(1, 90)},7 +{r.randint(1, 90)},9 @@"]  # fmt: skip
    out += [r.choice("   +-") + line for line in code.split("\n")]
    text = "\n".join(out[r.choice((0, 0, 2, 4)) :])
    return text, [(0, len(text))]


def _numbered(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    first, mark = r.randint(1, 400), r.choice((" | ", ": ", "\t", "  ", " "))
    text = "\n".join(f"{first + i}{mark}{line}" for i, line in enumerate(code.split("\n")))
    return text, [(0, len(text))]


def _quoted(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    mark = r.choice(("> ", ">> ", "| ", ">"))
    text = "\n".join(mark + line for line in code.split("\n"))
    return text, [(0, len(text))]


def _joined(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    text = " ".join(line.strip() for line in code.split("\n")[:10] if line.strip())
    return text, [(0, len(text))]


def _flat(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    text = "\n".join(line.strip() for line in code.split("\n"))
    return text, [(0, len(text))]


def _rewrapped(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    width, out = r.randint(30, 60), []
    for line in code.split("\n"):
        while len(line) > width and " " in line[10:width]:
            cut = line.rindex(" ", 10, width)
            out.append(line[:cut])
            line = line[cut + 1 :]
        out.append(line)
    text = "\n".join(out)
    return text, [(0, len(text))]


def _repl(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    style, out, n = r.randint(0, 4), [], r.randint(1, 60)
    for line in code.split("\n"):
        inner = line.startswith((" ", "\t"))
        mark = (
            (">>> ", "... "),
            (f"In [{n}]: ", "   ...: "),
            ("> ", "+ "),
            ("irb(main):001> ", "irb* "),
            ("$ ", "> "),
        )
        out.append(mark[style][inner] + line)
        n += not inner
    text = "\n".join(out)
    return text, [(0, len(text))]


def _notebook(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    head = '{\n "cells": [\n  {\n   "cell_type": "code",\n   "execution_count": null,\n   "metadata": {},\n   "outputs": [],\n   "source": [\n    '
    lines = code.split("\n")
    body = ",\n    ".join(
        json.dumps(line + "\n" * (i < len(lines) - 1), ensure_ascii=False)
        for i, line in enumerate(lines)
    )
    tail = (
        '\n   ]\n  }\n ],\n "metadata": {"language_info": {"name": "python"}},\n "nbformat": 4\n}'
    )
    return head + body + tail, [(len(head), len(head) + len(body))]


def _json_escaped(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    key = r.choice(("source", "code", "content", "text", "body", "input", "script", "query"))
    inner = json.dumps(code, ensure_ascii=False)[1:-1]
    head = r.choice(("", r.choice(ASK) + "\n\n")) + r.choice(
        ("{", '{"id": 17, "type": "file", ', '{"language":"x","version":"1",')
    )
    head += f'"{key}":' + r.choice((" ", "")) + '"'
    tail = r.choice(('"}', '", "ok": true}', '"}]'))
    return head + inner + tail, [(len(head), len(head) + len(inner))]


def _html_escaped(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    inner = html.escape(code, quote=r.random() < 0.5)
    head = f"<p>{prose()}</p>\n" * r.randint(0, 1) + r.choice(
        ("<pre><code>", "<pre>", '<div class="code">')
    )
    tail = r.choice(("</code></pre>", "</pre>", "</div>")) + f"\n<p>{prose()}</p>" * r.randint(0, 1)
    return head + inner + tail, [(len(head), len(head) + len(inner))]


_WRAPPINGS = (_plain, _asked, _fenced, _amid_prose, _mail, _diff, _numbered, _quoted, _joined, _flat,
              _rewrapped, _repl, _notebook, _json_escaped, _html_escaped)  # fmt: skip
_WEIGHTS = (26, 16, 8, 10, 4, 7, 3, 3, 3, 3, 3, 4, 3, 4, 3)


# ── what only looks like code ─────────────────────────────────────────────────────────────────

_PARTS = ("order", "invoice", "user", "session", "cache", "queue", "payment", "report", "retry", "index",
          "shipment", "token", "batch", "audit", "search", "price", "stock", "mail", "billing", "event")  # fmt: skip
_DOES = (
    "load",
    "save",
    "parse",
    "flush",
    "handle",
    "validate",
    "render",
    "dispatch",
    "update",
    "close",
)


def _camel(r: random.Random) -> str:
    return "".join(p.title() for p in r.sample(_PARTS, 2)) + r.choice(
        ("Service", "Factory", "Impl", "Handler", "")
    )


def _method(r: random.Random) -> str:
    return r.choice(_DOES) + r.choice(_PARTS).title()


def trace(r: random.Random) -> str:
    """A stack trace, frames only: no line of source."""
    kind, n, out = r.randint(0, 9), r.randint(3, 16), []
    what = r.choice(("Connection refused", "null", "Index 7 out of bounds for length 7", "timeout", "invalid state",
                     "Cannot read properties of undefined (reading 'id')", "no such file or directory"))  # fmt: skip
    if kind <= 2:
        out.append(
            r.choice(('Exception in thread "main" ', "Caused by: ", ""))
            + f"java.lang.{_camel(r)}Exception: {what}"
        )
        out += [f"\tat com.{r.choice(_PARTS)}.{r.choice(_PARTS)}.{_camel(r)}.{_method(r)}({_camel(r)}.java:{r.randint(9, 900)})"
                for _ in range(n)]  # fmt: skip
        if r.random() < 0.4:
            out.append(f"\t... {r.randint(3, 60)} more")
    elif kind <= 4:
        out.append(
            f"{r.choice(('TypeError', 'Error', 'ReferenceError', 'UnhandledPromiseRejection'))}: {what}"
        )
        out += [f"    at {r.choice(('', 'async ', 'Object.', 'new '))}{_camel(r)}.{_method(r)} (/srv/{r.choice(_PARTS)}/{r.choice(('src', 'dist', 'node_modules/express/lib'))}/{r.choice(_PARTS)}.js:{r.randint(1, 900)}:{r.randint(1, 80)})"
                for _ in range(n)]  # fmt: skip
    elif kind == 5:
        out.append("Traceback (most recent call last):")
        out += [f'  File "/opt/app/{r.choice(_PARTS)}/{r.choice(_PARTS)}.py", line {r.randint(3, 900)}, in {r.choice(_DOES)}_{r.choice(_PARTS)}'
                for _ in range(n)]  # fmt: skip
        out.append(
            f"{r.choice(('ValueError', 'KeyError', 'RuntimeError', 'requests.exceptions.ConnectionError'))}: {what}"
        )
    elif kind == 6:
        out.append(f"Unhandled exception. System.{_camel(r)}Exception: {what}")
        out += [f"   at Acme.{r.choice(_PARTS).title()}.{_camel(r)}.{r.choice(_DOES).title()}Async({r.choice(('String id', 'Int32 n, CancellationToken ct', ''))}) in C:\\build\\{_camel(r)}.cs:line {r.randint(5, 700)}"
                for _ in range(n)]  # fmt: skip
    elif kind == 7:
        out += [f"panic: runtime error: {what}", "", f"goroutine {r.randint(1, 90)} [running]:"]
        for _ in range(n):
            out += [f"main.(*{_camel(r)}).{r.choice(_DOES).title()}(0x{r.getrandbits(40):x}, 0x{r.getrandbits(12):x})",
                    f"\t/go/src/{r.choice(_PARTS)}/{r.choice(_PARTS)}.go:{r.randint(4, 600)} +0x{r.getrandbits(12):x}"]  # fmt: skip
    elif kind == 8:
        out.append(
            f"thread 'main' panicked at '{what}', src/{r.choice(_PARTS)}.rs:{r.randint(4, 300)}:{r.randint(1, 60)}"
        )
        out.append("stack backtrace:")
        for i in range(n):
            out += [f"  {i:2}: {r.choice(_PARTS)}::{r.choice(_PARTS)}::{r.choice(_DOES)}",
                    f"             at ./src/{r.choice(_PARTS)}.rs:{r.randint(4, 300)}:{r.randint(1, 40)}"]  # fmt: skip
    else:
        out.append(
            f"PHP Fatal error:  Uncaught {_camel(r)}Exception: {what} in /var/www/{r.choice(_PARTS)}.php:{r.randint(3, 400)}"
        )
        out += [
            f"#{i} /var/www/src/{_camel(r)}.php({r.randint(5, 500)}): App\\{_camel(r)}->{_method(r)}()"
            for i in range(n)
        ]
        out.append(f"#{n} {{main}}")
    return "\n".join(out)


def log(r: random.Random) -> str:
    """Lines of a log file."""
    out, kind = [], r.randint(0, 6)
    h, m = r.randint(0, 23), r.randint(0, 59)
    for i in range(r.randint(3, 20)):
        s = f"{h:02}:{m:02}:{min(59, i * 2):02}"
        level = r.choice(("INFO", "WARN", "ERROR", "DEBUG", "info", "error"))
        say = f"{r.choice(_DOES)} {r.choice(_PARTS)} {r.choice(('took', 'failed after', 'finished in', 'id='))} {r.randint(1, 9000)}{r.choice((' ms', '', 's'))}"
        ip = ".".join(str(r.randint(1, 254)) for _ in range(4))
        out.append((
            f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02} {s},{r.randint(0, 999):03} {level} [{r.choice(_PARTS)}-{r.randint(1, 9)}] com.acme.{_camel(r)} - {say}",
            f"{s} {level.lower()}: {r.choice(_PARTS)}={r.randint(1, 99)} {r.choice(_PARTS)}=\"{say}\" status={r.choice((200, 404, 500))}",
            f'{ip} - - [14/Mar/2026:{s} +0000] "GET /{r.choice(_PARTS)}/{r.randint(1, 999)} HTTP/1.1" {r.choice((200, 304, 404))} {r.randint(90, 9000)} "-" "Mozilla/5.0"',
            f'{{"ts":"2026-03-04T{s}Z","level":"{level}","msg":"{say}","{r.choice(_PARTS)}":{r.randint(1, 999)}}}',
            f"Mar {r.randint(1, 28)} {s} host{r.randint(1, 9)} {r.choice(('sshd', 'kernel', 'cron', 'systemd'))}[{r.randint(90, 9999)}]: {say}",
            f"[{s}] {level.upper()} {r.choice(_PARTS)}.{r.choice(_PARTS)}: {say} (attempt {r.randint(1, 5)}/5)",
            f"I{r.randint(1000, 1231)} {s}.{r.randint(0, 999999):06}   {r.randint(1, 9)} {r.choice(_PARTS)}.go:{r.randint(9, 900)}] {say}",
        )[kind])  # fmt: skip
    return "\n".join(out)


def listing(r: random.Random) -> str:
    """What a command printed."""
    kind, n, out = r.randint(0, 6), r.randint(4, 18), []
    for i in range(n):
        part = r.choice(_PARTS)
        out.append((
            f"-rw-r--r-- {r.randint(1, 4)} {r.choice(('root', 'anna', 'www'))} staff {r.randint(10, 99999):6} Mar {r.randint(1, 28):2} 10:{r.randint(10, 59)} {part}-{i}.{r.choice(('txt', 'log', 'py', 'tar.gz'))}",
            f"{r.getrandbits(28):07x} {r.choice(('fix', 'feat', 'chore', 'docs'))}({part}): {r.choice(_DOES)} {r.choice(_PARTS)} on restart",
            f"{part}-{r.getrandbits(20):05x}   1/1   {r.choice(('Running', 'Pending', 'CrashLoopBackOff'))}   {r.randint(0, 9)}   {r.randint(1, 60)}d",
            f"{r.randint(1, 9999):5} {r.choice(('root', 'www'))} {r.randint(0, 20)} 0 {r.randint(1, 900)}M {r.randint(1, 90)}M S {r.randint(0, 40)}.{r.randint(0, 9)} 0:0{r.randint(0, 9)} {part}d",
            f"  {r.choice(('modified:  ', 'new file:  ', 'deleted:   '))} src/{part}/{r.choice(_PARTS)}.{r.choice(('ts', 'go', 'py'))}",
            f"{'PASS' if r.random() < 0.8 else 'FAIL'} tests/{part}.test.ts ({r.randint(1, 30)}.{r.randint(0, 9)} s)",
            f"Setting up lib{part} ({r.randint(0, 9)}.{r.randint(0, 30)}-{r.randint(1, 4)}) ...",
        )[kind])  # fmt: skip
    return "\n".join(out)


def table(prose: Callable[[], str], r: random.Random) -> str:
    """Rows and columns."""
    columns = r.sample(_PARTS, r.randint(3, 6))
    rows = [[r.choice((str(r.randint(1, 9000)), r.choice(_PARTS).title(), f"{r.uniform(1, 99):.2f}", prose()[:20], f"2026-0{r.randint(1, 9)}-1{r.randint(0, 9)}"))
             for _ in columns] for _ in range(r.randint(3, 14))]  # fmt: skip
    kind = r.randint(0, 5)
    if kind == 0:
        lines = ["| " + " | ".join(row) + " |" for row in [columns, ["---"] * len(columns), *rows]]
    elif kind == 1:
        lines = ["+" + "+".join("-" * 12 for _ in columns) + "+"] + [
            "|" + "|".join(f" {c[:10]:<11}" for c in row) + "|" for row in [columns, *rows]
        ]
    else:
        mark = (", ", ";", "\t", ",", "    ")[kind - 1]
        quote = '"' if r.random() < 0.3 else ""
        lines = [mark.join(f"{quote}{c}{quote}" for c in row) for row in [columns, *rows]]
    return "\n".join(lines)


def data(prose: Callable[[], str], r: random.Random) -> str:
    """JSON or XML that holds data."""
    rows = [{r.choice(_PARTS): r.choice((r.randint(1, 9000), prose()[:30], True, None, [1, 2], {r.choice(_PARTS): r.randint(1, 9)}))
             for _ in range(r.randint(2, 5))} for _ in range(r.randint(1, 6))]  # fmt: skip
    if r.random() < 0.6:
        text = json.dumps(
            rows if r.random() < 0.6 else rows[0], indent=r.choice((None, 2, 4)), ensure_ascii=False
        )
    else:
        item = r.choice(_PARTS)
        inner = "\n".join(f"  <{item} id=\"{i}\">\n" + "\n".join(f"    <{k}>{html.escape(str(v))}</{k}>" for k, v in row.items()) + f"\n  </{item}>"
                          for i, row in enumerate(rows))  # fmt: skip
        text = f'<?xml version="1.0"?>\n<{item}s>\n{inner}\n</{item}s>'
    return (r.choice(ASK) + "\n\n" if r.random() < 0.4 else "") + text


def symbols(prose: Callable[[], str], r: random.Random) -> str:
    """Prose with more signs than prose has: lists, surveys, formulas, prices, times."""
    kind, n = r.randint(0, 5), r.randint(3, 10)
    if kind == 0:
        return "\n".join(
            f"{r.choice('-*•')} {prose()[:50]} ({r.randint(1, 99)}% / n={r.randint(9, 900)})"
            for _ in range(n)
        )
    if kind == 1:
        return "\n".join(
            f"{i + 1}) {prose()[:60]}: €{r.randint(1, 900)}.{r.randint(10, 99)} x {r.randint(1, 9)} = €{r.randint(1, 9000)}"
            for i in range(n)
        )
    if kind == 2:
        return "\n".join(
            f"{r.randint(8, 19)}:{r.randint(10, 59)}–{r.randint(8, 19)}:{r.randint(10, 59)} | {prose()[:40]} [{r.choice(_PARTS)}]"
            for _ in range(n)
        )
    if kind == 3:
        return "\n".join(
            f"f(x) = {r.randint(2, 9)}x^2 + {r.randint(1, 9)}x - {r.randint(1, 99)}, x ∈ [{r.randint(0, 4)}, {r.randint(5, 90)}]"
            for _ in range(n)
        )
    if kind == 4:
        return "\n".join(
            rf"Let ${r.choice('abcxyz')}_{{{r.randint(1, 9)}}} \in \mathbb{{R}}^{{n}}$ and $\frac{{1}}{{{r.randint(2, 9)}}} \leq \alpha < {r.randint(1, 9)}$. {prose()}"
            for _ in range(n)
        )
    return (
        f"# {prose()[:30]}\n\n## {prose()[:30]}\n"
        + "\n".join(f"{r.choice('-*')} **{prose()[:20]}**: {prose()}" for _ in range(n))
        + f"\n\n> {prose()}\n\n[{r.choice(_PARTS).upper()}]"
    )


def request(language: str, r: random.Random) -> str:
    """Somebody asks for code, and sends none."""
    return r.choice((
        f"Write a {language} function that {r.choice(_DOES)}s a list of {r.choice(_PARTS)}s and returns the {r.choice(_PARTS)} count.",
        f"How do I {r.choice(_DOES)} a {r.choice(_PARTS)} in {language} without a for loop?",
        f"Give me a {language} class for a {r.choice(_PARTS)} with {r.choice(_DOES)}() and {r.choice(_DOES)}().",
        f"Which is faster in {language}, a map or a list, for {r.randint(2, 900)} {r.choice(_PARTS)}s?",
        f"Please run `{r.choice(('git rebase -i HEAD~3', 'docker ps -a', 'npm install', 'kubectl get pods', 'pip install x'))}` and tell me what the -{r.choice('abcfi')} option means.",
        f"Erkläre mir, wie man in {language} eine {r.choice(_PARTS)}-Liste sortiert.",
        f"I want to SELECT the customers FROM last year WHERE the {r.choice(_PARTS)} was late; how would I ask {language} for that?",
        f"In {language}, what is the difference between null, None and undefined? And what do async and await do?",
    ))  # fmt: skip


# ── more of what only looks like code ─────────────────────────────────────────────────────────


def values(prose: Callable[[], str], r: random.Random) -> str:
    """The inside of a data file: names and numbers between quotes, brackets and commas."""
    pad = r.choice(("  ", "\t", "    ", "        ", "\t\t"))
    kind, n, out = r.randint(0, 6), r.randint(3, 30), []
    for i in range(n):
        words = prose().split()
        at = r.randrange(max(1, len(words) - 4))
        name = " ".join(words[at : at + r.randint(1, 5)]).strip('",')
        out.append((
            f'{pad}"{name}",',
            f'{pad}"{name}": {r.randint(1, 9999)},',
            f'{pad}"{r.choice(_PARTS)}_{i}": "{name}",',
            f"{pad}{r.uniform(-99, 99):.{r.randint(2, 6)}f},",
            f'{pad}{{"{r.choice(_PARTS)}": "{name}", "{r.choice(_PARTS)}": {r.randint(1, 99)}}},',
            f"{pad}<{r.choice(('name', 'city', 'title', 'value'))}>{name}</{r.choice(('name', 'city', 'title', 'value'))}>",
            f"{pad}[{r.uniform(-99, 99):.4f}, {r.uniform(-99, 99):.4f}],",
        )[kind])  # fmt: skip
        if r.random() < 0.05:
            out.append(
                r.choice((f"{pad}],", f"{pad}}}, {{", f"{pad}]\n{pad}}}", f'{pad}"{name}": ['))
            )
    if r.random() < 0.4:
        out.append(pad[:-1] + r.choice(("]", "}", "]\n}", "  ]\n }\n]")))
    return "\n".join(out)


def documentation(prose: Callable[[], str], paragraph: Callable[[], str], r: random.Random) -> str:
    """Prose as documents set it: wrapped, quoted, indented, in nested lists, with inline code."""
    out = []
    for _ in range(r.randint(1, 5)):
        text = (
            paragraph() if r.random() < 0.7 else " ".join(prose() for _ in range(r.randint(1, 3)))
        )
        words = text.split()
        for _ in range(r.choice((0, 0, 1, 3))):
            at = r.randrange(len(words))
            words[at] = r.choice(
                (f"`{_method(r)}`", f"`{r.choice(_PARTS)}.{r.choice(_DOES)}()`", f"**{words[at]}**", f"_{words[at]}_",
                 f"[{words[at]}](https://example.org/{r.choice(_PARTS)})", f"({words[at]})", f"`--{r.choice(_PARTS)}`",
                 f"{r.choice(_PARTS)}/{r.choice(_PARTS)}.{r.choice(('md', 'py', 'yml'))}", f"{words[at]};")
            )  # fmt: skip
        width, line, lines = r.choice((28, 50, 72, 80, 100, 9999)), "", []
        for word in words:
            if line and len(line) + len(word) > width:
                lines.append(line)
                line = ""
            line += " " * bool(line) + word
        lines.append(line)
        first, rest = r.choice(
            (("", ""), ("", ""), ("- ", "  "), ("* ", "  "), ("  - ", "    "), ("1. ", "   "), ("> ", "> "), (">", ">"),
             ("    - ", "      "), ("     ", "     "), ("- [ ] ", "  "), ("  ", "  "), ("• ", ""), ("a) ", "   "), ("### ", ""))
        )  # fmt: skip
        out.append("\n".join((rest if n else first) + line for n, line in enumerate(lines)))
    text = r.choice(("\n\n", "\n")).join(out)
    if r.random() < 0.2:  # cut where a chat box or a selection cuts
        start = r.randrange(len(text) // 2)
        text = text[start:]
    return text


_ARTICLES = ("the Supplier", "the Customer", "either party", "the Licensee", "the Employer", "the Data Controller",
             "der Auftragnehmer", "le Prestataire", "el Arrendatario", "il Fornitore")  # fmt: skip


def clauses(prose: Callable[[], str], r: random.Random) -> str:
    """Numbered clauses, definitions and references, as contracts have them."""
    out = []
    for n in range(1, r.randint(3, 9)):
        who, other = r.sample(_ARTICLES, 2)
        out.append(r.choice((
            f"{n}.{r.randint(1, 9)} {who} shall {r.choice(_DOES)} the {r.choice(_PARTS)} within {r.randint(3, 90)} days (see Section {r.randint(1, 20)}({r.choice('abc')})).",
            f"§ {n} ({r.randint(1, 5)}) {prose()}",
            f'"{r.choice(_PARTS).title()}" means any {r.choice(_PARTS)} that {other} notifies under Clause {n}.{r.randint(1, 9)}({r.choice(("i", "ii", "iv"))});',
            f"({'abcdefghij'[n]}) notwithstanding Art. {r.randint(1, 99)}({r.randint(1, 4)}), {prose()}",
            f"WHEREAS {who} and {other} agreed on {r.randint(1, 28)}/{r.randint(1, 12)}/2026; {prose()}",
        )))  # fmt: skip
    return r.choice(("\n", "\n\n")).join(out)


def instructions(prose: Callable[[], str], r: random.Random) -> str:
    """A prompt with a structure: sections, tags, placeholders, numbered steps."""
    names = r.sample(("goal", "audience", "tone", "input", "steps", "constraints", "examples", "format", "persona"), r.randint(2, 5))  # fmt: skip
    kind, out = r.randint(0, 5), []
    for n, name in enumerate(names, 1):
        body = [prose() for _ in range(r.randint(1, 3))]
        if kind == 0:
            out.append(f"<{name}>\n" + "\n".join(body) + f"\n</{name}>")
        elif kind == 1:
            out.append(f"## {name.title()}\n" + "\n".join(f"{r.choice('-*')} {b}" for b in body))
        elif kind == 2:
            out.append(f"{name.upper()}: " + " ".join(body) + f" {{{{{name}}}}}")
        elif kind == 3:
            out.append(
                f"{n}. {body[0]} If {r.choice(_PARTS)} > {r.randint(1, 99)}, go to step {r.randint(1, 9)}."
            )
        elif kind == 4:
            out.append(f"[{name.upper()}]\n" + "\n".join(body) + f"\n[/{name.upper()}]")
        else:
            out.append(
                f"[{name}] = {body[0]}"
                if r.random() < 0.5
                else f"if the {name} is {body[0][:20]}, then {body[-1][:60]}; otherwise stop."
            )
    text = r.choice(("\n", "\n\n")).join(out)
    if kind == 2 and r.random() < 0.5:
        text = json.dumps({name: prose() for name in names}, indent=2, ensure_ascii=False)
    return text


def transcript(prose: Callable[[], str], r: random.Random) -> str:
    """What tools print around code, and mail: headers, tests, builds, chats."""
    kind, out = r.randint(0, 8), []
    if r.random() < 0.5:
        out.append(_heading(prose, r))
    for n in range(r.randint(1, 14)):
        part, other = r.choice(_PARTS), r.choice(_PARTS)
        out.append((
            f"{r.choice(('From', 'To', 'Date', 'Subject', 'Cc', 'X-Mailer', 'Message-ID', 'Content-Type'))}: {prose()[:50]}",
            f"tests/{part}/test_{other}.py::test_{r.choice(_DOES)}_{other} {r.choice(('PASSED', 'FAILED', 'SKIPPED'))} [{n * 7:3}%]",
            f"Step {n + 1}/{r.randint(9, 20)} : {part} ---> {r.getrandbits(48):012x}",
            f"[{r.randint(8, 19):02}:{r.randint(10, 59)}] <{part}> {prose()}",
            f"{part}.c:{r.randint(1, 900)}:{r.randint(1, 80)}: {r.choice(('warning', 'error', 'note'))}: unused {r.choice(('variable', 'parameter'))} '{other}' [-Wunused]",
            f"   {part:<12} {r.randint(1, 900):>8} {r.randint(1, 99):>4}% {r.uniform(0, 99):>8.2f}  {other}",
            f"npm {r.choice(('WARN', 'notice', 'ERR!'))} {r.choice(('deprecated', 'peer', 'code'))} {part}@{r.randint(0, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}: {prose()[:60]}",
            f"64 bytes from 192.0.2.{r.randint(1, 254)}: icmp_seq={n} ttl={r.randint(40, 64)} time={r.uniform(1, 90):.1f} ms",
            f"eth{n}: flags=4163<UP,BROADCAST,RUNNING>  mtu 1500  inet 192.0.2.{r.randint(1, 254)}  netmask 255.255.255.0",
        )[kind])  # fmt: skip
    return "\n".join(out)


def _heading(prose: Callable[[], str], r: random.Random) -> str:
    """The line above or between what a tool prints: a rule, a title in a rule, columns."""
    sign = r.choice("=-#*_~")
    title = " ".join(prose().split()[: r.randint(1, 5)])
    columns = [p.upper() for p in r.sample(_PARTS, r.randint(3, 7))]
    return r.choice((
        sign * r.randint(8, 80),
        f"{sign * r.randint(3, 30)} {title.lower()} {sign * r.randint(3, 30)}",
        "   ".join(columns),
        " ".join(f"{c:<{r.randint(6, 20)}}" for c in columns),
        f"{r.choice(('platform', 'rootdir:', 'collected', 'Using', 'Loaded'))} {title} -- {r.randint(0, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}",
        f"{r.randint(0, 90)} passed, {r.randint(0, 9)} failed, {r.randint(0, 9)} skipped in {r.uniform(0, 90):.2f}s",
    ))  # fmt: skip


def arithmetic(r: random.Random) -> str:
    """Formulas and sums in plain signs and in LaTeX."""
    kind, out = r.randint(0, 5), []
    for _ in range(r.randint(1, 7)):
        a, b, c, x = r.randint(2, 99), r.randint(2, 99), r.randint(2, 9), r.choice("xyztkn")
        out.append((
            f"{a} * ({b} + {c}) / {c} = {a * (b + c) / c:.1f}",
            f"({x} + {a})^{c} - {b}{x} = 0  =>  {x} = -{a} ± sqrt({b})",
            rf"\[ \sum_{{{x}=1}}^{{n}} {x}^{c} = \frac{{n(n+1)}}{{{a}}} \]",
            rf"\begin{{align}} {x}_{{n+1}} &= {x}_n - \alpha \nabla f({x}_n) \\ &\leq {a} \end{{align}}",
            f"∀{x} ∈ ℝ: |{x} − {a}| < δ ⇒ |f({x}) − {b}| < ε",
            f"P(A|B) = P(B|A) · P(A) / P(B) = 0.{a} × 0.{b} / 0.{c}; E[{x}] = {a}.{b}",
        )[kind])  # fmt: skip
    return "\n".join(out)


_SCRIPTS = (
    "กรุณาสรุปข้อความนี้ไม่เกินหนึ่งร้อยคำ", "ประชุมเริ่มเวลาสิบโมงที่ห้องใหญ่", "ลูกค้าสั่งซื้อสินค้าเมื่อวานนี้",
    "يرجى كتابة رسالة قصيرة إلى العميل", "تأخر الدفع أسبوعين هذا الشهر", "ما هي شروط العقد الجديد؟",
    "कृपया इस अनुबंध का सारांश लिखें", "बैठक कल सुबह दस बजे होगी", "ग्राहक ने नया पता भेजा है",
    "请把这段文字翻译成英文", "客户昨天下了一个新订单", "会议改到下周三上午十点", "この文章を短くまとめてください",
    "会議は来週の水曜日に変更されました", "お客様から新しい注文がありました", "이 글을 짧게 요약해 주세요", "고객이 어제 새로 주문했습니다",
    "אנא כתוב סיכום קצר של המסמך", "הפגישה נדחתה לשבוע הבא", "Το συμβόλαιο λήγει στο τέλος του μήνα",
    "Пожалуйста, подготовьте ответ клиенту", "Договор истекает в конце месяца", "Будь ласка, надішліть рахунок",
    "অনুগ্রহ করে এই লেখাটি সংক্ষেপ করুন", "இந்த உரையை சுருக்கமாக எழுதுங்கள்", "გთხოვთ მოკლედ აღწეროთ დოკუმენტი",
)  # fmt: skip


def scripts(r: random.Random) -> str:
    """Sentences in many scripts, with the punctuation and figures of letters and lists."""
    out = []
    for n in range(1, r.randint(2, 8)):
        end = r.choice((".", "。", "؟", "?", ":", "!", ";", ""))
        extra = r.choice(
            (
                "",
                "",
                f" ({r.randint(1, 500)})",
                f" №{r.randint(1, 99)}",
                f" {r.randint(8, 19)}:30",
                f" “{r.choice(_PARTS)}”",
            )
        )
        out.append(
            r.choice(("", "", f"{n}. ", f"{n}、", "- ", "• ")) + r.choice(_SCRIPTS) + extra + end
        )
    return r.choice(("\n", " ", "\n\n")).join(out)


def figures(r: random.Random) -> str:
    """Rows of numbers, with and without brackets and separators."""
    mark = r.choice((", ", ",", " ", "\t", "; ", "  "))
    form = r.choice(("{}", "{}", "{}", "[{}]", "[{}],", "({})", "{{{}}}", "{};", "| {} |"))
    width, high = r.choice((1, 1, 2, 3, 5, 8, 12)), r.choice((9, 99, 9999, 10**7))
    what = r.choice(("{:d}", "{:d}", "{:.1f}", "{:.4f}", "{:+d}", "{:d}%", "-{:d}", "{:e}"))
    rows = []
    for _ in range(r.randint(2, 14)):
        numbers = (r.randint(0, high) for _ in range(width))
        rows.append(
            form.format(mark.join(what.format(n if "d" in what else n / 7) for n in numbers))
        )
    return "\n".join(rows)


def strings(r: random.Random) -> str:
    """Ids, digests, encoded bytes, paths, addresses and sequences: signs, but no language."""
    kind, out = r.randint(0, 12), []
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for n in range(r.randint(1, 9)):
        part, other = r.choice(_PARTS), r.choice(_PARTS)
        out.append((
            "".join(r.choices(letters, k=r.choice((40, 76, 76, 120)))) + r.choice(("", "=", "==")),
            f"{r.getrandbits(32):08x}-{r.getrandbits(16):04x}-4{r.getrandbits(12):03x}-a{r.getrandbits(12):03x}-{r.getrandbits(48):012x}",
            f"{r.getrandbits(160):040x}  {part}/{other}.tar.gz",
            f"{n * 16:08x}: " + " ".join(f"{r.getrandbits(16):04x}" for _ in range(8)) + "  ..A.." + part,
            f"/{part}/{other}/{r.choice(('bin', 'etc', 'share'))}/{part}.{r.choice(('conf', 'txt', 'png', 'so.1'))}",
            rf"C:\{part.title()}\{other}\{r.choice(('Users', 'Temp'))}\{part}_{n}.docx",
            f"https://{part}.example.org/{other}?id={r.randint(1, 999)}&ref={part}#{other}",
            f"{part}.{other}@example.com{r.choice((';', ',', ''))}",
            "".join(r.choices("ACGT", k=60)),
            "".join(r.choice(("C", "CC", "(=O)", "O", "N", "c1ccccc1", "(C)", "C1=CC=CC=C1", "[NH3+]", "Cl")) for _ in range(r.randint(6, 16))),
            ":".join(f"{r.getrandbits(8):02X}" for _ in range(6)) + f"  192.0.2.{r.randint(1, 254)}/{r.randint(8, 30)}",
            " ".join("".join(r.choices("!?*#-_=~+.:/\\|<>", k=r.randint(1, 6))) for _ in range(r.randint(1, 9))),
            f"{n + 1}. {r.choice(('e4', 'd4', 'Nf3', 'Qxd5+', 'O-O', 'Bb5'))} {r.choice(('e5', 'c5', 'Nc6', 'exd4', 'a6', 'Kh8'))}",
        )[kind])  # fmt: skip
    return "\n".join(out)


def records(prose: Callable[[], str], r: random.Random) -> str:
    """Formats that hold data or settings in a syntax of their own: no programming language."""
    kind, part, other = r.randint(0, 7), *r.sample(_PARTS, 2)
    names = r.sample(_PARTS, r.randint(2, 7))
    if kind == 0:
        lines = [
            f"{n}{r.choice(('=', ' = '))}{r.choice(('/usr/share/' + other, str(r.randint(1, 99)), 'true', 'yes', prose()[:20]))}"
            for n in names
        ]
        return r.choice((f"[{part}]\n", "", f"; {other}\n", f"# {prose()[:40]}\n")) + "\n".join(
            lines
        )
    if kind == 1:
        return (
            "".join(
                f"<{n}>{html.escape(prose()[: r.randint(3, 40)])}</{n}>{r.choice(('', chr(10)))}"
                for n in names
            )
            if r.random() < 0.4
            else (
                f"<{part}>"
                + "".join(f"<{n}>{html.escape(prose()[:25])}</{n}>" for n in names)
                + f"</{part}>"
            )
        )
    if kind == 2:
        inner = "\n".join(" & ".join(prose().split()[:4]) + r" \\" for _ in names)
        env = r.choice(("tabular}{lll", "itemize", "equation", "table", "quote"))
        return rf"\begin{{{env}}}" + f"\n{inner}\n" + rf"\end{{{env.split('}')[0]}}}"
    if kind == 3:
        fields = "\n".join(f"  {n} = {{{prose()[:50]}}}," for n in names)
        return f"@{r.choice(('article', 'book', 'misc'))}{{{part}{r.randint(1990, 2026)},\n{fields}\n}}"
    if kind == 4:
        what = r.choice(("VCARD", "VEVENT", "VCALENDAR"))
        return (
            f"BEGIN:{what}\nVERSION:{r.randint(2, 4)}.0\n"
            + "\n".join(
                f"{n.upper()}{r.choice(('', ';TYPE=HOME', ';LANGUAGE=de'))}:{prose()[:40]}"
                for n in names
            )
            + f"\nEND:{what}"
        )
    if kind == 5:
        return "\n\n".join(
            f"{n}\n00:0{n}:0{n % 6},000 --> 00:0{n}:1{n % 6},500\n{prose()}"
            for n in range(1, r.randint(2, 6))
        )
    if kind == 6:
        return (
            f"{r.choice(('HTTP/1.1 200 OK', 'GET /' + part + ' HTTP/1.1', 'HTTP/2 404'))}\n"
            + "\n".join(
                f"{n.title()}-{other.title()}: {r.choice(('no-cache', 'text/plain; q=0.8', str(r.randint(1, 9999))))}"
                for n in names
            )
        )
    return "\n".join(
        f"{n.upper()}_{other.upper()}={r.choice(('localhost', str(r.randint(1, 9999)), 'true', part, 'postgres://db/' + part))}"
        for n in names
    )


_CLAIMS = ("Let {a} be {o}.", "Suppose {a} for all {b}.", "Show that {a}.", "Prove that {a} if and only if {b}.", "Then {a}, hence {b}.",
           "It follows that {a} where {b}.", "Assume {a}; by induction {b}.", "Since {a}, we have {b}.", "Note that {a} (see {o}).",
           "If {a} then {b}, which contradicts {c}.", "Sei {a}. Zeige, dass {b}.", "Soit {a}; montrer que {b}.", "Demuestra que {a}.",
           "Find all {a} such that {b}.", "Compute {a}.", "This means {a} is {o}.")  # fmt: skip
_OBJECTS = ("a group of order $n$", "a bounded sequence", "a compact metric space", "an ideal of $R$", "a lower bound of $A$", "continuous on $[a,b]$",
            "the smallest positive integer", "a normal subgroup", "an integral domain", "linearly independent", "Theorem 4.2")  # fmt: skip


def _formula(r: random.Random, depth: int = 2) -> str:
    x, y, n = r.choice("xyzabnkpqGHMRf"), r.choice("xyzijmnA"), r.randint(0, 9)
    inner = (
        _formula(r, depth - 1)
        if depth
        else r.choice(
            (x, str(n), rf"\{r.choice(('alpha', 'beta', 'phi', 'varepsilon', 'lambda', 'bullet'))}")
        )
    )
    return r.choice((
        rf"{inner} \leq {y}", rf"\frac{{{inner}}}{{{n + 1}}}", rf"\sum_{{{y}=1}}^{{n}} {inner}", rf"{x}_{{{n}}} + {inner}", rf"{x} \in {inner}",
        rf"\left({inner}\right)^{{{n}}}", rf"{inner} \equiv {n} \pmod {{p}}", rf"\mathbb{{{r.choice('RZQCN')}}}", rf"{x}: {y} \rightarrow {inner}",
        rf"\int_{{0}}^{{{n}}} {inner} \, d{x}", rf"|{inner}| < \varepsilon", rf"\sqrt{{{inner}}} = {n}", rf"{x}^{n} + {n}*{y} - {inner}", rf"\lim_{{{x} \to \infty}} {inner}",
        rf"\operatorname{{{r.choice(('dim', 'ker', 'gcd', 'deg'))}}} {inner}", rf"\{{{x}_1, \ldots, {x}_n\}} \subset {inner}",
    ))  # fmt: skip


def mathematics(r: random.Random) -> str:
    """Statements and proofs with formulas in dollars, brackets and environments."""
    out = []
    for _ in range(r.randint(1, 6)):
        sentences = " ".join(
            r.choice(_CLAIMS).format(
                a=f"${_formula(r)}$",
                b=f"${_formula(r)}$",
                c=f"${_formula(r, 1)}$",
                o=r.choice(_OBJECTS),
            )
            for _ in range(r.randint(1, 3))
        )
        kind = r.randint(0, 5)
        if kind == 0:
            sentences += f"\n$$\n{_formula(r, 3)}\n$$"
        elif kind == 1:
            rows = " \\\\\n".join(
                rf"{_formula(r, 1)} & = {_formula(r)}" for _ in range(r.randint(1, 4))
            )
            sentences += f"\n$$\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n$$"
        elif kind == 2:
            sentences += rf" \[ {_formula(r, 3)} \]"
        elif kind == 3:
            sentences = (
                rf"\item {sentences}"
                if r.random() < 0.5
                else rf"\textbf{{Claim.}} {sentences} \qed"
            )
        out.append(sentences)
    return r.choice(("\n", "\n\n")).join(out)


def sheet(prose: Callable[[], str], r: random.Random) -> str:
    """Comma-separated values as programs export them: quoted, nested, escaped, empty cells."""
    columns = r.randint(1, 7)
    quote = r.random() < 0.7
    kinds = [r.randint(0, 8) for _ in range(columns)]
    out = [",".join(r.sample(_PARTS, columns))] if r.random() < 0.4 else []
    for _ in range(r.randint(3, 18)):
        row = []
        for kind in kinds:
            words = prose().split()
            cell = (
                " ".join(words[: r.randint(1, 4)]), str(r.randint(0, 10**9)), "", r.choice(("yes", "no", "true", "NULL")),
                json.dumps([r.randint(1, 9) for _ in range(r.randint(0, 5))]), json.dumps({r.choice(_PARTS): r.randint(1, 99)}),
                r.choice(("encode", "create", "add", "open")), "".join(r.choices("ACGTVR", k=r.randint(2, 14))), json.dumps([w for w in words[:3]]),
            )[kind]  # fmt: skip
            row.append(
                '"' + cell.replace('"', '""') + '"' if quote and not cell.isdigit() else cell
            )
        out.append(",".join(row) + ("," if r.random() < 0.05 else ""))
    return "\n".join(out)


def columns(r: random.Random) -> str:
    """A header in capitals and rows below it, as container and cluster tools print."""
    heads = r.sample(("NAME", "STATUS", "AGE", "READY", "RESTARTS", "CREATED", "PORTS", "ID", "SIZE", "TYPE", "CLUSTER-IP", "REPOSITORY", "TAG", "NODE",
                      "TASK ID", "CPU %", "MEM USAGE", "PID", "TTY", "TIME", "USER", "CMD", "Filesystem", "Mounted on"), r.randint(3, 7))  # fmt: skip
    widths = [r.randint(len(h) + 2, len(h) + 14) for h in heads]
    out = ["".join(f"{h:<{w}}" for h, w in zip(heads, widths, strict=True))]
    for _ in range(r.randint(0, 9)):
        cells = (r.choice((f"{r.choice(_PARTS)}-{r.randint(1, 99)}", f"{r.randint(1, 99)}/{r.randint(1, 9)}", "Running", f"{r.randint(1, 60)}d", f"{r.getrandbits(40):010x}",
                           f"Up {r.randint(2, 9)} hours", f"0.0.0.0:{r.randint(80, 9000)}->80/tcp", f"{r.choice(_PARTS)}:{r.randint(1, 9)}.{r.randint(1, 30)}",
                           f'"{r.choice(_PARTS)}-entrypoint.s…"', f"{r.randint(1, 900)}MiB / 2GiB", "<none>")) for _ in heads)  # fmt: skip
        out.append("".join(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True)).rstrip())
    return "\n".join(out)


def entries(prose: Callable[[], str], r: random.Random) -> str:
    """Log lines rich in signs: key=value pairs, audit records, nested brackets, event XML."""
    kind, out = r.randint(0, 6), []
    for n in range(r.randint(1, 10)):
        pairs = [f"{a}{r.choice(('', '_id', 'Id', '.name'))}={r.choice((str(r.randint(0, 9999)), 'null', 'tenant-' + str(n), '0x' + format(r.getrandbits(32), 'x'), chr(34) + prose()[:20] + chr(34)))}"
                 for a in r.sample(_PARTS, r.randint(3, 8))]  # fmt: skip
        stamp = f"20{r.randint(10, 26)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}T1{r.randint(0, 9)}:2{r.randint(0, 9)}:3{r.randint(0, 9)}.{r.randint(100, 999)}"
        out.append((
            f"time={stamp}Z level={r.choice(('warn', 'INFO', 'error'))} " + " ".join(pairs),
            f"type={r.choice(('SYSCALL', 'EXECVE', 'LOGIN'))} msg=audit({r.randint(10**9, 2 * 10**9)}.{r.randint(100, 999)}:{r.randint(1, 9999)}): " + " ".join(pairs),
            f"[{stamp}] {r.choice(('DEBUG', 'INFO'))} [{r.choice(_PARTS).title()} {n}]: {r.choice(_PARTS)} Map({n} -> Map([{r.choice(_PARTS)},{n}] -> List({n}, 0))) ({_camel(r)})",
            f"<Event xmlns='urn:{r.choice(_PARTS)}'><System><Provider Name='{_camel(r)}'/><EventID>{r.randint(1, 9999)}</EventID><Level>{n}</Level></System></Event>",
            f"{stamp} {r.choice(('WARN', 'ERROR'))}  [org.{r.choice(_PARTS)}.events] (executor-thread-{n}) " + ", ".join(pairs),
            f"      [{r.choice(_PARTS).title()} {r.choice(('Start', 'Scan', 'Update'))} (ms):  {r.uniform(0, 900):.1f}]",
            f"{stamp} [error] {n}#{n}: *{r.randint(1, 999)} {prose()[:50]}: client: 192.0.2.{n}, server: _, request: \"POST /{r.choice(_PARTS)} HTTP/1.1\"",
        )[kind])  # fmt: skip
    return "\n".join(out)


_ASKED = (
    "Create",
    "Write",
    "Generate",
    "Implement",
    "Give me",
    "Build",
    "I need",
    "Please make",
    "Develop",
    "Design",
    "How can I declare",
    "Can you code",
)
_THINGS = ("a {l} function that takes {d} and returns {d}", "an algorithm in {l} to reverse {d} without using {d}", "a {l} class that stores {d}",
           "a {l} script which reads {d} and prints {d}", "an array of strings in {l} with these words: 'tea', 'milk', 'jam'",
           "a query in {l} that selects {d} from {d} where {d} is above {n}", "a {l} program that recursively calculates {d}",
           "a regular expression in {l} for {d}", "a loop in {l} over {d}, starting at {n}", "unit tests in {l} for {d}")  # fmt: skip
_DATA = ("an array of integers", "the sum of its elements", "a given string", "the average of floating-point numbers", "a list of orders", "the longest word",
         "a JSON file", "the Fibonacci sequence", "two sorted lists", "a map of names to ages", "the customers table", "a binary tree", "the input (n > 0)")  # fmt: skip


def wishes(language: str, r: random.Random) -> str:
    """Somebody asks for code in a sentence or two."""

    def thing() -> str:
        found = r.choice(_THINGS).replace("{l}", language).replace("{n}", str(r.randint(1, 99)))
        while "{d}" in found:
            found = found.replace("{d}", r.choice(_DATA), 1)
        return found

    return " ".join(
        f"{r.choice(_ASKED)} {thing()}{r.choice('.?.!')}" for _ in range(r.choice((1, 1, 1, 2)))
    )
