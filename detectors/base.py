"""What a detector is: a name, a pure function, and the examples that prove it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Match:
    """`text[start:end]` looks like `data_class`. Offsets count code points."""

    data_class: str
    start: int
    end: int
    confidence: float
    """0 to 1; what the number means per detector is in docs/confidence.md."""
    language: str = ""
    """For `code.source`: Linguist's name, lower case."""
    source: str = ""
    """Where a registered text is from: `crm:src/invoice.py`. Never a word of it."""
    name: str = field(default="", compare=False)
    """What the rule that found it says it finds, for people: `Acme API key`. Of rules alone."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One way of finding sensitive data in one text."""

    name: str
    version: int
    """Raise it whenever results change: it is written into every violation record."""
    data_classes: frozenset[str]
    """Every class `find` may yield; a trailing `.*` stands for a family of them."""
    find: Callable[[str], Iterable[Match]]
    hits: tuple[str, ...]
    """Texts with every expected match between « and »."""
    misses: tuple[str, ...]
    """Near misses that must stay silent."""
    load: Callable[[], None] = lambda: None
    """Reads models and databases; called once before the first `find`, never on a request."""
    generation: Callable[[], int] = lambda: 0
    """Another number whenever what `find` looks things up in has changed; asked for each text."""
    find_many: Callable[[Sequence[str]], Iterable[Iterable[Match]]] | None = None
    """`find` for several texts, in their order, where together is cheaper than one by one."""

    def each(self, texts: Sequence[str]) -> Iterable[Iterable[Match]]:
        """What it finds in each of `texts`; where they are read one by one, not before asked."""
        return self.find_many(texts) if self.find_many else map(self.find, texts)


@dataclass(frozen=True, slots=True)
class Combination:
    """A class that only several findings of one prompt together make: health data and a person.

    `find` gets, for each text of the prompt, its string and the matches of all detectors in it,
    and yields (index of the text, match).
    """

    name: str
    version: int
    data_classes: frozenset[str]
    find: Callable[[Sequence[tuple[str, Sequence[Match]]]], Iterator[tuple[int, Match]]]
    withheld: frozenset[str] = frozenset()
    """Classes that count only as part of this combination: matches of theirs are dropped from
    the result after all combinations ran. A trailing `.*` stands for a family."""
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


def covers(classes: Iterable[str], data_class: str) -> bool:
    """Whether `data_class` is one of `classes`, of which some may end in `.*`."""
    return any(
        data_class == c or (c.endswith(".*") and data_class.startswith(c[:-1])) for c in classes
    )


def batches(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """`texts` in their order, so many together that they have `size` characters at most; a longer
    one is by itself."""
    batch: list[str] = []
    filled = 0
    for text in texts:
        if batch and filled + len(text) > size:
            yield batch
            batch, filled = [], 0
        batch.append(text)
        filled += len(text)
    if batch:
        yield batch
