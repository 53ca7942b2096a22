"""Where the Hyperscan databases of rules are kept, each under a digest of its rules.

The files may be lost at any time, and any number of processes use them: what is not there, or is
damaged, is compiled. A file is as old as its last use, and goes when nobody has used it for long.
"""

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from detectors.database import VERSION, Database
from detectors.rule import Rule
from detectors.vicinity import vicinity_of

UNUSED_S = 30 * 86400.0
"""What nobody has used for so long is removed when another one is written."""
MOST = 16
"""So many are kept, those used last: whoever tries rules writes one at each try."""


class RuleCache:
    """A directory of compiled rules."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._wrote = self._complained = False

    def database(
        self, rules: Sequence[Rule], first: int, compiled: Callable[[], Database | None]
    ) -> Database | None:
        """That of `rules`, whose indices begin at `first`: the one kept, else what `compiled` says,
        which is kept from now on."""
        path = self._place(rules)
        if kept := _read(path, rules, first):
            return kept
        with self._alone():
            # another process may have written it while this one waited
            if kept := _read(path, rules, first):
                return kept
            if database := compiled():
                self._write(path, database.dumped())
            return database

    def _place(self, rules: Sequence[Rule]) -> Path:
        digest = sha256(f"5 {VERSION}".encode())
        for rule in rules:
            where = [vicinity_of(rule, scout) for scout in rule.scouts]
            digest.update(f"{rule.scouts}{where}{rule.model_dump_json()}\n".encode())
        return self._directory / f"rules-{digest.hexdigest()[:32]}.hsdb"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Proxies that start together do not all compile the same: the first does, the others
        wait for it. Where nothing can be written there is nothing to wait for."""
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = -1
        with suppress(OSError):
            if os.access(self._directory, os.W_OK):
                descriptor = os.open(self._directory, os.O_RDONLY | os.O_CLOEXEC)
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def _write(self, path: Path, dumps: bytes) -> None:
        """Whole or not at all."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            try:
                draft.write_bytes(sha256(dumps).digest() + dumps)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            if not self._complained:
                tell(f"{path}: {error.strerror}; rules are compiled at every start")
            self._complained = True
        else:
            self._wrote = True

    def tidy(self) -> None:
        """Remove what nobody has used for long, if anything was written; call it when all that is
        needed was asked for. Whoever has read a file does not need it any more."""
        if not self._wrote:
            return
        now, ages = time.time(), []
        # drafts too, of processes that were killed while they wrote
        for path in (
            *self._directory.glob("rules-*.hsdb"),
            *self._directory.glob(".rules-*.hsdb.*"),
        ):
            with suppress(OSError):
                ages.append((now - path.stat().st_mtime, path))
        for i, (age, path) in enumerate(sorted(ages)):
            if i >= MOST or age > UNUSED_S:
                with suppress(OSError):
                    path.unlink()


def _read(path: Path, rules: Sequence[Rule], first: int) -> Database | None:
    """None if there is none, or it is damaged."""
    try:
        stored = path.read_bytes()
    except OSError:
        return None
    if sha256(stored[32:]).digest() != stored[:32]:
        return None
    with suppress(OSError):  # somebody else's
        os.utime(path)
    return Database.restored(stored[32:], rules, first)


def tell(line: str) -> None:
    """Say it on standard error, in one write: processes that load together share that."""
    with suppress(OSError):  # nobody reads it
        sys.stderr.write(f"penstock: {line}\n")
        sys.stderr.flush()
