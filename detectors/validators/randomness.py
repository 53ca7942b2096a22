"""Whether a value looks drawn at random, like a key, or chosen by a person, like a password.

And the opposite of both: placeholders, references to variables, words of prose and of code.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from itertools import pairwise
from math import log2

from detectors.searching import seeking
from detectors.validators import Check, check, family

_DOCUMENTED = frozenset(
    {
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "sk_test_BQokikJOvBiI2HlWgH4olfQ2",
        "tGzv3JOkF0XG5Qx2TlKWIA",
        "mF_9.B5f-4.1JqM",
        "czZCaGRSa3F0MzpnWDFmQmF0M2JW",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "dXNlcjpwYXNzd29yZA==",
        "YWRtaW46YWRtaW4=",
    }
)
"""Keys printed in manuals and standards (Stripe's API reference, RFC 6749, 6750, 7617)."""

_IS_STAND_IN = seeking(
    r"(?i:example|sample|placeholder|redacted|removed|hidden|masked|obfuscated|your[-_. ]?"
    r"|change[-_]?(?:me|it|this)|replace|insert|dummy|fixme|todo|lorem|foo[-_]?bar|fake"
    r"|not[-_]?a?[-_]?real|(?:my|some)[-_]?(?:secret|token|key|pass)|enter[-_]"
    r"|(?:secret|token|key|password)[-_]?here|0123456|1234567|abcdefg|deadbeef|cafebabe)"
    r"|^(?i:(?:[a-z]+[_-])+(?:key|secret|token|password|passwd))$"
    r"|^(?i:votre|ton|mon|dein|mein|ihr|tu|mi|su|tuo|mio|seu|sua|meu|jouw|mijn|uw|tw[oó]j|m[oó]j)"
    r"(?i:e?[-_ ](?:api|token|pass|cl[ée]|jeton|mot|schl|kenn|contra|clave|chiave|chave|senha))"
    r"|password[\])}>]|x{4}|X{4}|\*{3}|\.{3}|^\.{2}|\.{2}$|…|•{3}|___|---|###|\?{3}"
)
_IS_REFERENCE = seeking(
    r"^\\?[$%@&#]*[{(\[<]|^<|^&(?:lt|#x3[cC]|#60);|\$\w+[:/@]\$|\$\{|\{\{|\$\(|%\(|^\\?\$+env:\w+$|^projects/[\w-]+/secrets/|^\\?\$+(?:[a-z_]\w*|[A-Z_0-9]+|[A-Z][A-Za-z_]*\d?)$|^%\w+%$|!(?:Ref|Sub|GetAtt|ImportValue|vault)\b|\(\)"
    r"|\{\w[\w.!:\[\]]*\}|\bprocess\.env|\benviron|getenv|^(?:env|vault|secrets?|var|local|data|self|this|config|op|arn"
    r"|ssm)[.:]|^ENC\[|^\{cipher\}|^vault:"
)
_COMMON_PAIRS = frozenset(
    re.findall(
        "..",
        "aaabacadafagahaiakalamanaparasatauavaybabebiblbobrbucacechcickclcocrctcudadedidodrdsduea"
        "ebecedeeefegeiekelemeneoepereseteuevewexfafefffiflfofrgageghgigngogrguhahehihohthuiaibic"
        "idieifigijikiliminioipirisitivizjajejokakekikolaldlelilllolsltlulymambmemimompmsmunancnd"
        "nenfngninnnonsntnunvnyoaobocodofogoiokolomonoooporosotouovowpapepiplpoppprpsptpuqurarbrc"
        "rdrergrirkrlrmrnrorrrsrtrurysascseshsiskslsmsospssstsutatctethtitltotrtstttutyuaubucudue"
        "uiulumunupurusutvavevivowawewiwoyaypzaze",
    )
)
"""The 240 most frequent pairs of letters in the words of English prose and of programs: nine in ten
of a word's pairs, one in three of random letters."""
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
_SYMBOLS = frozenset("!@#$%^&*?§€£")
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
        then there these they those too twice under until up us valid very via want were
        where while within without would wrong yet et pas mon mes son nicht sehr bei als
        auf aus mit vom zum zur oder non con del della""",
    )
)
_INFLECTED = re.compile(r"(?:ed|ing|ly|tion|ment|able|ible|ous|ness|ity|ive|lich|isch|ung)$")


def entropy_bits(value: str) -> float:
    """Shannon entropy per character of the value's own letter frequencies, in bits."""
    size = len(value) or 1
    counts = [value.count(character) for character in set(value)]
    return log2(size) - sum([n * log2(n) for n in counts]) / size


@family("entropy")
def entropy(minimum: str) -> Check:
    """At least so many bits per character: `entropy>=3.5`."""
    bits = float(minimum)

    def enough(value: str) -> bool:
        return entropy_bits(value) >= bits

    return enough


@check("real")
def real(value: str) -> bool:
    """Neither a placeholder nor an example from a manual nor a reference to a variable."""
    if value in _DOCUMENTED or _IS_STAND_IN(value) or _IS_REFERENCE(value):
        return False
    return len(set(value)) >= min(6, len(value) // 2) and not _has_run(value)


def _has_run(value: str) -> bool:
    """Six or more of one character, or eight or more in the order of the alphabet, in a row."""
    same = ascending = 1
    for a, b in pairwise(value):
        same = same + 1 if a == b else 1
        ascending = ascending + 1 if ord(b) - ord(a) == 1 else 1
        if same >= 6 or ascending >= 8:
            return True
    return False


def word_share(value: str) -> float:
    """Share of the letters that stand in what looks like words: 0 for random, 0.5 for names.

    A word is three lower-case letters and more, perhaps with a capital before, or five capitals,
    whose adjacent pairs are mostly frequent ones.
    """
    letters = sum(c.isalpha() for c in value)
    if not letters:
        return 0.0
    return sum(len(word) for word in _WORD.findall(value) if _is_wordlike(word.lower())) / letters


def _is_wordlike(word: str) -> bool:
    frequent = sum(a + b in _COMMON_PAIRS for a, b in pairwise(word))
    return frequent >= 0.7 * (len(word) - 1)


_WORD = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{5,}")
_HEX = re.compile(r"(?:0x)?[0-9a-f-]+|(?:0x)?[0-9A-F-]+")
_WORDS_AND_NUMBER = re.compile(
    r"(?:[A-Za-z]{2,}|\d{1,4})(?:[-_.](?:[A-Za-z]{2,}|\d{1,4}))*[-_.]?\d{0,6}"
)


def is_identifier(value: str) -> bool:
    """A name of a program made of several parts: `X509_V_ERR_CERT_REVOKED`, `rsa.RSAPublicKey2`.

    At least three parts, most of it in parts with one number at most and of one case or of words.
    """
    parts = [part for part in re.split(r"[_.\-/:]+", value) if part]
    plain = sum(len(part) for part in parts if _is_plain(part))
    return len(parts) >= 3 and plain >= 0.6 * sum(map(len, parts))


def _is_plain(part: str) -> bool:
    if len(_NUMBER.findall(part)) > 1:
        return False
    letters = _NUMBER.sub("", part)
    return letters[1:].islower() or len(letters) < 2 or letters.isupper() or word_share(part) >= 0.3


_NUMBER = re.compile(r"[0-9]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NAMING = re.compile(
    r"Public|Private|Secret|Token|Passw|Key(?![a-z])|_KEY|_key|key_|token|secret|passw"
)
"""What names of keys say and keys do not."""
_MIXED = re.compile(r"[A-Za-z][^A-Za-z]*[0-9]|[0-9][^0-9]*[A-Za-z]|[a-z][^a-z]*[A-Z]")


@check("token")
def token(value: str) -> bool:
    """Rich and mixed as a token is, words in it or not: where the pattern knows a prefix."""
    if not _MIXED.search(value) or entropy_bits(value) < min(3.0, log2(len(value)) - 0.9):
        return False
    return real(value)


@check("random")
def random(value: str) -> bool:
    """Drawn at random: digits and letters mixed, rich, and not made of words."""
    if _UUID.fullmatch(value):
        return token(value)
    if (value.islower() or value.isupper()) and not _NUMBER.search(value):
        return False
    if len(value) < 20 and not _DIGIT.search(value):
        return False
    if _NAMING.search(value, 1) or not token(value) or is_identifier(value):
        return False
    lower, upper, digit, _ = _classes(value)
    if not digit or _WORDS_AND_NUMBER.fullmatch(value):  # letters only, or so to speak
        if len(value) < 20 or not (lower and upper) or word_share(value) >= 0.3:
            return False
    elif not _HEX.fullmatch(value):
        return word_share(value) < (0.4 if lower and upper and len(value) > 28 else 0.55)
    return True


@check("password")
def password(value: str) -> bool:
    """What a person or a generator would set as a password, and no program as an identifier."""
    if not 6 <= len(value) <= 128 or not real(value):
        return False
    if _made_up_of_parts(value) or (passphrase(value) and not _NAMING.search(value)):
        return True
    if _is_code(value):
        return False
    if value.lower() in _DUMMIES:
        return False
    lower, upper, digit, symbol = _classes(value)
    if symbol and (lower or upper or digit):
        return True
    if digit and (lower or upper):
        if len(value) > 24:
            return True
        if _IDENTIFIER.fullmatch(value) and (len(value) < 16 or word_share(value) >= 0.2):
            return False
        return not is_identifier(value) and not _NAMING.search(value, 1)
    return lower and upper and len(value) >= 10 and word_share(value) < 0.2


_TITLED = re.compile(
    r"(?!(?:Sha|Md|Utf|Iso|Version|Chapter|Section|Part|Page|Level|Type)\b)"
    r"[A-Z][a-z]{2,11}[-_.!](?:[A-Za-z][a-z]{2,11}[-_.!]){0,3}(?:[A-Za-z][a-z]{2,11}[-_.!]?)?\d{1,4}[!?$%*#]?"
)
"""What generators of memorable passwords make: `River-Ember-33`."""
_WORDS_THEN_NUMBER = re.compile(
    r"[a-z]{3,12}(?:([-_])[a-z]{3,12}(?:\1[a-z]{3,12}){0,4}\1|\.[a-z]{3,12}(?:\.[a-z]{3,12}){1,4}\.)\d{2,4}[!?$%*#]?"
)
"""The same in small letters: `river-ember-331`."""
_GROUPS = re.compile(r"(?:[A-Za-z0-9]{4,6}-){2,3}[A-Za-z0-9]{4,6}")
"""What browsers and telephones suggest: `qevbus-Zipko3-mywxad`."""


def _made_up_of_parts(value: str) -> bool:
    """Words and a number with signs between, or groups of letters at random with a digit."""
    if _TITLED.fullmatch(value):
        return True
    if _WORDS_THEN_NUMBER.fullmatch(value):
        return not _NAMING.search(value)
    return _in_groups(value)


def _in_groups(value: str) -> bool:
    return bool(_GROUPS.fullmatch(value) and _DIGIT.search(value)) and word_share(value) < 0.5


_IDENTIFIER = re.compile(r"[a-z]+[-_.]?\d{1,4}|[a-z]\w*[._][a-z]\w*\d?")


@check("login_password")
def login_password(value: str) -> bool:
    """A password in a place made for one: anything but the usual dummies and empty words."""
    return value.lower() not in _DUMMIES and (
        len(value) >= 10 or sum(_classes(value)) >= 2 or not value.isalpha()
    )


@check("strong_password")
def strong_password(value: str) -> bool:
    """A password that shows: three kinds of characters, or letters and digits that are no word."""
    if not password(value):
        return False
    if _made_up_of_parts(value):
        return True
    kinds = sum(_classes(value))
    if kinds >= 3:
        return len(value) >= 8 or _classes(value)[3]
    if kinds < 2 or len(value) < 10 or _NAMING.search(value, 1):
        return False
    return random(value) if any(c.isdigit() for c in value) else word_share(value) < 0.2


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
    """With a character that passwords have and words have not, or plainly random."""
    return _classes(value)[3] or (len(value) >= 12 and (random(value) or _in_groups(value)))


@check("passphrase")
def passphrase(value: str) -> bool:
    """Three to eight plain words with one kind of separator, none of them a filler word."""
    match = re.fullmatch(r"[a-zà-ÿ]{3,12}([ _.+-])[a-zà-ÿ]{3,12}(?:\1[a-zà-ÿ]{3,12}){1,6}", value)
    if match is None:
        return False
    words = value.split(match[1])
    if len(set(words)) < len(words) or _IS_STAND_IN(value) or _STOP_WORDS.intersection(words):
        return False
    if match[1] in "_.+" and len(words) < 4:
        return False
    return match[1] != " " or not any(_INFLECTED.search(word) for word in words)


def _classes(value: str) -> tuple[bool, bool, bool, bool]:
    """Whether there are small letters, capitals, digits and symbols in it."""
    return (
        value != value.upper(),
        value != value.lower(),
        bool(_DIGIT.search(value)),
        not _SYMBOLS.isdisjoint(value),
    )


_DIGIT = re.compile(r"\d")


def _is_code(value: str) -> bool:
    """A call, an index, a dotted or scoped name, a path, a URL, an address or a format string."""
    if any(c.isspace() and c != " " for c in value):
        return True
    if _DOTTED.fullmatch(value):
        return not any(_classes(value)[2:]) or word_share(value) >= 0.4
    return _IS_WRITTEN_AS_CODE(value)


_DOTTED = re.compile(r"[\w$]+(?:\.[A-Za-z_]\w*)+")
_IS_WRITTEN_AS_CODE = seeking(
    r"\w\??\(|\w\[|^[A-Za-z]+\?$|^[A-Z]{2,6}[-#]?\d{1,5}$|^[./~]+[\w/]|://|%\d*[sdvxfi]\b|=>|::|->|\\[a-z]|^[&*#@][A-Za-z_:.-]+$|^[&*@](?:\w*[A-Za-z_]|[a-z_]*\d+)$|^#[0-9A-Fa-f]{3,8}$|/\*|\*/|^[A-Za-z]+[*&]$|^[A-Z][A-Za-z]+!$"
    r"|^[0-9a-fA-F:]+$|^[0-9.,:/-]+$|^[\w.+%/:-]+@[\w-]+(?:\.[\w-]+)+$|^\d{4}-\d\d-\d\d|^[\w-]+@(?:v\d[\d.]*|\d+(?:\.\d+)+)$"
    r"|\*\*$|^!+[A-Za-z_.$\\]+$|^&[\w.]+\{|:\d+:\d+:|^(?:\d:)?\d+(?:\.\d+)+[a-z0-9]*(?:[+~-][a-z0-9.]+)+$"
)


@check("not_code")
def not_code(value: str) -> bool:
    """Not a call, an index, a dotted or scoped name, a path, a URL or an address."""
    return not _is_code(value)


@check("not_path")
def not_path(value: str) -> bool:
    """Not a path, a host or a file name, nor a dotted name of a program."""
    if value.startswith(("/", ".", "~")) or _PATH.search(value):
        return False
    return value.count(".") < 2 or word_share(value) < 0.3


_PATH = re.compile(r"\.[a-z]{2,5}(?:[/:.]|$)|\d{1,3}(?:\.\d{1,3}){3}|^[a-z]+(?:/[a-z-]+)+/")


@check("django_key")
def django_key(value: str) -> bool:
    """Fifty characters as Django draws them: letters, digits and at least three of its symbols."""
    return sum(c in "!@#$%^&*(-_=+)" for c in value) >= 3 and any(c.isdigit() for c in value)


@check("base64_text")
def base64_text(value: str) -> bool:
    """Base64 of printable text that is no plain word: a credential put into a manifest."""
    try:
        text = b64decode(value, validate=True).decode().strip()
    except (NotBase64, ValueError):
        return False
    return len(text) >= 6 and text.isprintable() and (login_password(text) and not text.isalpha())


@check("prefixed_token")
def prefixed_token(value: str) -> bool:
    """What follows the prefix is drawn at random from both cases and digits, and no digest."""
    body = max(re.split(r"[_-]", value), key=len)
    lower, upper, digit, _ = _classes(body)
    return real(value) and lower and upper and digit and random(body) and entropy_bits(body) >= 3.8
