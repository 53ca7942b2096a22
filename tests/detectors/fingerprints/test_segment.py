"""A segment's file: what it holds, what happens to it, and what it never holds."""

import os
from pathlib import Path

import numpy as np
import pytest

from detectors.fingerprints import segment
from detectors.fingerprints.keyed import Key
from detectors.fingerprints.sieve import Hashes
from penstock.errors import ConfigError
from tests.detectors.fingerprints.samples import CONTRACT, ROUTING, SECRET, tree

FLEET = tree("fleet", {"routing.py": ROUTING})
PAPERS = tree("papers", {"contract.txt": CONTRACT})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    both = segment.merged([(FLEET, frozenset()), (PAPERS, frozenset())])
    segment.write(tmp_path / "one", SECRET, both)

    found = segment.read(tmp_path / "one", SECRET)

    assert [r.name for r in found.registered] == ["fleet", "papers"]
    assert np.array_equal(found.code.entries, FLEET.code.entries)
    assert np.array_equal(found.code.sieve, FLEET.code.sieve)
    assert found.registered[1].first == FLEET.size
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["one"]


def test_what_is_merged_without_one_holds_nothing_of_it() -> None:
    rest = segment.merged([(FLEET, frozenset({"fleet"})), (PAPERS, frozenset())])

    assert [r.name for r in rest.registered] == ["papers"]
    assert len(rest.code) == 0
    assert np.array_equal(rest.prose.entries, PAPERS.prose.entries)


def test_no_text_and_no_plain_hash_is_in_the_file(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    segment.write(mine, SECRET, FLEET)
    data = mine.read_bytes()

    for word in ("heapq", "shortest", "miles", "orders"):
        assert word.encode() not in data
    hashes = FLEET.code.entries
    assert not np.isin(Key.of(SECRET, "code", 1).sealed(hashes), hashes).any()
    segment.write(theirs, b"another", FLEET)
    assert theirs.read_bytes()[:80] != data[:80]


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda d: b"", "it is empty"),
        (lambda d: b"PK" + d, "no index of fingerprints"),
        (lambda d: d[:8] + b"\x09" + d[9:], r"made by another version of Penstock \(format 9"),
        (lambda d: d[:-8], "it is not whole"),
        (lambda d: d[:-3] + bytes([d[-3] ^ 1]) + d[-2:], "its checksum is wrong"),
        (lambda d: d[:140] + bytes([d[140] ^ 1]) + d[141:], "its checksum is wrong"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, harm: object, says: str) -> None:
    path = tmp_path / "one"
    segment.write(path, SECRET, FLEET)
    assert callable(harm)
    path.write_bytes(harm(path.read_bytes()))

    with pytest.raises(ConfigError, match=f"{path}: .*{says}"):
        segment.read(path, SECRET)


def test_a_file_of_another_key_is_told(tmp_path: Path) -> None:
    segment.write(tmp_path / "one", b"another", FLEET)

    with pytest.raises(ConfigError, match="made with another key; restore"):
        segment.read(tmp_path / "one", SECRET)


def test_the_sieve_lets_pass_what_is_there_and_little_else() -> None:
    drawn = np.random.default_rng(5)
    entries = np.sort(drawn.integers(0, 2**64, 3000, np.uint64))
    hashes = Hashes.of(entries)

    assert len(hashes.likely(entries)) == len(entries)
    assert len(hashes.likely(drawn.integers(0, 2**64, 3000, np.uint64))) < 900


def test_hashes_are_aes() -> None:
    # the first known answer of NIST's AESAVS for keys of 128 bits, all zeros
    sealed = Key(bytes(16), np.ones(1, np.uint64)).sealed(np.zeros(3, np.uint64))

    assert sealed.tobytes() == 3 * bytes.fromhex("66e94bd4ef8a2c3b")
