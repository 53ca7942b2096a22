"""What a company has registered: its source code, its documents, the records of its tables.

`penstock fingerprint add` writes the index (`detectors/fingerprints/`); a process that looks
notices within one text when it has been replaced, and keeps the old one if the new one is wrong.

Misses: less than about 20 codes of source code or 18 words in a row, code that was translated
into another language, sentences said in other words.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detectors.base import Detector, Match
from detectors.fingerprints import index
from detectors.fingerprints.excerpts import CODE, DOCUMENT, Excerpts
from detectors.fingerprints.index import Index
from detectors.fingerprints.readings import readings
from detectors.fingerprints.records import Records
from detectors.fingerprints.registering import Tree
from penstock import state
from penstock.errors import ConfigError, InspectionError

_SAMPLE = """\
def settle_sample(ledger, invoices, today):
    open_items = [i for i in invoices if i.due <= today and not i.paid]
    for item in sorted(open_items, key=lambda i: (i.due, -i.amount)):
        credit = ledger.credits.get(item.customer, 0)
        if credit >= item.amount:
            ledger.credits[item.customer] = credit - item.amount
            item.paid = True
            ledger.journal.append((today, item.number, "settled"))
        elif credit > 0:
            item.amount -= credit
            ledger.credits[item.customer] = 0
            ledger.journal.append((today, item.number, "part"))
    return [i for i in open_items if not i.paid]"""


@dataclass(frozen=True, slots=True)
class Looked:
    """What looks in one index: for excerpts and for records."""

    excerpts: Excerpts
    records: Records

    @classmethod
    def of(cls, found: Index, secret: bytes) -> "Looked":
        """What looks in an index that was made with `secret`."""
        return cls(Excerpts.of(found, secret), Records.of(found, secret))

    def find(self, text: str) -> Iterator[Match]:
        """What of it is in `text`, however that was written."""
        if not self.excerpts.index.parts:
            return
        found = [*self._within(text)]
        for reading in islice(readings(text), 1, None):
            further = [
                replace(m, start=reading.place(m.start), end=reading.place(m.end))
                for m in self._within(reading.text, reading.code_only)
            ]
            found = [*_widest(found, further, len(text))] if further else found
        yield from found

    def _within(self, text: str, code_only: bool = False) -> Iterator[Match]:
        yield from self.excerpts.find(text, code_only)
        if code_only:
            return
        yield from self.records.find(text)


def _widest(found: list[Match], further: list[Match], length: int) -> Iterator[Match]:
    """All of them; of those of one class in one place the longer, as one way to read a text may
    show a part of what another shows whole."""
    holder: dict[str, NDArray[np.int32]] = {}
    none = np.zeros(0, np.int32)
    for number, m in enumerate(found, 1):
        if m.data_class not in holder:
            holder[m.data_class] = np.zeros(length, np.int32)
        holder[m.data_class][m.start : m.end] = number
    gone: set[int] = set()
    for m in further:
        where = holder.get(m.data_class, none)[m.start : m.end]
        rivals = set(np.unique(where).tolist()) - {0}
        if m.end - m.start > sum(found[n - 1].end - found[n - 1].start for n in rivals):
            gone |= rivals
            yield m
    yield from (m for number, m in enumerate(found, 1) if number not in gone)


_NONE = (0, 0, 0)
"""The stamp of a file that is not there."""


class Watched:
    """The index of one installation as it is now."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._path = directory / index.NAME
        self._list = index.list_of(self._path)
        self._seen = [_NONE]
        self._generation = 0
        self._secret = b""
        self._known = Index()
        self._looked = Looked.of(Index(), b"none yet")
        self._files: tuple[str, ...] = ()
        self._is_damaged = False

    def load(self) -> None:
        """Reads it, if there is one. Raises ConfigError."""
        listed = index.stamp(self._list)
        self._seen = self._stamps()
        if listed == _NONE:
            return
        self._secret = state.key(self._directory, "fingerprints")
        known = index.read(self._path, self._secret, self._known)
        self._known, self._looked = known, Looked.of(known, self._secret)
        self._files = tuple(str(self._path / p.segment.name) for p in known.parts)
        # what changes while it is read is seen later
        self._seen = [listed, *(p.segment.stamp for p in known.parts)]

    def generation(self) -> int:
        """Counts how often it was replaced; takes the new one. Raises InspectionError while files
        that are in use were changed where they are: what they hold cannot be trusted."""
        seen = self._stamps()
        if seen != self._seen:
            # until it is read anew: a file that is damaged and then removed stays what it was
            self._is_damaged = self._is_damaged or self._is_changed(seen[1:])
            self._seen = seen
            if seen[0] != _NONE:
                with suppress(ConfigError):  # the old one stays; `penstock doctor` says why
                    self.load()
                    self._is_damaged = False
            self._generation += 1
        if self._is_damaged:
            raise InspectionError("the index of what is registered is damaged; see penstock doctor")
        return self._generation

    def _stamps(self) -> list[tuple[int, int, int]]:
        """Of the list and of the files that are in use."""
        return [index.stamp(self._list), *map(index.stamp, self._files)]

    def _is_changed(self, now: list[tuple[int, int, int]]) -> bool:
        """Whether any of the files in use is another within: one that was removed or replaced is
        what it was to those who have it open."""
        mapped = (p.segment.stamp for p in self._known.parts)
        return any(a != b and a[2] == b[2] for a, b in zip(mapped, now, strict=True))

    def find(self, text: str) -> Iterator[Match]:
        """What of it is in `text`."""
        return self._looked.find(text)


def of(directory: Path) -> Detector:
    """The detector of the installation whose state is in `directory`."""
    watched = Watched(directory)
    return replace(detector, find=watched.find, load=watched.load, generation=watched.generation)


def _sample() -> Callable[[str], Iterator[Match]]:
    """Finds the sample alone: the proof that needs no installation."""
    secret = b"sample"
    tree = Tree(secret)
    tree.add("settle.py", _SAMPLE.encode())
    return Looked.of(Index().with_segment(tree.segment("sample", "", "")), secret).find


detector = Detector(
    name="registered",
    version=7,
    data_classes=frozenset({CODE, f"{DOCUMENT}*", "edm.*"}),
    find=_sample(),
    hits=(f"«{_SAMPLE}»",),
    misses=(
        _SAMPLE.splitlines()[0],
        "for i in range(10):\n    print(i)",
        "import os\nimport re\nimport sys\nfrom dataclasses import dataclass\n" * 3,
    ),
)
