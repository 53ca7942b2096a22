"""Plain statements of Python: what is left of a program where it has no signs to tell it by."""

# ruff: noqa: E501 - a template reads better on one line

import random

from detectors.models.code.naming import DOES, NOUNS

_HEADS = ("for {a} in {b}:", "for {a} in {b}s:", "for {a}, {b} in {a}s.items():", "for i in range({n}):", "if {a} in {b}:", "if not {a}:", "if {a} is None:", "if {a} and not {b}.{a}:", "elif {a} == {n}:", "else:", "while {a} < {b}:", "while True:", "with open({a}) as {b}:", "try:", "except {T}Error:", "except {T}Error as {a}:", "finally:", "for {a} in {v}_{b}({a}):", "if {a} < {b} or {a} > {n}:")  # fmt: skip
_LINES = ("{a} = {b}", "{a} = {n}", "{a} += {b}", "{a}.append({b})", "print({a})", "print({a}, {b}.{a})", "{v}_{a}({b})", "return {a}", "return {v}_{a}({b}, {a})", "yield {a}", "continue", "pass", "break", "raise {T}Error({a})", "{a} = {b}.{v}()", "del {a}", "{a} = {b} or {a}", "import {a}", "from {a} import {b}", "assert {a} == {b}", "{a}.{b} = {n}", "{a}, {b} = {b}, {a}", "self.{a} = {a}", "{a} = [{b} for {b} in {a}s]", "print('{a}', {b})", "{a} = {b} if {a} else {n}", "return", "global {a}", "{a} = sorted({b})")  # fmt: skip
_DEFINED = ("def {v}_{a}({b}):", "def {v}({a}, {b}={n}):", "def {a}(self):", "async def {v}_{a}({a}, {b}):", "class {T}:", "class {T}({b}):", "def {v}_{a}({a}: {T}) -> {T}:")  # fmt: skip
_SAID = ("{T} of {a}.", "{V} each {a} that has a {b}.", "Those whose {a} is past its {b}.", "The {a}, or none.", "{V} {a} and {b}, and tell how many.", "What the {a} owes the {b}.")  # fmt: skip


def _filled(form: str, r: random.Random) -> str:
    a, b, does = *r.sample(NOUNS, 2), r.choice(DOES)
    return form.format(a=a, b=b, T=a.title(), v=does, V=does.title(), n=r.randint(0, 99))


def statements(r: random.Random) -> str:
    """A function with its docstring, or a few lines of one, indented by blanks or tabs."""
    step = r.choice(("    ", "    ", "    ", "  ", "\t"))
    out: list[str] = []
    depth = r.choice((0, 0, 1, 2))
    if r.random() < 0.5:
        out.append(step * depth + _filled(r.choice(_DEFINED), r))
        depth += 1
        if r.random() < 0.7:
            out.append(step * depth + '"""' + _filled(r.choice(_SAID), r) + '"""')
    opened = False
    for _ in range(r.choice((1, 1, 2, 3, 5, 8))):
        opens = not opened and r.random() < 0.4
        out.append(step * depth + _filled(r.choice(_HEADS if opens else _LINES), r))
        depth = max(0, depth + (1 if opens else r.choice((0, 0, 0, -1))))
        opened = opens
    return "\n".join(out)
