"""What has numbers as an address has them and is none: what machines print, what is counted.

A part of a hash or of a dump in hexadecimal is no house number and no postcode, and `3 Eier,
2 Karotten` is a list of things. Each test is about the form; words for a street, for living
somewhere or a postcode with its town speak for an address.

Misses: a thing counted by itself (`3 Eier`), hashes that happen to have no letter.
"""

import re

from detectors import addresses

_EDGE, _LINE, _LIST = 130, 200, 80
"""So many characters around a value are looked at: for the rest of a word, of a line, of a list."""

_MACHINE_WORD = re.compile(
    r"(?<![^\W_])(?:(?=[0-9a-f]{0,40}?[a-f])(?=[a-f]{0,40}?\d)(?![a-f]{1,2}\d{2,3}[a-f]{2}\b)[0-9a-f]{7,}"
    r"|(?=[0-9A-F]{0,40}?[A-F])(?=[A-F]{0,40}?\d)[0-9A-F]{8,})(?![^\W_])"
)
"""A word of hexadecimal digits, letters among them, that is no postcode (`cb101ab`)."""
_GROUPS = "|".join(
    rf"(?:[{digits}]{{{width}}}[ :]{{1,2}}){{{least},}}[{digits}]{{{width}}}"
    for digits in ("0-9a-f", "0-9A-F")
    for width, least in ((2, 3), (4, 3), (8, 2))
)
_DUMP = re.compile(
    rf"(?<![\w:])(?:[0-9A-Fa-f]{{4,16}}:?[ \t]{{1,4}})?(?:{_GROUPS})(?![^\W_])"
    r"(?:[ \t]{2,40}[^\n]{1,34}(?=\n|\Z))?"
)
"""Bytes in hexadecimal: where they are, what they are, how they read."""
_ID_LINE = re.compile(rf"(?m)^{_MACHINE_WORD.pattern}[ \t]")
_BARE_ID = re.compile(r"\d{7,}")

_NUMBER = (
    r"(?:(?:\d{1,3}(?:[.,/–-]\d{1,3})?|[½¼¾⅓⅔])(?: ?[x×](?![^\W\d_])|[^\W\d_]{1,4}(?!\w))?"
    r"|\d{4,6}(?= ?[a-zß-ÿ]))"
)
"""How many: `3`, `1/2`, `2-3`, `4x`, `200g`; four digits before a capital may be a postcode."""
_NAMED = r"(?: [(\"]?[^\W\d_°][^\s\d,;:]*| °[CF])"
_COUNTED = re.compile(rf"(?:[-–*•·+] )?{_NUMBER}{_NAMED}{{0,6}}[.)]?")
_BETWEEN = r"(?:[,;] ?\n?|\n|\. | / | (?:und|and|et|y|e|i|a|og|och|en|és|și|ja|oraz|&|\+) (?=\d))"
_MARK = r"(?:[ \t]*[-–*•·+>|] ?|[ \t]*\[[ x]\] |[ \t]*\d{1,2}[.)] |[ \t]+)?"
_MANY = re.compile(r"\d{4}(?: [^\W\d_][^\s\d,;:]*){0,6}[.)]?")
"""More than a thousand of a thing, or a postcode with its town."""
_SPLIT = re.compile(rf"{_BETWEEN}{_MARK}")
_BEFORE = re.compile(rf"(?:^|[\s(:])(?:{_NUMBER}{_NAMED}{{1,6}}{_BETWEEN}{_MARK}){{1,2}}$")
_AFTER = re.compile(rf"{_NAMED}{{0,4}}(?:{_BETWEEN}{_MARK}{_NUMBER}{_NAMED}{{1,6}}){{1,2}}")
_NUMBERED = re.compile(rf"(?<![\w½¼¾⅓⅔.,/–-]){_NUMBER} ")
_STREETS = """
    view rise hill house heights wharf green walk end gate yard row park farm cottage villas quay
    vale mount croft meadow meadows ridge trail loop path pike run bend crossing landing manor
    lodge hall point cove creek glen valley route alley
"""
_STREET = re.compile(
    r"\d[A-Za-z]? (?:[^\W\d_a-zß-ÿ][\w'’.-]* ){1,3}"
    rf"(?:{'|'.join(word.title() for word in _STREETS.split())})\b"
)
"""English words that streets and houses end with and that mean other things too."""
_WORD_BEFORE = re.compile(r"(?<!\w)([^\W\d_]{3,20}) $")
_NAME_LENGTH = 24
_PREPOSITIONS = "aus von nach vor bei van bij naar från till fra til vid near from out"
_TOWARDS = frozenset(_PREPOSITIONS.split())
"""Prepositions of three letters and more before a postcode."""
_SURE = 3
"""So many counted things in a row are a list, whatever is said of where somebody lives."""


