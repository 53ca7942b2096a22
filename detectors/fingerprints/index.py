"""The index of what is registered: a directory of segments and a list of those that count.

Adding a tree writes a segment of its own; removing one only says so in the list, and its hashes go
when the segment is next written. Segments that have become many are merged, small ones first, so
that a change costs in proportion to the tree and a look-up no more than a few segments. The list
is replaced last, in one step: whoever dies before has changed nothing.
"""

import errno
import fcntl
import json
import os
import secrets as randomness
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from detectors.fingerprints import segment as segments
from detectors.fingerprints.segment import Registered, Segment, another_key, key_check, wrong
from detectors.fingerprints.winnow import MOST_BLOCKS
from penstock.errors import ConfigError

NAME = "fingerprints"
"""The directory, in the state directory."""
_LIST = "list.json"
_SUFFIX = ".segment"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_STEP = 4
"""A segment is merged with those that together are at least a fourth of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A segment, and what of it was removed."""

    segment: Segment
    gone: frozenset[str] = frozenset()

    @property
    def registered(self) -> tuple[Registered, ...]:
        """What of it counts."""
        return tuple(r for r in self.segment.registered if r.name not in self.gone)

    @property
    def holds_tables(self) -> bool:
        """Whether it is of tables; else it is of trees."""
        return any(r.kind == "table" for r in self.segment.registered)


@dataclass(frozen=True, slots=True)
class Index:
    """Everything that is registered."""

    parts: tuple[Part, ...] = ()

    @property
    def registered(self) -> tuple[Registered, ...]:
        """Trees and tables, the oldest first."""
        every = (r for part in self.parts for r in part.registered)
        return tuple(sorted(every, key=lambda r: (r.added, r.name)))

    def without(self, name: str) -> "Index":
        """The same without the tree or table of this name."""
        return Index(tuple(p for part in self.parts if (p := _without(part, name)) is not None))

    def with_segment(self, added: Segment) -> "Index":
        """The same with one more tree or table, in place of what had its name."""
        rest = self
        for r in added.registered:
            rest = rest.without(r.name)
        return Index(_few((*rest.parts, Part(added))))


def _without(part: Part, name: str) -> Part | None:
    if all(r.name != name for r in part.registered):
        return part
    gone = part.gone | {name}
    rest = replace(part, gone=gone)
    stays = sum(r.entries for r in rest.registered)
    if not rest.registered:
        return None
    # what people asked to have removed is not kept until later; nor is a file that is half empty
    if part.holds_tables or 2 * stays < part.segment.entries:
        return Part(segments.merged([(part.segment, gone)]))
    return rest


def _few(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    done: list[Part] = []
    for tables in (False, True):
        some = [p for p in parts if p.holds_tables == tables]
        some.sort(key=lambda p: p.segment.entries)
        take, size, blocks = 0, 0, 0
        for number, part in enumerate(some):
            blocks += part.segment.size
            if blocks > MOST_BLOCKS:
                break
            if part.segment.entries <= _STEP * size:
                take = number + 1
            size += part.segment.entries
        if take:
            small = [(p.segment, p.gone) for p in some[:take]]
            some[:take] = [Part(segments.merged(small))]
        done.extend(some)
    return tuple(done)


# ── the directory ─────────────────────────────────────────────────────────────────────────────


def read(directory: Path, secret: bytes, known: Index | None = None) -> Index:
    """The index in `directory`, an empty one if there is none; segments that `known` has already
    are not read again unless their files have changed. Raises ConfigError."""
    have = {
        p.segment.name: p.segment
        for p in (known.parts if known else ())
        if stamp(str(directory / p.segment.name)) == p.segment.stamp
    }
    while True:
        listed = _listed(directory, secret)
        try:
            parts = [
                Part(
                    have[name] if name in have else segments.read(directory / name, secret),
                    frozenset(gone),
                )
                for name, gone in listed.items()
            ]
        except FileNotFoundError as e:
            # it was merged away since the list was read, and there is another list
            if _listed(directory, secret) == listed:
                raise wrong(Path(str(e.filename)), "it is missing") from None
        else:
            return Index(tuple(parts))


def write(directory: Path, secret: bytes, index: Index) -> None:
    """Puts `index` in the place of what is in `directory`; only what is new is written, and what
    is old stays in force until all of it is. Raises ConfigError."""
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        listed: dict[str, list[str]] = {}
        for part in index.parts:
            name = part.segment.name
            if not name:
                name = randomness.token_hex(8) + _SUFFIX
                segments.write(directory / name, secret, part.segment)
            listed[name] = sorted(part.gone)
        body = json.dumps({"key": key_check(secret).hex(), "segments": listed}, sort_keys=True)
        sealed = blake2b(body.encode(), digest_size=16).hexdigest()
        segments.put(directory / _LIST, [f"{body}\n{sealed}\n".encode()])
        _keep(directory)
        for path in directory.iterdir():
            if path.name not in (*listed, _LIST, _LOCK):
                path.unlink()  # merged into another, or left by one who died
    except OSError as e:
        remedy = "make room for it" if e.errno in _FULL else "it must be yours, and writable"
        raise ConfigError(f"{directory}: cannot be written: {e.strerror}; {remedy}") from None


def _listed(directory: Path, secret: bytes) -> dict[str, list[str]]:
    path = directory / _LIST
    try:
        body, _, rest = path.read_text("utf-8").partition("\n")
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise wrong(directory, "it was made by another version") from None
    except (OSError, UnicodeDecodeError):
        raise wrong(path, "it cannot be read") from None
    if rest.strip() != blake2b(body.encode(), digest_size=16).hexdigest():
        raise wrong(path, "its checksum is wrong")
    found = json.loads(body)
    if found["key"] != key_check(secret).hex():
        raise another_key(path)
    segments_of: dict[str, list[str]] = found["segments"]
    return segments_of


_LOCK = "lock"


@contextmanager
def changing(directory: Path) -> Iterator[None]:
    """One change at a time: a second one waits. Raises ConfigError."""
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(directory / _LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as e:
        raise ConfigError(
            f"{directory}: cannot be changed: {e.strerror}; it must be yours, and writable"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _keep(directory: Path) -> None:
    """Names of files outlast a power cut too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def list_of(directory: Path) -> str:
    """The file that lists the segments of an index."""
    return str(directory / _LIST)


def stamp(listed: str) -> tuple[int, int, int]:
    """Changes when the file `listed`, see `list_of`, is replaced; (0, 0, 0) if there is none.
    Asked for with every prompt, so it takes a path that is spelled out."""
    try:
        found = os.stat(listed)
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def size_bytes(directory: Path) -> int:
    """What the index takes on disk."""
    return sum(path.stat().st_size for path in directory.iterdir())
