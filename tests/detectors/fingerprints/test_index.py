"""The index file: what it holds, what happens to it, and what it never holds."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from detectors.fingerprints import index
from detectors.fingerprints.excerpts import Excerpts
from detectors.fingerprints.index import Index
from detectors.fingerprints.keyed import Key
from penstock.errors import ConfigError
from tests.detectors.fingerprints.samples import (
    CONTRACT,
    ROUTING,
    SECRET,
    index_of,
    lines,
    tree,
)

FLEET = tree("fleet", {"routing.py": ROUTING})
PAPERS = tree("papers", {"contract.txt": CONTRACT}, first=1)


def sources(found: Index, text: str) -> list[str]:
    return [m.source for m in Excerpts.of(found, SECRET).find(text)]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "index"
    index.write(path, SECRET, index_of(FLEET, PAPERS))

    found = index.read(path, SECRET)

    assert found.registered == (FLEET[0], PAPERS[0])
    assert sources(found, lines(ROUTING, 10, 8)) == ["fleet:routing.py"]
    assert sources(found, CONTRACT) == ["papers:contract.txt"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["index"]


def test_no_index_is_an_empty_one(tmp_path: Path) -> None:
    assert index.read(tmp_path / "index", SECRET).registered == ()


def test_a_removed_tree_leaves_nothing_and_the_others_as_they_were(tmp_path: Path) -> None:
    both = index_of(FLEET, PAPERS)

    rest = both.without("fleet")

    assert rest.registered == (PAPERS[0],)
    assert len(rest.code) == 0
    assert sources(rest, ROUTING) == []
    assert sources(rest, CONTRACT) == ["papers:contract.txt"]
    assert np.array_equal(rest.prose, both.prose)


def test_no_text_and_no_plain_hash_is_in_the_file(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    index.write(mine, SECRET, index_of(FLEET))
    data = mine.read_bytes()

    for word in ("heapq", "shortest", "miles", "orders"):
        assert word.encode() not in data
    assert not np.isin(
        Key.of(SECRET, "code", 1).sealed(index_of(FLEET).code), index_of(FLEET).code
    ).any()
    index.write(theirs, b"another", index_of(FLEET))
    assert theirs.read_bytes()[:80] != data[:80]


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda d: b"", "it is empty"),
        (lambda d: b"PK" + d, "no index of fingerprints"),
        (lambda d: d[:8] + b"\x09" + d[9:], "its format is 9, and 1 is understood here"),
        (lambda d: d[:-8], "it is not whole"),
        (lambda d: d[:-3] + bytes([d[-3] ^ 1]) + d[-2:], "its checksum is wrong"),
        (lambda d: d[:140] + bytes([d[140] ^ 1]) + d[141:], "its checksum is wrong"),
    ],
)
def test_a_wrong_file_is_told(tmp_path: Path, harm: object, says: str) -> None:
    path = tmp_path / "index"
    index.write(path, SECRET, index_of(FLEET))
    assert callable(harm)
    path.write_bytes(harm(path.read_bytes()))

    with pytest.raises(ConfigError, match=f"{path}: .*{says}"):
        index.read(path, SECRET)


def test_an_index_of_another_key_is_told(tmp_path: Path) -> None:
    index.write(tmp_path / "index", b"another", index_of(FLEET))

    with pytest.raises(ConfigError, match="made with another key; restore"):
        index.read(tmp_path / "index", SECRET)


def test_hashes_are_siphash_1_3() -> None:
    # Python's own hash of bytes is SipHash-1-3, with a key of zeros where no seed is wanted
    assert sys.hash_info.algorithm == "siphash13"
    values = [0, 1, 0x0706050403020100, 2**64 - 1, 0xDEADBEEF]
    script = "import sys; print([hash(v.to_bytes(8, 'little')) for v in eval(sys.argv[1])])"
    done = subprocess.run(
        [sys.executable, "-c", script, repr(values)],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [v % 2**64 for v in eval(done.stdout)]

    sealed = Key((0, 0), np.ones(1, np.uint64)).sealed(np.array(values, np.uint64))

    assert sealed.tolist() == expected
