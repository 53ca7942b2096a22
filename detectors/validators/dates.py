"""Dates as people write them.

Source: ISO 8601-1:2019; month names of CLDR 46.
"""

import re
from datetime import date

from detectors.validators import check

_NUMERIC = re.compile(r"(\d{1,4})\s?[./\-|\s年년]\s?(\d{1,2})\s?[./\-|\s月월]\s?(\d{1,4})[.日일]?")
_COMPACT = re.compile(r"(19|20)\d{6}")


def exists(year: int, month: int, day: int) -> bool:
    """Whether the calendar has such a day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@check("date")
def past_date(value: str) -> bool:
    """A day that exists between 1880 and 2039, in any order of its parts; month names pass."""
    if re.fullmatch(r"[0-9](?: [0-9]){7}", value):  # a form with one box to a digit
        value = value.replace(" ", "")
        value = value[4:] + value[2:4] + value[:2]
    if _COMPACT.fullmatch(value):
        return exists(int(value[:4]), int(value[4:6]), int(value[6:]))
    match = _NUMERIC.fullmatch(value)
    if match is None:
        return any(c.isalpha() for c in value)
    first, middle, last = (int(group) for group in match.groups())
    if first > 31:
        return 1880 <= first < 2040 and exists(first, middle, last)
    year = last if last > 99 else 1900 + last
    return 1880 <= year < 2040 and (exists(year, middle, first) or exists(year, first, middle))
