"""The trained weights of the source code detector, and what they say about lines and stretches.

Each line is code, configuration, a dump (logs, tables, data, traces) or something else: a linear
model over its features gives the log odds. A small network weighs what a whole stretch of lines
looks like. A second linear model tells 86 languages, and prose, logs, formulas and the like, apart;
with what it says a second network gives the confidence.

`detectors/models/code/train.py` makes the weights; `detectors/models/code/CARD.md` describes them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detectors.code_features import Hashes, Lines

WEIGHTS = Path(__file__).parent / "models/code/weights.npz"

type Floats = NDArray[np.float64]

STRONGEST = 6.0
"""No line says more than this."""
_ENOUGH = 1200
"""So many features tell a language; more only cost time."""
_ONES = np.ones(2 * _ENOUGH, np.float32)
_LANE = 21
"""Bits of each of three sums kept in one 64-bit number: so one addition adds to all three."""
_LANES = np.array([[0], [_LANE], [2 * _LANE]])
_HALF = 1 << (_LANE - 1)
_HALVES = np.int64(sum(_HALF << lane for lane in (0, _LANE, 2 * _LANE)))
"""Makes all three sums positive, so that none borrows from the next."""


type Network = tuple[Floats, Floats, Floats, float]
"""Of one hidden layer: scale of the features, weights into the layer, weights out of it, bias."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights, as `train.py` writes them."""

    table: NDArray[np.int64]
    """For each hash, three weights in lanes: code, config and dump against other text."""
    scale: Floats
    bias: Floats
    languages: tuple[str, ...]
    row: NDArray[np.uint16]
    """For each hash, its row in `language`; 0 for none."""
    language: NDArray[np.int8]
    language_scale: Floats
    language_bias: Floats
    others: int
    """So many of `languages` are none, and come first: prose, logs and the like, in brackets."""
    looks: dict[str, Network]
    """By what is known of a stretch: "stretch" without, "spoken" with what its language says."""


@cache
def model() -> Model:
    """The weights in the package, read once."""
    with np.load(WEIGHTS) as found:
        languages = tuple(str(name) for name in found["languages"])
        return Model(
            table=packed(found["lines"]),
            scale=found["lines_scale"].astype(np.float64)[:, None],
            bias=found["lines_bias"].astype(np.float64)[:, None],
            languages=languages,
            row=found["language_row"],
            language=found["language"],
            language_scale=found["language_scale"].astype(np.float64),
            language_bias=found["language_bias"].astype(np.float64),
            others=sum(name.startswith("(") for name in languages),
            looks={
                name: (
                    found[f"{name}_scale"].astype(np.float64),
                    found[f"{name}_in"].astype(np.float64),
                    found[f"{name}_out"].astype(np.float64)[:-1],
                    float(found[f"{name}_out"][-1]),
                )
                for name in ("stretch", "spoken")
            },
        )


def packed(weights: NDArray[np.int8]) -> NDArray[np.int64]:
    """Rows of three small numbers as one number each; sums of them stay apart (see `_lanes`)."""
    wide = weights.astype(np.int64)
    lanes: NDArray[np.int64] = wide[:, 0] + (wide[:, 1] << _LANE) + (wide[:, 2] << 2 * _LANE)
    return lanes


def _lanes(sums: NDArray[np.int64]) -> NDArray[np.int64]:
    lanes: NDArray[np.int64] = (sums + _HALVES) >> _LANES
    lanes &= (1 << _LANE) - 1
    lanes -= _HALF
    return lanes


def line_size(lines: Lines) -> Floats:
    """How much each line has to say: what its summed weights are divided by."""
    tokens = lines.first[1:] - lines.first[:-1]
    size: Floats = np.sqrt(lines.ends - lines.starts + 3 * tokens + 1.0)
    return size


def line_logits(lines: Lines) -> Floats:
    """For each line, the log odds of code, config and dump (rows) against other text."""
    weights = model()
    says, size, count = weights.table[lines.hashes], lines.size, 3 * lines.tokens
    grams = np.zeros(size + 1, np.int64)
    says[:size].cumsum(out=grams[1:])
    sums: NDArray[np.int64] = grams[lines.gram_ends]
    sums -= grams[lines.starts]
    if count:
        tokens = np.add.reduce(says[size : size + count].reshape(3, -1))
        others = np.add.reduceat(tokens, lines.first[lines.filled])
        others += np.add.reduce(says[size + count :].reshape(4, -1))
        sums[lines.filled] += others
    logits: Floats = _lanes(sums) * (weights.scale / line_size(lines))
    logits += weights.bias
    return logits


def line_odds(logits: Floats, lines: Lines) -> Floats:
    """For each line, the log odds that it is code against all else; 0 for a blank one.

    Figures alone never speak for code: they are as often a table.
    """
    odds: Floats = logits[0] - np.logaddexp(np.logaddexp(logits[1], logits[2]), 0)
    np.minimum(odds, STRONGEST, out=odds)
    np.maximum(odds, -STRONGEST, out=odds)
    if len(lines.figures):
        odds[lines.figures] = np.minimum(odds[lines.figures], 0)
    odds[(lines.first[1:] == lines.first[:-1]) | (lines.ends == lines.starts)] = 0
    return odds


