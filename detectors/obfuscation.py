"""Secrets that were taken apart: with invisible characters, as pieces of a string, over lines.

The rules in `rules/obfuscation.yaml` find the joints. Around them the text is put together
without what they hold and looked at once more; what is found across a joint counts.

Misses: letter by letter; pieces in the wrong order, in several variables, or encoded once more.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from detectors.engine import Engine, Hit
from detectors.validators.randomness import random

JOINT = "joint."
_BEFORE, _AFTER = 300, 300
"""How much text around the joints is looked at again, in code points."""
_SPACED = "joint.spaces"
_DOUBTFUL = ("joint.line_break", _SPACED)


def across_joints(text: str, hits: Sequence[Hit], engine: Engine) -> Iterator[tuple[Hit, bool]]:
    """Hits that appear when `text` is put together, in the places of `text`.

    With whether the joint is doubtful: lines and groups may well not belong together, so there
    only a known format counts, and over lines what is random on both of them. A known format
    that is random on each of its lines goes on beyond doubt, unless another begins on one.
    """
    known = sorted(h.start for h in hits if h.rule.id.startswith("secret.") and not h.rule.generic)
    by_kind: dict[tuple[str, bool], list[Hit]] = {}
    for hit in hits:
        if hit.rule.id.startswith(JOINT):
            # a backslash at the end of a line says that it goes on
            sure = hit.rule.id not in _DOUBTFUL or "\\" in text[hit.start : hit.end]
            by_kind.setdefault((hit.rule.id, not sure), []).append(hit)
    for (_, doubtful), joints in sorted(by_kind.items(), key=lambda kind: kind[0]):
        for group in _groups(list(_removals(text, joints))):
            for found in _in_group(text, group, engine):
                guessed = doubtful and found.rule.generic
                if found.rule.id.startswith("secret.") and not (
                    guessed and not _goes_on(text, found)
                ):
                    begun = bisect_right(known, found.start)
                    alone = begun == len(known) or known[begun] >= found.end
                    sure = not found.rule.generic and alone and _goes_on(text, found)
                    yield found, doubtful and not sure


def _goes_on(text: str, found: Hit) -> bool:
    """Whether each line of what was found is drawn at random."""
    lines = text[found.start : found.end].split("\n")
    return len(lines) > 1 and all(random(line.strip("\r\t >")) for line in lines)


def _removals(text: str, joints: Sequence[Hit]) -> Iterator[tuple[int, int]]:
    """What to take out, ascending: the joint, or each space of a word written in groups."""
    for joint in joints:
        if joint.rule.id != _SPACED:
            yield joint.start, joint.end
            continue
        for at in range(joint.start, joint.end):
            if text[at] == " ":
                yield at, at + 1


def _groups(removed: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Removals so near each other that they are looked at together."""
    group: list[tuple[int, int]] = []
    for span in removed:
        if group and span[0] - group[-1][1] > _BEFORE:
            yield group
            group = []
        group.append(span)
    if group:
        yield group


def _in_group(text: str, removed: Sequence[tuple[int, int]], engine: Engine) -> Iterator[Hit]:
    first, last = max(0, removed[0][0] - _BEFORE), removed[-1][1] + _AFTER
    edges = [first, *(edge for span in removed for edge in span), last]
    kept = list(pairwise(edges))[::2]
    starts, size = [], 0
    for start, end in kept:
        starts.append(size)
        size += min(end, len(text)) - start

    def place(offset: int) -> int:
        i = bisect_right(starts, offset) - 1
        return kept[i][0] + offset - starts[i]

    whole = "".join(text[start:end] for start, end in kept)
    for hit in engine.scan_once(whole):
        start, end = place(hit.start), place(hit.end - 1) + 1
        if end - start > hit.end - hit.start:
            yield replace(hit, start=start, end=end)
