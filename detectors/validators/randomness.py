"""Whether a value looks drawn at random, like a key, or chosen by a person, like a password.

And the opposite of both: placeholders, references to variables, words of prose and of code.
"""

import re
from collections.abc import Callable
from itertools import groupby, pairwise
from math import log2
from operator import add, sub

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
        "dGhlIHNhbXBsZSBub25jZQ==",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        "10BE3573-1514-4C36-9D1C-5A225CD40393",
        "JBSWY3DPEHPK3PXP",
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    }
)
"""Keys printed in manuals and standards (Stripe's API reference, RFC 6455, 6749, 6750, 7617), the
mark of files that Rcpp wrote, the seed of pages about otpauth links and the key of Azure's storage
emulator."""

_STAND_IN = (
    r"(?i:example|sample|placeholder|redacted|removed|hidden|masked|obfuscated|your[-_. ]?"
    r"|change[-_]?(?:me|it|this)|replace|insert|dummy|fixme|lorem|foo[-_]?bar"
    r"|not[-_]?a?[-_]?real|(?:my|some)[-_]?(?:secret|token|key|pass)|enter[-_]"
    r"|(?:secret|token|key|password)[-_]?here|0123456|1234567|00010203040506|abcdefg|deadbeef|cafebabe)"
    r"|todo|Todo|TODO|fake|Fake|FAKE"
    r"|^(?i:(?:[a-z]+[_-])+(?:key|secret|token|password|passwd))$"
    r"|^(?i:votre|ton|mon|dein|mein|ihr|tu|mi|su|tuo|mio|seu|sua|meu|jouw|mijn|uw|tw[oó]j|m[oó]j)"
    r"(?i:e?[-_ ](?:api|token|pass|cl[ée]|jeton|mot|schl|kenn|contra|clave|chiave|chave|senha))"
    r"|password[\])}>]|x{4}|X{4}|\*{3}|\.{3}|^\.{2}|\.{2}$|…|•{3}|_{4}|-{4}|^(?:___|---)|(?:___|---)$|###|\?{3}"
)
_REFERENCE = (
    r"^\\?[$%@&#]*[{(\[<]|^<|^&(?:lt|#x3[cC]|#60);|\$\w+[:/@]\$|\$\{|\{\{|\$\(|%\(|^\\?\$+env:\w+$|^projects/[\w-]+/secrets/|^\\?\$+(?:[a-z_]\w*|[A-Z_0-9]+|[A-Z][A-Za-z_]*\d?)$|^%\w+%$|!(?:Ref|Sub|GetAtt|ImportValue|vault|secret|env)\b|\(\)"
    r"|\{\w[\w.!:\[\]]*\}|\bprocess\.env|\benviron|getenv|^(?:env|vault|secrets?|var|local|data|self|this|config|op|arn"
    r"|ssm)[.:]|^ENC[\[(]|^\{cipher\}|^vault:|^sha(?:1|256|512):[0-9a-f]{40}|^\{S?SHA|^(?:pbkdf2|bcrypt)_\w+\$"
    r"|^\$(?:2[abxy]|1|5|6|y|7|apr1|argon2(?:i|d|id)|scrypt|pbkdf2-sha\d{1,3})\$[A-Za-z0-9./$=,+-]{20}"
)
IS_STAND_IN = seeking(_STAND_IN)
_IS_NOT_REAL = seeking(f"{_STAND_IN}|{_REFERENCE}")
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
_SYMBOLS = frozenset("!@#$%^&*?§€£")


