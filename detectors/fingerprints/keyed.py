"""Hashes that mean nothing without the key of this installation, many at once.

A run of codes is summed with secret factors, one per position; the sum goes through AES (FIPS 197),
each value a block of its own, so that nobody without the key can try out texts against an index.
"""

import threading
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from numpy.typing import NDArray

type Words = NDArray[np.uint64]


class _Ciphers(threading.local):
    """By key, as making one costs more than sealing a text does; of each thread its own, as no two
    may use one at a time. Whole blocks leave nothing behind in it."""

    def __init__(self) -> None:
        self.known: dict[bytes, CipherContext] = {}


_ciphers = _Ciphers()


@dataclass(frozen=True, slots=True)
class Key:
    """What the hashes of one kind (code, documents, cells) are made with."""

    aes: bytes = field(repr=False)
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
        return cls(stream[:16], words[2 : 2 + run] | np.uint64(1))

    def sealed(self, values: Words) -> Words:
        """Each value, as one block of zeros after it, through AES-128; the first half of that."""
        blocks = np.zeros((len(values), 2), "<u8")
        blocks[:, 0] = values
        aes = _ciphers.known.get(self.aes)
        if aes is None:
            aes = Cipher(algorithms.AES(self.aes), modes.ECB()).encryptor()
            _ciphers.known[self.aes] = aes
        return np.frombuffer(aes.update(blocks.tobytes()), "<u8")[::2].copy()
