"""Which names in a prompt are the same person's: `Anna Schmidt`, `Frau Schmidt`, `A. Schmidta`.

A name that says less than another one is taken for the same person's, whoever else bears it.

Misses: nicknames, maiden names, two people of one name.
"""

import re
from collections.abc import Iterable

from detectors.inflection import stem

_WORD = re.compile(r"[^\W\d_]{2,}")
_LOOKED_AT = 100
"""So many people who share a word are compared; it keeps the time linear."""


def fullest(names: Iterable[str]) -> dict[str, str]:
    """For each name the fullest one among `names` that may be the same person's."""
    words = {name: frozenset(map(stem, _WORD.findall(name.lower()))) for name in names}
    people: dict[str, list[str]] = {}
    found: dict[str, str] = {}
    for name in sorted(words, key=lambda n: (-len(words[n]), n)):
        known = min((people.get(w, []) for w in words[name]), key=len, default=[])[:_LOOKED_AT]
        found[name] = next((other for other in known if words[name] <= words[other]), name)
        if found[name] == name:
            for word in words[name]:
                people.setdefault(word, []).append(name)
    return found
