"""Whoever makes a directory of the state first makes the state directory as closed as itself."""

import stat
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

from penstock.state import addresses, listening, prepare
from tests.reports.servers import wait_for


def test_directories_above_are_as_closed(tmp_path: Path) -> None:
    prepare(tmp_path / "state" / "penstock" / "cache")

    for directory in ("state", "state/penstock", "state/penstock/cache"):
        assert stat.S_IMODE((tmp_path / directory).stat().st_mode) == 0o700
    prepare(tmp_path / "state" / "penstock")


def test_two_processes_with_one_id_listen_where_each_says(tmp_path: Path) -> None:
    """As in containers that share a state directory."""
    state, places = tmp_path / "state", ("10.0.0.1:8080", "10.0.0.2:8080")
    release = Event()

    def run(place: str) -> None:
        with listening(state, place):
            release.wait()

    threads = [Thread(target=run, args=(place,), daemon=True) for place in places]
    for thread in threads:
        thread.start()
    wait_for(lambda: addresses(state) == places, 10)
    release.set()
    for thread in threads:
        thread.join()
    assert addresses(state) == ()
    assert list((state / "running").iterdir()) == []


def test_what_a_killed_process_leaves_is_cleared_away(tmp_path: Path) -> None:
    says = (
        "import os, sys; from pathlib import Path; from penstock.state import listening\n"
        "with listening(Path(sys.argv[1]), '127.0.0.1:1'): os._exit(0)"
    )
    subprocess.run((sys.executable, "-c", says, tmp_path / "state"), check=True)
    assert len(list((tmp_path / "state/running").iterdir())) == 1
    assert addresses(tmp_path / "state") == ()
    assert list((tmp_path / "state/running").iterdir()) == []
