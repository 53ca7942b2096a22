"""Pages of manuals as a terminal shows them, from their source: `man` and `mdoc` macros.

Only what is said is kept: examples, displays and synopses, which may be code, are left out.

Source: the manual pages man(7), mdoc(7) and groff_char(7).
"""

# ruff: noqa: E501 - a table reads better on one line

import random
import re
import textwrap

_SKIPPED = {"nf": "fi", "EX": "EE", "Vb": "Ve", "Bd": "Ed", "CS": "CE", "de": ".", "ig": ".", "TS": "TE", "PS": "PE", "EQ": "EN", "BS": "BE", "DS": "DE", "so": ""}  # fmt: skip
"""What begins a block that is left out, and what ends it."""
_UNFIT = re.compile(r"SYNOPSIS|EXAMPLE|BEISPIEL|EXEMPL|PRZYK", re.IGNORECASE)
"""Sections that are left out."""
_FONT = re.compile(
    r"\\f(?:\[\w{0,20}\]|\(..|.)|\\s[-+]?\d|\\[&|^/,:%]|\\\*\(..|\\\*\[[^\]]{0,30}\]"
)
_SIGN = re.compile(r"\\\((..)|\\\[(\w+)\]")
_SIGNS = {"bu": "•", "em": "—", "en": "–", "aq": "'", "lq": "“", "rq": "”", "dq": '"', "co": "©", "ga": "`", "ha": "^", "ti": "~", "cq": "’", "oq": "‘", "mu": "×", "->": "→", "la": "⟨", "ra": "⟩", "rs": "\\"}  # fmt: skip
_JOINED = {"BR", "BI", "IR", "IB", "RB", "RI", "SB"}
_CALLED = {"Fl", "Ar", "Cm", "Ic", "Op", "Oo", "Oc", "Xr", "Pa", "Ev", "Va", "Dq", "Sq", "Pq", "Ql", "Em", "Sy", "Li", "Nm", "Nd", "Dv", "Er", "Fn", "Ns", "No", "Ta", "Qq", "An", "Aq", "It", "Ad", "Ft", "Fa"}  # fmt: skip


def page(source: str) -> list[str]:
    """The lines of a page; headings begin at the margin, what they head is indented."""
    out: list[str] = []
    words: list[str] = []
    indent, deeper, item, skipped, unfit = 7, 0, False, "", False

    def close() -> None:
        if words and not unfit:
            pad = " " * (indent + deeper)
            out.extend(textwrap.wrap(" ".join(words), 78, initial_indent=pad, subsequent_indent=pad, break_long_words=False))  # fmt: skip
        words.clear()

    for line in source.split("\n"):
        name, _, rest = line[1:].strip().partition(" ") if line[:1] in ".'" else ("", "", line)
        if skipped:
            skipped = "" if name == skipped else skipped
            continue
        if name.startswith('\\"') or line.startswith("'\\\""):
            continue
        if name in _SKIPPED:
            skipped = _SKIPPED[name]
            continue
        if name in ("SH", "Sh", "SS", "Ss"):
            close()
            deeper, heading = 0, _plain(rest.replace('"', ""))
            unfit = bool(_UNFIT.search(heading)) if name in ("SH", "Sh") else unfit
            if not unfit:
                out += ["", ("   " if name in ("SS", "Ss") else "") + heading]
        elif name in ("PP", "P", "LP", "Pp", "sp", "HP"):
            close()
            out.append("")
            deeper = 0
        elif name in ("TP", "IP", "It", "TQ"):
            close()
            deeper, item = 0, name == "TP"
            if name != "TQ":
                out.append("")
            if name != "TP" and rest:
                words.append(_called(rest) if name == "It" else _plain(rest.split('"')[1] if rest.startswith('"') and rest.count('"') > 1 else rest.split()[0]))  # fmt: skip
                close()
                deeper = 7
        elif name in ("RS", "RE", "br", "Bl", "El"):
            close()
            indent = max(7, indent + (name == "RS") * 4 - (name == "RE") * 4)
        elif not name or name in _JOINED or name in _CALLED or name in ("B", "I", "SM", "R"):
            text = rest
            if name in _JOINED:
                text = "".join(re.findall(r'"[^"]*"|\S+', rest)).replace('"', "")
            elif name in _CALLED:
                text = _called(f"{name} {rest}")
            elif name:
                text = rest.replace('"', "")
            if said := _plain(text).strip():
                words.append(said)
            if item and words:
                close()
                deeper, item = 7, False
    close()
    return out


def _plain(text: str) -> str:
    """Without changes of font, with signs in place of their names."""
    text = _FONT.sub("", text)
    text = _SIGN.sub(lambda m: _SIGNS.get(m[1] or m[2], ""), text)
    return text.replace("\\-", "-").replace("\\e", "\\").replace("\\ ", " ").replace("\\'", "'")


def _called(text: str) -> str:
    """Words with the macros of mdoc between them."""
    out: list[str] = []
    name = ""
    for word in text.split():
        if word in _CALLED:
            name = word
            out += ["-"] * (word == "Fl") + ["["] * (word in ("Op", "Oo"))
        elif name == "Xr" and word.isdigit() and out:
            out[-1] += f"({word})"
        elif out and out[-1] in ("-", "["):
            out[-1] += word
        else:
            out.append(word)
    return " ".join(out)


def stretches(source: str, count: int, r: random.Random) -> list[str]:
    """Some stretches of a page, of the lengths that people paste."""
    lines = page(source)
    found = []
    for _ in range(count):
        size = r.choice((1, 2, 3, 5, 8, 12, 20, 35))
        first = r.randrange(max(1, len(lines) - size + 1))
        text = "\n".join(lines[first : first + size]).strip("\n")
        if len(text.strip()) > 11:
            found.append(text if r.random() < 0.8 else textwrap.dedent(text))
    return found
