"""Lines of text as hashed features, for telling code from prose and languages apart.

All of it is array arithmetic over the UTF-8 bytes, so the cost is linear and small. A feature is
the hash of: a token, two tokens in a row, four in a row with names and numbers reduced to their
kind, four characters, and how a line begins and ends. `detectors/models/code/train.py` learns a
weight for each hash; `detectors/source_code.py` looks the weights up.

Source: feature hashing, Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
ICML 2009.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.code_escapes import unescaped

BITS = 18
"""Hashes have so many bits."""
NONE = 1 << BITS
"""In place of a hash: no feature here. A table of weights has NONE + 1 rows, the last one zero."""
LONGEST_LINE = 2000
"""Bytes. A longer line (minified code) is cut, so that its score has the scale of others."""

type Ints = NDArray[np.int64]
type Hashes = NDArray[np.uint32]

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_" + bytes(range(128, 256))
"""A letter of another script is part of a word."""
_DIGITS = b"0123456789"
_SPACES = b"\t\n\v\f\r "
# bytes.translate is the fastest way to look up each byte of a text
_WORD = bytes(b in _LETTERS + _DIGITS for b in range(256))
_INK = bytes(b not in _SPACES for b in range(256))
_SORT = bytes(1 if b in _LETTERS else 2 if b in _DIGITS else 0 for b in range(256))
_FIGURES = 2
"""What the tokens of a line have in common that has numbers but no words: see `_SORT`."""

# what a token is when its spelling does not matter: a kind of word, or the sign itself
_KIND = np.arange(256, 512, dtype=np.uint32)
_KIND[list(b"abcdefghijklmnopqrstuvwxyz_")] = 1
_KIND[65:91] = 2
_KIND[48:58] = 3
_KIND[128:] = 4

_BYTES = 8
"""A window of so many bytes is read as one number; a token counts with its first two windows."""
_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_BYTES + 1)], np.uint64)
_GRAM = 4
_SALTS = tuple(np.uint32(kind * 0x85EBCA6B & 0xFFFFFFFF) for kind in range(1, 9))
"""Each kind of feature has hashes of its own."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The features of a text."""

    starts: Ints
    """Byte offset of each line's first byte."""
    ends: Ints
    """Byte offset after each line's last byte, line break excluded."""
    grams: Hashes
    """For each byte, four characters from there. Those of a line begin in [starts, gram_ends)."""
    hashes: Hashes
    """All other features, one kind after the other: for each token itself, the one before and
    itself, the kinds of the three before and its own; for each line that has tokens four of how it
    begins and ends. May hold NONE."""
    tokens: int
    """How many tokens there are in `hashes`."""
    first: Ints
    """For each line, the number of its first token; one more entry: of the token after the last."""
    filled: Ints
    """The lines that have tokens."""
    figures: Ints
    """The lines that have numbers but no words."""

    @property
    def gram_ends(self) -> Ints:
        """For each line, the byte offset after the last of its grams."""
        return np.maximum(self.ends - (_GRAM - 1), self.starts)

    @property
    def by_token(self) -> Hashes:
        """Three rows: each token, with the one before, and its kind with those before."""
        return self.hashes[: 3 * self.tokens].reshape(3, -1)

    @property
    def by_edge(self) -> Hashes:
        """Four rows: how each line that has tokens begins and ends."""
        return self.hashes[3 * self.tokens :].reshape(4, -1)


def lines_of(data: bytes) -> Lines:
    """The lines of `data` (UTF-8), its escapes undone. A literal backslash-n breaks a line too."""
    data = unescaped(data)
    raw = np.frombuffer(data, np.uint8)
    starts, ends = _breaks(data, raw)
    grams = _grams(data)
    # methods in place of functions of numpy: most texts are short, so that every call counts
    word = np.frombuffer(b"\0%b\0" % data.translate(_WORD), np.bool_)
    inner = word[1:] & word[:-1]  # between two bytes of one word
    inner[starts] = False
    ink = np.frombuffer(data.translate(_INK), np.bool_)
    at = (ink ^ inner[:-1]).nonzero()[0]
    first = np.empty(len(starts) + 1, np.int64)
    first[:-1] = at.searchsorted(starts)
    first[-1] = len(at)
    filled = (first[1:] > first[:-1]).nonzero()[0]
    if not len(at):
        return Lines(starts, ends, grams, np.zeros(0, np.uint32), 0, first, filled, filled)

    token = _spellings(data, at, (ink ^ inner[1:]).nonzero()[0] + 1 - at)
    kind = _KIND[raw[at]]
    head, tail = first[filled], first[filled + 1] - 1
    hashes = _mixed(token, kind, head, tail, at[head] - starts[filled])
    sort = np.frombuffer(data.translate(_SORT), np.uint8)[at]
    figures = filled[np.bitwise_or.reduceat(sort, head) == _FIGURES]
    return Lines(starts, ends, grams, hashes, len(at), first, filled, figures)


