"""Whether a value is what a person or a program sets as a password, and how plainly it shows."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from html import unescape
from itertools import pairwise

from detectors.validators import check
from detectors.validators.made_of_words import is_thing, known, of_words, plain_words
from detectors.validators.randomness import (
    IS_STAND_IN,
    camel,
    classes,
    drawn,
    is_code,
    is_identifier,
    names_itself,
    random,
    real,
    syllable_share,
    word_share,
)
from detectors.validators.writing import is_label

DUMMIES = frozenset(
    re.findall(
        r"\S+",
        """password passwd passw0rd pass pwd passphrase passwort kennwort mypass mypassword userpass
        dbpass db_pass dbpassword db_password password1 password123 pass123 pass1234
        p@ssw0rd p@ssword secret supersecret topsecret secret123 s3cret s3cr3t mysecret
        hunter2 letmein welcome welcome1 changeme change_me changeit admin admin123
        administrator root toor test test1 test123 test1234 testing testtest guest user
        user123 username demo default postgres mysql redis mongo oracle anonymous
        anonymous@ scott tiger foobar foobared qwerty qwerty123 abc123 123456 12345678 123456789
        1234567890 null none
        nil true false string required optional empty undefined hidden token apikey
        api_key credentials incorrect invalid forgotten expired protected wrong""",
    )
)
"""Passwords that protect nothing: defaults, manuals, tests."""
CALLED = re.compile(
    r"(?i)password|passphrase|passwort|kennwort|mot-?de-?passe|contraseñ|contrasen|contrasinal"
    r"|clave|senha|palavra.?passe|wachtwoord|hasł|heslo|salasana|lösenord|adgangskod|kodeord|passord"
    r"|jelsz[óa]|parol[aăeė]?|şifre|geslo|lozink|slaptažod|pasvort|pasahitz|sandi"
)
"""Words for a password, with nothing but letters around: `encrypted-password`."""
_LETTERS = re.compile(r"[^\W\d_]+(?:[-_.=][^\W\d_]+)*")
_INFLECTED = re.compile(r"(?:ed|ing|ly|tion|ment|able|ible|ous|ness|ity|ive|lich|isch|ung)$")
_DIGIT = re.compile(r"\d")
_NO_SIGNS = str.maketrans("", "", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~ ")
_LEET = {"o": "[o0]", "i": "[i1]", "e": "[e3]", "a": "[a4@]", "s": "[s5$]", "t": "[t7]"}
_NOTHING_ELSE = re.compile(
    re.sub(
        "[a-z]",
        lambda letter: _LEET.get(letter[0], letter[0]),
        "(?:my|the|very|super|top|secret|passwd|pass|word|admin|root|user|test|demo|guest)++",
    )
)
"""Each text in one way only, so that a long one takes no longer: `password` is two of them."""


def _is_dummy(value: str) -> bool:
    """One of `DUMMIES`, perhaps with a digit behind, words for one with digits for letters, or a
    user and a password that both are such."""
    low = value.lower()
    if ":" in low:
        return all(map(_is_dummy, low.split(":")))
    return (
        low in DUMMIES
        or (low[-1:].isdigit() and low[:-1] in DUMMIES)
        or low.translate(_NO_SIGNS) in {"pass", "passwd", "password"}
        or _NOTHING_ELSE.fullmatch(low) is not None
    )


_BRACKETS = re.compile(r"[\s(\[/]")
"""Without one, what is so long and so mixed is no code."""
_SENTENCE = re.compile(
    r"(?:[A-Za-z']+|[A-Za-z]?\d{1,4}|[A-Za-z]+(?:_[A-Za-z]+)+)[.,:;!?]?"
    r"(?: +(?:[A-Za-z']+|\d{1,4}|[A-Za-z]+(?:_[A-Za-z]+)+)[.,:;!?]?)+|[A-Za-z]{2,}(?:ed|ing)[.!?]"
)
"""Plain words and numbers with only spaces and marks between, or a word that says how it went."""


@check("password")
def password(value: str) -> bool:
    """What a person or a generator would set as a password, and no program as an identifier."""
    if not 6 <= len(value) <= 512:
        return False
    if value.islower() and value.isalpha():
        return of_words(value)  # by far the most are one word of small letters
    return _is_password(value, classes(value), _made_up_of_parts(value))


def _is_password(value: str, kinds: tuple[bool, bool, bool, bool], in_parts: bool) -> bool:
    """What refuses most for least comes first."""
    if len(value) > 128:
        return real(value) and (
            passphrase(value)
            or (random(value) and not (_BRACKETS.search(value) and is_code(value)))
        )
    if in_parts or (passphrase(value) and not names_itself(value)):
        return real(value)
    lower, upper, digit, symbol = kinds
    if symbol and (lower or upper or digit):
        plausible = True
    elif digit and (lower or upper):
        plausible = _mixes_like_a_password(value)
    else:
        plausible = lower and upper and len(value) >= 10 and word_share(value) < 0.2
    return (
        plausible
        and not _SENTENCE.fullmatch(value)
        and not (" " in value and not value.isascii() and is_label(value))
        and ((real(value) and not is_code(value)) or drawn(value))
        and not _is_dummy(value)
    )


def _mixes_like_a_password(value: str) -> bool:
    """Letters and digits that no program has as a name."""
    if len(value) > 24:
        return camel(value) < 4
    if names_itself(value, 1):
        return False
    if _IDENTIFIER.fullmatch(value) and (len(value) < 16 or word_share(value) >= 0.2):
        return False
    return not is_identifier(value) and camel(value) < 4


_TITLED = (
    r"(?!(?:Sha|Md|Utf|Iso|Version|Chapter|Section|Part|Page|Level|Type)\b)"
    r"[A-Z][a-z]{2,11}[-_.!](?:[A-Za-z][a-z]{2,11}[-_.!]){0,3}(?:[A-Za-z][a-z]{2,11}[-_.!]?)?\d{1,4}[!?$%*#]?"
)
"""What generators of memorable passwords make: `River-Ember-33`."""
_NUMBER_THEN_WORDS = (
    r"\d{1,4}[-_.!#$&%*+@]?[A-Z][a-z]{2,11}(?:[-_.!#$&%*+@][A-Za-z][a-z]{2,11}){1,3}[!?$%*#]?"
)
"""The same with the number first: `33River.Ember`."""
_THREE_TITLED = r"[A-Z][a-z]{2,11}([!#$%&*=?@])[A-Z][a-z]{2,11}(?:\1[A-Z][a-z]{2,11}){1,3}"
"""Words with a sign between that sentences and programs do not put there: `River#Ember#Lake`."""
_SHAPE = re.compile(f"{_THREE_TITLED}|{_TITLED}|{_NUMBER_THEN_WORDS}")
_WORDS_THEN_NUMBER = re.compile(
    r"[a-z]{3,12}(?:([-_])[a-z]{3,12}(?:\1[a-z]{3,12}){0,4}\1|\.[a-z]{3,12}(?:\.[a-z]{3,12}){0,4}\.)\d{2,4}[!?$%*#]?"
)
"""The first in small letters: `river-ember-331`."""
_GROUPS = re.compile(r"(?:[A-Za-z0-9]{4,6}-){2,3}[A-Za-z0-9]{4,6}")
"""What browsers and telephones suggest: `qevbus-Zipko3-mywxad`."""


_STANDARD = re.compile(r"(?i)(?:^|[-_.])(?:sha|md|aes|utf|iso|rsa)(?:[-_.][a-z]{3})?[-_.]?\d")
"""What is made of the same parts and no password: `scram-sha-256`."""


def _made_up_of_parts(value: str) -> bool:
    """Words and a number with signs between, words for things, or groups of letters at random with
    a digit."""
    if of_words(value):
        return not _is_dummy(value)
    if _SHAPE.fullmatch(value) or _WORDS_THEN_NUMBER.fullmatch(value):
        return not names_itself(value) and not _STANDARD.search(value)
    return _in_groups(value)


def _in_groups(value: str) -> bool:
    return bool(_GROUPS.fullmatch(value) and _DIGIT.search(value)) and word_share(value) < 0.5


_IDENTIFIER = re.compile(r"[a-z]+[-_.]?\d{1,4}|[a-z]\w*[._][a-z]\w*\d?")


@check("login_password")
def login_password(value: str) -> bool:
    """A password in a place made for one: anything but the usual dummies and empty words."""
    if _is_dummy(value) or (_LETTERS.fullmatch(value) and CALLED.search(value)):
        return False
    return len(value) >= 10 or sum(classes(value)) >= 2 or not value.isalpha()


@check("strong_password")
def strong_password(value: str) -> bool:
    """A password that shows: three kinds of characters, or letters and digits that are no word."""
    if "&" in value:
        if _IN_MARKUP.search(plain := unescape(value)) and plain != value:
            return False
        value = plain
        if _TWO_WORDS.fullmatch(value) or _ASSIGNS_NEXT.search(value):
            return False
    if not 6 <= len(value) <= 512:
        return False
    in_parts, kinds = _made_up_of_parts(value), classes(value)
    if not in_parts and not _is_strong(value, kinds):
        return False
    if _PLACE.search(value) or not _is_password(value, kinds, in_parts):
        return False
    # and where two kinds are all that shows
    return in_parts or sum(kinds) > 2 or not kinds[2] or random(value)


def _is_strong(value: str, kinds: tuple[bool, bool, bool, bool]) -> bool:
    count = sum(kinds)
    if count != 2:
        return count > 2 and (len(value) >= 8 or kinds[3])
    if len(value) < 10 or names_itself(value, 1):
        return False
    return kinds[2] or (word_share(value) < 0.2 and _changes_case(value) >= 2)


_IN_MARKUP = re.compile(r"[\s\"'<>]")
_ASSIGNS_NEXT = re.compile(r"&\w+=$")
"""`ann&password=`: the next of a form's fields begins."""
_TWO_WORDS = re.compile(r"(?:[A-ZÀ-Þ]?[a-zß-ɏ]+|[A-ZÀ-Þ])&[A-ZÀ-Þ]?[a-zß-ɏ]+")
"""`Look&Feel`, and a letter of a label that a key chooses: `P&assword`."""
_PLACE = re.compile(
    r"^%(?:\d\$)?[sSd@]|%\d\$[sSd@]|%\(\w+\)s|^%l[dux]|%%?0[AD]|^0x(?:[0-9A-Fa-f]{1,8}|%\d*l?[xX])$"
)
"""Where a program puts something into its message or breaks its line: `%sAcme%s`, `%1$s`, `or%0A`;
and a number in hexadecimal that is no longer than most are."""


