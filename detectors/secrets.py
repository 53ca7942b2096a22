"""Secrets: keys, tokens, passwords and private keys, by the rules in `detectors/rules`.

Where several rules claim the same characters, the one that knows the format wins over the one
that knows only that a name like `password` is being assigned.

Misses: secrets in images, split over several messages, or in a disguise other than those that
`detectors/disguise.py` undoes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from detectors.base import Detector, Match, batches
from detectors.disguise import hidden
from detectors.engine import Hit, shared
from detectors.obfuscation import JOINT, across_joints
from detectors.recovery_phrases import phrases
from detectors.secret_columns import HEADING, in_columns
from detectors.vicinity import WORDS

_HARMLESS = "harmless."
"""Rules for what looks like a secret and is none: public keys, digests, images."""
_OURS = ("secret.", _HARMLESS)


_BATCH = 100_000
"""Texts of so many characters are scanned one right after the other."""
_PERCENT_ENCODED = re.compile(r"(?:%(?:2[BDEFbdef]|3[Dd]|5[Ff]|7[Ee])[A-Za-z0-9._~-]*)+")
"""What a value goes on with where its `+ - . / = _ ~` are written for a URL."""

_UNNAMED = "secret.generic_secret"
"""What a secret is called of which nothing says more."""

type _Rank = tuple[int, float, int, bool, int]


def find(text: str) -> Iterator[Match]:
    """Yield each secret, left to right, none overlapping another."""
    engine = shared()
    found = engine.scan(text)
    ranked = [(_rank(h), h) for h in found if h.rule.id.startswith(_OURS)]
    headings = [h for h in found if h.rule.id.startswith(HEADING)]
    if headings:
        ranked += [(_rank(h), h) for h in in_columns(text, headings)]
    words = (h for h in found if h.rule.id.startswith(WORDS))
    ranked += [(_rank(h), h) for h in phrases(text, words)]
    if any(h.rule.id.startswith(JOINT) for h in found):
        ranked += [(_rank(h, doubtful), h) for h, doubtful in across_joints(text, found, engine)]
    ranked += [(_rank(h), h) for h in hidden(text, engine) if h.rule.id.startswith("secret.")]
    kept = _disjoint(ranked)
    for i, hit in enumerate(kept):
        if not hit.rule.id.startswith(_HARMLESS):
            data_class = hit.rule.id.replace(HEADING, "secret.", 1).replace(WORDS, "secret.", 1)
            limit = kept[i + 1].start if i + 1 < len(kept) else len(text)
            rest = _PERCENT_ENCODED.match(text, hit.end, limit)
            # what a column's heading is called says nothing about the value below it
            name = "" if hit.rule.id.startswith(HEADING) else hit.rule.name
            end = rest.end() if rest else hit.end
            yield Match(data_class, hit.start, end, hit.confidence, name=name)


def find_many(texts: Sequence[str]) -> Iterator[Iterator[Match]]:
    """`find` for each of `texts`; what the rules find in many short ones is found first."""
    for batch in batches(texts, _BATCH):
        with shared().ahead(batch):
            yield from map(find, batch)


def _disjoint(ranked: list[tuple[_Rank, Hit]]) -> list[Hit]:
    """The hits that stay where some overlap, by place."""
    kept: list[Hit] = []
    starts: list[int] = []
    for _, hit in sorted(ranked, key=lambda r: r[0]):
        i = bisect_right(starts, hit.start)
        if (not i or kept[i - 1].end <= hit.start) and (i == len(kept) or hit.end <= starts[i]):
            kept.insert(i, hit)
            starts.insert(i, hit.start)
    return kept


def _rank(hit: Hit, doubtful: bool = False) -> _Rank:
    """What knows the format comes first, then what was put together from lines or groups, then
    what is known for harmless, then what knows only the name; the surer, then the longer, then
    what says which kind of secret it is.
    """
    tier = 2 if hit.rule.id.startswith(_HARMLESS) else 3 if hit.rule.generic else int(doubtful)
    unnamed = hit.rule.id in (_UNNAMED, HEADING + "generic_secret")
    return (tier, -round(hit.confidence, 1), hit.start - hit.end, unnamed, hit.start)


def _load() -> None:
    shared()


detector = Detector(
    name="secrets",
    version=4,
    data_classes=frozenset({"secret.*"}),
    find=find,
    find_many=find_many,
    hits=("export GITHUB_TOKEN=«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»",),
    misses=("the token is stored in GITHUB_TOKEN", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    load=_load,
)
