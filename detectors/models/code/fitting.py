"""Fits the models of the code classifier: two linear ones and a small network."""

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import scipy.sparse as sp

from detectors.code_features import NONE, Lines, lines_of
from detectors.code_model import language_rows, line_size
from detectors.models.code.sources import plausibility, prior_odds

LANGUAGE_ROWS = 36_000
"""So many features tell languages apart; each costs a byte per language in the package."""
HIDDEN, NETS, DECAY = 12, 4, 0.001
"""Of the second look: units of its layer, networks averaged, weight decay."""
PASSES, BATCH = 100, 256
"""Over all stretches, so many of them at a time."""
LONGEST = 300
"""Features of a snippet that count; more of a long one teach little."""
LINE_EPOCHS, LINE_RATE = 4, 0.4
LANGUAGE_EPOCHS, LANGUAGE_RATE = 4, 0.5
_UNSEEN = 1e-3
"""Where the sum of squared gradients begins, so that the first step of a feature is not large."""
DROPPED = 0.25
"""Share of features left out at random in each step, so that no single one is relied on."""


@dataclass(frozen=True, slots=True)
class Described:
    """A stretch that a model judged which had not seen the text it is from."""

    fold: int
    code: bool
    features: list[float]
    weight: float = 1.0


class Trainer:
    """Features of all texts, from which models for any fold are fitted."""

    def __init__(self, made: Any, snippets: Any, classes: tuple[str, ...], seed: int) -> None:
        self.seed = seed
        self.classes = len(classes)
        indices, pointers, labels, weights, folds, sizes = [], [], [], [], [], []
        for fold, text, spans, rest, weight in made:
            data = text.encode("utf-8", "replace")
            lines = lines_of(data)
            kept = lines.filled
            others = classes.index(rest.partition("/")[0])
            label = np.where(
                _covered(text, data, spans, lines)[kept], classes.index("code"), others
            )
            found, counts = _features_by_line(lines)
            indices.append(found)
            pointers.append(counts)
            labels.append(label)
            sizes.append(line_size(lines)[kept])
            # a long text must not outweigh many short ones
            weights.append(np.full(len(kept), weight / max(1.0, len(kept) / 8) ** 0.5))
            folds.append(np.full(len(kept), fold))
        self.lines = _rows(indices, np.concatenate(pointers), np.concatenate(sizes), NONE)
        self.line_labels = np.concatenate(labels)
        self.line_weights = np.concatenate(weights)
        self.line_folds = np.concatenate(folds)

        self.languages = sorted({s[2] for s in snippets})
        number = {name: n for n, name in enumerate(self.languages)}
        packages: dict[str, int] = {}
        self.snippets = []
        for fold, text, language, package, weight in snippets:
            lines = lines_of(text.encode("utf-8", "replace"))
            [hashes] = language_rows(lines, [((0, lines.tokens), (0, len(lines.filled)))])
            hashes = hashes[hashes < NONE]
            if len(hashes) > LONGEST:
                hashes = hashes[:: len(hashes) // LONGEST + 1]
            if len(hashes):
                group = packages.setdefault(package, len(packages))
                self.snippets.append((fold, hashes, number[language], group, weight))

    def weights(self, fold: int) -> dict[str, Any]:
        """The arrays of `weights.npz`, from everything but `fold` (0: from everything)."""
        lines = self._lines(fold)
        row, language = self._language(fold)
        return {
            "lines": np.vstack([_quantised(lines[:-1]), np.zeros((1, 3), np.int8)]),
            "lines_scale": _scale(lines[:-1]),
            "lines_bias": lines[-1],
            "languages": np.array(self.languages),
            "language_row": row,
            "language": np.vstack(
                [np.zeros((1, len(self.languages)), np.int8), _quantised(language[:-1])]
            ),
            "language_scale": _scale(language[:-1]),
            "language_bias": language[-1] + [prior_odds(name) for name in self.languages],
        }

    def _lines(self, fold: int) -> Any:
        """Softmax regression over lines; returned as log odds against the first class."""
        kept = np.flatnonzero((self.line_folds != fold) | (fold == 0))
        table = _softmax(
            self.lines[kept], self.line_labels[kept], self.line_weights[kept], self.classes,
            epochs=LINE_EPOCHS, rate=LINE_RATE, seed=self.seed,
        )  # fmt: skip
        return table[:, 1:] - table[:, :1]

    def _language(self, fold: int) -> tuple[Any, Any]:
        """Softmax regression over snippets, on the features that several packages share."""
        some = [s for s in self.snippets if not fold or s[0] != fold]
        seen = np.zeros((NONE, 64), np.bool_)
        for _, hashes, _, group, _ in some:
            seen[hashes, group * 0x9E37 % 64] = True
        spread = seen.sum(1)
        frequency = np.zeros(NONE)
        for _, hashes, _, _, _ in some:
            frequency[np.unique(hashes)] += 1
        frequency[spread < 2] = 0
        chosen = np.sort(np.argsort(-frequency, kind="stable")[:LANGUAGE_ROWS])
        row = np.zeros(NONE + 1, np.uint16)
        row[chosen] = np.arange(1, len(chosen) + 1)

        labels = np.array([s[2] for s in some])
        count = np.bincount(labels, minlength=len(self.languages))
        balance = np.minimum(6.0, (len(some) / len(self.languages) / np.maximum(1, count)) ** 0.5)
        indices, counts, sizes = [], [], []
        for _, hashes, _, _, _ in some:
            found = row[hashes].astype(np.int32)
            found = found[found > 0] - 1
            indices.append(found)
            counts.append(len(found))
            sizes.append((len(found) + 1) ** 0.5)
        x = _rows(indices, np.array(counts), np.array(sizes), len(chosen))
        prior = np.array([plausibility(name) for name in self.languages])
        weights = np.array([s[4] for s in some]) * (balance * prior)[labels]
        return row, _softmax(
            x,
            labels,
            weights,
            len(self.languages),
            epochs=LANGUAGE_EPOCHS,
            rate=LANGUAGE_RATE,
            seed=self.seed,
        )


def _covered(text: str, data: bytes, spans: Any, lines: Lines) -> Any:
    """For each line, whether more than half of it is in a span."""
    inside = np.zeros(len(data) + 1, np.int64)
    for start, end in spans:
        inside[len(text[:start].encode("utf-8", "replace"))] += 1
        inside[min(len(data), len(text[:end].encode("utf-8", "replace")))] -= 1
    covered = np.r_[0, np.cumsum(np.cumsum(inside[:-1]) > 0)]
    code = covered[lines.ends] - covered[lines.starts]
    return 2 * code > np.maximum(1, lines.ends - lines.starts)


def _features_by_line(lines: Lines) -> tuple[Any, Any]:
    """The features of all lines that have some, line by line, and how many each has."""
    size = lines.gram_ends - lines.starts
    byte_line = np.full(len(lines.grams), -1)
    place = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    byte_line[np.repeat(lines.starts, size) + place] = np.repeat(np.arange(len(size)), size)
    token_line = np.repeat(np.arange(len(size)), np.diff(lines.first))
    found = lines.hashes
    owner = np.concatenate([byte_line, *[token_line] * 3, *[lines.filled] * 4])
    filled = np.diff(lines.first) > 0
    kept = (found < NONE) & (owner >= 0) & filled[owner]
    found, owner = found[kept], owner[kept]
    order = np.argsort(owner, kind="stable")
    return found[order].astype(np.int32), np.bincount(owner, minlength=len(size))[lines.filled]


def _rows(indices: Any, counts: Any, sizes: Any, width: int) -> Any:
    """A sparse row per sample, each value 1 / size, and a column of ones for the bias."""
    pointers = np.r_[0, np.cumsum(counts)]
    values = np.repeat((1 / sizes).astype(np.float32), counts)
    x = sp.csr_matrix(
        (values, np.concatenate(indices), pointers), shape=(len(sizes), width), dtype=np.float32
    )
    return sp.hstack([x, np.ones((len(sizes), 1), np.float32)], format="csr")


def _softmax(
    x: Any, labels: Any, weights: Any, classes: int, *, epochs: int, rate: float, seed: int
) -> Any:
    """Weights, text by text in random order, with Adagrad. Rows: features, last the bias."""
    table = np.zeros((x.shape[1], classes), np.float32)
    seen = np.full((x.shape[1], classes), _UNSEEN, np.float32)
    order = np.random.default_rng(seed)
    share = (weights / weights.mean()).astype(np.float32)
    said = labels.astype(np.int32)
    for epoch in range(epochs):
        rows = order.permutation(x.shape[0])
        _epoch(
            x.indptr, x.indices, x.data, rows, said, share, table, seen,
            rate, epoch / epochs, 1 / epochs, DROPPED, seed + epoch,
        )  # fmt: skip
    return table


@numba.njit(fastmath=True)  # type: ignore[untyped-decorator]
def _epoch(
    pointers: Any, indices: Any, values: Any, rows: Any, labels: Any, weights: Any, table: Any,
    seen: Any, rate: float, done: float, epoch: float, dropped: float, seed: int,
) -> None:  # fmt: skip
    """One pass over all `rows`; the step shrinks to nothing over all epochs."""
    classes = table.shape[1]
    p = np.empty(classes, np.float32)
    kept = np.empty(indices.shape[0], np.int64)
    limit = np.uint64(dropped * 2**32)
    state = np.uint64(seed * 2654435761 + 88172645463325252)
    lift = np.float32(1 / (1 - dropped))
    for nth in range(len(rows)):
        row = rows[nth]
        n = 0
        p[:] = 0
        for k in range(pointers[row], pointers[row + 1]):
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            if (state >> np.uint64(32)) < limit:
                continue
            kept[n] = k
            n += 1
            v = values[k] * lift
            w = table[indices[k]]
            for c in range(classes):
                p[c] += v * w[c]
        most = p[0]
        for c in range(classes):
            most = max(most, p[c])
        total = np.float32(0)
        for c in range(classes):
            p[c] = np.exp(p[c] - most)
            total += p[c]
        for c in range(classes):
            p[c] /= total
        p[labels[row]] -= 1
        for c in range(classes):
            p[c] *= weights[row]
        step = np.float32(rate * (1 - done - epoch * nth / len(rows)))
        for i in range(n):
            k = kept[i]
            v = values[k] * lift
            w = table[indices[k]]
            s = seen[indices[k]]
            for c in range(classes):
                g = p[c] * v
                s[c] += g * g
                w[c] -= step * g / np.sqrt(s[c])


def second_look(described: list[Described], seed: int, name: str = "stretch") -> dict[str, Any]:
    """The network over stretches; several averaged."""
    x = np.array([d.features for d in described])
    y = np.array([d.code for d in described], np.float64)
    w = np.array([d.weight for d in described])
    w /= w.mean()
    scale = 1 / np.maximum(x.std(0) + np.abs(x.mean(0)), 0.3)
    x = x * scale
    nets = [_network(x, y, w, np.random.default_rng(seed + n)) for n in range(NETS)]
    into = np.concatenate([n[0] for n in nets], 1)
    out = np.concatenate([n[1] for n in nets]) / NETS
    bias = sum(float(n[2]) for n in nets) / NETS
    return {
        f"{name}_scale": scale.astype(np.float32),
        f"{name}_in": into.astype(np.float32),
        f"{name}_out": np.append(out, bias).astype(np.float32),
    }


def no_second_look(features: int, name: str = "stretch") -> dict[str, Any]:
    """One that says nothing, for as long as there is none."""
    return {
        f"{name}_scale": np.ones(features, np.float32),
        f"{name}_in": np.zeros((features, 1), np.float32),
        f"{name}_out": np.zeros(2, np.float32),
    }


def _network(x: Any, y: Any, w: Any, r: Any) -> list[Any]:
    """Mini-batches with Adam and weight decay."""
    size = x.shape[1]
    weights = [r.normal(0, 0.5 / size**0.5, (size, HIDDEN)), r.normal(0, 0.3, HIDDEN), np.zeros(())]
    first = [np.zeros_like(v) for v in weights]
    second = [np.zeros_like(v) for v in weights]
    batches = max(1, len(y) // BATCH)
    steps = PASSES * batches
    step = 0
    for _ in range(PASSES):
        for part in np.array_split(r.permutation(len(y)), batches):
            step += 1
            xb = x[part]
            layer = np.tanh(xb @ weights[0])
            said = 1 / (1 + np.exp(-np.clip(layer @ weights[1] + weights[2], -30, 30)))
            wrong = (said - y[part]) * w[part]
            back = wrong[:, None] * weights[1] * (1 - layer * layer)
            gradients = [xb.T @ back, layer.T @ wrong, wrong.sum()]
            rate = 0.01 * (1 - step / steps) + 0.0002
            for i, gradient in enumerate(gradients):
                g = gradient / len(part) + (DECAY * weights[i] if i < 2 else 0)
                first[i] = 0.9 * first[i] + 0.1 * g
                second[i] = 0.999 * second[i] + 0.001 * g * g
                mean = first[i] / (1 - 0.9**step)
                spread = np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8
                weights[i] = weights[i] - rate * mean / spread
    return weights


def _scale(table: Any) -> Any:
    return np.maximum(np.abs(table).max(0) / 127, 1e-9).astype(np.float32)


def _quantised(table: Any) -> Any:
    return np.round(table / _scale(table)).astype(np.int8)
