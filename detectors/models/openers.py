"""Write `openers.txt`: words with which sentences begin and that name nobody.

    python -m detectors.models.openers DATA

DATA is the folder that `train.py` reads: a word counts that its corpora write in lower case three
times or more and with a capital too, and hardly ever as a name by itself. First and last names of
Faker's lists (MIT) do not count, but for the shortest: somebody may be called `Can`. Needs the
`train` dependency group.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from detectors.models.train import read
from detectors.models.word_lists import person_lists

OUT = Path(__file__).with_name("openers.txt")
LEAST = 3
"""So often must a word be written in lower case."""
RARELY = 50
"""So many times as often as it is somebody's or some place's name."""
SHORT = 2
"""A word as short as this counts though somebody is called so: `do`, `so`, `an`."""
COMMON = 1000
"""A word of one letter more counts too if it is written in lower case so often: `can`, `das`."""
_WORD = re.compile(r"[^\W\d_]+")


def names() -> set[str]:
    """First and last names that Faker knows, in lower case."""
    found: set[str] = set()
    for attribute, listed in person_lists():
        if attribute.startswith(("first_", "last_")):
            found |= {name.lower() for name in listed}
    return found


def openers(data: Path) -> set[str]:
    """The words, in lower case."""
    small: Counter[str] = Counter()
    great: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for (text, spans), _, _ in read(data):
        at = 0
        for start, end, _ in [*sorted(spans), (len(text), len(text), "")]:
            for word in _WORD.findall(text[at:start]):
                (small if word.islower() else great)[word.lower()] += 1
            capitals = [word for word in _WORD.findall(text[start:end]) if not word.islower()]
            if len(capitals) == 1:
                named[capitals[0].lower()] += 1
            at = max(at, end)
    called = names()
    return {
        word
        for word, times in small.items()
        if times >= LEAST
        and great[word]
        and times >= RARELY * named[word]
        and (word not in called or len(word) <= SHORT + (times >= COMMON))
    }


def main() -> None:
    """Write the list, sorted."""
    OUT.write_text("\n".join(sorted(openers(Path(sys.argv[1])))) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
