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
