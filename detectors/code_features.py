"""Lines of text as hashed features, for telling code from prose and languages apart.

All of it is array arithmetic over the UTF-8 bytes, so the cost is linear and small. A feature is
the hash of: a token, two tokens in a row, three in a row with names and numbers reduced to their
kind, four characters, and how a line begins and ends. `detectors/models/train_code.py` learns a
weight for each hash; `detectors/source_code.py` looks the weights up.

Source: feature hashing, Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
ICML 2009.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BITS = 18
"""Hashes have so many bits; a table of weights has 2**BITS rows."""

type Ints = NDArray[np.int64]
type Hashes = NDArray[np.uint32]

_WORD = np.zeros(256, np.bool_)
for _c in b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_":
    _WORD[_c] = True
_WORD[128:] = True  # a letter of another script is part of a word

# what a token is when its spelling does not matter
_LOWER, _UPPER, _DIGIT, _FOREIGN = 1, 2, 3, 4
_KIND = np.arange(256, dtype=np.uint32)
for _c in range(256):
    if 97 <= _c <= 122 or _c == 95:
        _KIND[_c] = _LOWER
    elif 65 <= _c <= 90:
        _KIND[_c] = _UPPER
    elif 48 <= _c <= 57:
        _KIND[_c] = _DIGIT
    elif _c >= 128:
        _KIND[_c] = _FOREIGN

_SPACE = np.zeros(256, np.bool_)
_SPACE[[9, 10, 11, 12, 13, 32]] = True

_LONGEST = 24
_POWERS = np.cumprod(np.full(_LONGEST + 1, 0x01000193, np.uint32), dtype=np.uint32)
_FOLD = np.arange(256, dtype=np.uint32)
_FOLD[65:91] += 32
_MIX = np.uint32(0x9E3779B1)


@dataclass(frozen=True, slots=True)
class Lines:
    """The features of a text, line by line."""

    starts: Ints
    """Byte offset of each line's first byte."""
    ends: Ints
    """Byte offset after each line's last byte, line break excluded."""
    hashes: Hashes
    """All features, in no particular order."""
    line: Ints
    """For each feature, the number of its line."""
    counts: Ints
    """Features by line."""


def lines_of(data: bytes) -> Lines:
    """The lines of `data` (UTF-8). A literal backslash-n breaks a line too: escaped code."""
    raw = np.frombuffer(data, np.uint8)
    starts, ends = _breaks(raw)
    line_of = np.zeros(len(raw) + 1, np.int64)
    line_of[starts[1:]] = 1
    np.cumsum(line_of, out=line_of)

    word = _WORD[raw]
    space = _SPACE[raw]
    first = ~space
    first[1:] &= ~(word[1:] & word[:-1])
    at = np.flatnonzero(first)
    if not len(at):
        none = np.zeros(0, np.int64)
        return Lines(starts, ends, none.astype(np.uint32), none, np.zeros(len(starts), np.int64))
    line = line_of[at]
    token = _token_hashes(raw, word, space, at)
    kind = _KIND[raw[at]]
    wide = word[at]
    kinds = np.where(wide, kind, raw[at] + np.uint32(256)).astype(np.uint32)

    parts: list[tuple[Hashes, Ints]] = [(_mixed(token, 1), line)]
    same = line[1:] == line[:-1]
    pairs = _mixed(token[:-1] * np.uint32(31) + token[1:], 2)[same]
    parts.append((pairs, line[1:][same]))
    if len(at) > 3:
        run = line[3:] == line[:-3]
        shape = ((kinds[:-3] * np.uint32(521) + kinds[1:-2]) * np.uint32(521) + kinds[2:-1]) * (
            np.uint32(521)
        ) + kinds[3:]
        parts.append((_mixed(shape, 3)[run], line[3:][run]))
    starts_line = np.r_[True, ~same]
    ends_line = np.r_[~same, True]
    indent = np.minimum(at[starts_line] - starts[line[starts_line]], 9).astype(np.uint32)
    parts.append((_mixed(token[starts_line], 4), line[starts_line]))
    parts.append((_mixed(kinds[starts_line] * np.uint32(16) + indent, 5), line[starts_line]))
    parts.append((_mixed(token[ends_line], 6), line[ends_line]))
    tail = _mixed(kinds[starts_line] * np.uint32(1031) + kinds[ends_line], 7)
    parts.append((tail, line[starts_line]))
    if len(raw) > 3:
        b = _FOLD[raw]
        grams = (
            b[:-3]
            | (b[1:-2] << np.uint32(8))
            | (b[2:-1] << np.uint32(16))
            | (b[3:] << np.uint32(24))
        )
        gram_line = line_of[: len(grams)]
        inside = gram_line == line_of[3 : 3 + len(grams)]
        parts.append((_mixed(grams, 8)[inside], gram_line[inside]))
    hashes = np.concatenate([h for h, _ in parts])
    owner = np.concatenate([o for _, o in parts])
    return Lines(starts, ends, hashes, owner, np.bincount(owner, minlength=len(starts)))


def _breaks(raw: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    newline = np.flatnonzero(raw == 10)
    starts, ends = newline + 1, newline
    slash = np.flatnonzero(raw[:-1] == 92) if len(raw) > 1 else newline[:0]
    escaped = slash[raw[slash + 1] == 110]
    if len(escaped):
        starts = np.sort(np.concatenate([starts, escaped + 2]))
        ends = np.sort(np.concatenate([ends, escaped]))
    return (
        np.concatenate([np.zeros(1, np.int64), starts]),
        np.concatenate([ends, np.array([len(raw)], np.int64)]),
    )


def _token_hashes(
    raw: NDArray[np.uint8], word: NDArray[np.bool_], space: NDArray[np.bool_], at: Ints
) -> Hashes:
    """A hash of each token's spelling: a word whole (its first 24 bytes), else one character."""
    begin = np.zeros(len(raw), np.int64)
    begin[at] = at
    np.maximum.accumulate(begin, out=begin)
    place = np.minimum(np.arange(len(raw)) - begin, _LONGEST)
    value = (raw.astype(np.uint32) + np.uint32(1)) * _POWERS[place]
    value[space] = 0
    return np.add.reduceat(value, at, dtype=np.uint32)


def _mixed(value: Hashes, salt: int) -> Hashes:
    """Well-spread hashes of BITS bits; different kinds of feature get different ones."""
    h = (value + np.uint32(salt * 0x85EBCA6B & 0xFFFFFFFF)) * _MIX
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    return h >> np.uint32(32 - BITS)
