"""Hashes that mean nothing without the key of this installation, many at once.

A run of codes is summed with secret factors, one per position; the sum goes through SipHash-1-3
(Aumasson and Bernstein), so that nobody without the key can try out texts against an index.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

type Words = NDArray[np.uint64]

_INIT = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_LENGTH = np.uint64(8 << 56)
_FINAL = np.uint64(0xFF)


@dataclass(frozen=True, slots=True)
class Key:
    """What the hashes of one kind (code, documents, cells) are made with."""

    sip: tuple[int, int] = field(repr=False)
    factors: Words = field(repr=False)
    """Odd; one for each position of a run."""

    @classmethod
    def of(cls, secret: bytes, kind: str, run: int) -> "Key":
        """The key of one kind, from the installation's."""
        stream = b"".join(
            blake2b(bytes([i]), key=secret, person=kind.encode()[:16]).digest()
            for i in range(1 + run // 8)
        )
        words = np.frombuffer(stream + bytes(16), "<u8")
        return cls((int(words[0]), int(words[1])), words[2 : 2 + run] | np.uint64(1))

    def sealed(self, values: Words) -> Words:
        """Each value through SipHash-1-3."""
        k0, k1 = self.sip
        a, b, c, d = (
            np.full(values.shape, i ^ k, np.uint64)
            for i, k in zip(_INIT, (k0, k1, k0, k1), strict=True)
        )
        spare = np.empty_like(a)
        d ^= values
        _round(a, b, c, d, spare)
        a ^= values
        d ^= _LENGTH
        _round(a, b, c, d, spare)
        a ^= _LENGTH
        c ^= _FINAL
        for _ in range(3):
            _round(a, b, c, d, spare)
        a ^= b
        a ^= c
        a ^= d
        return a


def _round(a: Words, b: Words, c: Words, d: Words, spare: Words) -> None:
    a += b
    _turn(b, 13, spare)
    b ^= a
    _turn(a, 32, spare)
    c += d
    _turn(d, 16, spare)
    d ^= c
    a += d
    _turn(d, 21, spare)
    d ^= a
    c += b
    _turn(b, 17, spare)
    b ^= c
    _turn(c, 32, spare)


def _turn(words: Words, by: int, spare: Words) -> None:
    np.right_shift(words, np.uint64(64 - by), out=spare)
    words <<= np.uint64(by)
    words |= spare
