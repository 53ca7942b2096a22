"""The directory of segments: what changes cost, what survives, what those who look see."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from detectors.fingerprints import index
from detectors.fingerprints.excerpts import Excerpts
from detectors.fingerprints.index import Index
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
PAPERS = tree("papers", {"contract.txt": CONTRACT})


def sources(found: Index, text: str) -> list[str]:
    return [m.source for m in Excerpts.of(found, SECRET).find(text)]


def names(found: Index) -> list[str]:
    return [r.name for r in found.registered]


def segments(directory: Path) -> set[str]:
    return {p.name for p in directory.iterdir() if p.suffix == ".segment"}


def large(name: str, seed: int = 0) -> str:
    """Much code of which no two pieces are alike."""
    return "\n".join(
        f"{name}_{i} = combine_{i * 7 + seed}(value_{i * 3}, {i}, other_{i * 5 % 97}[{i % 89}])"
        f" + call_{i * 11}.{name}(lower_{i * 13})"
        for i in range(400)
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    index.write(tmp_path / "i", SECRET, index_of(FLEET, PAPERS))

    found = index.read(tmp_path / "i", SECRET)

    assert names(found) == ["fleet", "papers"]
    assert sources(found, lines(ROUTING, 10, 8)) == ["fleet:routing.py"]
    assert sources(found, CONTRACT) == ["papers:contract.txt"]


def test_no_index_is_an_empty_one(tmp_path: Path) -> None:
    assert index.read(tmp_path / "i", SECRET).registered == ()


def test_a_removed_tree_is_found_no_more_and_the_others_as_before() -> None:
    rest = index_of(FLEET, PAPERS).without("fleet")

    assert names(rest) == ["papers"]
    assert sources(rest, ROUTING) == []
    assert sources(rest, CONTRACT) == ["papers:contract.txt"]


def test_a_small_change_leaves_the_file_of_a_large_tree_alone(tmp_path: Path) -> None:
    path = tmp_path / "i"
    index.write(path, SECRET, index_of(tree("large", {"a.py": large("a"), "b.py": large("b", 3)})))
    (before,) = segments(path)

    index.write(path, SECRET, index.read(path, SECRET).with_segment(FLEET))
    assert before in segments(path)
    assert len(segments(path)) == 2
    index.write(path, SECRET, index.read(path, SECRET).without("fleet"))
    assert segments(path) == {before}


def test_many_small_trees_become_few_segments_with_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "i"
    for i in range(30):
        added = tree(f"t{i}", {f"f{i}.py": large(f"n{i}", i)[: 3000 + 40 * i]})
        index.write(path, SECRET, index.read(path, SECRET).with_segment(added))
    found = index.read(path, SECRET)

    assert len(found.registered) == 30
    assert len(segments(path)) <= 4
    for i in (0, 7, 29):
        assert sources(found, lines(large(f"n{i}", i), 3, 8)) == [f"t{i}:f{i}.py"]


def test_a_tree_of_several_that_was_removed_is_not_found_though_its_segment_stays() -> None:
    both = index_of(tree("a", {"a.py": large("a")}), tree("b", {"b.py": large("b", 1)}), FLEET)
    rest = both.without("fleet")

    assert sources(both, lines(ROUTING, 8, 13)) == ["fleet:routing.py"]
    assert sources(rest, lines(ROUTING, 8, 13)) == []
    assert sources(rest.with_segment(FLEET), lines(ROUTING, 8, 13)) == ["fleet:routing.py"]


def test_who_has_the_segments_already_reads_only_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "i"
    index.write(path, SECRET, index_of(tree("large", {"a.py": large("a")})))
    known = index.read(path, SECRET)
    index.write(path, SECRET, known.with_segment(FLEET))

    found = index.read(path, SECRET, known)

    assert any(part.segment is known.parts[0].segment for part in found.parts)
    assert names(found) == ["fleet", "large"]


WRITER = """
import os, signal, sys
from pathlib import Path
from detectors.fingerprints import index
from tests.detectors.fingerprints.samples import ROUTING, SECRET, tree

steps = int(sys.argv[2])
def counted(call):
    def step(*arguments, **named):
        global steps
        steps -= 1
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)
    return step
os.fsync, Path.replace, Path.unlink = map(counted, (os.fsync, Path.replace, Path.unlink))
path = Path(sys.argv[1])
with index.changing(path):
    fleet = tree("fleet", {"r.py": ROUTING})
    index.write(path, SECRET, index.read(path, SECRET).with_segment(fleet))
"""


def test_where_nothing_can_be_written_the_old_index_stays_and_the_remedy_is_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "i"
    index.write(path, SECRET, index_of(tree("old", {"r.py": ROUTING})))
    before = {p.name: p.read_bytes() for p in path.iterdir()}
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n" + WRITER

    done = subprocess.run(
        [sys.executable, "-c", full, str(path), "99"], capture_output=True, text=True, check=False
    )

    assert "cannot be written: File too large; make room for it" in done.stderr
    assert before.items() <= {p.name: p.read_bytes() for p in path.iterdir()}.items()
    with pytest.raises(ConfigError, match="it must be yours, and writable"):
        index.write(Path("/proc/index"), SECRET, Index())


@pytest.mark.parametrize("steps", [1, 2, 4, 6])
def test_who_is_killed_in_a_change_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, steps: int
) -> None:
    path = tmp_path / "i"
    index.write(path, SECRET, index_of(tree("old", {"r.py": lines(ROUTING, 1, 21)})))

    done = subprocess.run([sys.executable, "-c", WRITER, str(path), str(steps)], check=False)

    assert done.returncode == -signal.SIGKILL
    assert names(index.read(path, SECRET)) in (["old"], ["fleet", "old"])
    # and the next change works, and tidies up
    with index.changing(path):
        index.write(path, SECRET, index.read(path, SECRET).with_segment(PAPERS))
    assert "papers" in names(index.read(path, SECRET))
    assert not [p for p in os.listdir(path) if p.startswith(".")]
    assert len(segments(path)) == len(index.read(path, SECRET).parts)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda p: (p / "list.json").write_bytes(b"{}"), "its checksum is wrong"),
        (lambda p: next(p.glob("*.segment")).unlink(), "it is missing"),
        (lambda p: next(p.glob("*.segment")).write_bytes(b""), "it is empty"),
    ],
)
def test_a_wrong_index_is_told(tmp_path: Path, harm: object, says: str) -> None:
    path = tmp_path / "i"
    index.write(path, SECRET, index_of(FLEET))
    assert callable(harm)
    harm(path)

    with pytest.raises(ConfigError, match=says):
        index.read(path, SECRET)


def test_an_index_of_another_key_is_told(tmp_path: Path) -> None:
    index.write(tmp_path / "i", b"another", index_of(FLEET))

    with pytest.raises(ConfigError, match="made with another key; restore"):
        index.read(tmp_path / "i", SECRET)
