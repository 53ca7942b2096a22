"""Whoever makes a directory of the state first makes the state directory as closed as itself."""

import stat
from pathlib import Path

from penstock.state import prepare


def test_directories_above_are_as_closed(tmp_path: Path) -> None:
    prepare(tmp_path / "state" / "penstock" / "cache")

    for directory in ("state", "state/penstock", "state/penstock/cache"):
        assert stat.S_IMODE((tmp_path / directory).stat().st_mode) == 0o700
    prepare(tmp_path / "state" / "penstock")
