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

BITS = 18
"""Hashes have so many bits."""
NONE = 1 << BITS
"""In place of a hash: no feature here. A table of weights has NONE + 1 rows, the last one zero."""
LONGEST_LINE = 2000
"""Bytes. A longer line (minified code) is cut, so that its score has the scale of others."""

type Ints = NDArray[np.int64]
type Hashes = NDArray[np.uint32]

_WORD = np.zeros(256, np.bool_)
_WORD[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] = True
_WORD[128:] = True  # a letter of another script is part of a word
_SPACE = np.zeros(256, np.bool_)
_SPACE[[9, 10, 11, 12, 13, 32]] = True

# what a token is when its spelling does not matter: a kind of word, or the sign itself
_KIND = np.arange(256, 512, dtype=np.uint32)
_KIND[list(b"abcdefghijklmnopqrstuvwxyz_")] = 1
_KIND[65:91] = 2
_KIND[48:58] = 3
_KIND[128:] = 4

_FOLD = np.arange(256, dtype=np.uint8)
_FOLD[65:91] += 32

_BYTES = 8
"""A window of so many bytes is read as one number; a token counts with its first two windows."""
_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_BYTES + 1)], np.uint64)


@dataclass(frozen=True, slots=True)
class Lines:
    """The features of a text. Every array of hashes may hold NONE."""

    starts: Ints
    """Byte offset of each line's first byte."""
    ends: Ints
    """Byte offset after each line's last byte, line break excluded."""
    grams: Hashes
    """For each byte, four characters from there."""
    tokens: Hashes
    """For each token, itself."""
    pairs: Hashes
    """For each token, the one before and itself."""
    shapes: Hashes
    """For each token, the kinds of the three before and its own."""
    first: Ints
    """For each line, the number of its first token; one more entry: the number of tokens."""
    edges: tuple[Hashes, ...]
    """For each line that has tokens, in order: how it begins and ends, in four ways."""
    filled: Ints
    """The lines that have tokens."""
    figures: Ints
    """The lines that have numbers but no words."""

    def part(self, first: int, last: int, byte: int, end: int) -> "Lines":
        """The lines [first, last), the bytes [byte, end), as those of a text by itself."""
        a, b = self.first[first], self.first[last]
        c, d = self.filled.searchsorted((first, last))
        e, f = self.figures.searchsorted((first, last))
        return Lines(
            self.starts[first:last] - byte,
            self.ends[first:last] - byte,
            self.grams[byte:end],
            self.tokens[a:b],
            self.pairs[a:b],
            self.shapes[a:b],
            self.first[first : last + 1] - a,
            tuple(edge[c:d] for edge in self.edges),
            self.filled[c:d] - first,
            self.figures[e:f] - first,
        )


def lines_of(data: bytes) -> Lines:
    """The lines of `data` (UTF-8). A literal backslash-n breaks a line too: escaped code."""
    raw = np.frombuffer(data, np.uint8)
    starts, ends = _breaks(data, raw)
    grams = _grams(raw, starts, ends)
    word = _WORD[raw]
    inner = np.zeros(len(raw) + 1, np.bool_)  # between two bytes of one word
    np.logical_and(word[1:], word[:-1], out=inner[1:-1])
    inner[starts] = False
    ink = ~_SPACE[raw]
    # methods in place of functions of numpy: most texts are short, so that every call counts
    at = (ink & ~inner[:-1]).nonzero()[0]
    first = np.empty(len(starts) + 1, np.int64)
    first[:-1] = at.searchsorted(starts)
    first[-1] = len(at)
    filled = (first[1:] > first[:-1]).nonzero()[0]
    if not len(at):
        none = np.zeros(0, np.uint32)
        return Lines(starts, ends, grams, none, none, none, first, (none,) * 4, filled, filled)

    token = _spellings(data, at, (ink & ~inner[1:]).nonzero()[0] + 1 - at)
    kind = _KIND[raw[at]]
    head, tail = first[filled], first[filled + 1] - 1
    indent = np.minimum(at[head] - starts[filled], 9).astype(np.uint32)
    pairs, shapes = token.copy(), kind.copy()
    pairs[1:] += token[:-1] * np.uint32(31)
    for back in range(1, min(4, len(at))):
        shapes[back:] += kind[:-back] * np.uint32(521**back & 0xFFFFFFFF)
    values = (
        token,
        pairs,
        shapes,
        token[head],
        kind[head] * np.uint32(16) + indent,
        token[tail],
        kind[head] * np.uint32(1031) + kind[tail],
    )
    mixed, n, m = _mixed(*values), len(at), len(head)
    tokens, pairs, shapes = mixed[:n], mixed[n : 2 * n], mixed[2 * n : 3 * n]
    edges = [mixed[3 * n + k * m : 3 * n + (k + 1) * m] for k in range(4)]
    pairs[head] = NONE
    for back in range(3):
        shapes[np.minimum(head + back, n - 1)] = NONE
    numeric = kind == _KIND[48]
    figures = filled[
        np.logical_or.reduceat(numeric, head)
        & ~np.logical_or.reduceat((kind < _KIND[0]) & ~numeric, head)
    ]
    return Lines(starts, ends, grams, tokens, pairs, shapes, first, tuple(edges), filled, figures)


