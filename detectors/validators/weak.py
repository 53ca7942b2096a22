"""Whether a value is a weak password that somebody uses: `qwertz99`, `ilovemydog`.

They look like words and names in programs, so these checks belong where a sentence or a line says
that the value is the password.
"""

import re
from functools import cache
from pathlib import Path

from detectors.validators import check
from detectors.validators.made_of_words import known
from detectors.validators.passwords import CALLED, DUMMIES
from detectors.validators.randomness import real

_WORD_AND_NUMBER = re.compile(r"([A-Za-zß-ɏ]{3,24})([._@#!-]?)([0-9]{2,8})[!*#$?]?")
_LETTERS = re.compile(r"[A-Za-zß-ɏ]{8,32}")
_ANY_CASE = re.compile(r"[A-ZÀ-Þ]?[a-zß-ɏ]+|[A-ZÀ-Þ]+")
"""As people write, not programs: no capital inside a word."""
_NUMBERED = re.compile(
    r"(?i)(?:sha|md|aes|des|rsa|utf|ucs|iso|iec|rfc|cve|ansi|latin|base|win|windows|cp|ipv|int|uint"
    r"|str|string|float|char|varchar|byte|bytes|bit|bits|hex|crc|ed|curve|scrypt|bcrypt|blake|hmac"
    r"|pbkdf|oauth|tls|ssl|http|wpa|wep|ntlm|x|v|ver|version|port|page|step|line|level|part|type"
    r"|section|chapter|table|figure|key|field|value|arg|param|var|tmp|temp|item|node|host|server"
    r"|mysql|ubuntu|debian|python|java|php|perl|gcc|office|room|ticket|issue|id|nr|no|num|number"
    r"|january|february|march|april|june|july|august|september|october|november|december"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember|some|foo|bar|baz|dummy|sample|example"
    r"|new|old|pass|pwd|pw|abc|xyz|asd|test|user|demo|secret|mypass|welcome|letmein|hello|login)"
)
"""What stands before a number in standards, programs and examples."""
_DEFAULTS = re.compile(r"(?i)qwerty|admin|root|postgres|scott|tiger|administrator|oracle|mysql")
_TOLD = re.compile(r"(?i)placeholder|secret|unknown|invalid|require|change|expire|default|example")


@check("weak_password")
def weak_password(value: str) -> bool:
    """A word and a number that are no standard and no stand-in, or a sentence without blanks."""
    if _LETTERS.fullmatch(bare := value.rstrip("0123456789!*#$?")) and _is_sentence(bare.lower()):
        return not CALLED.search(bare)
    return _is_word_and_number(value)


@check("weak_and_own")
def weak_and_own(value: str) -> bool:
    """The same in a line that assigns it, where manuals have the defaults of programs."""
    return not _DEFAULTS.match(value) and _is_word_and_number(value)


def _is_word_and_number(value: str) -> bool:
    match = _WORD_AND_NUMBER.fullmatch(value)
    if match is None or not 6 <= len(value) <= 32:
        return False
    word, number = match[1].lower(), match[3]
    if not _ANY_CASE.fullmatch(match[1]) or _NUMBERED.fullmatch(word) or _TOLD.search(word):
        return False
    if CALLED.search(word) or (
        not _DEFAULTS.match(word) and (word in DUMMIES or word in known("program"))
    ):
        return False
    return real(value) and (len(number) < 5 or len(set(number)) > 1)


def _is_sentence(value: str) -> bool:
    """Three everyday words of one language and more without blanks, of which one says whose it is.

    The fewest words that it can be divided into count: `somewhere` is two.
    """
    return any(
        _says_something(words) for language in _languages() if (words := _divided(value, language))
    )


def _says_something(words: list[str]) -> bool:
    """Whose it is, a word of four letters or four words, and no more small ones than others."""
    small = sum(len(word) < 3 for word in words)
    return (
        len(words) > 2
        and (max(map(len, words)) > 3 or len(words) > 3 > 1 + small)
        and 2 * small <= len(words)
        and all(len(word) > 1 for word in words[1:])
        and not known("whose").isdisjoint(words)
    )


@cache
def _languages() -> tuple[frozenset[str], ...]:
    """The everyday words of each language; those for things are known in English."""
    lines = Path(__file__).with_name("made_of_words.txt").read_text("utf-8").splitlines()
    talk = [line.split()[1:] for line in lines if line.startswith("talk ")]
    return tuple(
        frozenset(words) | (known("thing") if name == "en" else frozenset())
        for name, *words in talk
    )


def _divided(value: str, words: frozenset[str]) -> list[str]:
    """The fewest of `words` that make up `value`, of at most 32 characters; none if they do not."""
    best: list[list[str] | None] = [[]] + [None] * len(value)
    for end in range(1, len(value) + 1):
        for start in range(max(0, end - 14), end):
            before = best[start]
            if before is not None and value[start:end] in words:
                here = best[end]
                if here is None or len(before) + 1 < len(here):
                    best[end] = [*before, value[start:end]]
    return best[-1] or []
