"""Detectors that fail on command, for fault drills: `drill raise` in a prompt raises, and so on.

Named in `WorkerConfig.detectors`, this module takes the place of `detectors` in a real zygote and
real workers.
"""

import os
import stat
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from detectors.base import Combination, Detector, Match
from penstock.settings import DetectionSettings


def _raise(text: str) -> Iterable[Match]:
    raise ValueError(text)


def _loop(_: str) -> Iterable[Match]:
    while True:
        pass


def _allocate(_: str) -> Iterable[Match]:
    return [Match("drill.memory", 0, len(bytearray(4 * 1024**3)), 1.0)]


def _die(_: str) -> Iterable[Match]:
    os.abort()


def _exit(text: str) -> Iterable[Match]:
    sys.exit(text)


def _recurse(text: str) -> Iterable[Match]:
    return _recurse(text)


def _babble(_: str) -> Iterable[Match]:
    """Write bytes that are no frame to whoever listens."""
    for fd in range(3, 50):
        try:
            is_socket = stat.S_ISSOCK(os.fstat(fd).st_mode)
        except OSError:
            continue
        if is_socket:
            os.write(fd, (30).to_bytes(8, "little") + b"this cannot be unpickled, really")
    return ()


def _wait(text: str) -> Iterable[Match]:
    """Say who we are beside the FIFO `drill wait <path>`, then wait for its writer to close."""
    path = Path(text.split()[2])
    path.with_suffix(".pid").write_text(str(os.getpid()))
    path.read_bytes()
    return ()


def _print(text: str) -> Iterable[Match]:
    print(text)
    print(text, file=sys.stderr)
    os.write(2, text.encode())
    return ()


def _find(text: str) -> Iterable[Match]:
    return [Match("drill.secret", 0, 5, 0.9)]


FAULTS: dict[str, Callable[[str], Iterable[Match]]] = {
    "raise": _raise,
    "loop": _loop,
    "allocate": _allocate,
    "die": _die,
    "exit": _exit,
    "recurse": _recurse,
    "babble": _babble,
    "nothing": lambda _: None,  # type: ignore[dict-item, return-value]
    "words": lambda _: ["a", "word"],  # type: ignore[dict-item, list-item]
    "nan": lambda _: [Match("drill.secret", 0, 5, float("nan"))],
    "outside": lambda text: [Match("drill.secret", 0, len(text) + 1, 0.9)],
}
"""What ends in an error of the job."""

_OTHERS = {"wait": _wait, "print": _print, "find": _find}


def find(text: str) -> Iterable[Match]:
    """Do what the prompt says."""
    words = text.split(maxsplit=2)
    if words[:1] != ["drill"]:
        return ()
    return (FAULTS | _OTHERS)[words[1]](text)


COMBINATIONS: tuple[Combination, ...] = ()


def select(
    detection: DetectionSettings, cache_dir: Path | None = None, state: Path | None = None
) -> tuple[Detector, ...]:
    """In place of `detectors.select`."""
    return (Detector("drill", 1, frozenset({"drill.*"}), find, (), ()),)