def _changes_case(value: str) -> int:
    """How often capitals and small letters follow each other."""
    small = [c.islower() for c in value if c.isascii() and c.isalpha()]
    return sum(a != b for a, b in pairwise(small))


_COLONS = re.compile(r"[0-9A-Fa-f.]*(?::[0-9A-Fa-f.]*)+")
"""Addresses and fingerprints."""


@check("spoken_password")
def spoken_password(value: str) -> bool:
    """A password that shows, a random value, or a passphrase of four words and more."""
    if strong_password(value) or (
        len(value) >= 20 and random(value) and not _COLONS.fullmatch(value)
    ):
        return True
    return passphrase(value) and len(re.findall(r"\w+", value)) >= 4


@check("shown_password")
def shown_password(value: str) -> bool:
    """What "my password" is followed by: strong, a passphrase, or words and a number."""
    if spoken_password(value):
        return True
    return password(value) and any(c.isdigit() for c in value) and len(value) >= 8


@check("shown_random")
def shown_random(value: str) -> bool:
    """A passphrase of four words, or letters and digits that are no word."""
    return spoken_password(value) if "-" in value else random(value)


@check("plain_password")
def plain_password(value: str) -> bool:
    """Eight letters and more that say nothing about the password, in a place made for one."""
    if not 8 <= len(value) <= 64 or not login_password(value) or _INFLECTED.search(value):
        return False
    return real(value) and not names_itself(value.capitalize()) and not _SAYS_NOTHING.search(value)


