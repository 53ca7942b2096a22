"""A text as it stands, and as it reads where it was written for a machine: source code within a
string of JSON or a notebook, `M\\u00fcller`, `M&uuml;ller`, `M%C3%BCller`, `a &lt; b`; between the
numbers of lines that an editor, an agent or `grep -n` puts before them.

Source: RFC 8259 section 7; HTML Living Standard 13.5; RFC 3986 section 2.1 with UTF-8.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from detectors.fingerprints import margins
from detectors.fingerprints.margins import Cut

_LEVELS = 3
"""A string of JSON within another, within a third."""
_WRITTEN = re.compile(
    r'\\n",[ \t]*\r?\n[ \t]*"'  # from one line of a notebook to the next
    r"|\\u[0-9a-fA-F]{4}|\\[nrt\"\\/]"
    r"|&(?:[a-zA-Z]{2,8}|\#\d{2,5}|\#[xX][0-9a-fA-F]{2,4});"
    r"|%(?:[cCdD][0-9a-fA-F]%[89abAB][0-9a-fA-F]|[eE][0-9a-fA-F](?:%[89abAB][0-9a-fA-F]){2})"
    r"|(?<=\w)%(?:20|40)(?=\w)"
    r'|"'
)
_LETTER = re.compile(
    r"\\(?:(?<!\\u[0-9a-fA-F]{4}\\)(?<=[^\W\d_]\\)u[0-9a-fA-F]{4}|u[0-9a-fA-F]{4}[^\W\d_]{2})"
    r"|&(?:lt|gt|amp|quot|apos|szlig|\#\w{2,5}"
    r"|[a-zA-Z](?:uml|acute|grave|circ|tilde|cedil|ring|slash|caron|lig));"
    r"|\\(?<!\\\\)u(?:0[3-9a-fA-F]|1[0-9a-fA-F]|[3-9a-cA-C][0-9a-fA-F]|[dD][0-7])[0-9a-fA-F]{2}"
    r"\\u(?:0[3-9a-fA-F]|1[0-9a-fA-F]|[3-9a-cA-C][0-9a-fA-F]|[dD][0-7])[0-9a-fA-F]{2}"
    r"|%(?:[c-eC-E][0-9a-fA-F]%[89abAB]|(?<=\w%)(?:20|40)\w)"
)
"""A letter of a word, not of a table of them; a sign of code."""
_PERCENT = re.compile(r"%[c-eC-E24][0-9a-fA-F]")
_LINES = re.compile(r'(?:\\n[^\n]*?){3}|\\n",[ \t]*\r?\n[ \t]*"')
"""A line that holds several, as hardly any message in a program does; the next line of a notebook.
"""
_HOLDS_LINES = re.compile(r'(?:[^"\\\n]|\\[^n])*+\\n')
_MARGIN = re.compile(
    r"\n(?:[^\s:]{1,200}[:-]|\^?[0-9a-f]{7,40}[ \t][^\n()]{0,60}\([^\n()]{8,90}[ \t])?"
    r"[ \t]{0,8}(\d{1,6})(?:[ \t]+\d{1,6}(?=[ \t]))?"
    r"(?:[ \t]{0,2}[→|│┃:)>.\-]|[ \t]|(?=\r?\n|\Z))"
)
"""Before a line: its number, and before that perhaps its file."""
_NUMBERED = 3
"""So many lines in a row have each the next number."""
_APART = "\n\n"
_SIGNS = {"n": "\n", "r": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text reads, and where each of it was written."""

    text: str = field(repr=False)
    _of: "Reading | None" = field(default=None, repr=False)
    """What it was read from; None: it is the text."""
    _at: tuple[int, ...] = ()
    """Where what was written in another way ends in what is read, and where it ends in that."""
    _written: tuple[int, ...] = ()
    code_only: bool = False
    """What was cut away matters to source code alone."""

    def place(self, offset: int) -> int:
        """Where in the text is what stands here, as it is read."""
        if self._of is None:
            return offset
        number = bisect_right(self._at, offset) - 1
        return self._of.place(self._written[number] + offset - self._at[number])


def readings(text: str) -> Iterator[Reading]:
    """The text, then what it reads, if that is something else."""
    found = Reading(text)
    yield found
    yield from _bare(found)
    for _ in range(_LEVELS):
        inner = found.text
        if not (_letters(inner) or ("\\n" in inner and _LINES.search(inner))):
            return
        found = _read(found)
        if found.text == inner:
            return
        yield found
        yield from _bare(found)


def _bare(outer: Reading) -> Iterator[Reading]:
    """The same without what was put around each of its lines, if anything was."""
    yield from _without_numbers(outer)
    for cuts, code_only in margins.cuts(outer.text):
        yield replace(_cut(outer, cuts), code_only=code_only)


def _without_numbers(outer: Reading) -> Iterator[Reading]:
    """The same without the numbers of its lines, if they have any."""
    numbers: list[Cut] = []
    run: list[Cut] = []
    number = 0
    for found in _MARGIN.finditer("\n" + outer.text):
        start, end = found.start(), found.end() - 1
        if not run or int(found[1]) != number + 1 or not _follows(outer.text, run[-1][1], start):
            numbers += run if len(run) >= _NUMBERED else []
            run = []
        run.append((start, end, ""))
        number = int(found[1])
    numbers += run if len(run) >= _NUMBERED else []
    if numbers:
        yield _cut(outer, numbers)


def _follows(text: str, end: int, start: int) -> bool:
    """Whether the line that begins at `start` is the one after that whose number ends at `end`;
    after a number that has a line of its own comes the line it is of."""
    after = text.find("\n", end)
    return after == start - 1 or (after == end and text.find("\n", after + 1) == start - 1)


def _cut(outer: Reading, cuts: list[Cut]) -> Reading:
    pieces: list[str] = []
    at, written = [0], [0]
    size = end = 0
    for start, after, instead in cuts:
        pieces += (outer.text[end:start], instead)
        size += start - end + len(instead)
        end = after
        at.append(size)
        written.append(end)
    pieces.append(outer.text[end:])
    return Reading("".join(pieces), outer, tuple(at), tuple(written))


def _letters(text: str) -> bool:
    may_be = "&" in text or "\\u" in text or _PERCENT.search(text) is not None
    return may_be and _LETTER.search(text) is not None


def _read(outer: Reading) -> Reading:
    pieces: list[str] = []
    at, written = [0], [0]
    size = end = 0
    inside = False
    for found in _WRITTEN.finditer(outer.text):
        sign = found[0]
        if sign == '"':
            # a string that holds lines is a passage of its own
            if not inside and not _HOLDS_LINES.match(outer.text, found.end()):
                continue
            inside = not inside
            sign = _APART
        else:
            sign = _sign(sign)
        pieces += (outer.text[end : found.start()], sign)
        size += found.start() - end + len(sign)
        end = found.end()
        at.append(size)
        written.append(end)
    pieces.append(outer.text[end:])
    return Reading("".join(pieces), outer, tuple(at), tuple(written))


def _sign(written: str) -> str:
    if written[0] == "&":
        return html.unescape(written)
    if written[0] == "%":
        return unquote(written, errors="replace")
    if written[1] == "u":
        return chr(int(written[2:], 16))
    return _SIGNS.get(written[1], written[1])
