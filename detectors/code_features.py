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
_CACHED = 1 << 14
"""So many hashes stay near the processor while they are worked on."""
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
_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(1, _BYTES + 1)], np.uint64)
_GRAM = 4
_SALTS = np.array([kind * 0x85EBCA6B & 0xFFFFFFFF for kind in range(1, 9)], np.uint32)
"""Each kind of feature has hashes of its own."""
_TOKEN_SALTS, _EDGE_SALTS = _SALTS[:3, None], _SALTS[3:7, None]
_THREE = np.arange(3)[:, None]


@dataclass(frozen=True, slots=True)
class Lines:
    """The features of a text."""

    starts: Ints
    """Byte offset of each line's first byte."""
    ends: Ints
    """Byte offset after each line's last byte, line break excluded."""
    hashes: Hashes
    """All features, one kind after the other: for each byte, four characters from there, of which
    those of a line begin in [starts, gram_ends); for each token itself, the one before and itself,
    the kinds of the three before and its own; for each line that has tokens four of how it begins
    and ends. May hold NONE."""
    size: int
    """How many bytes there are in `hashes`."""
    tokens: int
    """How many tokens."""
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
    def grams(self) -> Hashes:
        """For each byte, four characters from there."""
        return self.hashes[: self.size]

    @property
    def by_token(self) -> Hashes:
        """Three rows: each token, with the one before, and its kind with those before."""
        return self.hashes[self.size : self.size + 3 * self.tokens].reshape(3, -1)

    @property
    def by_edge(self) -> Hashes:
        """Four rows: how each line that has tokens begins and ends."""
        return self.hashes[self.size + 3 * self.tokens :].reshape(4, -1)


def lines_of(*texts: bytes) -> Lines:
    """The lines of `texts` (UTF-8), one text after another, and in each the escapes that it has
    undone. A literal backslash-n breaks a line too."""
    # as few calls as can be, and methods in place of functions: most texts are short
    data = b"\n".join(map(unescaped, texts))
    raw = np.frombuffer(data, np.uint8)
    starts, ends = _breaks(data, raw)
    word = np.frombuffer(b"\0%b\0" % data.translate(_WORD), np.bool_)
    inner = word[1:] & word[:-1]  # between two bytes of one word
    inner[starts] = False
    ink = np.frombuffer(data.translate(_INK), np.bool_)
    at = (ink ^ inner[:-1]).nonzero()[0]
    first = np.empty(len(starts) + 1, np.int64)
    first[:-1] = at.searchsorted(starts)
    first[-1] = n = len(at)
    filled = (first[1:] > first[:-1]).nonzero()[0]
    hashes = np.empty(len(raw) + 3 * n + 4 * len(filled), np.uint32)
    np.add(_windows(data.lower(), np.uint32), _SALTS[7], out=hashes[: len(raw)])
    if not n:
        _spread(hashes)
        return Lines(starts, ends, hashes, len(raw), n, first, filled, filled)
    token = _spellings(data, at, (ink ^ inner[1:]).nonzero()[0] - at)
    head, tail = first[filled], first[filled + 1] - 1
    _mix(hashes, len(raw), token, _KIND[raw[at]], head, tail, at[head] - starts[filled])
    sorts = data.translate(_SORT)
    figures = filled[:0]
    if bytes((_FIGURES,)) in sorts:
        sort = np.frombuffer(sorts, np.uint8)[at]
        figures = filled[np.bitwise_or.reduceat(sort, head) == _FIGURES]
    return Lines(starts, ends, hashes, len(raw), n, first, filled, figures)


def _breaks(data: bytes, raw: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    found = (raw == 10).nonzero()[0]
    starts, ends = np.zeros(len(found) + 1, np.int64), np.empty(len(found) + 1, np.int64)
    np.add(found, 1, out=starts[1:])
    ends[:-1], ends[-1] = found, len(raw)
    if b"\\" in data and b"\\n" in data:
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


def _windows[T: np.generic](data: bytes, kind: type[T], more: int = 0) -> NDArray[T]:
    """At each byte, and `more` after the last, what is there and after it as one number."""
    padded = data + bytes(2 * _BYTES)
    return np.ndarray((len(data) + more,), kind, padded, strides=(1,))


def _spellings(data: bytes, at: Ints, rest: Ints) -> NDArray[np.uint64]:
    """A hash of each token in 32 bits: of its first 16 bytes and its length, which is 1 + `rest`"""
    windows = _windows(data, np.uint64, _BYTES)
    value = windows[at]
    value &= _FIRST_BYTES.take(rest, mode="clip")
    value *= np.uint64(0x9E3779B97F4A7C15)
    longer = (rest >= _BYTES).nonzero()[0]
    if len(longer):
        more = windows[at[longer] + _BYTES]
        more &= _FIRST_BYTES.take(rest[longer] - _BYTES, mode="clip")
        value[longer] += more * np.uint64(0xC2B2AE3D27D4EB4F)
    value ^= value >> np.uint64(32)
    return value


def _mix(
    hashes: Hashes,
    size: int,
    token: NDArray[np.uint64],
    kind: Hashes,
    head: Ints,
    tail: Ints,
    indent: Ints,
) -> None:
    """Fill `Lines.hashes`, after `size` grams, with what tokens, their kinds, and the first and
    last of lines say."""
    by_token = hashes[size : size + 3 * len(kind)].reshape(3, -1)
    by_edge = hashes[size + 3 * len(kind) :].reshape(4, -1)
    tokens, pairs, shapes = by_token
    tokens[:] = token
    np.multiply(tokens[:-1], np.uint32(31), out=pairs[1:])
    pairs[1:] += tokens[1:]
    shapes[:] = kind
    shapes[1:] += kind[:-1] * np.uint32(521)
    shapes[2:] += shapes[:-2] * np.uint32(521**2)
    spelt, indented, last, ends = by_edge
    begins = kind[head]
    spelt[:], last[:] = tokens[head], tokens[tail]
    np.multiply(begins, np.uint32(16), out=indented)
    indented += np.minimum(indent, 9).astype(np.uint32)
    np.multiply(begins, np.uint32(1031), out=ends)
    ends += kind[tail]
    by_token += _TOKEN_SALTS
    by_edge += _EDGE_SALTS
    _spread(hashes)
    pairs[head] = NONE
    shapes[np.minimum(head + _THREE, len(kind) - 1)] = NONE


def _spread(hashes: Hashes) -> None:
    """Well-spread hashes of BITS bits, in place."""
    for at in range(0, len(hashes), _CACHED):
        h = hashes[at : at + _CACHED]
        h *= np.uint32(0x9E3779B1)
        h ^= h >> np.uint32(15)
        h *= np.uint32(0x2C1B3C6D)
        h >>= np.uint32(32 - BITS)
