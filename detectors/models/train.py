"""Train the multilingual name model that `detectors/names.py` loads.

    python -m detectors.models.train DATA [--out DIR] [--seed 1] [--start DIR] [--share 0.05]

DATA is a folder of `train.<lang>.jsonl.gz`, one object a line: `{"text", "spans": [[start, end,
label]], "source", "lic"}` with the labels PERSON, LOCATION and ORG. Needs the `train` dependency
group (Faker). Three stages: the corpora; the corpora with sentences of our own among them, in
rounds of several runs of which the mean is taken; and a short one with much text in which nobody is
named, which counts half. One core, one seed, no clock: the same command gives the same weights on
one machine. Some thirty-five minutes of processor time; `--share` goes through all stages with so
much of the corpora and of the steps, to see that they work.
"""

import argparse
import json
import math
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import Adam, Config, NumpyOps, fix_random_seed, set_current_ops

import detectors.models.language  # noqa: F401  registers the language
from detectors.models.augment import joined, vary
from detectors.models.corpora import Row, nouns, people, phrases, read
from detectors.models.synthetic import LABELS, Sample, Writer
from detectors.models.weights import copy_weights, mean

CONFIG = """
[model]
@architectures = "spacy.TransitionBasedParser.v2"
state_type = "ner"
extra_state_tokens = false
hidden_width = 64
maxout_pieces = 2
use_upper = false

[model.tok2vec]
@architectures = "spacy.Tok2Vec.v2"

[model.tok2vec.embed]
@architectures = "spacy.MultiHashEmbed.v2"
width = 96
attrs = ["NORM","PREFIX","SUFFIX","SHAPE","LOWER"]
rows = [18000,8000,8000,500,16000]
include_static_vectors = false

[model.tok2vec.encode]
@architectures = "spacy.MaxoutWindowEncoder.v2"
width = 96
window_size = 1
maxout_pieces = 2
depth = 4
"""
BATCH_TOKENS = 2000


@dataclass(frozen=True, slots=True)
class Pace:
    """How many batches the rounds of the second stage and the third stage take, and how fast each
    learns at first."""

    rounds: tuple[tuple[int, float], ...]
    calm_steps: int
    calm_rate: float


FROM_SCRATCH = Pace(((1000, 0.002), (450, 0.0015), (450, 0.0015)), 300, 0.0004)
GOING_ON = Pace(((700, 0.0006),), 250, 0.0003)
"""From weights that are good already."""
FOUNDATION_RATE = 0.002
FOUNDATION = 1
"""Passes over the corpora alone."""
RUNS = 4
"""So often each round of the second stage is run, each time with other sentences and names. The
next round begins with the mean of the weights: it is better than each of them, and moves less from
one seed to the next."""
_FOUNDATION_REPEATS = {"nb": 4, "nn": 3, "ro": 2, "fi": 2}
REPEATS = {"nb": 6, "nn": 4, "ro": 3, "fi": 4, "sk": 2, "de": 2}
"""Languages of which there is little, so that a sentence comes again with other names."""
SYNTHETIC = 80_000
"""Sentences of our own per epoch."""
SHARES = {"it": 3.0, "nl": 3.0, "pl": 6.0, "ro": 3.5, "cs": 3.0, "sk": 3.0, "fi": 5.0, "hu": 2.5,
          "hr": 3.0, "da": 2.0, "nb": 4.0, "nn": 1.5, "sv": 2.0, "en": 8.0, "de": 7.0, "fr": 4.0,
          "es": 3.5, "pt": 3.0}  # fmt: skip
"""How much of them is written in which language."""


def corpora(rows: list[Row], rng: random.Random) -> Iterator[Sample]:
    """The samples of one pass over the corpora alone, as they are."""
    chosen: list[tuple[Sample, str]] = []
    for sample, lang, source in rows:
        if not sample[1] and rng.random() < 0.5:
            continue  # half of the sentences without a name: the other half next time
        if source.startswith("Europeana") and rng.random() < 0.4:
            continue  # OCR of old newspapers
        chosen += [(sample, lang)] * (_FOUNDATION_REPEATS.get(lang, 1) if sample[1] else 1)
    yield from joined_up(chosen, rng)