def entropy_bits(value: str) -> float:
    """Shannon entropy per character of the value's own letter frequencies, in bits."""
    size = len(value) or 1
    counts = map(value.count, set(value))
    return log2(size) - sum([n * log2(n) for n in counts if n > 1]) / size


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
    if len(set(value)) < min(6, len(value) // 2) or value in _DOCUMENTED:
        return False
    return not _IS_NOT_REAL(value) and not _has_run(value)


def _has_run(value: str) -> bool:
    """Six or more of one character, or eight or more in the order of the alphabet, in a row."""
    codes = value.encode() if value.isascii() else tuple(map(ord, value))
    steps = tuple(map(sub, codes[1:], codes))
    if steps.count(0) < 5 and steps.count(1) < 7:
        return False
    rows = [(step, len(list(row))) for step, row in groupby(steps)]
    return any((step == 0 and n >= 5) or (step == 1 and n >= 7) for step, n in rows)


def word_share(value: str) -> float:
    """Share of the letters that stand in what looks like words: 0 for random, 0.5 for names.

    A word is three lower-case letters and more, perhaps with a capital before, or five capitals,
    whose adjacent pairs are mostly frequent ones.
    """
    inside = sum([len(word) for word in _WORD.findall(value) if _is_wordlike(word.lower())])
    return inside / sum(map(str.isalpha, value)) if inside else 0.0


def syllable_share(value: str) -> float:
    """The same with pieces of three letters and more for words, as in `ChaCha20Poly1305`."""
    pieces = [hump for hump in _HUMP.findall(value) if len(hump) > 2]
    letters = sum(map(str.isalpha, value)) or 1
    return sum(len(piece) for piece in pieces if _is_wordlike(piece.lower())) / letters


def _is_wordlike(word: str) -> bool:
    frequent = sum(map(_COMMON_PAIRS.__contains__, map(add, word, word[1:])))
    return frequent >= 0.7 * (len(word) - 1)


_WORD = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{5,}")
_HEX = re.compile(r"(?:0x)?[0-9a-f-]+|(?:0x)?[0-9A-F-]+")
_WORDS_AND_NUMBER = re.compile(
    r"(?:[A-Za-z]{2,}|\d{1,4})(?:[-_.](?:[A-Za-z]{2,}|\d{1,4}))*[-_.]?\d{0,6}"
)


def is_identifier(value: str) -> bool:
    """A name of a program made of several parts: `X509_V_ERR_CERT_REVOKED`, `rsa.RSAPublicKey2`.

    At least three parts, all in capitals and no long one at random, or most of it in parts with one
    number at most and of one case or of words.
    """
    parts = [part for part in _JOINTS.split(value) if part]
    if len(parts) < 3:
        return False
    # a prefix such as `ACME_LIVE_` does not make a name of the key behind it
    is_drawn = any(len(p) > 11 and p.isalnum() and not _is_plain(p) for p in parts)
    if value.isupper() and value.count("_") > 1 and not is_drawn:
        return True
    plain = sum(len(part) for part in parts if _is_plain(part))
    return plain >= 0.6 * sum(map(len, parts))


def _is_plain(part: str) -> bool:
    numbers = len(_NUMBER.findall(part))
    if numbers > 2 or (numbers == 2 and word_share(part) < 0.7):  # two: `prime256v1`
        return False
    letters = _NUMBER.sub("", part)
    return letters[1:].islower() or len(letters) < 2 or letters.isupper() or word_share(part) >= 0.3


_JOINTS = re.compile(r"[_.\-/:]+")
_NUMBER = re.compile(r"[0-9]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NAMING = re.compile(
    r"Public|Private|Secret|Token|Passw|Key(?![a-z])|_KEY|_key|(?<![A-Za-z])key_|token|secret|passw"
)
"""What names of keys say and keys do not."""


def names_itself(value: str, start: int = 0) -> bool:
    """Whether what stands from `start` on says what names of keys say."""
    low = value.lower()
    return any(map(low.__contains__, _NAMES)) and _NAMING.search(value, start) is not None


_NAMES = ("key", "token", "secret", "passw", "public", "private")
_MIXED = re.compile(r"[A-Za-z][^A-Za-z]*[0-9]|[0-9][^0-9]*[A-Za-z]|[a-z][^a-z]*[A-Z]")


@check("token")
def token(value: str) -> bool:
    """Rich and mixed as a token is, words in it or not: where the pattern knows a prefix."""
    least = 2.6 if len(value) < 24 and _HEX.fullmatch(value) else 3.0  # hex has 16 digits only
    if not _MIXED.search(value) or entropy_bits(value) < min(least, log2(len(value)) - 0.9):
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
    if names_itself(value, 1):
        body = re.split("[_-]", value)[-1]  # a prefix may say what it is: `pt_secret_…`
        return 20 <= len(body) < len(value) and real(value) and random(body)
    if not token(value) or is_identifier(value) or _IS_MADE_BY_PROGRAM(value):
        return False
    if _MIXED_CASE.search(value) and camel(value):
        return False
    lower, upper, digit, _ = classes(value)
    if not digit or _WORDS_AND_NUMBER.fullmatch(value):  # letters only, or so to speak
        if len(value) < 20:
            return False
        if lower and upper:
            return word_share(value) < 0.3
        return digit and _is_unpronounceable(value)
    elif not _HEX.fullmatch(value):
        return word_share(value) < (0.4 if lower and upper and len(value) > 28 else 0.55)
    return True


def _is_unpronounceable(value: str) -> bool:
    """Letters of one case and digits, of whose pairs of letters few are frequent ones in words."""
    low = value.lower()
    if not low.isalnum():
        return False
    pairs = [a + b for a, b in pairwise(low) if a.isalpha() and b.isalpha()]
    return sum(map(_COMMON_PAIRS.__contains__, pairs)) < 0.5 * len(pairs)


_IS_MADE_BY_PROGRAM = seeking(
    r"^g{0,2}a[0-9a-f]{32}(?:a[0-9a-f]{32})?$|^_[a-z]{3,}_[0-9a-z_]+(?:\.[A-Za-z]+)?$"
    r"|^[0-9a-f]{0,24}2a8648(?:86|ce)[0-9a-f]{2,32}$|^(?:\w{2,12}=)?04[0-9a-f]{128}$"
    r"|^(?:[a-z]{2,3})?\d{3,5}[A-Za-z]?/(?:0x)?[0-9A-F]{8,16}$"
    r"|^[a-z0-9]+(?:-[a-z0-9]+)*-[0-9a-f]{8,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$"
)
"""Anchors of Doxygen, names with a digest in them, identifiers of algorithms in ASN.1, public keys
of elliptic curves, what OpenPGP calls keys by (`rsa2048/0x4CBD826C39074E38`) and names of pods."""
_MIXED_CASE = re.compile(r"[a-z][^a-z]*[A-Z]")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def camel(value: str) -> int:
    """How many words a name in camel case with a number or two has: `Uint8ArrayOf`; else 0."""
    numbers = _NUMBER.findall(value)
    if not 0 < len(numbers) < 3 or max(map(len, numbers)) > 2:
        return 0
    words = [hump.lower() for hump in _HUMP.findall(value) if len(hump) > 2]
    pairs = [a + b for word in words for a, b in pairwise(word)]
    if (
        len(words) < 2
        or sum(map(len, words)) < 0.8 * sum(c.isalpha() for c in value)
        or sum(pair in _COMMON_PAIRS for pair in pairs) < 0.7 * len(pairs)
    ):
        return 0
    return len(words)


def classes(value: str) -> tuple[bool, bool, bool, bool]:
    """Whether there are small letters, capitals, digits and symbols in it."""
    return (
        value != value.upper(),
        value != value.lower(),
        bool(_DIGIT.search(value)),
        not _SYMBOLS.isdisjoint(value),
    )


_DIGIT = re.compile(r"\d")


def is_code(value: str) -> bool:
    """A call, an index, a dotted or scoped name, a path, a URL, an address or a format string."""
    if not value.isprintable() and any(c.isspace() and c != " " for c in value):
        return True
    if _PINNED.fullmatch(value):
        return True
    if _DOTTED.fullmatch(value):
        return not any(classes(value)[2:]) or word_share(value) >= 0.4
    return _IS_WRITTEN_AS_CODE(value)


_PINNED = re.compile(r"[\w./-]+@(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}")
"""A repository or an image at a commit: `distutils@788cc159`."""
_DOTTED = re.compile(r"[\w$]+(?:\.[A-Za-z_$][\w$]*)+")
_IS_WRITTEN_AS_CODE = seeking(
    r"\w\??\(|\w\[|^[A-Za-z]+\?$|^(?:[A-Z]{2,6}-?|[A-Z]{2,4}#)\d{1,5}$|^[./~]+[\w/]|://|%[\d.]*[sdvxfi]\b|^%[sdvq][A-Z]|\w\?\.[a-z]|=>|::|->|\\[a-z]|^[&*#@][A-Za-z_:.-]+[})\]]*$|^\*{1,2}[A-Za-z:]+\**$|^(?:[A-Z]?[a-z]+|[A-Z]+)\*+[A-Z]?[a-z]+$|\]\*$|^[&*@](?:\w*[A-Za-z_]|[a-z_]*\d+)$|^#[0-9A-Fa-f]{3,8}(?:$|[;}])|/\*|\*/|^[A-Za-z]+[*&]$|^[A-Z][A-Za-z]+!$"
    r"|^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128}|[0-9a-fA-F]{0,9}|[0-9a-fA-F]*(?::[0-9a-fA-F]*)+|\d+|[a-f]+|[A-F]+)$|^[0-9.,:/-]+$|^[\w.+%/:-]+@[\w-]+(?:\.[\w-]+)+$|@[\w-]+:\d{2,5}$|^\$\w+-$|^\d{4}-\d\d-\d\d|^[\w-]+@(?:v\d[\d.]*|[~^<>=]{0,2}\d+(?:\.\d+)+)$"
    r"|^[A-Z]<|^[~^<>=]{1,2}\d+(?:\.\d+)+(?:-[\w.]+)?$|\(\?[=!:<]|^\$[a-z0-9-]{1,14}\$|\\[&*(]|\*\*$|^!+[A-Za-z_.$\\]+$|^(?:Big)?U?[Ii]nt(?:8|16|32|64)[A-Za-z]*[^\w]*$|^&[\w.]+\{|:\d+:\d+:|^(?:\d:)?\d+(?:\.\d+)+[a-z0-9]*(?:[+~-][a-z0-9.]+)+$"
    r"|\|\||^[a-z_]+\|[a-z_]{2,}(?:$|[|:])"
    r"|^\s|\s$|^--[a-z]|\s(?:&&|\|\|?)\s|>/dev/null|^(?:expr|e?grep|g?awk|sed|echo) "
    r"|\$[A-Z]+(?:_[A-Z]+)+|(?:^|\W)\$[a-z]+(?:_[a-z]+)+|^\$[A-Z]{2,}[:/]|^(?:\$[A-Za-z_]+){2,}$|@@\w+@@"
    r"|^[\w.>-]+!=(?:\d+|[A-Z]+|[a-z]+)$|\*\*\w+\)|\)\(|^![01],|^\[?\w+\*\]$|^[A-Za-z]+\$\$$|;@?[A-Za-z]{3,}=|^[A-Z][a-z]+(?:[A-Z][a-z]+)*=[A-Za-z]\w*$|^[A-Za-z$#._]+P(?:assword|ASSWORD)$"
    r"|^[\w.+@-]+(?:/[\w.+@-]+)+\.[a-z]{1,4}$|^[a-z]+(?:8|16|32|64)[*&]$|^#[a-z]+-\d{6,}$|^%24[a-z]\w+$|^[a-z-]+-(?:sha\d{1,3}|md5)$|\.html?#|^\d{3,5}#[a-z]|^[A-Z]{3,6}[v#]\d{1,2}-[a-z\x{80}-\x{24f}]+$|^#g{0,2}a[0-9a-f]{32}|^[a-z0-9]+(?:_[a-z0-9]+)+@[A-Z]\w+$"
)


def drawn(value: str) -> bool:
    """Drawn from all that a keyboard has, so that parts of it may read like code: `x+k%5s!R(2`.

    Small letters, capitals, digits and signs, so mixed that hardly two of a kind are side by side,
    without words, without what expressions are made of, and with no bracket that is closed.
    """
    if not 12 <= len(value) <= 128 or _IS_EXPRESSION(value):
        return False
    kinds = [next(i for i, kind in enumerate(_KINDS) if kind(c)) for c in value]
    if any(kinds.count(i) < least for i, least in enumerate((2, 2, 1, 2))):
        return False
    changes = sum(a != b for a, b in pairwise(kinds))
    return changes >= 0.6 * (len(value) - 1) and word_share(value) < 0.2


_KINDS: tuple[Callable[[str], bool], ...] = (str.islower, str.isupper, str.isdigit, bool)
_IS_EXPRESSION = seeking(
    r"\s|\$(?:2[abxy]|[1567y]|apr1|argon2[a-z]*|scrypt|pbkdf2[a-z0-9-]*)\$|\([^)]*\)|\[[^\]]*\]"
    r"|\{[^}]*\}|://|\\[dwsbnrtDWS]|[aA0]-[zZ9]|\(\?|%[0-9A-Fa-f]{2}%|&#|\$\{|%[sdvq]"
)


@check("not_code")
def not_code(value: str) -> bool:
    """Not a call, an index, a dotted or scoped name, a path, a URL or an address."""
    return not is_code(value)


@check("not_path")
def not_path(value: str) -> bool:
    """Not a path, a host or a file name, nor a dotted name of a program."""
    if value.startswith(("/", ".", "~")):
        return False
    if "." not in value or (value[-1] in "!$%*#" and "/" not in value):
        return "/" not in value or not _PATH.search(value)
    return not _PATH.search(value) and (value.count(".") < 2 or word_share(value) < 0.3)


_PATH = re.compile(r"\.[a-z]{2,5}(?:[/:.]|$)|\d{1,3}(?:\.\d{1,3}){3}|^[a-z]+(?:/[a-z-]+)+/")


@check("django_key")
def django_key(value: str) -> bool:
    """Fifty characters as Django draws them: letters, digits and at least three of its symbols."""
    return sum(c in "!@#$%^&*(-_=+)" for c in value) >= 3 and any(c.isdigit() for c in value)


@check("prefixed_token")
def prefixed_token(value: str) -> bool:
    """What follows the prefix is drawn at random from both cases and digits, and no digest."""
    body = max(re.split(r"[_-]", value), key=len)
    lower, upper, digit, _ = classes(body)
    return real(value) and lower and upper and digit and random(body) and entropy_bits(body) >= 3.8
