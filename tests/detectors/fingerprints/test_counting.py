"""What is counted over packages: names and code that they all have."""

from pathlib import Path

import numpy as np
import pytest

from detectors.fingerprints import counting
from detectors.fingerprints.evidence import EIGHTHS, places, symbols
from detectors.fingerprints.tokens import Table, code

LOOP = "for item in items:\n    total = total + item.price\n"
ODD = "zeta <=> yotta ??? 7 !== lambda\n"


@pytest.fixture
def counts(tmp_path: Path) -> counting.Counts:
    for n in range(80):
        package = tmp_path / f"package{n}"
        package.mkdir()
        (package / "main.py").write_text(LOOP + f"only_here_{n} = 1\n")
    counts = counting.Counts()
    for found in counting.sources([tmp_path]):
        counts.add(*found)
    return counts


def test_names_of_many_packages_are_common(counts: counting.Counts) -> None:
    names = counts.common_names()
    assert {"item", "items", "total", "price"} <= set(names)
    assert not [name for name in names if name.startswith("only_here")]


def test_names_of_one_package_are_not_common_in_a_language_of_few(tmp_path: Path) -> None:
    for n in range(12):
        (tmp_path / f"package{n}").mkdir()
        (tmp_path / f"package{n}" / "main.lua").write_text(f"shared = mine_{n}\n")
    counts = counting.Counts()
    for found in counting.sources([tmp_path]):
        counts.add(*found)

    assert counts.common_names() == ["shared"]


def test_what_was_seen_often_says_little(counts: counting.Counts) -> None:
    bits = np.frombuffer(counts.common_code(), np.uint8) / EIGHTHS

    def says(text: str) -> float:
        return float(bits[places(symbols(code(text, Table())))][2:].mean())

    assert says(LOOP) < 1 < says(ODD) <= counting.SELDOM


def test_half_of_the_packages_are_never_counted(tmp_path: Path) -> None:
    for n in range(40):
        (tmp_path / f"package{n}").mkdir()
        (tmp_path / f"package{n}" / "main.py").write_text(LOOP)
    read = {package for package, _, _ in counting.sources([tmp_path])}
    assert read == {f"package{n}" for n in range(40) if counting.is_counted(f"package{n}")}
    assert 8 < len(read) < 32
