"""Dates as one value, in whatever order and with whatever names of months they are written."""

# ruff: noqa: E501 - tables read better as tables

import re
from collections.abc import Iterable, Iterator

from detectors.fingerprints.cells import normal_word

_MONTHS = {
    normal_word(name): number
    for number, names in enumerate(
        (
            "jan january januar januari jänner janvier janv enero ene gennaio gen janeiro ianuarie ian stycznia "
            "ledna ocak oca января янв січня tammikuuta tammikuu január ιανουαρίου ιαν มกราคม يناير",
            "feb february februar februari février fév febbraio febrero fevereiro fev februarie lutego února "
            "şubat şub февраля фев лютого helmikuuta helmikuu február φεβρουαρίου φεβ กุมภาพันธ์ فبراير",
            "mar march mär märz mrz mars marts maart marzo março martie marca března mart maret марта мар "
            "березня maaliskuuta maaliskuu március μαρτίου มีนาคม مارس",
            "apr april avril avr abril abr aprile aprilie kwietnia dubna nisan nis апреля апр квітня "
            "huhtikuuta huhtikuu április απριλίου απρ เมษายน أبريل",
            "may mai mayo maggio mag maio mei maj maja května mayıs мая травня toukokuuta toukokuu május "
            "μαΐου μαϊ พฤษภาคม مايو",
            "jun june juni juin junio giugno giu junho iunie czerwca června haziran haz июня июн червня "
            "kesäkuuta kesäkuu június ιουνίου มิถุนายน يونيو",
            "jul july juli juillet juil julio luglio lug julho iulie lipca července temmuz tem июля июл "
            "липня heinäkuuta heinäkuu július ιουλίου กรกฎาคม يوليو",
            "aug august augusti augustus août agosto ago agustus sierpnia srpna ağustos ağu августа авг "
            "серпня elokuuta elokuu augusztus αυγούστου αυγ สิงหาคม أغسطس",
            "sep sept september septembre septiembre settembre set setembro septembrie września září eylül "
            "eyl сентября сен вересня syyskuuta syyskuu szeptember σεπτεμβρίου σεπ กันยายน سبتمبر",
            "oct october oktober okt octobre octubre ottobre ott outubro out octombrie października října "
            "ekim eki октября окт жовтня lokakuuta lokakuu október οκτωβρίου οκτ ตุลาคม أكتوبر",
            "nov november novembre noviembre novembro noiembrie listopada listopadu kasım kas ноября ноя "
            "листопада marraskuuta marraskuu νοεμβρίου พฤศจิกายน نوفمبر",
            "dec december dezember dez décembre decembrie diciembre dic dicembre dezembro desember des "
            "grudnia prosince aralık ara декабря дек грудня joulukuuta joulukuu δεκεμβρίου δεκ ธันวาคม ديسمبر",
        ),
        1,
    )
    for name in names.split()
}
"""As whoever writes a day says them, without accents."""
_SPACE = "[ \u00a0\u202f]"
_SIGN = "[./\\-／．－]"
_NAME = r"(?:[^\W\d_]{3,14}|[\u0e00-\u0e7f]{3,14})"
_TIME = re.compile(
    r"(?<=\d)(?:T|,? )\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
    r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?$"
)
"""What databases and programs write behind a day."""


_BUDDHIST = 543
_THAI = range(2443, 2643)