def _breaks(data: bytes, raw: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    found = (raw == 10).nonzero()[0]
    starts, ends = np.zeros(len(found) + 1, np.int64), np.empty(len(found) + 1, np.int64)
    np.add(found, 1, out=starts[1:])
    ends[:-1], ends[-1] = found, len(raw)
    if b"\\n" in data:
        slash = (raw[:-1] == 92).nonzero()[0]
        escaped = slash[raw[slash + 1] == 110]
        starts = np.sort(np.concatenate([starts, escaped + 2]))
        ends = np.sort(np.concatenate([ends, escaped]))
    if len(raw) > LONGEST_LINE and int((ends - starts).max()) > LONGEST_LINE:
        pieces = np.maximum(1, -(-(ends - starts) // LONGEST_LINE))
        nth = np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        starts = np.repeat(starts, pieces) + nth * LONGEST_LINE
        ends = np.minimum(np.repeat(ends, pieces), starts + LONGEST_LINE)
    return starts, ends


def _grams(data: bytes) -> Hashes:
    folded = data.lower() + bytes(_GRAM - 1)
    windows: Hashes = np.ndarray((len(data),), np.uint32, folded, strides=(1,))
    return _spread(windows + _SALTS[7])


def _spellings(data: bytes, at: Ints, length: Ints) -> Hashes:
    """A hash of each token: of its first 16 bytes and its length."""
    padded = data + bytes(2 * _BYTES)
    windows: NDArray[np.uint64] = np.ndarray((len(data) + _BYTES,), np.uint64, padded, strides=(1,))
    value = windows[at]
    value &= _FIRST_BYTES.take(length, mode="clip")
    value *= np.uint64(0x9E3779B97F4A7C15)
    longer = (length > _BYTES).nonzero()[0]
    if len(longer):
        more = windows[at[longer] + _BYTES]
        more &= _FIRST_BYTES.take(length[longer] - _BYTES, mode="clip")
        value[longer] += more * np.uint64(0xC2B2AE3D27D4EB4F)
    value ^= value >> np.uint64(32)
    return value.astype(np.uint32)


def _mixed(token: Hashes, kind: Hashes, head: Ints, tail: Ints, indent: Ints) -> Hashes:
    """`Lines.hashes` of tokens and of their kinds, and where lines begin and end among them."""
    n, m = len(token), len(head)
    hashes = np.empty(3 * n + 4 * m, np.uint32)
    tokens, pairs, shapes = hashes[: 3 * n].reshape(3, n)
    spelt, indented, last, ends = hashes[3 * n :].reshape(4, m)
    np.add(token, _SALTS[0], out=tokens)
    np.multiply(token[:-1], np.uint32(31), out=pairs[1:])
    pairs[1:] += token[1:]
    pairs += _SALTS[1]
    two = kind.copy()
    two[1:] += kind[:-1] * np.uint32(521)
    np.add(two, _SALTS[2], out=shapes)
    shapes[2:] += two[:-2] * np.uint32(521**2)
    np.add(token[head], _SALTS[3], out=spelt)
    begins = kind[head]
    np.multiply(begins, np.uint32(16), out=indented)
    indented += np.minimum(indent, 9).astype(np.uint32)
    indented += _SALTS[4]
    np.add(token[tail], _SALTS[5], out=last)
    np.multiply(begins, np.uint32(1031), out=ends)
    ends += kind[tail]
    ends += _SALTS[6]
    _spread(hashes)
    pairs[head] = NONE
    for back in range(3):
        shapes[np.minimum(head + back, n - 1)] = NONE
    return hashes


def _spread(h: Hashes) -> Hashes:
    """Well-spread hashes of BITS bits, in place."""
    h *= np.uint32(0x9E3779B1)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    h >>= np.uint32(32 - BITS)
    return h
