"""Write `first_names.txt`: first names of many countries that are no words in any corpus.

    python -m detectors.models.first_names DATA

Names come from Faker's lists (MIT); DATA is the folder that `train.py` reads. Needs the `train`
dependency group.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from detectors.models.corpora import read
from detectors.models.word_lists import person_lists

OUT = Path(__file__).with_name("first_names.txt")
_WORD = re.compile(r"[^\W\d_]+")


def names() -> set[str]:
    """Every first name that Faker knows in the countries we read, in Latin letters."""
    found: set[str] = set()
    for attribute, listed in person_lists():
        if attribute.startswith("first_") and attribute.endswith(
            ("names", "male", "female", "nonbinary", "romanized_names")
        ):
            found |= listed
    return {name for name in found if len(name) > 2 and name.isalpha() and name.istitle()}


def words(data: Path) -> set[str]:
    """Words that the corpora write in lower case more than once in ten times."""
    small: Counter[str] = Counter()
    great: Counter[str] = Counter()
    for (text, _), _, source in read(data):
        if not source.startswith(("BTC", "WNUT")):  # where people write names so
            for word in _WORD.findall(text):
                (small if word.islower() else great)[word.lower()] += 1
    return {word for word, times in small.items() if times > 0.1 * great[word]}


def main() -> None:
    """Write the list, sorted."""
    known = words(Path(sys.argv[1]))
    kept = sorted(names())
    OUT.write_text("\n".join(n for n in kept if n.lower() not in known) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
