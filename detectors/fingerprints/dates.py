"""Dates as one value, in whatever order and with whatever names of months they are written."""

import re
from collections.abc import Iterable, Iterator

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier enero ene gennaio",
            "feb february februar février fevrier febrero febbraio",
            "mar march mär märz maerz mrz mars marzo",
            "apr april avril abril abr aprile",
            "may mai mayo maggio",
            "jun june juni juin junio giugno",
            "jul july juli juillet julio luglio",
            "aug august août aout agosto ago",
            "sep sept september septembre septiembre settembre",
            "oct october oktober okt octobre octubre ottobre",
            "nov november novembre noviembre",
            "dec december dezember dez décembre decembre diciembre dic dicembre",
        ),
        1,
    )
    for name in names.split()
}
_SPACE = "[ \u00a0\u202f]"
_NUMERIC = re.compile(
    rf"(?<!\d)(\d{{1,4}})([./-]|{_SPACE}(?=\d\d?{_SPACE})){_SPACE}?(\d{{1,2}})\2{_SPACE}?"
    r"(\d{4}|\d{2})(?!\d)"
)
_NUMBERS = re.compile(rf"\d(?:[./-]|{_SPACE}){_SPACE}?\d\d?(?:[./-]|{_SPACE})")
_TOGETHER = re.compile(r"(?<!\d)\d{8}(?!\d)")
_YEAR = re.compile(r"[12]\d{3}(?!\d)|[a-zéû]\.?[-/]\d\d(?!\d)", re.IGNORECASE)
"""No date with the name of a month is without it."""
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:\.|st|nd|rd|th|er)?(?:{_SPACE}?(?:de|of){_SPACE}|[-/]|{_SPACE}?)"
    rf"([^\W\d_]{{3,12}})\.?,?(?:{_SPACE}de{_SPACE}|[-/]|{_SPACE})(\d{{4}}|(?<=[-/])\d\d)(?!\d)"
)
_MONTH_DAY = re.compile(
    rf"\b([^\W\d_]{{3,12}})\.?{_SPACE}(\d{{1,2}})(?:st|nd|rd|th)?,?{_SPACE}(\d{{4}})(?!\d)"
)
_TIME = re.compile(
    r"(?<=\d)(?:T|,? )\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
    r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?$"
)
"""What databases and programs write behind a day."""


def dates(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and value of each date; one that can be read in two ways comes twice."""
    for found in _NUMERIC.finditer(text) if _NUMBERS.search(text) else ():
        first, _, second, third = found.groups()
        if len(first) == 4:
            readings = {(first, second, third)}
        elif len(first) <= 2:
            readings = {(third, second, first), (third, first, second)}
        else:
            continue
        for year, month, day in sorted(readings):
            if value := _date(year, int(month), int(day)):
                yield *found.span(), value
    for found in _TOGETHER.finditer(text):
        for year, month, day in _read_together(found[0]):
            if value := _date(year, month, day):
                yield *found.span(), value
    if not _YEAR.search(text):
        return
    for found in _DAY_MONTH.finditer(text):
        if value := _date(found[3], _MONTHS.get(found[2].lower(), 0), int(found[1])):
            yield *found.span(), value
    for found in _MONTH_DAY.finditer(text):
        if value := _date(found[3], _MONTHS.get(found[1].lower(), 0), int(found[2])):
            yield *found.span(), value


def _read_together(digits: str) -> Iterator[tuple[str, int, int]]:
    """Year, month and day of `19800305` and of `05031980`."""
    if digits.startswith(("19", "20")):
        yield digits[:4], int(digits[4:6]), int(digits[6:])
    if digits[4:6] in ("19", "20"):
        yield digits[4:], int(digits[2:4]), int(digits[:2])


def _date(year: str, month: int, day: int) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31 and len(year) in (2, 4)):
        return ""
    # of a year with two digits the century does not matter: both are hashed without it
    return f"date:{year[-2:]}{month:02}{day:02}"


def _day(cell: str) -> str:
    """A cell without the time of the day."""
    return _TIME.sub("", cell.strip())


def is_date(cell: str) -> bool:
    """Whether a cell holds nothing but a date, with or without a time."""
    text = _day(cell)
    return any((start, end) == (0, len(text)) for start, end, _ in dates(text))


def date_value(cell: str, month_first: bool) -> str:
    """The value of a cell that is a date; empty if it is none."""
    text = _day(cell)
    values = [value for _, _, value in dates(text)]
    if len(values) == 2 and (found := _NUMERIC.search(text)):
        day, month = (found[3], found[1]) if month_first else (found[1], found[3])
        return _date(found[4], int(month), int(day))
    return values[0] if values else ""


def month_first(column: Iterable[str]) -> bool:
    """Whether the dates of a column are written as in the United States."""
    for cell in column:
        if (found := _NUMERIC.search(cell)) and len(found[1]) <= 2 and int(found[3]) > 12:
            return True
    return False