def _breaks(data: bytes, raw: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    ends = (raw == 10).nonzero()[0]
    starts = ends + 1
    if b"\\n" in data:
        slash = (raw[:-1] == 92).nonzero()[0]
        escaped = slash[raw[slash + 1] == 110]
        starts = np.sort(np.concatenate([starts, escaped + 2]))
        ends = np.sort(np.concatenate([ends, escaped]))
    starts = np.concatenate([[0], starts])
    ends = np.concatenate([ends, [len(raw)]])
    if int((ends - starts).max()) > LONGEST_LINE:
        pieces = np.maximum(1, -(-(ends - starts) // LONGEST_LINE))
        nth = np.arange(int(pieces.sum())) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        starts = np.repeat(starts, pieces) + nth * LONGEST_LINE
        ends = np.minimum(np.repeat(ends, pieces), starts + LONGEST_LINE)
    return starts, ends


def _grams(raw: NDArray[np.uint8], starts: Ints, ends: Ints) -> Hashes:
    folded = np.zeros(len(raw) + 3, np.uint8)
    np.take(_FOLD, raw, out=folded[:-3])
    windows: Hashes = np.ndarray((len(raw),), np.uint32, folded, strides=(1,))
    grams = _mixed(windows + np.uint32(7 * 0x85EBCA6B & 0xFFFFFFFF))
    across = np.concatenate([ends - 3, ends - 2, ends - 1, ends[:-1], starts[1:] - 1])
    grams[across[across >= 0]] = NONE
    return grams


def _spellings(data: bytes, at: Ints, length: Ints) -> Hashes:
    """A hash of each token: of its first 16 bytes and its length."""
    padded = data + bytes(2 * _BYTES)
    windows: NDArray[np.uint64] = np.ndarray((len(data) + _BYTES,), np.uint64, padded, strides=(1,))
    value = (windows[at] & _FIRST_BYTES[np.minimum(length, _BYTES)]) * np.uint64(0x9E3779B97F4A7C15)
    longer = (length > _BYTES).nonzero()[0]
    if len(longer):
        rest = np.minimum(length[longer] - _BYTES, _BYTES)
        more = windows[at[longer] + _BYTES] & _FIRST_BYTES[rest]
        value[longer] += more * np.uint64(0xC2B2AE3D27D4EB4F)
    value ^= value >> np.uint64(32)
    return value.astype(np.uint32)


def _mixed(*values: Hashes) -> Hashes:
    """Well-spread hashes of BITS bits, one after the other; each kind of feature gets its own."""
    parts = [v + np.uint32(salt * 0x85EBCA6B & 0xFFFFFFFF) for salt, v in enumerate(values, 1)]
    h = np.concatenate(parts)
    h *= np.uint32(0x9E3779B1)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    h >>= np.uint32(32 - BITS)
    return h
