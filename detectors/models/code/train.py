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
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from detectors import code_model
from detectors.code_features import lines_of
from detectors.code_model import model
from detectors.models.code import dumps, fitting, sources, wrappings, writing
from detectors.source_code import described_stretches, find, judge

SEED = 20261121
FOLDS = 5
CLASSES = ("other", "code", "config", "dump")
DUMPS = ("logs", "stack_trace", "table", "command_output", "json_xml_data")

type Text = tuple[int, str, list[tuple[int, int]], str, float]
"""Fold (0: none), text, spans that are code, class of the rest, weight."""
type Snippet = tuple[int, str, str, str, float]
"""Fold (0: none), text, language, where it is from, weight."""


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
    made, snippets = read(labelled, args.prose, args.sources, args.written)
    _say(f"{len(made)} texts, {len(snippets)} snippets")
    trainer = fitting.Trainer(made, snippets, CLASSES, SEED)
    _say("features")
    folds = args.only_fold or [1, 0, *range(2, FOLDS + 1)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folds or temporary
        paths = {k: Path(folder) / f"{k}.npz" for k in folds}
        global _TRAINER
        _TRAINER = trainer
        with ProcessPoolExecutor(args.jobs, get_context("fork")) as pool:
            for fold, _ in zip(folds, pool.map(_trained, folds, paths.values()), strict=True):
                _say(f"fold {fold} done")
        spoken: dict[int, list[str]] = {}
        described: list[tuple[int, bool, list[float]]] = []
        held = {k: [i for i in labelled if fold_of(i) == k] for k in folds if k}
        for k, items in held.items():
            _use(paths[k])
            for item in items:
                described += [(k, *pair) for pair in _described(item)]
        for n, text in enumerate(_fragments(args.prose)):
            k = n % FOLDS + 1
            if k in held:
                spoken.setdefault(k, []).append(text)
        for k, some in spoken.items():
            _use(paths[k])
            for text in some:
                item = {"text": text, "label": "not_code", "spans": []}
                described += [(k, *pair) for pair in _described(item)]
        stretch = {
            k: fitting.second_look([d for d in described if d[0] != k or len(held) == 1], SEED)
            for k in (0, *held)
        }
        if args.held_out:
            with args.held_out.open("w") as out:
                for k, items in held.items():
                    _use(paths[k], stretch[k])
                    for item in items:
                        out.write(json.dumps(prediction(item)) + "\n")
        if 0 in paths:
            _use(paths[0], stretch[0], args.out)


_TRAINER: fitting.Trainer
"""Inherited by the forked workers, because it is large."""


def _trained(fold: int, path: Path) -> None:
    np.savez_compressed(path, **_TRAINER.weights(fold))


def _use(path: Path, stretch: Any = None, out: Path | None = None) -> None:
    """Make the detector use the weights in `path` with this second look."""
    weights = dict(np.load(path))
    stretch = stretch or fitting.no_second_look(code_model.STRETCH_FEATURES)
    out = out or path
    np.savez_compressed(out, **{**weights, **stretch})
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


def _described(item: dict[str, Any]) -> Iterator[tuple[bool, list[float]]]:
    if item["label"] == "ambiguous":
        return
    text = item["text"]
    data = text.encode("utf-8", "surrogatepass")
    lines = lines_of(data)
    gold = np.zeros(len(data) + 1, np.bool_)
    for start, end in item["spans"] if item["label"] == "code" else ():
        gold[len(text[:start].encode()) : len(text[:end].encode())] = True
    for stretch, features in described_stretches(text, data, judge(lines)):
        inside = gold[lines.starts[stretch.first] : lines.ends[stretch.last]]
        yield bool(inside.mean() > 0.5), features


def fold_of(item: dict[str, Any]) -> int:
    """1 to FOLDS, by repository or generator, so that no source is on both sides."""
    synthetic = item["source"].startswith("synthetic")
    source = item["id"] if synthetic else item["source"].split(":")[0]
    return sum(map(ord, source)) % FOLDS + 1


def read(
    labelled: list[dict[str, Any]], prose: list[Path], roots: list[Path], written: Path
) -> tuple[list[Text], list[Snippet]]:
    """All there is to train on: texts whose lines are labelled, and snippets by language."""
    r = random.Random(SEED)
    sentences = list(sources.sentences(prose))
    r.shuffle(sentences)
    sentence = cycle(sentences).__next__
    corpus = sources.packages(roots, r)
    _say("sources " + str({k: len(v) for k, v in sorted(corpus.snippets.items())}))
    snippets: list[Snippet] = []
    for language, found in sorted(corpus.snippets.items()):
        if language in sources.LANGUAGES:
            snippets += [(0, text, language, package, 1.0) for text, package in found]
    for language, found in sources.samples(written, r).items():
        snippets += [(0, text, language, package, 1.5) for text, package in found]
    for item in labelled:
        for language, text, package in sources.labelled([item], r):
            snippets.append((fold_of(item), text, language, package, 1.5))
    made: list[Text] = []
    by_language: dict[str, list[Snippet]] = {}
    for snippet in snippets:
        by_language.setdefault(snippet[2], []).append(snippet)
    for language, some in sorted(by_language.items()):
        wrapped = [*some, *(s for s in some if s[4] > 1)] * 3
        for fold, text, _, _, _ in r.sample(wrapped, min(len(wrapped), 600)):
            whole, spans = wrappings.wrapped(text, language, sentence, r)
            made.append((fold, whole, spans, "other", 1.0))
    made += list(_labelled(labelled))
    made += [(0, *rest) for rest in _harmless(corpus, sorted(by_language), sentence, r)]
    r.shuffle(made)
    extra = []
    for fold, text, language, package, weight in snippets:
        if r.random() < 0.2:
            whole, spans = wrappings.wrapped(text, language, sentence, r)
            extra.append((fold, whole[spans[0][0] : spans[0][1]], language, package, weight / 2))
    return made, [*snippets, *extra]


def _labelled(items: list[dict[str, Any]]) -> Iterator[Text]:
    for i in items:
        match i["label"]:
            case "code":
                yield fold_of(i), i["text"], i["spans"], "other", 3.0
            case "config":
                yield fold_of(i), i["text"], [], "config", 1.0
            case "not_code":
                rest = "dump" if i["kind"] in DUMPS else "other"
                yield fold_of(i), i["text"], [], rest, 3.0


def _harmless(
    corpus: sources.Corpus, languages: list[str], prose: Callable[[], str], r: random.Random
) -> Iterator[tuple[str, list[tuple[int, int]], str, float]]:
    """Texts without code."""
    paragraph = cycle(corpus.paragraphs or [prose()]).__next__
    for text in corpus.config[:2500]:
        yield text, [], "config", 1.0
    for text in (*corpus.paragraphs[:6000], *corpus.markup[:1500]):
        yield text, [], "other", 1.0
    for _ in range(900):
        yield dumps.trace(r), [], "dump", 1.0
        yield dumps.log(r), [], "dump", 1.0
        yield dumps.listing(r), [], "dump", 0.7
        yield dumps.transcript(prose, r), [], "dump", 0.7
        yield dumps.table(prose, r), [], "dump", 0.7
        yield dumps.data(prose, r), [], "dump", 0.7
        yield dumps.values(prose, r), [], "dump", 1.0
        yield dumps.values(prose, r), [], "dump", 1.0
        yield writing.symbols(prose, r), [], "other", 1.0
        yield writing.request(r.choice(languages), r), [], "other", 1.0
        yield writing.clauses(prose, r), [], "other", 1.0
        yield writing.instructions(prose, r), [], "other", 1.0
        yield writing.arithmetic(r), [], "other", 1.0
        yield dumps.figures(r), [], "dump", 1.0
        yield dumps.strings(r), [], "dump", 1.0
        yield dumps.records(prose, r), [], "config", 1.0
        yield writing.scripts(r), [], "other", 1.0
        yield writing.mathematics(r), [], "other", 1.0
        yield dumps.sheet(prose, r), [], "dump", 1.0
        yield dumps.columns(r), [], "dump", 1.0
        yield dumps.entries(prose, r), [], "dump", 1.0
        yield writing.wishes(r.choice(languages), r), [], "other", 1.0
    for _ in range(6000):
        yield writing.documentation(prose, paragraph, r), [], "other", 1.0
    for _ in range(4000):
        words = prose().split()
        size = r.choice((1, 2, 3, 4, 6))
        first = r.randrange(max(1, len(words) - size + 1))
        yield " ".join(words[first : first + size]), [], "other", 1.0
    for _ in range(6000):
        yield "\n".join(prose() for _ in range(r.randint(1, 4))), [], "other", 1.0


_STARTED = time.monotonic()


def _say(what: str) -> None:
    print(f"{time.monotonic() - _STARTED:6.0f} s  {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
