"""The scanner of a detector process: it remembers texts, and takes no garbage from detectors."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from detectors.base import Combination, Detector, Match
from penstock.errors import InspectionError
from penstock.pipeline import Labelled, Scanner


class Memory:
    """Matches of texts seen before, by the text's keyed hash; the least recently seen goes first.

    Holds places and classes, never text.
    """

    def __init__(self, entries: int = 100_000, size_bytes: int = 32 * 1024 * 1024) -> None:
        self._entries = entries
        self._room = size_bytes
        self._known: dict[bytes, list[Labelled]] = {}

    def recall(self, digest: bytes) -> list[Labelled] | None:
        """The matches of a text, if it is known."""
        found = self._known.pop(digest, None)
        if found is not None:
            self._known[digest] = found
        return found

    def keep(self, digest: bytes, matches: list[Labelled]) -> None:
        """Remembers them, and forgets as much else as that takes."""
        self._known[digest] = matches
        self._room -= _size(matches)
        while self._room < 0 or len(self._known) > self._entries:
            self._room += _size(self._known.pop(next(iter(self._known))))


def _size(matches: list[Labelled]) -> int:
    return 300 + 250 * len(matches)  # measured on CPython 3.13: key, slot, list; match, tuple


def scanner(
    detectors: Iterable[Detector],
    made: Iterable[Combination],
    key: bytes,
    evidence: tuple[str, ...] = (),
) -> Scanner:
    """A scanner that remembers texts and takes nothing but sound matches from its detectors."""
    memory = Memory()
    return Scanner(
        tuple(_sound(d) for d in detectors),
        tuple(replace(c, find=_sound_combination(c)) for c in made),
        key,
        memory.recall,
        memory.keep,
        evidence,
    )


def _sound(detector: Detector) -> Detector:
    def checked(text: str, matches: Iterable[Match]) -> Iterator[Match]:
        for match in matches:
            _check(match, text, detector.name)
            yield match

    def find_many(texts: Sequence[str]) -> Iterator[Iterator[Match]]:
        return map(checked, texts, detector.each(texts))

    return replace(
        detector, find=lambda text: checked(text, detector.find(text)), find_many=find_many
    )


def _sound_combination(
    combination: Combination,
) -> Callable[[Sequence[tuple[str, Sequence[Match]]]], Iterator[tuple[int, Match]]]:
    def find(view: Sequence[tuple[str, Sequence[Match]]]) -> Iterator[tuple[int, Match]]:
        for i, match in combination.find(view):
            _check(match, view[i][0], combination.name)
            yield i, match

    return find


def _check(match: object, text: str, name: str) -> None:
    """INVARIANT: garbage is an error, never `nothing found`; NaN passes no comparison."""
    if not (
        isinstance(match, Match)
        and 0 <= match.start < match.end <= len(text)
        and 0 <= match.confidence <= 1
    ):
        raise InspectionError(f"detector `{name}` gave something that is no match")
