"""Columns whose heading says what is in them: pasted spreadsheets, CSV, pipes and tabs.

`name,email,phone,dob` above `Emil Friis,emil@friis.example,34 41 19 52,18-07-1966`: nothing in
the cell says that a number is a telephone number, the heading does. A heading is a line of which
at least two cells are words for something and that the next line follows with as many cells.

So do the names in `INSERT INTO people (name, phone) VALUES …`.

Misses: headings over several lines; accounts in a table that has both sides of a ledger.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import re2
import yaml

from detectors.base import Match
from detectors.letters import in_ranges
from detectors.searching import searching
from detectors.validators import named_check

CONFIDENCE = 0.85
_NAMED_KIND = 0.95
"""As in a sentence, where a word names the kind and the number passes its check."""
_SEPARATORS = (",", ";", "\t", "|")
_NUMBER = frozenset({
    "no", "nr", "num", "number", "nummer", "numer", "n", "nº", "n°", "№", "č", "št", "sz", "id",
    "numéro", "numero", "número", "numărul", "broj", "številka", "numeris", "numurs", "numara",
    "numarası", "номер", "αριθμός", "szám", "száma",
})  # fmt: skip
_SMALL = frozenset({
    "of", "the", "de", "del", "du", "d", "di", "da", "do", "der", "des", "am", "op", "on", "le",
    "el", "il", "la", "a", "em", "pe", "na", "на", "clave", "º", "°",
})  # fmt: skip
"""What a heading may say beside the word that counts: `paspoort nr.`, `numéro du passeport`."""


def _without(parts: frozenset[str], heading: str) -> str:
    return "_".join(part for part in heading.split("_") if part not in parts)


_COLUMNS = yaml.safe_load(Path(__file__).with_name("columns.yaml").read_text("utf-8"))
_WORDS = [word for column in _COLUMNS for word in column["words"].split()]
_CLASS_OF = {
    _without(_SMALL, word): (column["class"], column["check"])
    for column in _COLUMNS
    for word in column["words"].split()
}
_UNNAMED = "pii.national_id.unnamed"
_KINDS: dict[str, list[tuple[str, str]]] = {}
"""What headings of one kind of number say: the kinds it may be, each with its check."""
for _kind in yaml.safe_load(Path(__file__).with_name("column_kinds.yaml").read_text("utf-8")):
    for _word in _kind["words"].split():
        _KINDS.setdefault(_without(_SMALL, _word), []).append((_kind["class"], _kind["check"]))
_SHORTEST = 7
"""Letters and digits of a number whose kind a heading names."""
_ANY = "|".join(re.escape(word).replace("_", "[ _.°º-]{1,2}") for word in sorted(_WORDS))
_AFTER = "|".join(sorted(_NUMBER | _SMALL))
_SAID = rf"(?:{_ANY})(?:[ _.-]{{1,2}}(?:{_AFTER})){{0,2}}"
_CELL = rf"(?:^|[^\pL\pN]){_SAID}[\"'*.: \t\rº°]{{0,3}}(?:[,;\t|/]|$)"
_ROOM = re2.Options()
_ROOM.max_mem = 64 << 20  # for as many words; RE2 takes what it needs of it
_NAMED = re2.compile(in_ranges(f"(?im){_CELL}"), _ROOM)
_LONGEST = 1200
"""Bytes of a heading."""
_DIGIT = re.compile(rb"[0-9]")
_ENDING = re.compile(r"\((?:e|es|in|a|o|s)\)")
"""Of the other sex, or several: `Né(e) le`."""
_BETWEEN = re.compile(r"[\s_.°º-]+")
_LEDGER = frozenset({"konto", "cuenta", "conto", "rekening", "rachunek", "compte", "conta", "účet"})
_SIDES = frozenset({
    "debit", "credit", "soll", "haben", "débit", "crédit", "debe", "haber", "dare", "avere", "wn",
    "winien", "ma", "débito", "crédito", "debet", "kredit", "kredyt", "má_dáti", "dal",
})  # fmt: skip
"""Beside both sides of a ledger its accounts are nobody's: `Konto;Soll;Haben`."""
_INSERT = re2.compile(r"(?i)\binsert\s+into\s[^()\n]{1,80}\(([^()]{3,600})\)\s*values\s*")
_find_insert = searching(_INSERT)
_ROW = re.compile(r"\s*+(?:,\s*+)?\(((?:'(?:[^'\\]|''|\\.)*+'|[^()'])*+)\)")
"""Of a value with quotation marks in it there is one reading: each other doubles what is tried."""
_VALUE = re.compile(r"'((?:[^'\\]|''|\\.)*)'|[^,'\s]+")
_RULER = re.compile(r"[\s|:+-]+")


@dataclass(frozen=True, slots=True)
class _Column:
    index: int
    data_class: str
    check: str
    kinds: tuple[tuple[str, str], ...] = ()
    """More exact classes that the heading names, and the check of each."""

    def match(self, value: str, start: int) -> Match | None:
        """What `value`, which begins at `start`, is below the heading."""
        is_long = sum(map(str.isalnum, value)) >= _SHORTEST  # some checks put zeros in front
        for data_class, check in self.kinds:
            if is_long and named_check(check)(value):
                return Match(data_class, start, start + len(value), _NAMED_KIND)
        if named_check(self.check)(value):
            return Match(self.data_class, start, start + len(value), CONFIDENCE)
        return None


