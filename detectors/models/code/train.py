"""Train the code classifier: which lines are code, which stretches, and in which language.

    detectors/models/code/fetch.sh SOURCES
    python -m detectors.models.code.train --labelled dev.jsonl --prose ner/*.gz \
        --sources SOURCES/debian SOURCES/npm SOURCES/python --held-out predictions.jsonl

needs numpy and scipy (dependency group `train`). Same inputs and seed, same weights. Writes
`weights.npz` here, and what five models say, each about the fifth of the labelled repositories
that it never saw. CARD.md says what the shipped weights were made from and what they reach.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from detectors import code_model
from detectors.code_model import model
from detectors.models.code import fitting, reading, sources
from detectors.models.code.fitting import Described
from detectors.models.code.reading import FOLDS, fold_of
from detectors.source_code import Judged, described_stretches, find, spoken

SEED = 20261121
CLASSES = ("other", "code", "config", "dump")
GENERATED = 0.25
"""What a stretch of other texts weighs in the second look, against one of a labelled item."""

LEANING = 1.2
"""Added to the log odds of the second look, which learns from more that is hard to tell than people
send. What is likeliest on held-out labelled items is near 1; less makes fewer false alarms."""


def main() -> None:
    """Read, train five times on four fifths, fit the second look on what was held out, train."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--labelled", type=Path, required=True)
    options.add_argument("--prose", type=Path, nargs="+", required=True)
    options.add_argument("--sources", type=Path, nargs="*", default=[])
    options.add_argument("--written", type=Path, default=Path(__file__).parent / "samples")
    options.add_argument("--held-out", type=Path, help="predictions for the held-out items")
    options.add_argument("--only-fold", type=int, nargs="*", help="a quick look: these folds only")
    options.add_argument("--jobs", type=int, default=2, help="folds trained at a time")
    options.add_argument("--folds", type=Path, help="keep the models of all folds in this folder")
    options.add_argument("--out", type=Path, default=Path(__file__).parent / "weights.npz")
    args = options.parse_args()

    labelled = [json.loads(line) for line in args.labelled.open()]
    corpus = sources.packages(args.sources, random.Random(SEED))
    _say("sources " + str({k: len(v) for k, v in sorted(corpus.snippets.items())}))
    material = reading.read(labelled, args.prose, corpus, args.written, SEED)
    _say(f"{len(material.texts)} texts, {len(material.snippets)} snippets")
    global _TRAINER
    _TRAINER = fitting.Trainer(material.texts, material.snippets, CLASSES, SEED)
    _say("features")
    folds = args.only_fold or [1, 0, *range(2, FOLDS + 1)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folds or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = {k: folder / f"{k}.npz" for k in folds}
        with ProcessPoolExecutor(args.jobs, get_context("fork")) as pool:
            for fold, _ in zip(folds, pool.map(_trained, folds, paths.values()), strict=True):
                _say(f"fold {fold} done")
        held = [k for k in folds if k]
        described: list[Described] = []
        for k in held:
            _use(paths[k])
            described += _of_fold(k, labelled, material.shown, args.prose)
        _say(f"{len(described)} stretches")
        looks = {
            k: second_looks([d for d in described if d.fold != k or len(held) == 1])
            for k in (0, *held)
        }
        if args.held_out:
            with args.held_out.open("w") as out:
                for k in held:
                    _use(paths[k], looks[k])
                    for item in labelled:
                        if fold_of(item) == k:
                            out.write(json.dumps(prediction(item)) + "\n")
        if 0 in paths:
            _use(paths[0], looks[0], args.out)


_TRAINER: fitting.Trainer
"""Inherited by the forked workers, because it is large."""


def _trained(fold: int, path: Path) -> None:
    np.savez_compressed(path, **_TRAINER.weights(fold))


def second_looks(described: list[Described]) -> dict[str, Any]:
    """The arrays of both networks."""
    size = code_model.STRETCH_FEATURES
    first = [Described(d.fold, d.code, d.features[:size], d.weight) for d in described]
    last = fitting.second_look(described, SEED, "spoken")
    last["spoken_out"][-1] += LEANING
    return {**fitting.second_look(first, SEED), **last}


def _use(path: Path, looks: dict[str, Any] | None = None, out: Path | None = None) -> None:
    """Make the detector use the weights in `path` with these networks."""
    weights = dict(np.load(path))
    looks = looks or {
        **fitting.no_second_look(code_model.STRETCH_FEATURES),
        **fitting.no_second_look(code_model.SPOKEN_FEATURES, "spoken"),
    }
    out = out or path
    np.savez_compressed(out, **{**weights, **looks})
    code_model.WEIGHTS = out
    model.cache_clear()


def prediction(item: dict[str, Any]) -> dict[str, Any]:
    """What the detector says about a labelled item."""
    found = find(item["text"])
    reported = [m for m in found if m.confidence >= 0.5]
    return {
        "id": item["id"],
        "code": bool(reported),
        "score": max((m.confidence for m in found), default=0.0),
        "language": max(reported, key=lambda m: m.end - m.start).language if reported else None,
        "spans": [[m.start, m.end] for m in reported],
    }


def _of_fold(
    fold: int, labelled: list[dict[str, Any]], shown: list[reading.Text], prose: list[Path]
) -> Iterator[Described]:
    """Stretches of all that the model in use, of this fold, has not seen."""
    for item in labelled:
        if fold_of(item) == fold and item["label"] != "ambiguous":
            spans = item["spans"] if item["label"] == "code" else []
            yield from _described(fold, item["text"], spans, 1.0)
    for own, text, spans, _, _ in shown:
        if own == fold:
            yield from _described(fold, text, spans, GENERATED)
    for n, text in enumerate(_fragments(prose)):
        if n % FOLDS + 1 == fold:
            yield from _described(fold, text, [], 1.0)


def _fragments(prose: list[Path]) -> Iterator[str]:
    """A few words each, as people type them, from sentences that nothing else was made of."""
    r = random.Random(SEED)
    for sentence in sources.sentences(prose, 4000, 160):
        words = sentence.split()
        size = r.choice((1, 2, 2, 3, 3, 4, 5, 7, 40))
        first = r.randrange(max(1, len(words) - size + 1))
        text = " ".join(words[first : first + size])
        if any(c.isalpha() for c in text):
            yield r.choice((str, str.lower, str.capitalize))(text)


def _described(
    fold: int, text: str, spans: list[tuple[int, int]], weight: float
) -> Iterator[Described]:
    data = text.encode("utf-8", "surrogatepass")
    gold = np.zeros(len(data) + 1, np.bool_)
    for start, end in spans:
        gold[len(text[:start].encode()) : len(text[:end].encode())] = True
    judged = Judged([(text, data)])
    if described := list(described_stretches(judged)):
        _, _, features = spoken(judged.lines, described)
        for d, looks in zip(described, features, strict=True):
            inside = gold[judged.starts[d.stretch.first] : judged.ends[d.stretch.last]]
            yield Described(fold, bool(2 * inside.sum() > len(inside)), looks, weight)


_STARTED = time.monotonic()


def _say(what: str) -> None:
    print(f"{time.monotonic() - _STARTED:6.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