@check("plain_line")
def plain_line(value: str) -> bool:
    """What has a line to itself: a passphrase, with small words or without, or letters alone."""
    return plain_password(value) if value.isalpha() else passphrase(value) or plain_words(value)


@check("said_words")
def said_words(value: str) -> bool:
    """A passphrase, with small words or without, or a password made of words for things.

    With points or low lines between, which names in programs have, words alone show nothing.
    """
    return plain_words(value) or (not _NAMED_SO.search(value) and passphrase(value))


_SAYS_NOTHING = re.compile(
    r"(?i)user|admin|default|database|value|string|require|option|secret|token|account|empty|unset"
    r"|none$|same|above|below|prompt|ask|file|vault|store|env|config|system|login"
    r"|through|inherit|encrypt|cleartext|interactive|provided|kerberos|bcrypt|argon|certificat"
    r"|negotiat|external|^(?:un|in|dis|non|not|auto|gener)"
)
"""What somebody writes in place of a password."""


@check("symbol")
def symbol(value: str) -> bool:
    """With a character that passwords have and words have not, made of parts, or at random."""
    lower, upper, digit, sign = classes(value)
    if sign or _SHAPE.fullmatch(value):
        return True
    if lower and upper and digit and re.search("[+=~]", value):
        return True
    if len(value) >= 12:
        return random(value) or _in_groups(value)
    return len(value) >= 8 and lower and upper and digit and _is_unread(value)


