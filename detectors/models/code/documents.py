"""What packages' documentation and test data hold: prose with code in it, prose about code, output.

Markdown and reStructuredText say themselves what is code: fences and code blocks whose tag names a
language. Shown without the fences it is what people paste from a rendered page.
"""

import csv
import io
import json
import random
import re
import textwrap
from collections.abc import Callable, Iterator

from detectors.code_language import by_tag

type Piece = tuple[str, str]
"""Language, text; no language: prose."""

_FENCE = re.compile(r"^ {0,8}(```+|~~~+) *\{?\.?([\w+#-]*)")
_DIRECTIVE = re.compile(r"^( *)\.\. +(?:code-block|code|sourcecode|highlight)::? *([\w+#-]*) *$")
_OUTPUT = {"console", "bash", "sh", "shell", "text", "none", "output", "pycon", "default", "zsh"}
"""Blocks with these tags hold commands or their output: neither prose nor surely code."""
_UNFIT = re.compile(r"^(?: {4}|\t|<|\.\. |:\w+:|\[!|!\[)")
"""Paragraphs that may be code, or are markup that no reader sees."""
_TABLE = re.compile(r"^ .*\n-[-+]+\n(?:(?: |\S).*\n)*?\(\d+ rows?\)$", re.MULTILINE)
LONGEST = 3000


def pieces(text: str, suffix: str, languages: frozenset[str]) -> list[Piece]:
    """Prose and code of a document in turn; blocks that may be either are left out."""
    found: list[Piece] = []
    prose: list[str] = []
    lines = text.expandtabs(4).split("\n")
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at]) if suffix != "rst" else None
        directive = _DIRECTIVE.match(lines[at]) if suffix == "rst" else None
        if fence:
            end = at + 1
            while end < len(lines) and not lines[end].strip().startswith(fence[1]):
                end += 1
            block, tag = lines[at + 1 : end], fence[2]
            at = end + 1
        elif directive or (suffix == "rst" and lines[at].rstrip().endswith("::")):
            margin = len(lines[at]) - len(lines[at].lstrip())
            end = at + 1
            while end < len(lines) and (
                not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > margin
            ):
                end += 1
            block, tag = lines[at + 1 : end], directive[2] if directive else ""
            while block and re.match(r"^ +:[\w-]+:", block[0]):
                block = block[1:]
            if not directive and not lines[at].lstrip().startswith(".."):
                prose.append(lines[at].rstrip().removesuffix(":"))
            at = end
        else:
            prose.append(lines[at])
            at += 1
            continue
        found += _read(prose)
        prose = []
        language = by_tag(tag.lower()) if tag and tag.lower() not in _OUTPUT else ""
        code = textwrap.dedent("\n".join(block)).strip("\n")
        if language in languages and len(code) > 10 and len(code) < LONGEST:
            found.append((language, code))
    return found + _read(prose)


def _read(lines: list[str]) -> list[Piece]:
    """What of these lines is prose, as one piece; none if none is."""
    paragraphs = (p.strip("\n") for p in "\n".join(lines).split("\n\n"))
    kept = [p for p in paragraphs if p.strip() and not _UNFIT.match(p)]
    return [("", "\n\n".join(kept))] if kept else []


def excerpt(found: list[Piece], r: random.Random) -> tuple[str, list[tuple[int, int]]] | None:
    """A few blocks of code with the prose around them, fenced or, more often, not."""
    code = [n for n, (language, _) in enumerate(found) if language]
    if not code:
        return None
    first = r.choice(code)
    last = r.choice([n for n in code if first <= n <= first + r.choice((0, 1, 3, 6))])
    before, after = max(0, first - 1), min(len(found), last + 2)
    fenced = r.random() < 0.25
    gap = r.choice(("\n\n", "\n\n", "\n\n", "\n"))
    pad = r.choice(("", "", "", "    "))
    text, spans = "", []
    for n in range(before, after):
        language, part = found[n]
        if text:
            text += gap
        if not language:
            paragraphs = part.split("\n\n")
            most = r.choice((1, 2, 3, 6))
            chosen = paragraphs[-most:] if n == before else paragraphs[:most]
            text += "\n\n".join(chosen)
            continue
        body = textwrap.indent(part, pad)
        if fenced:
            text += f"```{r.choice(('', language.lower()))}\n"
        spans.append((len(text), len(text) + len(body)))
        text += body
        if fenced:
            text += "\n```"
        if len(text) > LONGEST:
            break
    return text, spans


def prose(found: list[Piece], r: random.Random) -> str:
    """Some paragraphs about code, none of it code."""
    paragraphs = [p for language, part in found if not language for p in part.split("\n\n")]
    if not paragraphs:
        return ""
    first = r.randrange(len(paragraphs))
    return "\n\n".join(paragraphs[first : first + r.choice((1, 1, 2, 3, 5, 8))])[:LONGEST]


