"""Keys people write down or configure: seeds, recovery phrases, passwords of network devices.

Source: BIP-39 (recovery phrases; `bip39.txt` is its English word list), NATS nkeys and Stellar
SEP-23 (seeds with a CRC-16), Microsoft's BitLocker overview (groups that eleven divides).
"""

import re
from base64 import b32decode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from detectors.validators import check
from detectors.validators.randomness import real

_TYPE7 = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
_TYPE7_FORM = re.compile(r"[0-9]{2}[0-9A-Fa-f]{8,}")
_USUAL = frozenset({"public", "private", "community", "string", "secret", "readonly", "readwrite"})


@cache
def _words() -> dict[str, int]:
    text = (Path(__file__).parent / "bip39.txt").read_text("utf-8")
    return {word: number for number, word in enumerate(text.split())}


SIZES = (12, 15, 18, 21, 24)
"""So many words has a recovery phrase."""


def number_of(word: str) -> int:
    """Of the word on the English list of BIP-39, in any case; -1 for none of it."""
    return _words().get(word.lower(), -1)


def holds(numbers: Sequence[int]) -> bool:
    """Whether the checksum of so many words, by their numbers, is right; six of them differ."""
    if len(numbers) not in SIZES or min(numbers) < 0 or len(set(numbers)) < 6:
        return False
    bits = 0
    for number in numbers:
        bits = bits << 11 | number
    size = len(numbers) // 3
    digest = sha256((bits >> size).to_bytes(size * 4)).digest()
    return digest[0] >> 8 - size == bits & (1 << size) - 1


@check("bip39")
def bip39(value: str) -> bool:
    """12 to 24 words of the English list, numbered or not, whose checksum holds."""
    return holds([number_of(word) for word in re.findall(r"[^\W\d_]+", value)])


@check("crc16_base32")
def crc16_base32(value: str) -> bool:
    """Base32 whose last two bytes are the CRC-16 (XModem, little-endian) of those before."""
    try:
        data = b32decode(value + "=" * (-len(value) % 8))
    except ValueError:
        return False
    crc = 0
    for byte in data[:-2]:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return len(data) > 2 and crc.to_bytes(2, "little") == data[-2:]


@check("bitlocker")
def bitlocker(value: str) -> bool:
    """Eight groups of six digits, each a multiple of eleven below 720,896, not all alike."""
    groups = value.split("-")
    return len(set(groups)) > 4 and all(
        group.isdigit() and int(group) % 11 == 0 and int(group) < 720_896 for group in groups
    )


@check("cisco_type7")
def cisco_type7(value: str) -> bool:
    """What Cisco's reversible encoding makes of four or more printable characters."""
    if len(value) % 2 or not _TYPE7_FORM.fullmatch(value):
        return False
    offset, coded = int(value[:2]), bytes.fromhex(value[2:])
    text = bytes(c ^ _TYPE7[(offset + i) % len(_TYPE7)] for i, c in enumerate(coded))
    return all(32 < c < 127 for c in text)


@check("snmp_community")
def snmp_community(value: str) -> bool:
    """Not one of the names that every device comes with."""
    return value.lower() not in _USUAL and real(value)
