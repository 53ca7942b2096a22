"""The Hyperscan database: which pattern ends where, for all rules in one pass.

Rules that look for the same thing first share one expression of the database, so that it is
compiled, met and reported once. What lies in long runs or near numbers is looked for there only
(`detectors/vicinity.py`): each vicinity has a database of its own.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from detectors.rule import Rule, in_bytes
from detectors.rule_mistakes import words_of
from detectors.vicinity import VICINITIES, vicinity_of
from penstock.errors import ConfigError

try:
    import hyperscan
except ImportError:  # no wheel for this machine
    hyperscan = None  # type: ignore[assignment]

HAVE_HYPERSCAN = hyperscan is not None
VERSION: str = getattr(hyperscan, "__version__", "")
"""What another one dumped is not for this one."""

type Shared = tuple[tuple[int, ...], ...]
"""For each expression of the database, the rules it stands for."""


class _Part:
    """Some of the rules; scratch space per thread and, after a fork, per process."""

    def __init__(self, database: Any, shared: Shared) -> None:
        self.database = database
        self._shared = shared
        self._local = threading.local()

    def scan(self, data: bytes) -> dict[int, list[int]]:
        """The ends of matches, ascending, by index of the rule."""
        try:
            scratch, ends, note = self._local.tools
        except AttributeError:
            scratch, ends, note = self._local.tools = self._tools()
        ends.clear()
        self.database.scan(data, match_event_handler=note, scratch=scratch)
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

        return hyperscan.Scratch(self.database), ends, note


class Database:
    """One of Hyperscan's for each of the vicinities in which something is looked for, and for each
    set of rules that was compiled by itself."""

    def __init__(self, parts: Iterable[Sequence[_Part]]) -> None:
        self._parts = tuple(parts)

    def scan(self, data: bytes) -> dict[int, list[int]]:
        """The ends of matches, ascending, by index of the rule."""
        found: dict[int, list[int]] = {}
        for some, excerpts_of in zip(self._parts, VICINITIES, strict=True):
            if not some or not (excerpts := excerpts_of(data)).data:
                continue
            for part in some:
                for rule, ends in part.scan(excerpts.data).items():
                    places = excerpts.places(ends)
                    found[rule] = sorted(found[rule] + places) if rule in found else places
        return found

    @classmethod
    def compile(cls, rules: Sequence[Rule], first: int) -> "Database":
        """Of rules whose indices begin at `first`. ConfigError names the one that Hyperscan
        refuses."""
        try:
            return cls(
                [_Part(_compiled(same), _shared(same))] if same else []
                for same in _parted(rules, first)
            )
        except hyperscan.error as error:
            for rule in rules:
                try:
                    _compiled({scout: [] for scout in rule.scouts})
                except hyperscan.error as own:
                    where = rule.origin_of(rule.scouting)
                    raise ConfigError(f"{where}: `{rule.id}`: {words_of(own)}") from None
            raise ConfigError(f"the rules together: {words_of(error)}") from None

    def dumped(self) -> bytes:
        """What `restored` makes the same of, for one that was compiled."""
        dumps = [
            b"".join(hyperscan.dumpb(part.database) for part in parts) for parts in self._parts
        ]
        return b"".join(len(dump).to_bytes(8) + dump for dump in dumps)

    @classmethod
    def restored(cls, dumps: bytes, rules: Sequence[Rule], first: int) -> "Database | None":
        """None where this machine cannot use what another one dumped."""
        found: list[list[_Part]] = []
        try:
            for same in _parted(rules, first):
                size, dumps = int.from_bytes(dumps[:8]), dumps[8:]
                dump, dumps = dumps[:size], dumps[size:]
                loaded = hyperscan.loadb(dump, hyperscan.HS_MODE_BLOCK) if size else None
                found.append([_Part(loaded, _shared(same))] if loaded else [])
        except hyperscan.error:
            return None
        return cls(found)

    @classmethod
    def joined(cls, databases: Iterable["Database"]) -> "Database":
        """One that finds what any of them does; no rule is in two of them."""
        every = tuple(databases)
        return cls(
            [part for one in every for part in one._parts[i]] for i in range(len(VICINITIES))
        )


type _Expressions = dict[str, list[int]]
"""What Hyperscan looks for, and the rules on whose behalf, by index."""


def _parted(rules: Sequence[Rule], first: int) -> list[_Expressions]:
    """What is looked for in each of the vicinities."""
    parts: list[_Expressions] = [{} for _ in VICINITIES]
    for i, rule in enumerate(rules, first):
        for scout in rule.scouts:
            parts[vicinity_of(rule, scout)].setdefault(scout, []).append(i)
    return parts


def _shared(expressions: _Expressions) -> Shared:
    return tuple(tuple(same) for same in expressions.values())


def _compiled(expressions: _Expressions) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[e.encode() for e in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[0 if in_bytes(e) else hyperscan.HS_FLAG_UTF8 for e in expressions],
    )
    return database