class _Forms:
    """How days are written. Nearly all begin with a digit, by which `re` passes over what has none,
    and only then look back; what is ASCII is read by forms of its own, which are faster."""

    def __init__(self, flags: re.RegexFlag) -> None:
        def form(pattern: str) -> re.Pattern[str]:
            return re.compile(pattern, flags)

        self.numeric = form(
            rf"(\d(?<!\d\d)\d{{0,3}})({_SIGN}|{_SPACE}(?=\d\d?{_SPACE})){_SPACE}?(\d{{1,2}})\2"
            rf"{_SPACE}?(\d{{4}}|\d{{1,2}})(?!\d)"
        )
        self.numbers = form(rf"\d(?:{_SIGN}|{_SPACE}){_SPACE}?\d\d?(?:{_SIGN}|{_SPACE})")
        self.signed = form(
            rf"(\d{{4}}){_SPACE}?[年년]{_SPACE}?(\d\d?){_SPACE}?[月월]{_SPACE}?(\d\d?)(?!\d)"
            rf"(?:{_SPACE}?[日일号號])?"
        )
        """In Chinese, Japanese and Korean."""
        self.told = form(
            rf"(\d(?<!\d\d)\d?){_SPACE}tháng{_SPACE}(\d\d?),?{_SPACE}(?:năm{_SPACE})?(\d{{4}})(?!\d)"
        )
        """In Vietnamese."""
        self.together = form(r"\d(?<!\d\d)\d{7}(?!\d)")
        self.year = form(
            r"\d(?:(?<=[12])\d{3}"
            r"|(?:(?<=[a-zA-ZéûÉÛ][-/]\d)|(?<=[a-zA-ZéûÉÛ]\.[-/]\d))\d)(?!\d)"
        )
        """No date with the name of a month is without it."""
        self.any = form(f"{self.numbers.pattern}|{self.together.pattern}|{self.year.pattern}")
        """No date in ASCII is without it."""
        self.day_month = form(
            rf"(\d(?<!\d\d)\d?)(?:\.|st|nd|rd|th|er)?(?:{_SPACE}?(?:de|of){_SPACE}|[-/]|{_SPACE}?)"
            rf"({_NAME})\.?,?(?:{_SPACE}del?{_SPACE}|[-/]|{_SPACE})(\d{{4}}|(?<=[-/])\d\d)(?!\d)"
        )
        self.month_day = form(
            rf"\b({_NAME})\.?{_SPACE}(\d{{1,2}})(?:st|nd|rd|th)?,?{_SPACE}(\d{{4}})(?!\d)"
        )
        self.day_year = form(rf"\d(?<!\d\d)\d?(?:st|nd|rd|th)?,?{_SPACE}\d{{4}}(?!\d)")
        """What stands behind a month."""
        self.year_month = form(
            rf"(\d(?<!\d\d)\d{{3}})(?:\.?{_SPACE}|[-/])({_NAME})\.?(?:[-/]|{_SPACE})(\d\d?)(?!\d)"
        )


_ANY, _PLAIN = _Forms(re.RegexFlag.NOFLAG), _Forms(re.ASCII)


def dates(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and value of each date; one that can be read in two ways comes twice."""
    forms = _ANY
    if text.isascii():
        forms = _PLAIN
        if not forms.any.search(text):
            return
    for found in forms.numeric.finditer(text) if forms.numbers.search(text) else ():
        first, _, second, third = found.groups()
        if len(first) == 4:
            readings = {(first, second, third)}
        elif len(first) <= 2 <= len(third):
            readings = {(third, second, first), (third, first, second)}
        else:
            continue
        for year, month, day in sorted(readings):
            if value := _date(year, int(month), int(day)):
                yield *found.span(), value
    for found in forms.together.finditer(text):
        for year, month, day in _read_together(found[0]):
            if value := _date(year, month, day):
                yield *found.span(), value
    for found in forms.signed.finditer(text) if "月" in text or "월" in text else ():
        if value := _date(found[1], int(found[2]), int(found[3])):
            yield *found.span(), value
    for found in forms.told.finditer(text) if "tháng" in text else ():
        if value := _date(found[3], int(found[2]), int(found[1])):
            yield *found.span(), value
    if not forms.year.search(text):
        return
    for found in forms.day_month.finditer(text):
        if value := _date(found[3], _month(found[2]), int(found[1])):
            yield *found.span(), value
    for found in forms.month_day.finditer(text) if forms.day_year.search(text) else ():
        if value := _date(found[3], _month(found[1]), int(found[2])):
            yield *found.span(), value
    for found in forms.year_month.finditer(text):
        if value := _date(found[1], _month(found[2]), int(found[3])):
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
    # those of Thailand count from 543 years before; without the century, as some write none
    count = int(year) - (_BUDDHIST if int(year) in _THAI else 0)
    return f"date:{count % 100:02}{month:02}{day:02}"


def _month(name: str) -> int:
    return _MONTHS.get(normal_word(name), 0)


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
    if len(values) == 2 and (found := _ANY.numeric.search(text)):
        day, month = (found[3], found[1]) if month_first else (found[1], found[3])
        return _date(found[4], int(month), int(day))
    return values[0] if values else ""


def month_first(column: Iterable[str]) -> bool:
    """Whether the dates of a column are written as in the United States."""
    for cell in column:
        if (found := _ANY.numeric.search(cell)) and len(found[1]) <= 2 and int(found[3]) > 12:
            return True
    return False
