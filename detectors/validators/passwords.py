"""Whether a value is what a person or a program sets as a password, and how plainly it shows."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from html import unescape
from itertools import pairwise

from detectors.validators import check
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

_DUMMIES = frozenset(
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
_CALLED = re.compile(
    r"(?i)password|passphrase|passwort|kennwort|mot-?de-?passe|contraseñ|contrasen|contrasinal"
    r"|clave|senha|palavra.?passe|wachtwoord|hasł|heslo|salasana|lösenord|adgangskod|kodeord|passord"
    r"|jelsz[óa]|parol[aăeė]?|şifre|geslo|lozink|slaptažod|pasvort|pasahitz|sandi"
)
"""Words for a password, with nothing but letters around: `encrypted-password`."""
_LETTERS = re.compile(r"[^\W\d_]+(?:[-_.=][^\W\d_]+)*")
_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a an and are as at be by can do for from has have here how i if in into is it its me must
        my no not of on or our please so that the their them this to use used using was we
        what when which who why will with you your der die das und ist ein eine le la les
        de des et un une el los y en por para il di che per het een en van also any across
        after again all already always before between both but correct did does done each
        every first get got had he her his if incorrect invalid just know last like likely
        longer may more most need needs never new next now off old only other out over per
        please reset same secret set shall she should since so soon some still such than
        then there these they those too twice create created key keys under until up us valid
        very via want were where while within without would wrong yet et pas mon mes son nicht
        sehr bei als auf aus mit vom zum zur oder non con del della
        que para por com como una uma umas uno unos unas los las dos das nos pelo pela este esta
        esto estos estas ese esa seu sua seus suas sus muy muito muitos muita muitas todo toda
        todos todas ser está são pode podem puede pueden debe deben foi sem sobre entre hasta
        antes quando cuando donde onde também también porque els amb dels aquesta aquest questa
        questo questi che cui gli nel nella dal dalla sul sulla sono essere può possono devono
        più anche tutti tutte ogni senza dopo cela cette ces elle elles ils nous vous leur leurs
        peut peuvent doit doivent être dans sans sous avec pour par sur aux sont mais lorsque
        avant après comme eine einen einem einer auch noch nur und wenn dass wird werden kann
        muss soll durch über unter nach sich sie wir ihr ihre ihren haben sind niet ook maar dan
        dat deze dit wordt worden kan kunnen moet moeten zijn heeft naar uit wel geen och att
        det som för med inte till från har ska skall när eller alla din ditt dina efter utan
        ikke til fra skal vil når alle dit dine etter uten dem blir bliver tai että jos kun sekä
        myös ovat voi nie jest się lub dla oraz przez przy jak aby jako jego może musi należy
        być był była tego które który która není nebo pro při být může alebo nije ili kao kako
        koji koja koje mora biti samo lahko ter egy nem vagy hogy kell lehet csak ezt azt sunt
        pentru din prin sau poate trebuie yang dan untuk dengan tidak ini itu dari pada adalah
        akan dapat bisa harus atau anda sangat karena oleh sebagai bir ile için değil olarak
        veya daha çok olan gibi kadar""",
    )
)
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
    """One of `_DUMMIES`, perhaps with a digit behind, words for one with digits for letters, or a
    user and a password that both are such."""
    low = value.lower()
    if ":" in low:
        return all(map(_is_dummy, low.split(":")))
    return (
        low in _DUMMIES
        or (low[-1:].isdigit() and low[:-1] in _DUMMIES)
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
    if not 6 <= len(value) <= 512 or (value.islower() and value.isalpha()):
        return False  # by far the most are one word of small letters
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
    """Words and a number with signs between, or groups of letters at random with a digit."""
    if _SHAPE.fullmatch(value) or _WORDS_THEN_NUMBER.fullmatch(value):
        return not names_itself(value) and not _STANDARD.search(value)
    return _in_groups(value)


def _in_groups(value: str) -> bool:
    return bool(_GROUPS.fullmatch(value) and _DIGIT.search(value)) and word_share(value) < 0.5


_IDENTIFIER = re.compile(r"[a-z]+[-_.]?\d{1,4}|[a-z]\w*[._][a-z]\w*\d?")


@check("login_password")
def login_password(value: str) -> bool:
    """A password in a place made for one: anything but the usual dummies and empty words."""
    if _is_dummy(value) or (_LETTERS.fullmatch(value) and _CALLED.search(value)):
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
_PLACE = re.compile(r"^%(?:\d\$)?[sSd@]|%\d\$[sSd@]|%\(\w+\)s")
"""Where a program puts something into its message: `%sAcme%s`, `%1$s`."""


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
    if len(set(words)) < len(words) or IS_STAND_IN(value) or _STOP_WORDS.intersection(words):
        return False
    if any(word.endswith("pass") for word in words):
        return False
    if match[1] in "_.+" and len(words) < 4:
        return False
    return match[1] != " " or not any(_INFLECTED.search(word) for word in words)


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


@check("pin")
def pin(value: str) -> bool:
    """Digits that are no year, not alike and not in order."""
    steps = {ord(b) - ord(a) for a, b in pairwise(value)}
    return steps not in ({0}, {1}, {-1}) and not re.fullmatch(r"(?:19|20)\d\d", value)


@check("base64_text")
def base64_text(value: str) -> bool:
    """Base64 of printable text that is no plain word: a credential put into a manifest."""
    try:
        text = b64decode(value, validate=True).decode().strip()
    except (NotBase64, ValueError):
        return False
    return len(text) >= 6 and text.isprintable() and (login_password(text) and not text.isalpha())
