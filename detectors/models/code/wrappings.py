"""Snippets of code in every wrapping that people paste them in."""

# ruff: noqa: E501 - a template reads better on one line

import html
import json
import random
import re
import textwrap
from collections.abc import Callable
from itertools import zip_longest
from urllib.parse import quote, quote_plus

_WHO = ("Anna", "Jonas", "Mei", "Ravi", "Lena", "Olu", "Ivo", "Zoe")

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
    "यह कोड क्या करता है?", "Apa fungsi kode ini?", "Đoạn mã này làm gì?", "โค้ดนี้ทำอะไร", "מה הקוד הזה עושה?", "Què fa aquest codi?",
    "what's wrong here", "same problem as yesterday, see below", "for context:", "this part:", "pls check", "is there a shorter way",
    "Schau mal drüber:", "geht das auch kürzer?", "regarde ça", "mira esto:", "guarda qui:", "zie hieronder", "so ist es jetzt:",
)  # fmt: skip

LANGUAGE_TAGS = {
    "JavaScript": "js", "TypeScript": "ts", "Shell": "bash", "C++": "cpp", "C#": "csharp", "F#": "fsharp",
    "Objective-C": "objc", "PL/SQL": "plsql", "VB.NET": "vbnet", "Common Lisp": "lisp", "Vim script": "vim",
    "Protocol Buffers": "proto", "Emacs Lisp": "elisp", "Batch": "bat", "Visual Basic .NET": "vb",
}  # fmt: skip


