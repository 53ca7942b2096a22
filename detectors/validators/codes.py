"""Whether short codes are drawn at random: of letters, of letters and digits, of bytes."""

import re
from itertools import pairwise

from detectors.validators import check
from detectors.validators.randomness import word_share


@check("letters_at_random")
def letters_at_random(value: str) -> bool:
    """Groups of small letters of which one at most looks like a word."""
    groups = re.split("[ -]", value)
    if len(set(groups)) < len(groups) or len(set(value)) < 7:
        return False
    return sum(word_share(group) > 0 for group in groups) <= 1


@check("code_at_random")
def code_at_random(value: str) -> bool:
    """Digits that are no date, or letters and digits that are no word with a number."""
    digits = re.sub("[ -]", "", value)
    if len(set(digits)) < 4:
        return False
    if digits.isdigit():
        return not _DATE.fullmatch(digits)
    letters = any(c.isalpha() for c in value)
    return letters and sum(c.isdigit() for c in value) >= 2 and not word_share(value)


_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d|[0-3]\d(?:0[1-9]|1[0-2])(?:19|20)\d\d")


@check("bytes_at_random")
def bytes_at_random(value: str) -> bool:
    """Numbers up to 255 with commas between, as many high as low and few of them twice."""
    try:
        numbers = [int(n) for n in value.split(",")]
    except ValueError:
        return False
    high = sum(n > 127 for n in numbers)
    return (
        max(numbers) < 256
        and 0.25 <= high / len(numbers) <= 0.75
        and len(set(numbers)) >= 0.7 * len(numbers)
    )


@check("pin")
def pin(value: str) -> bool:
    """Digits that are no year, not alike and not in order."""
    steps = {ord(b) - ord(a) for a, b in pairwise(value)}
    return steps not in ({0}, {1}, {-1}) and not re.fullmatch(r"(?:19|20)\d\d", value)
