"""Checksums and structure inside credentials: what a real one has and a typo or a fake has not.

Source: GitHub, "Behind GitHub's new authentication token formats", 2021-04-05 (CRC-32 in base 62;
npm follows it); BIP-173 (bech32); Bitcoin wiki, "Base58Check encoding"; RFC 7515 (JWS), RFC 7468
(PEM). Read 2026-11.
"""

import json
import re
import zlib
from base64 import b32decode, b64decode, urlsafe_b64decode
from binascii import Error as NotBase64
from hashlib import sha256

from detectors.validators import check
from detectors.validators.passwords import login_password
from detectors.validators.randomness import real

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_OPENSSH_AES = "b3BlbnNzaC1rZXktdjEAAAAACmFlcz"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


@check("github_crc32")
def github_crc32(value: str) -> bool:
    """`ghp_…`, `npm_…`: the last six base-62 digits are the CRC-32 of the part after the `_`."""
    body, digits = value.partition("_")[2][:-6], value[-6:]
    if not digits.isascii() or not digits.isalnum():
        return False
    number = 0
    for digit in digits:
        number = number * 62 + _BASE62.index(digit)
    return number == zlib.crc32(body.encode())


@check("crc32_hex")
def crc32_hex(value: str) -> bool:
    """`ATATT3…`, `ATBB…`: the last eight hex digits are the CRC-32 of all before them."""
    try:
        return int(value[-8:], 16) == zlib.crc32(value[:-8].encode())
    except ValueError:
        return False


@check("aws_account")
def aws_account(value: str) -> bool:
    """An AWS key id holds, in base 32 after its four-letter prefix, an account of 12 digits."""
    try:
        number = int.from_bytes(b32decode(value[4:20])[:6])
    except (NotBase64, ValueError):
        return False
    return 0 < (number & 0x7FFFFFFFFF80) >> 7 < 10**12


def _json_of(part: str) -> object:
    try:
        return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (NotBase64, ValueError, RecursionError):
        return None


@check("jwt")
def jwt(value: str) -> bool:
    """A JSON Web Token: its first part decodes to a JSON object with `alg` (or `enc`).

    Not the one of every introduction, that of https://jwt.io.
    """
    if value.endswith("SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"):
        return False
    header = _json_of(value.partition(".")[0])
    return isinstance(header, dict) and ("alg" in header or "enc" in header)


@check("base64_json")
def base64_json(value: str) -> bool:
    """Base64 of a JSON object."""
    return isinstance(_json_of(value), dict)


@check("discord_id")
def discord_id(value: str) -> bool:
    """The part before the first dot is base64 of a number of 17 to 20 digits."""
    part = value.partition(".")[0]
    try:
        number = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (NotBase64, ValueError):
        return False
    return number.isdigit() and 17 <= len(number) <= 20


@check("basic_auth")
def basic_auth(value: str) -> bool:
    """Base64 of printable `user:password`, the password being no dummy."""
    try:
        user, colon, password = b64decode(value, validate=True).decode().partition(":")
    except (NotBase64, ValueError):
        return False
    secret = password or user
    if not (colon and secret and (user + password).isprintable()):
        return False
    return real(value) and real(secret) and login_password(secret)


@check("pem_body")
def pem_body(value: str) -> bool:
    """The inside of a key block: base64 of 40 letters and more, however wrapped and quoted.

    Not so for OpenSSH's keys that name a cipher: they are encrypted.
    """
    letters = re.sub(r"\\\\+[nrt]?|[^A-Za-z0-9/=]", "", value)
    return len(letters) >= 40 and len(set(letters)) > 12 and _OPENSSH_AES not in letters[:64]


def _base58(value: str) -> bytes | None:
    number = 0
    for c in value:
        digit = _BASE58.find(c)
        if digit < 0:
            return None
        number = number * 58 + digit
    zeros = len(value) - len(value.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


@check("base58check")
def base58check(value: str) -> bool:
    """The last four bytes are the start of the double SHA-256 of those before."""
    data = _base58(value)
    return data is not None and sha256(sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


@check("bech32")
def bech32(value: str) -> bool:
    """A bech32 string (BIP-173) whose checksum holds."""
    prefix, _, data = value.lower().rpartition("1")
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    for c in data:
        digit = _BECH32.find(c)
        if digit < 0:
            return False
        values.append(digit)
    checksum = 1
    for v in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ v
        for i, generator in enumerate(_BECH32_GENERATOR):
            checksum ^= generator if top >> i & 1 else 0
    return bool(prefix) and len(data) >= 6 and checksum == 1