def _is_unread(value: str) -> bool:
    """Eight to eleven letters and digits as nobody reads them: `BiNJyiZW3u`, not `IPv4Address`."""
    mixed = _changes_case(value) >= 3 or len(re.findall(r"\d+", value)) >= 2
    return mixed and syllable_share(value) < 0.3 and random(value)


@check("device_key")
def device_key(value: str) -> bool:
    """What an administrator types as the key of a device: no plain word and no number."""
    return strong_password(value) or (len(value) >= 10 and random(value))


@check("passphrase")
def passphrase(value: str) -> bool:
    """Three to eight plain words with one kind of separator, none of them a filler word; up to
    forty with blanks or hyphens.
    """
    match = _PLAIN_WORDS.fullmatch(value)
    if match is None or (match[1] in "_.+" and value.count(match[1]) > 7):
        return False
    words = value.split(match[1])
    if len(words) > 8 and match[1] == "-":
        return len(set(words)) > 8  # nobody writes a sentence so
    if len(set(words)) < len(words) or IS_STAND_IN(value) or known("small").intersection(words):
        return False
    if any(word.endswith("pass") or CALLED.search(word) for word in words):
        return False
    if len(words) == 3 and match[1] == " " and not any(map(is_thing, words)):
        return False
    if match[1] in "_.+" and len(words) < 4:
        return False
    return match[1] != " " or not any(_INFLECTED.search(word) for word in words)


_NAMED_SO = re.compile(r"[_.+]")
_PLAIN_WORDS = re.compile(r"[a-zà-ÿ]{3,12}([ _.+-])[a-zà-ÿ]{3,12}(?:\1[a-zà-ÿ]{3,12}){1,38}")


@check("short_random")
def short_random(value: str) -> bool:
    """Ten characters and more of three kinds that are no word, or fourteen and more of hex or of
    small letters between three numbers.
    """
    if len(value) < 10:
        return False
    if _LONG_SMALL.fullmatch(value):
        if _HEX.fullmatch(value):
            digits = sum(c.isdigit() for c in value)
            return digits >= 3 and len(value) - digits >= 3 and random(value)
        numbers = len(_NUMBER.findall(value))
        return numbers >= 3 and word_share(value) < 0.2 and random(value)
    if value.islower():  # as most are
        return False
    lower, upper, digit, _ = classes(value)
    if not (lower and upper and digit) or names_itself(value, 1):
        return False
    changes, words = _changes_case(value), word_share(value)
    if changes < 3 or words >= 0.45 or not real(value):
        return False
    # three letters of a key often read like a syllable; names of products are made of them
    if changes < 4 or len(value) < 14 or len(_NUMBER.findall(value)) < 2:
        return words < 0.2
    return syllable_share(value) < 0.5


_LONG_SMALL = re.compile("[a-z0-9]{14,}")
_HEX = re.compile("[0-9a-f]+")
_NUMBER = re.compile(r"\d+")


@check("mixed_if_short", quick=True)
def mixed_if_short(value: str) -> bool:
    """Twenty characters and more, or fewer that are plainly drawn at random."""
    return len(value) >= 20 or short_random(value)


@check("returned_key")
def returned_key(value: str) -> bool:
    """A key at random or a password that shows."""
    return strong_password(value) or (len(value) >= 16 and random(value))


@check("base64_text")
def base64_text(value: str) -> bool:
    """Base64 of printable text that is no plain word: a credential put into a manifest."""
    try:
        text = b64decode(value, validate=True).decode().strip()
    except (NotBase64, ValueError):
        return False
    return len(text) >= 6 and text.isprintable() and (login_password(text) and not text.isalpha())
