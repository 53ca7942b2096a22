"""Secrets: keys, tokens, passwords and private keys, by the rules in `detectors/rules`.

Where several rules claim the same characters, the one that knows the format wins over the one
that knows only that a name like `password` is being assigned.

Misses: secrets in images, split over several messages, or in an encoding other than those the
rules name.
"""

from collections.abc import Iterator

from detectors.base import Detector, Match
from detectors.engine import Hit, shared

_HARMLESS = "harmless."
"""Rules for what looks like a secret and is none: public keys, digests, images."""
_OURS = ("secret.", _HARMLESS)


def find(text: str) -> Iterator[Match]:
    """Yield each secret, left to right, none overlapping another."""
    hits = [h for h in shared().scan(text) if h.rule.id.startswith(_OURS)]
    for hit in _disjoint(hits):
        if not hit.rule.id.startswith(_HARMLESS):
            yield Match(hit.rule.id, hit.start, hit.end, hit.confidence)


def _disjoint(hits: list[Hit]) -> list[Hit]:
    """The hits that stay where some overlap, by place.

    What knows the format wins, then what knows it for harmless, then what knows only the name.
    """
    if len(hits) < 2:
        return hits
    kept: list[Hit] = []
    for hit in sorted(hits, key=_rank):
        if all(hit.end <= k.start or k.end <= hit.start for k in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def _rank(hit: Hit) -> tuple[int, float, int, int]:
    harmless = hit.rule.id.startswith(_HARMLESS)
    tier = 1 if harmless else 2 * hit.rule.generic
    return (tier, -hit.confidence, hit.start - hit.end, hit.start)


def _load() -> None:
    shared()


detector = Detector(
    name="secrets",
    version=1,
    data_classes=frozenset({"secret.*"}),
    find=find,
    hits=("export GITHUB_TOKEN=«ghp_16C7e42F292c6912E7710c838347Ae178B4a»",),
    misses=("the token is stored in GITHUB_TOKEN", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    load=_load,
)