def wrapped(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    """`code` as somebody would send it."""
    return r.choices(_WRAPPINGS, _WEIGHTS)[0](code, language, prose, r)


def fenced(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    """`code` between fences."""
    return _fenced(code, language, prose, r)


def within(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    """A line in a sentence about it, which says less than the line does; or below a question."""
    lines = [line.strip() for line in code.split("\n")]
    fit = [line for line in lines if 20 < len(line) < 160 and len(_SIGNED.findall(line)) > 2]
    forms = [a for a in r.sample(_ABOUT, 12) if fit and len(a) < len(fit[0])]
    if not forms or language in _COMMANDS:
        return _asked(code, language, prose, r)
    head, _, tail = forms[0].partition("{}")
    return head + fit[0] + tail, [(len(head), len(head) + len(fit[0]))]


def dressed(text: str, prose: Callable[[], str], r: random.Random) -> str:
    """`text`, which is no code, as it is also sent: so that no wrapping speaks for code."""
    return r.choice(_DRESSES)(text, "", prose, r)[0]


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
    a, b = r.sample(_WHO, 2)
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
    first = r.randint(1, 400)
    form = r.choice(
        (
            "{n}{m}{line}",
            "{n}{m}{line}",
            "{n:>6}{m}{line}",
            "{n:03}{m}{line}",
            "L{n}{m}{line}",
            "[{n}]{m}{line}",
            "{n}\n{line}",
        )
    )
    mark = r.choice((" | ", ": ", "\t", "  ", " ", ". ", "| ", " │ ", "→", ") ", ":", "\t\t"))
    text = "\n".join(
        form.format(n=first + i, m=mark, line=line) for i, line in enumerate(code.split("\n"))
    )
    return text, [(0, len(text))]


def _quoted(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    mark = r.choice(("> ", ">> ", "| ", ">", "> > ", ">  ", ": "))
    text = "\n".join(mark + line for line in code.split("\n"))
    head = tail = ""
    if r.random() < 0.3:
        head = f"On {r.randint(1, 28)}.{r.randint(1, 12)}., {r.choice(_WHO)} wrote:\n{mark}{r.choice((*ASK, prose()))}\n{mark}\n"
        tail = f"\n{mark}\n\n{prose()}"
    return head + text + tail, [(len(head), len(head) + len(text))]


def _joined(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    text = " ".join(line.strip() for line in code.split("\n")[:10] if line.strip())
    if r.random() < 0.3:  # as text is copied from a page of print
        text = "\n".join(textwrap.wrap(text, r.randint(50, 90), break_long_words=False))
    head = r.choice(ASK) + " " if r.random() < 0.4 else ""
    if len(head) >= len(text):
        head = ""
    return head + text, [(len(head), len(head) + len(text))]


def _flat(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    text = "\n".join(line.strip() for line in code.split("\n"))
    return text, [(0, len(text))]


def _rewrapped(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    width, out = r.randint(30, 72), []
    hard = r.random() < 0.3
    for line in code.split("\n"):
        while len(line) > width and (hard or " " in line[10:width]):
            cut = width if hard else line.rindex(" ", 10, width)
            out.append(line[:cut])
            line = line[cut:] if hard else line[cut + 1 :]
        out.append(line)
    text = "\n".join(out)
    return text, [(0, len(text))]


def _repl(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    style, out, n = r.randint(0, 11), [], r.randint(1, 60)
    for line in code.split("\n"):
        inner = line.startswith((" ", "\t"))
        mark = (
            (">>> ", "... "),
            (f"In [{n}]: ", "   ...: "),
            ("> ", "+ "),
            ("irb(main):001> ", "irb* "),
            ("$ ", "> "),
            (f"iex({n})> ", f"...({n})> "),
            ("julia> ", "       "),
            ("PS C:\\> ", ">> "),
            ("SQL> ", "  2  "),
            ("shop=# ", "shop-# "),
            ("mysql> ", "    -> "),
            ("ghci> ", "ghci| "),
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
    if r.random() < 0.2:
        head, tail = r.choice((('["', '"]'), ("['", "']"), ('"', '"'), ('    "', '",')))
        inner = json.dumps(code, ensure_ascii=False)[1:-1]
        return head + inner + tail, [(len(head), len(head) + len(inner))]
    key = r.choice(
        ("source", "code", "content", "text", "body", "input", "script", "query", "snippet")
    )
    inner = json.dumps(code, ensure_ascii=False)[1:-1]
    head = r.choice(("", r.choice(ASK) + "\n\n")) + r.choice(
        (
            "{",
            "{",
            "  ",
            '{"role": "user", ',
            '{"id": 17, "type": "file", ',
            '{"language":"x","version":"1",',
        )
    )
    head += f'"{key}":' + r.choice((" ", "")) + '"'
    tail = r.choice(('"}', '", "ok": true}', '"}]'))
    return head + inner + tail, [(len(head), len(head) + len(inner))]


def _html_escaped(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    inner = html.escape(code, quote=r.random() < 0.5)
    head = f"<p>{prose()}</p>\n" * r.randint(0, 1) + r.choice(
        ("<pre><code>", "<pre>", '<div class="code">', "<pre>\n", "<code>", "<td>", "<li>", "")
    )
    tail = r.choice(("</code></pre>", "</pre>", "</div>", "\n</pre>", "</code>", ""))
    tail += f"\n<p>{prose()}</p>" * r.randint(0, 1)
    return head + inner + tail, [(len(head), len(head) + len(inner))]


def _framed(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    """Between short lines of a chat, a ticket, a terminal, a review, or between tags."""
    who, other, n = *r.sample(_WHO, 2), r.randint(1, 59)
    name = r.choice(("main", "util", "orders", "lib/parse", "src/app"))
    ask, said = r.choice(ASK), prose()[:60]
    tag = r.choice(("code", "document", "file", "snippet", "context", "source", "input"))
    head, tail = r.choice((
        (f"{who}  {n % 12}:{n:02} PM\n{ask}\n", f"\n{other}  {n % 12}:{n:02} PM\n{said}"),
        (f"[{n % 24}:{n:02}, {n % 28}.3.2026] {who}: {ask}\n", f"\n[{n % 24}:{n:02}, {n % 28}.3.2026] {other}: {said}"),
        (f"Title: {said}\nSeverity: {n % 5}\nAssignee: {who}\n\n{ask}\n", f"\n\nActual: {said}\nVersion: {n}.1"),
        (f"# {n}. {said}\n\nSteps:\n1. {said}\n\n", f"\n\nStatus: open\nReporter: {other}"),
        (f"{who.lower()}@host:~$ cat {name}\n", f"\n{who.lower()}@host:~$ "),
        (f"$ {r.choice(('cat', 'head', 'less', 'bat'))} {name}\n", ""),
        (f"PS C:\\> type {name}\n", "\nPS C:\\>"),
        (f"{name}:{n}\n", f"\n{r.choice(('nit: ', 'LGTM ', ''))}{said}"),
        (f"<{tag}>\n", f"\n</{tag}>"),
        (f"{ask}\n<{tag} name=\"{name}\">\n", f"\n</{tag}>\n{said}"),
        (f"{ask}\n[code]\n", "\n[/code]"),
        (f"{ask}\n{{code}}\n", "\n{code}\n" + said),
        (f"{ask}\n#+BEGIN_SRC\n", "\n#+END_SRC"),
        (f"{ask} ```", f"``` {said}"),
        (f"{n % 9}. {said}\n\n", f"\n\n{n % 9 + 1}. {said}"),
        (f"| {name} | ", f" | {said[:20]} |"),
        ("<<<<<<< HEAD\n", f"\n>>>>>>> feature/{name}"),
    ))  # fmt: skip
    if head.startswith("| "):
        code = r.choice(("<br>", "<br/>", " ")).join(code.split("\n")[:6]).replace("|", "\\|")
    elif head.startswith("<<<<"):
        lines = code.split("\n")
        lines.insert(len(lines) // 2, "=======")
        code = "\n".join(lines)
    elif head.startswith(f"{n % 9}. "):
        code = textwrap.indent(code, "   ")
    return head + code + tail, [(len(head), len(head) + len(code))]


def _typographic(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    """As a word processor changes it."""
    code = re.sub(r'"([^"\n]*)"', r.choice(("“\\1”", "„\\1“", "«\\1»")), code)
    code = re.sub(r"'([^'\n]*)'", "‘\\1’", code).replace("--", "–").replace("...", "…")
    head = r.choice(("", r.choice(ASK) + "\n\n"))
    return head + code, [(len(head), len(head) + len(code))]


def _beside(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    """In two columns, as a page of print or a comparison has it."""
    lines = code.expandtabs(4).split("\n")[:60]
    half = (len(lines) + 1) // 2
    left, right = (lines, lines) if r.random() < 0.3 else (lines[:half], lines[half:])
    width = min(80, max(map(len, left))) + r.randint(1, 6)
    mark = r.choice(("", "", "| ", "│ ", "> ", "\t"))
    rows = [a.ljust(width) + mark + b for a, b in zip_longest(left, right, fillvalue="")]
    text = "\n".join(row.rstrip() for row in rows)
    return text, [(0, len(text))]


def _encoded(code: str, language: str, prose: Callable[[], str], r: random.Random) -> Made:
    """As part of an address."""
    head = r.choice(("", "", r.choice(ASK) + "\n\n", "https://example.org/?code=", "q="))
    text = (quote, quote_plus)[r.random() < 0.4](code)
    return head + text, [(len(head), len(head) + len(text))]


_ABOUT = (
    "Why is {} slow?", "is {} correct?", "I do not understand {} at all", "{} gives me an error", "after {} nothing happens", "what happens in {} when the list is empty", "should be {} instead",
    "Wozu dient {} hier?", "Ich verstehe {} nicht", "Warum wirft {} einen Fehler?", "bei {} bricht es ab", "à quoi sert {} ?", "je ne comprends pas {}", "pourquoi {} ne marche pas", "para qué sirve {}?",
    "no entiendo {}", "{} da un error", "a cosa serve {}?", "non capisco {}", "para que serve {}?", "não entendo {}", "do czego służy {}?", "nie rozumiem {}", "waarom faalt {}?", "wat betekent {}",
    "varför kraschar {}?", "hvad betyder {}", "hvorfor feiler {}?", "miksi {} ei toimi", "почему {} не работает?", "зачем нужно {}", "чому {} падає?", "proč {} nefunguje?", "miért hibás {}?", "de ce nu merge {}?",
    "γιατί αποτυγχάνει {};", "{} neden çalışmıyor?", "{} の意味を教えて", "なぜ {} は動かないの？", "{} 为什么报错", "请解释 {} 这一行", "{} 이 뭔가요?", "لماذا لا يعمل {}؟", "{} क्यों काम नहीं करता?", "tại sao {} lỗi?", "kenapa {} error?",
)  # fmt: skip
_COMMANDS = {"Shell", "Batch", "PowerShell", "Dockerfile", "Makefile"}
"""A command within a sentence is none of what is looked for."""
_SIGNED = re.compile(r"[(){}\[\]=<>;:$&|\"']")


_WRAPPINGS = (_plain, _asked, _fenced, _amid_prose, _mail, _diff, _numbered, _quoted, _joined, _flat,
              _rewrapped, _repl, _notebook, _json_escaped, _html_escaped, _framed, _typographic, within, _beside, _encoded)  # fmt: skip

_WEIGHTS = (26, 16, 8, 10, 4, 7, 4, 4, 6, 4, 5, 4, 3, 6, 5, 9, 2, 15, 3, 2)


# ── what only looks like code ─────────────────────────────────────────────────────────────────

_DRESSES = (_asked, _fenced, _fenced, _fenced, _framed, _framed, _numbered, _quoted, _joined, _flat, _rewrapped, _json_escaped, _html_escaped, _mail, _typographic)  # fmt: skip
