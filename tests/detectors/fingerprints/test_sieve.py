"""Sorted hashes: what is there is found, each time it is there."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from detectors.fingerprints.keyed import Key
from detectors.fingerprints.sieve import Hashes

OTHER = 16
"""Below this an entry is something else than a hash."""


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 1000])
def test_all_that_are_there_are_found_as_often_as_they_are(count: int) -> None:
    chosen = np.random.default_rng(count)
    hashes = chosen.integers(0, 1 << 60, count, np.uint64) * np.uint64(OTHER)
    entries = np.sort(np.concatenate((hashes, hashes[: count // 2] + np.uint64(3))))
    asked = np.concatenate((chosen.integers(0, 1 << 60, 200, np.uint64), hashes))

    which, where = Hashes.of(entries).found(asked, OTHER)

    assert sorted(where.tolist()) == list(range(len(entries)))
    assert (asked[which] == entries[where] // OTHER * OTHER).all()


def test_the_ends_of_the_numbers_are_found() -> None:
    entries = np.array([0, 3, (1 << 64) - OTHER, (1 << 64) - 1], np.uint64)

    which, where = Hashes.of(entries).found(entries[[0, 2]], OTHER)

    assert (which.tolist(), where.tolist()) == ([0, 0, 1, 1], [0, 1, 2, 3])


def test_threads_seal_beside_each_other() -> None:
    key = Key.of(b"secret", "code", 8)
    values = [np.arange(n, n + 50_000, dtype=np.uint64) for n in range(40)]
    alone = [key.sealed(v) for v in values]

    with ThreadPoolExecutor(8) as pool:
        beside = list(pool.map(key.sealed, values))

    assert all(np.array_equal(a, b) for a, b in zip(alone, beside, strict=True))
