"""What a value is not, by its writing alone: a digest, an assignment, a port; how long it is."""

import re

from detectors.validators import Check, check, family


@family("length")
def length(minimum: str) -> Check:
    """At least so many characters: `length>=20`."""
    least = int(minimum)

    def enough(value: str) -> bool:
        return len(value) >= least

    return enough


@check("six_digits", quick=True)
def six_digits(value: str) -> bool:
    """Six digits and no more than 200 characters: nearly all that is at random in hex, and numbers
    of which a few digits were misread. Such values are looked for near digits only."""
    return len(value) <= 200 and sum(map(value.count, "0123456789")) >= 6


@check("token_length", quick=True)
def token_length(value: str) -> bool:
    """No longer than keys and tokens of one piece are: 128 characters."""
    return len(value) <= 128


@check("not_assignment", quick=True)
def not_assignment(value: str) -> bool:
    """Not `name=value` or `name: value`, nor `#name=value` or `--name=value`."""
    return not _ASSIGNMENT.match(value)


_ASSIGNMENT = re.compile(r"[A-Za-z_][\w.-]*[=:]|(?:#|--?)[A-Za-z][\w.-]*=")


@check("not_hex_digest", quick=True)
def not_hex_digest(value: str) -> bool:
    """Not 32, 40, 56, 64, 96 or 128 hex digits, nor a UUID: those are digests and ids as often."""
    return not _HEX_DIGEST.fullmatch(value)


_HEX_DIGEST = re.compile(
    r"0x[0-9a-fA-F]+|[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}|[0-9A-F]{24}|[0-9A-F]{32}|[0-9A-F]{40}"
    r"|[0-9A-F]{64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)


@check("not_port", quick=True)
def not_port(value: str) -> bool:
    """Not the port of an address: `8080`, `8080?x=1`, `8080,host:8081`; nor the rest of a URL."""
    return not _PORT.match(value)


_PORT = re.compile(r"\d{2,5}(?:[?#/,]|$)|//")


@check("not_call")
def not_call(value: str) -> bool:
    """Not the beginning of a call or of a function in a program, nor a choice of two values."""
    return not re.search(r"\w\(|=>|\)\{|\|\|", value)


_LABEL = re.compile(
    r"[^\W\d_]+(?:['’-][^\W\d_]+)*[.,:;!?…]?"
    r"(?: +(?:[^\W\d_]+(?:['’-][^\W\d_]+)*|\d{1,4})[.,:;!?…]?)+"
)
_CALLED_THERE = re.compile(
    r"парол|лозинк|пассворд|κωδικ|συνθηματικ|סיסמ|مرور|hasł|hesl|contraseñ|lösenord|jelsz|parol"
    r"|şifre|geslo|slaptažod|mật khẩu|mot de passe|kennwort|passwort|senha|password"
)


def is_label(value: str) -> bool:
    """Words of any language with blanks, as programs say them to people: a few, or with a capital
    at the beginning, or about passwords."""
    if not _LABEL.fullmatch(value):
        return False
    about = _CALLED_THERE.search(value.lower())
    return value.count(" ") < 3 or value[0].isupper() or about is not None