def find(text: str) -> Iterator[Match]:
    """The cells under headings that name something sensitive."""
    # most texts are one line, which is no table, and name nothing in brackets
    has_rows, has_brackets = "\n" in text, "(" in text
    if not (has_rows or has_brackets):
        return
    data = text.encode("utf-8", "replace")
    if has_brackets and _find_insert(data, 0, len(data))[0][0] >= 0:
        yield from _inserted(text)
    if not has_rows:
        return
    done = counted = offset = 0
    for word in _NAMED.finditer(data):
        if word.end() <= done:
            continue
        begin = data.rfind(b"\n", 0, word.start() + 1) + 1
        if begin < done:
            continue
        done = data.find(b"\n", word.end() - 1) + 1
        if not done:
            return
        if done > begin + _LONGEST or _DIGIT.search(data, begin, done):
            continue
        separator, columns = _heading(data[begin : done - 1].decode())
        if columns:
            offset += len(data[counted:done].decode())
            counted = done
            done = yield from _rows(data, done, offset, separator, columns)


def outside_quotes(line: str, separator: str) -> str:
    """The line with a sign for each separator in a quoted cell, so that others part cells only."""
    if '"' not in line:
        return line
    return _QUOTED[separator].sub(lambda cell: cell[0].replace(separator, _INSIDE), line)


_INSIDE = "\ue000"
_QUOTED = {
    sign: re.compile(
        rf'(?:(?<=^)|(?<={re.escape(sign)}))\s{{0,4}}"(?:[^"]|""){{0,400}}+"(?=\s{{0,4}}(?:{re.escape(sign)}|$))'
    )
    for sign in _SEPARATORS
}


def _rows(
    data: bytes, at: int, offset: int, separator: str, columns: list[_Column]
) -> Generator[Match, None, int]:
    """The cells under a heading, in the lines from byte `at` on, before which are `offset` code
    points; the byte where they end."""
    width = data[data.rfind(b"\n", 0, at - 1) + 1 : at].count(separator.encode())
    while at < len(data):
        end = (data.find(b"\n", at) + 1 or len(data) + 1) - 1
        line = outside_quotes(data[at:end].decode(), separator)
        count = line.count(separator)
        if count == width:
            yield from _cells(line, offset, separator, columns, 0)
        elif separator == "," and count == width + 1:
            yield from _cells(line, offset, separator, columns, 1)  # `Petersen, Michelle`
        elif not _RULER.fullmatch(line):
            break
        offset += len(line) + 1
        at = end + 1
    return at


def _inserted(text: str) -> Iterator[Match]:
    """The values that a statement of SQL puts into columns of such names."""
    for statement in _INSERT.finditer(text):
        names = [_words(name.strip("`[]\"' ")) for name in statement[1].split(",")]
        columns = {i: known for i, words in enumerate(names) if (known := _column(i, words))}
        at = statement.end()
        while columns and (row := _ROW.match(text, at)):
            at = row.end()
            for i, value in enumerate(_VALUE.finditer(text, row.start(1), row.end(1))):
                start, end = value.span(1) if value[1] is not None else value.span()
                column, said = columns.get(i), text[start:end]
                if column and any(map(str.isdigit, said)) and (match := column.match(said, start)):
                    yield match


def _heading(line: str) -> tuple[str, list[_Column]]:
    if len(line) > 400:
        return "", []
    for separator in _SEPARATORS:
        cells = line.split(separator)
        if len(cells) < 2 or any(len(c) > 40 or any(x.isdigit() for x in c) for c in cells):
            continue
        said = [_words(cell) for cell in cells]
        is_ledger = sum(not _SIDES.isdisjoint(words) for words in said) > 1
        columns = [
            known
            for i, words in enumerate(said)
            if (known := _column(i, words)) and not (is_ledger and _LEDGER.intersection(words))
        ]
        if columns:
            return separator, columns
    return "", []


def _words(cell: str) -> list[str]:
    """What a heading says; `DNI/NIE` says two things of one kind."""
    return [
        _BETWEEN.sub("_", _ENDING.sub("", part).strip(" \t\"'*:\r")).strip("_").lower()
        for part in cell.split("/")
    ]


def _column(index: int, words: list[str]) -> _Column | None:
    known = _known(words)
    if known is None:
        return None
    kinds: list[tuple[str, str]] = []
    if known[0] == _UNNAMED:
        for word in words:
            heading = _without(_SMALL, word)
            kinds += _KINDS.get(heading) or _KINDS.get(_without(_NUMBER, heading), [])
    return _Column(index, *known, tuple(kinds))


def _known(words: list[str]) -> tuple[str, str] | None:
    for word in words:
        heading = _without(_SMALL, word)
        bare = _without(_NUMBER, heading)
        if known := _CLASS_OF.get(heading) or _CLASS_OF.get(bare):
            return known
        said = {_CLASS_OF.get(part) for part in bare.split("_")}  # `Teléfono móvil`
        if len(said) == 1 and (known := said.pop()):
            return known
    return None


def _cells(
    line: str, offset: int, separator: str, columns: list[_Column], extra: int
) -> Iterator[Match]:
    cells = line.split(separator)
    for column in columns:
        index = column.index + extra
        cell = cells[index]
        value = cell.strip(" \t\"'*\r")
        if len(value) > 40 or not (column.check == "booking" or any(map(str.isdigit, value))):
            continue
        start = offset + sum(len(c) + 1 for c in cells[:index]) + cell.index(value)
        if match := column.match(value, start):
            yield match
