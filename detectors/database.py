"""The Hyperscan database: which pattern ends where, for all rules in one pass; kept on disk.

Rules that look for the same thing first share one expression of the database, so that it is
compiled, met and reported once.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from detectors.rule import Rule, in_bytes
from penstock.errors import ConfigError

try:
    import hyperscan
except ImportError:  # no wheel for this machine
    hyperscan = None  # type: ignore[assignment]

HAVE_HYPERSCAN = hyperscan is not None

type Shared = tuple[tuple[int, ...], ...]
"""For each expression of the database, the rules it stands for."""


class Database:
    """A compiled Hyperscan database; scratch space per thread and, after a fork, per process."""

    def __init__(self, database: Any, shared: Shared) -> None:
        self._database = database
        self._shared = shared
        self._local = threading.local()

    def scan(self, data: bytes) -> dict[int, list[int]]:
        """The ends of matches, ascending, by index of the rule."""
        try:
            scratch, ends, note = self._local.tools
        except AttributeError:
            scratch, ends, note = self._local.tools = self._tools()
        ends.clear()
        self._database.scan(data, match_event_handler=note, scratch=scratch)
        found: dict[int, list[int]] = {}
        for expression, at in ends.items():
            for rule in self._shared[expression]:
                found[rule] = sorted(found[rule] + at) if rule in found else at
        return found

    def _tools(self) -> tuple[Any, dict[int, list[int]], Callable[..., None]]:
        """What one thread needs to scan: scratch space, and where its matches are noted."""
        ends: dict[int, list[int]] = {}

        def note(expression: int, _start: int, end: int, _flags: int, _context: object) -> None:
            try:
                ends[expression].append(end)
            except KeyError:
                ends[expression] = [end]

        return hyperscan.Scratch(self._database), ends, note

    @classmethod
    def compile(cls, rules: Sequence[Rule]) -> "Database":
        """ConfigError names the rule that Hyperscan refuses."""
        try:
            return cls(_compiled(rules), _shared(rules))
        except hyperscan.error as error:
            for rule in rules:
                try:
                    _compiled([rule])
                except hyperscan.error as own:
                    raise ConfigError(f"{rule.origin}: `{rule.id}`: {words_of(own)}") from None
            raise ConfigError(f"the rules together: {words_of(error)}") from None

    @classmethod
    def read(cls, path: Path, rules: Sequence[Rule]) -> "Database | None":
        """A database of `rules` written earlier; None if there is none or it is damaged."""
        try:
            stored = path.read_bytes()
            digest, dump = stored[:32], stored[32:]
            if sha256(dump).digest() != digest:
                return None
            database = hyperscan.loadb(dump, hyperscan.HS_MODE_BLOCK)
        except (OSError, hyperscan.error):
            return None
        return cls(database, _shared(rules))

    def write(self, path: Path) -> None:
        """Keep it at `path`, whole or not at all. Without a place to write it is built anew."""
        dump = hyperscan.dumpb(self._database)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            try:
                draft.write_bytes(sha256(dump).digest() + dump)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            said = f"{path}: {error.strerror}; rules are compiled at every start"
            print(f"penstock: {said}", file=sys.stderr)


def place_of(cache_dir: Path, rules: Sequence[Rule]) -> Path:
    """Where the database of these very rules is kept."""
    digest = sha256()
    digest.update(f"3 {getattr(hyperscan, '__version__', '')}".encode())
    for rule in rules:
        digest.update(f"{rule.scouts}{rule.model_dump_json()}\n".encode())
    return cache_dir / f"rules-{digest.hexdigest()[:32]}.hsdb"


def words_of(error: Exception) -> str:
    """What Hyperscan or RE2 says about an expression."""
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _by_expression(rules: Sequence[Rule]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, rule in enumerate(rules):
        for scout in rule.scouts:
            found.setdefault(scout, []).append(i)
    return found


def _shared(rules: Sequence[Rule]) -> Shared:
    return tuple(tuple(same) for same in _by_expression(rules).values())


def _compiled(rules: Sequence[Rule]) -> Any:
    expressions = list(_by_expression(rules))
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[e.encode() for e in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[0 if in_bytes(e) else hyperscan.HS_FLAG_UTF8 for e in expressions],
    )
    return database