def is_printed_by_a_machine(text: str, start: int, end: int) -> bool:
    """Whether all digits of text[start:end] are those of hashes, ids or a dump in hexadecimal."""
    if not any(map(str.isdigit, text[start:end])):
        return False
    first = text.rfind("\n", max(0, start - _LINE), start) + 1 or max(0, start - _EDGE)
    last = text.find("\n", end, end + _LINE)
    last = last if last >= 0 else min(len(text), end + _EDGE)
    line = text[first:last]
    rest = list(line)
    for form in (_DUMP, _MACHINE_WORD):
        for match in form.finditer(line):
            rest[match.start() : match.end()] = " " * (match.end() - match.start())
    left = "".join(rest)[start - first : end - first]
    return not any(map(str.isdigit, left)) or _is_in_column(text, start, end, left)


def _is_in_column(text: str, start: int, end: int, left: str) -> bool:
    """Whether its only number begins a line, as ids do on the line before or after it."""
    number = _BARE_ID.match(left)
    if not number or any(map(str.isdigit, left[number.end() :])):
        return False
    if start and text[start - 1] != "\n":
        return False
    if start and _ID_LINE.match(text, text.rfind("\n", max(0, start - _LINE), start - 1) + 1):
        return True
    after = text.find("\n", end, end + _LINE)
    return after >= 0 and bool(_ID_LINE.match(text, after + 1))


def is_numbered(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is a number in a row that the same word counts: `room 1203 East, room
    1310 West`; an address has a postcode after a street, a comma or a preposition."""
    word = _WORD_BEFORE.search(text, max(0, start - _NAME_LENGTH), start)
    if not word or word[1].lower() in _TOWARDS:
        return False
    said = re.escape(word[1])
    row = re.compile(rf"(?i)(?<!\w){said} \d{{{end - start}}}(?!\d)")
    return len(row.findall(text, max(0, start - _LIST), end + _LIST)) > 1


def counts_things(text: str, start: int, end: int, is_placed: bool) -> bool:
    """Whether text[start:end] is one or several of a list of counted things.

    `is_placed`: something before it is said of where somebody lives or a thing is sent.
    """
    parts = [part.strip() for part in _SPLIT.split(text[start:end]) if part.strip()]
    counted = sum(bool(_COUNTED.fullmatch(part)) for part in parts)
    many = sum(bool(_MANY.fullmatch(part)) for part in parts) if counted < len(parts) else 0
    plain = sum(not any(map(str.isdigit, part)) for part in parts)
    if counted + many == 0 or counted + many + plain < len(parts):
        return False
    if many == len(parts) > 1 and not is_placed:
        return True  # `1200 Bank, 1400 Debtors`: postcodes and towns in a row, but of no house
    before = _BEFORE.search(text, max(0, start - _LIST), start)
    after = _AFTER.match(text, end, end + _LIST)
    row = counted + sum(len(_NUMBERED.findall(match[0])) for match in (before, after) if match)
    if row < (_SURE if is_placed or plain else 2) or plain >= counted + many:
        return False
    return not (_STREET.search(text, start, end) or any(addresses.find(text[start:end])))