def output(text: str, r: random.Random) -> str:
    """Some lines of what a command printed, or of a file with columns or log entries."""
    lines = text.rstrip("\n").split("\n")
    size = r.choice((2, 4, 8, 12, 20, 40))
    first = r.choice((0, r.randrange(max(1, len(lines) - size + 1))))
    return "\n".join(lines[first : first + size])[:LONGEST]


def tables(text: str) -> Iterator[str]:
    """The results of queries as psql prints them."""
    for table in _TABLE.finditer(text):
        if len(table[0]) < LONGEST:
            yield table[0]


def rows(text: str, r: random.Random) -> str:
    """Some rows of a file of comma-separated values, as it is or as another program shows them."""
    try:
        cells = [row for row in csv.reader(io.StringIO(text[:20_000])) if row][:-1]
    except csv.Error:
        return ""
    if len(cells) < 3 or len(cells[0]) < 2:
        return ""
    columns = sorted(r.sample(range(len(cells[0])), min(len(cells[0]), r.randint(2, 8))))
    first = r.choice((0, 0, r.randrange(len(cells) - 2)))
    chosen = [
        [row[c][:60] if c < len(row) else "" for c in columns]
        for row in (cells[:1] * (first > 0) + cells[first:])[: r.randint(3, 16)]
    ]
    width = [max(len(row[c]) for row in chosen) for c in range(len(columns))]
    padded = [[c.ljust(w) for c, w in zip(row, width, strict=True)] for row in chosen]
    kind = r.randint(0, 9)
    if kind <= 2:
        out = io.StringIO()
        csv.writer(
            out, delimiter=",;\t"[kind], lineterminator="\n", quoting=r.choice((0, 0, 1))
        ).writerows(chosen)
        return out.getvalue().rstrip("\n")
    if kind == 3:
        padded.insert(1, [r.choice(("-", ":-")).ljust(w, "-") for w in width])
        return "\n".join(f"| {' | '.join(row)} |" for row in padded)
    if kind == 4:
        rule = "+" + "+".join("-" * (w + 2) for w in width) + "+"
        body = [f"| {' | '.join(row)} |" for row in padded]
        return "\n".join([rule, body[0], rule, *body[1:], rule])
    if kind == 5:
        padded.insert(1, ["-" * w for w in width])
        return "\n".join("  ".join(row).rstrip() for row in padded)
    if kind in (6, 7):
        return "\n".join((" | ", "|")[kind - 6].join(row) for row in chosen)
    if kind == 8:
        top, middle, bottom = (
            left + across.join("─" * (w + 2) for w in width) + right
            for left, across, right in ("┌┬┐", "├┼┤", "└┴┘")
        )
        body = [f"│ {' │ '.join(row)} │" for row in padded]
        return "\n".join([top, body[0], middle, *body[1:], bottom])
    return "\n".join("  ".join(row).rstrip() for row in padded)


def cells(text: str) -> str:
    """The prose of a notebook."""
    try:
        found = json.loads(text).get("cells", [])
    except (ValueError, AttributeError):
        return ""
    return "\n\n".join("".join(c["source"]) for c in found if c.get("cell_type") == "markdown")


def remarks(found: list[Piece], r: random.Random) -> list[str]:
    """A few single paragraphs."""
    paragraphs = [p for language, part in found if not language for p in part.split("\n\n")]
    short = [p for p in paragraphs if 20 < len(p) < 700]
    return r.sample(short, min(4, len(short)))


def amid(
    code: str, remark: Callable[[], str], r: random.Random
) -> tuple[str, list[tuple[int, int]]]:
    """`code` between paragraphs about other code."""
    gap = r.choice(("\n\n", "\n\n", "\n"))
    head = "\n\n".join(remark() for _ in range(r.choice((0, 1, 1, 2, 4)))) + gap
    tail = gap + "\n\n".join(remark() for _ in range(r.choice((0, 0, 1, 2))))
    head, tail = head if head.strip() else "", tail if tail.strip() else ""
    return head + code + tail, [(len(head), len(head) + len(code))]


_INLINE = re.compile(r":math:`([^`]+)`")
_DISPLAYED = re.compile(r"^( *)\.\. math::.*\n(?: *:\w+:.*\n)*((?:\1 +.*\n| *\n)+)", re.MULTILINE)


def typeset(text: str, r: random.Random) -> str:
    """Formulas as LaTeX sets them, in place of how reStructuredText does."""
    inline = r.choice(("$%s$", "$%s$", r"\(%s\)"))
    display = r.choice(
        ("$$%s$$", "$$\n%s\n$$", "\\[\n%s\n\\]", "\\begin{equation}\n%s\n\\end{equation}", "%s")
    )
    text = _DISPLAYED.sub(
        lambda m: display % textwrap.dedent(m[2]).strip("\n") + "\n",
        text.expandtabs(4) + "\n",
    )
    return _INLINE.sub(lambda m: inline % m[1], text)
