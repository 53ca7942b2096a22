"""A process that looks has the index as it is now."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors import registered
from penstock.errors import ConfigError, InspectionError
from penstock.model import Prompt, Text, tally
from penstock.pipeline import Scanner
from penstock.registering import Installation
from penstock.state import prepare
from proxy_addons.scanner import scanner
from tests.detectors.fingerprints.samples import ROUTING, lines


def add(state: Path, name: str = "fleet") -> None:
    Installation(state).add_tree(name, Path(name), iter([("r.py", ROUTING.encode())]), public=False)


def found(looking: Scanner) -> list[str]:
    prompt = Prompt((Text("/a", "user", lines(ROUTING, 10, 9)),))
    return [f.source for f in looking.scan(prompt)]


def test_the_tally_of_a_request_names_tree_and_file(tmp_path: Path) -> None:
    state = prepare(tmp_path / "state")
    add(state)
    prompt = Prompt((Text("/a", "user", lines(ROUTING, 10, 9)),))

    (counted,) = tally(looking(state).scan(prompt))

    assert (counted.data_class, counted.sources) == ("code.proprietary", ("fleet:r.py",))


def looking(state: Path) -> Scanner:
    detector = registered.of(state)
    detector.load()
    return scanner((detector,), (), b"key")


EXCERPT = lines(ROUTING, 10, 9)
OTHER = 'print("what is this?")\n\n'


@pytest.mark.parametrize(
    "text",
    [
        f"Why?\n\n```\n{EXCERPT}\n```\n",
        f"{OTHER}{EXCERPT}\n\n{OTHER}",
        "@@ -1,9 +1,9 @@\n" + "\n".join(f"+{line}" for line in EXCERPT.split("\n")),
        json.dumps({"file": EXCERPT + "\n"}),
        json.dumps(json.dumps({"file": EXCERPT})),
        json.dumps({"source": EXCERPT.splitlines(keepends=True)}, indent=1),
        EXCERPT.replace("<", "&lt;").replace(">", "&gt;"),
    ],
)
def test_an_excerpt_is_found_wherever_it_was_pasted_and_nothing_else(
    tmp_path: Path, text: str
) -> None:
    state = prepare(tmp_path / "state")
    add(state)

    (finding,) = looking(state).scan(Prompt((Text("/a", "user", text),)))

    said = text[finding.start : finding.end]
    assert finding.source == "fleet:r.py"
    assert said.lstrip(' +"').startswith("while queue")
    assert said.rstrip().endswith("length + miles")


def test_what_is_registered_or_removed_later_counts_from_the_next_text_on(tmp_path: Path) -> None:
    state = prepare(tmp_path / "state")
    scan = looking(state)
    assert found(scan) == []

    add(state)
    assert found(scan) == ["fleet:r.py"]

    Installation(state).remove("fleet")
    assert found(scan) == []


def test_a_wrong_index_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    state = prepare(tmp_path / "state")
    add(state)
    scan = looking(state)
    (state / "fingerprints").rename(state / "away")
    assert found(scan) == ["fleet:r.py"]

    (state / "fingerprints").mkdir()
    (state / "fingerprints" / "list.json").write_bytes(b"nothing")
    assert found(scan) == ["fleet:r.py"]


def test_a_damaged_index_lets_nothing_pass_until_it_is_mended(tmp_path: Path) -> None:
    state = prepare(tmp_path / "state")
    add(state)
    scan = looking(state)
    (segment,) = (state / "fingerprints").glob("*.segment")
    whole = segment.read_bytes()

    os.truncate(segment, len(whole) - 8)
    for _ in range(2):
        with pytest.raises(InspectionError, match="damaged; see penstock doctor"):
            found(scan)
    with pytest.raises(ConfigError, match="it is not whole"):
        Installation(state).read()

    segment.unlink()  # what is open is no better for it
    for _ in range(2):
        with pytest.raises(InspectionError, match="damaged; see penstock doctor"):
            found(scan)

    segment.write_bytes(whole)
    assert found(scan) == ["fleet:r.py"]


@pytest.mark.parametrize("replaced", [True, False], ids=["another file", "no file"])
def test_a_file_of_the_index_that_went_is_still_known(tmp_path: Path, replaced: bool) -> None:
    state = prepare(tmp_path / "state")
    add(state)
    scan = looking(state)
    (segment,) = (state / "fingerprints").glob("*.segment")
    whole = segment.read_bytes()

    segment.rename(tmp_path / "away")
    if replaced:
        segment.write_bytes(b"nothing")
    assert found(scan) == ["fleet:r.py"]

    # what was restored is what counts, and not what was open
    (tmp_path / "restored").write_bytes(whole)
    (tmp_path / "restored").rename(segment)
    assert found(scan) == ["fleet:r.py"]
    (tmp_path / "away").write_bytes(b"")
    assert found(scan) == ["fleet:r.py"]


def test_excerpts_that_are_read_in_several_ways_are_compared_in_one_go(tmp_path: Path) -> None:
    state = prepare(tmp_path / "state")
    add(state)
    detector = registered.of(state)
    detector.load()
    others = "\n".join(f"{name}.{name}s[{name}] = [{name}]" for name in "abcdefghijklmnop")
    text = f"{EXCERPT}\n\n{others}\n\n" * 40 + json.dumps({"file": EXCERPT + "\n"})
    arrays = 0

    def called(_: Any, event: str, function: Any) -> None:
        nonlocal arrays
        arrays += event == "c_call" and function is np.zeros

    sys.setprofile(called)
    try:
        assert len(list(detector.find(text))) == 41
    finally:
        sys.setprofile(None)
    assert arrays < 20  # as long as the text is each of them