STRETCH_FEATURES = 22


def stretch_features(
    odds: Sequence[float],
    *,
    config: float,
    dump: float,
    around: float,
    beside: tuple[float, float],
    share: float,
    size: int,
    tokens: int,
    signs: int,
    shapes: int,
    figures: int,
    fenced: bool,
    tagged: bool,
) -> list[float]:
    """What tells whether a stretch of lines is code, as numbers of about the same scale.

    `odds` of its filled lines; `config` and `dump`: their mean log odds against code; `around`:
    mean odds of the other lines of the text; `beside`: odds of the lines before and after it;
    `share`: its part of the text's lines; `size` in bytes; how many `tokens` it has, how many
    `signs` that programs are full of, how many `shapes` of lines, how many lines of `figures`;
    `fenced`: it is a block between fences; `tagged`: they name a language.
    """
    n = max(1, len(odds))
    total = sum(odds)
    return [
        1.0,
        total / 10 if total < 20 else 1 + total / 20,
        total / n / 3,
        total / math.sqrt(n) / 5,
        max(odds, default=0.0) / 3,
        min(odds, default=0.0) / 3,
        math.log(n),
        math.log(size + 1) - 5,
        max(-6.0, min(6.0, config)) / 3,
        max(-6.0, min(6.0, dump)) / 3,
        around / 3,
        beside[0] / 3,
        beside[1] / 3,
        share,
        math.log(tokens / n + 1) - 2,
        8 * tokens / (size + 8) - 2,
        20 * signs / (size + 8) - 1,
        shapes / n,
        figures / n,
        math.log(size / n + 1) - 3,
        float(fenced),
        float(tagged),
    ]


SPOKEN_FEATURES = STRETCH_FEATURES + 4


def spoken_features(logits: Floats, rows: Sequence[int]) -> list[list[float]]:
    """What `language_logits` of stretches say about whether they are in any; from so many rows."""
    others = model().others
    natures_and_languages = [0, others]
    most = np.maximum.reduceat(logits, natures_and_languages, 1)
    power = np.exp(logits - most.repeat((others, logits.shape[1] - others), 1))
    rest = np.log(np.add.reduceat(power, natures_and_languages, 1))
    return [
        [
            max(-10.0, min(10.0, best + more - (nature + less))) / 5,
            max(-10.0, min(10.0, best - nature)) / 5,
            min(5.0, more),
            math.log(count + 1) / 4,
        ]
        for (nature, best), (less, more), count in zip(
            most.tolist(), rest.tolist(), rows, strict=True
        )
    ]


def probabilities(
    features: Sequence[Sequence[float]], doubts: Sequence[float], look: str = "stretch"
) -> list[float]:
    """That stretches with these features are code; each of `doubts` is taken from its log odds.

    `look`: which network; "spoken" wants `spoken_features` after the others.
    """
    scale, into, out, bias = model().looks[look]
    logits: list[float] = (np.tanh((np.array(features) * scale) @ into) @ out).tolist()
    return [
        1 / (1 + math.exp(-max(-30.0, min(30.0, logit + bias - doubt))))
        for logit, doubt in zip(logits, doubts, strict=True)
    ]


def language_rows(
    lines: Lines, places: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> list[Hashes]:
    """The features of stretches of lines that tell languages apart. `places`: where the tokens of
    each stretch are among all, and its lines among those that have tokens."""
    by_token, by_edge = lines.by_token, lines.by_edge
    return [
        np.concatenate((by_token[:, a:b].ravel(), by_edge[:, c:d].ravel()))
        for (a, b), (c, d) in places
    ]


def known_rows(hashes: Sequence[Hashes]) -> list[NDArray[np.uint16]]:
    """For each, the rows of `Model.language` for those of these features that have one."""
    every = model().row[np.concatenate(hashes)]
    found, end = [], 0
    for some in hashes:
        rows = every[end : (end := end + len(some))]
        found.append(rows[rows > 0])
    return found


def language_logits(rows: Sequence[NDArray[np.uint16]]) -> Floats:
    """For each language, what each of these `known_rows` says, as log odds up to a constant."""
    weights = model()
    summed = np.empty((len(rows), len(weights.languages)))
    counts = np.empty((len(rows), 1))
    for i, some in enumerate(rows):
        if len(some) > _ENOUGH:
            some = some[:: len(some) // _ENOUGH]
        counts[i] = len(some) + 1
        # a product with ones: the fastest way to add rows up, and exact, as they are whole numbers
        chosen = weights.language.take(some, 0).astype(np.float32)
        summed[i] = _ONES[: len(some)] @ chosen
    summed *= weights.language_scale / np.sqrt(counts)
    summed += weights.language_bias
    return summed