def joined_up(chosen: list[tuple[Sample, str]], rng: random.Random) -> Iterator[Sample]:
    """The sentences as others type them, some by themselves and some in a row, mixed."""
    rng.shuffle(chosen)
    chosen.sort(key=lambda c: c[1])  # joined texts are of one language
    batch: list[Sample] = []
    texts: list[Sample] = []
    for i, (sample, lang) in enumerate(chosen):
        batch.append(vary(sample, rng))
        last = i + 1 == len(chosen) or chosen[i + 1][1] != lang
        if last or rng.random() < 0.6 or sum(len(t) for t, _ in batch) > 400:
            texts.append(joined(batch, [rng.choice([" ", " ", "\n", "\n\n"]) for _ in batch]))
            batch = []
    rng.shuffle(texts)
    yield from texts


def epoch(rows: list[Row], writer: Writer, ours: int) -> Iterator[Sample]:
    """The samples of one pass: corpora, some with other names, and `ours` sentences of our own."""
    rng = writer.random
    chosen: list[tuple[Sample, str]] = []
    for (text, spans), lang, source in rows:
        if not spans and rng.random() < 0.5:
            continue  # half of the sentences without a name: the other half next time
        if source.startswith("Europeana") and rng.random() < 0.4:
            continue  # OCR of old newspapers
        for copy in range(REPEATS.get(lang, 1) if spans else 1):
            if spans and (copy or rng.random() < 0.5):
                chosen.append((writer.replace_names(text, spans, lang), lang))
            else:
                chosen.append(((text, spans), lang))
    langs = rng.choices(sorted(SHARES), [SHARES[x] for x in sorted(SHARES)], k=ours)
    chosen += [(writer.sample(lang), lang) for lang in langs]
    yield from joined_up(chosen, rng)


def example(nlp: Language, sample: Sample) -> Example:
    """A sample as spaCy trains on it; a span that cuts a word takes the whole word."""
    text, spans = sample
    reference = nlp.make_doc(text)
    ents, at = [], 0
    for start, end, label in sorted(spans):
        ent = reference.char_span(start, end, label=label, alignment_mode="expand")
        if ent is not None and ent.start >= at:
            ents.append(ent)
            at = ent.end
    reference.ents = ents
    return Example(nlp.make_doc(text), reference)


def batches(nlp: Language, samples: Iterator[Sample]) -> Iterator[list[Example]]:
    """Examples in groups of about BATCH_TOKENS tokens."""
    group: list[Example] = []
    size = 0
    for sample in samples:
        group.append(example(nlp, sample))
        size += len(group[-1].reference)
        if size >= BATCH_TOKENS:
            yield group
            group, size = [], 0
    if group:
        yield group


def build() -> Language:
    """The untrained pipeline."""
    nlp = spacy.blank(
        "penstock", config={"nlp": {"tokenizer": {"@tokenizers": "penstock.words.v1"}}}
    )
    ner = nlp.add_pipe("ner", config=Config().from_str(CONFIG))
    for label in sorted(set(LABELS.values())):
        ner.add_label(label)  # type: ignore[attr-defined]
    return nlp


def save(nlp: Language, out: Path) -> None:
    """Write the pipeline without the words it saw on the way."""
    fresh = build()
    fresh.initialize()
    copy_weights(nlp, fresh)
    fresh.to_disk(out)


def lay_foundation(rows: list[Row], out: Path, seed: int) -> None:
    """First stage: what names look like in real text."""
    fix_random_seed(seed)
    set_current_ops(NumpyOps(use_blis=False))  # numpy multiplies three times as fast
    rng = random.Random(seed)
    nlp = build()
    nlp.initialize()
    run(nlp, (corpora(rows, rng) for _ in range(FOUNDATION)), lambda _: FOUNDATION_RATE, out)


def finish(
    rows: list[Row], start: Path, out: Path, seed: int, share: float, steps: int, rate: float
) -> None:
    """Second stage, one run of a round, from the weights in `start`: prompts, forms, inflected
    names, harmless text."""
    fix_random_seed(seed)
    set_current_ops(NumpyOps(use_blis=False))
    writer = Writer(seed, phrases(rows), nouns(rows), people(rows))
    nlp = build()
    nlp.initialize()
    copy_weights(spacy.load(start), nlp)
    steps = math.ceil(steps * share)
    run(
        nlp,
        (epoch(rows, writer, round(SYNTHETIC * share)) for _ in range(steps)),
        lambda step: rate * (0.04 + 0.48 * (1 + math.cos(math.pi * min(1.0, step / steps)))),
        out,
        steps,
    )


def settle(rows: list[Row], start: Path, out: Path, seed: int, share: float, pace: Pace) -> None:
    """Third stage, short and at a low rate: mostly text in which nobody is named. It raises fewer
    alarms and finds fewer people."""
    fix_random_seed(seed)
    set_current_ops(NumpyOps(use_blis=False))
    writer = Writer(seed + 1, phrases(rows), nouns(rows), people(rows))
    nlp = build()
    nlp.initialize()
    copy_weights(spacy.load(start), nlp)
    steps = math.ceil(pace.calm_steps * share)
    run(
        nlp,
        (calm(rows, writer, round(SYNTHETIC // 3 * share)) for _ in range(steps)),
        lambda step: pace.calm_rate * (0.04 + 0.48 * (1 + math.cos(math.pi * step / steps))),
        out,
        steps,
    )


def calm(rows: list[Row], writer: Writer, ours: int) -> Iterator[Sample]:
    """The samples of the last stage."""
    rng = writer.random
    chosen = [
        (sample, lang) for sample, lang, _ in rows if rng.random() < (0.4 if sample[1] else 0.5)
    ]
    for lang in rng.choices(sorted(SHARES), [SHARES[x] for x in sorted(SHARES)], k=ours):
        harmless = rng.random() < 0.6
        chosen.append((writer.harmless(lang) if harmless else writer.sample(lang), lang))
    yield from joined_up(chosen, rng)


def run(
    nlp: Language,
    passes: Iterator[Iterator[Sample]],
    rate: Callable[[int], float],
    out: Path,
    steps: int = 1_000_000,
) -> None:
    """Train for as many passes or steps as there are; the averaged weights go to `out`."""
    optimizer = Adam(learn_rate=0.001, L2=0.01, L2_is_weight_decay=True, grad_clip=1.0,
                     use_averages=True)  # fmt: skip
    step = 0
    for number, samples in enumerate(passes, 1):
        losses: dict[str, float] = {}
        words = 0
        for batch in batches(nlp, samples):
            optimizer.learn_rate = min(1.0, (step + 1) / 300) * rate(step)
            nlp.update(batch, sgd=optimizer, drop=0.1, losses=losses)
            words += sum(len(e.reference) for e in batch)
            step += 1
            if step % 50 == 0:
                print(f"{number} {step} {1000 * losses['ner'] / words:.1f}", flush=True)
            if step % 400 == 0:
                with nlp.use_params(optimizer.averages):
                    save(nlp, out)
            if step == steps:
                break
        with nlp.use_params(optimizer.averages):
            save(nlp, out)
        print(f"pass {number}: {words} words, loss {losses['ner']:.0f}", flush=True)
        if step == steps:
            return


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m detectors.models.train", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("names"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--start",
        type=Path,
        help="weights to go on from: no first stage, fewer steps of the others at lower rates",
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="a trial with so much of the corpora and the steps"
    )
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # Faker keeps the places of Italy in a set
        env = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"}
        os.execve(
            sys.executable, [sys.executable, "-m", "detectors.models.train", *sys.argv[1:]], env
        )
    rows = read(options.data)[:: round(1 / options.share)]
    with TemporaryDirectory() as folder:
        start = options.start or Path(folder) / "foundation"
        if not options.start:
            lay_foundation(rows, start, options.seed)
        pace = GOING_ON if options.start else FROM_SCRATCH
        for number, (steps, rate) in enumerate(pace.rounds):
            parts = [Path(folder) / f"{number}-{k}" for k in range(RUNS)]
            for k, part in enumerate(parts):
                seed = options.seed + 1000 * number + 100 * k
                finish(rows, start, part, seed, options.share, steps, rate)
            start = Path(folder) / f"{number}"
            save(mean([spacy.load(part) for part in parts]), start)
        settled = Path(folder) / "settled"
        settle(rows, start, settled, options.seed, options.share, pace)
        save(mean([spacy.load(start), spacy.load(settled)]), options.out)
    print(json.dumps(Counter(source.split("/")[0] for _, _, source in rows)), file=sys.stderr)


if __name__ == "__main__":
    main()
