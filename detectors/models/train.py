"""Train the multilingual name model that `detectors/names.py` loads.

    python -m detectors.models.train DATA [--out DIR] [--epochs 5] [--seed 1] [--start DIR]

DATA is a folder of `train.<lang>.jsonl.gz`, one object a line: `{"text", "spans": [[start, end,
label]], "source", "lic"}` with the labels PERSON, LOCATION and ORG. Needs the `train` dependency
group (Faker). One core, one seed, no clock: the same command gives the same weights on one machine.
"""

import argparse
import gzip
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import Adam, Config, fix_random_seed

import detectors.models.language  # noqa: F401  registers the language
from detectors.models.augment import joined, vary
from detectors.models.synthetic import LABELS, Sample, Writer

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
attrs = ["NORM","PREFIX","SUFFIX","SHAPE"]
rows = [9000,4000,4000,500]
include_static_vectors = false

[model.tok2vec.encode]
@architectures = "spacy.MaxoutWindowEncoder.v2"
width = 96
window_size = 1
maxout_pieces = 2
depth = 4
"""
BATCH_TOKENS = 1500
LEARN_RATE = 0.0015
SYNTHETIC = 72_000
"""Sentences of our own per epoch."""
SHARES = {"it": 3.0, "nl": 3.5, "pl": 5.0, "ro": 2.5, "cs": 3.0, "sk": 2.0, "fi": 3.0, "hu": 2.0,
          "hr": 2.0, "da": 1.5, "nb": 1.5, "nn": 0.5, "sv": 1.5, "en": 8.0, "de": 5.0, "fr": 4.0,
          "es": 4.0, "pt": 3.0}  # fmt: skip
"""How much of them is written in which language."""

type Row = tuple[Sample, str, str]
"""Sentence, language, source."""


def read(data: Path) -> list[Row]:
    """Every sentence of the corpora. A place with a number in it is an address."""
    rows: list[Row] = []
    for path in sorted(data.glob("train.*.jsonl.gz")):
        lang = path.name.split(".")[1]
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                text = row["text"]
                spans = [
                    (start, end, _label(text[start:end], label))
                    for start, end, label in row["spans"]
                ]
                if len(text) <= 2500:
                    rows.append(((text, spans), lang, row["source"]))
    return rows


def _label(name: str, label: str) -> str:
    address = label == "LOCATION" and any(c.isdigit() for c in name) and len(name) > 4
    return "ADDRESS" if address else label


def phrases(rows: list[Row]) -> dict[str, list[str]]:
    """Up to 4,000 runs of one to four words for each language, from sentences without a name."""
    found: dict[str, set[str]] = {}
    rng = random.Random(0)
    for (text, spans), lang, _ in rows:
        words = text.split()[1:]  # the first word has a capital that says nothing
        if spans or not words:
            continue
        start = rng.randrange(len(words))
        run = [word.strip(".,;:") for word in words[start : start + rng.randint(1, 4)]]
        if all(word.isalpha() and (word.islower() or lang == "de") for word in run):
            found.setdefault(lang, set()).add(" ".join(run))
    return {lang: sorted(runs)[:: max(1, len(runs) // 4000)] for lang, runs in found.items()}


def epoch(rows: list[Row], writer: Writer) -> Iterator[Sample]:
    """The samples of one pass: corpora, some with other names, and sentences of our own."""
    rng = writer.random
    chosen: list[tuple[Sample, str]] = []
    for (text, spans), lang, source in rows:
        if not spans and rng.random() < 0.5:
            continue  # half of the sentences without a name: the other half next time
        if source.startswith("Europeana") and rng.random() < 0.4:
            continue  # OCR of old newspapers
        if spans and rng.random() < 0.5:
            text, spans = writer.replace_names(text, spans, lang)
        chosen.append(((text, spans), lang))
    langs = rng.choices(sorted(SHARES), [SHARES[x] for x in sorted(SHARES)], k=SYNTHETIC)
    chosen += [(writer.sample(lang), lang) for lang in langs]
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


def copy_weights(source: Language, target: Language) -> None:
    """Give `target` the weights of `source`, which has the same shape."""
    trained: Any = source.get_pipe("ner")
    kept: Any = target.get_pipe("ner")
    kept.model.from_bytes(trained.model.to_bytes())


def train(data: Path, out: Path, epochs: int, seed: int, start: Path | None) -> None:
    """Train and write the pipeline to `out` after every epoch.

    With `start`, go on from the weights there, at less than half the learning rate.
    """
    fix_random_seed(seed)
    rows = read(data)
    writer = Writer(seed, phrases(rows))
    nlp = build()
    nlp.initialize()
    if start is not None:
        copy_weights(spacy.load(start), nlp)
    highest = LEARN_RATE if start is None else 0.4 * LEARN_RATE
    optimizer = Adam(learn_rate=0.001, L2=0.01, L2_is_weight_decay=True, grad_clip=1.0,
                     use_averages=True)  # fmt: skip
    first = [b for b in epoch(rows, random_writer(writer, seed))]
    steps = max(1, epochs * sum(len(t) for t, _ in first) // 4 // BATCH_TOKENS)
    step = 0
    for number in range(epochs):
        losses: dict[str, float] = {}
        words = 0
        for batch in batches(nlp, epoch(rows, writer)):
            progress = min(1.0, step / steps)
            warm = min(1.0, (step + 1) / 300)
            optimizer.learn_rate = (
                warm * highest * (0.05 + 0.475 * (1 + math.cos(math.pi * progress)))
            )
            nlp.update(batch, sgd=optimizer, drop=0.1, losses=losses)
            words += sum(len(e.reference) for e in batch)
            step += 1
            if step % 200 == 0:
                print(f"{number} {step}/{steps} {1000 * losses['ner'] / words:.1f}", flush=True)
        with nlp.use_params(optimizer.averages):
            save(nlp, out)
        print(f"epoch {number + 1}: {words} tokens, loss {losses['ner']:.0f}", flush=True)
    counts = Counter(source.split("/")[0] for _, _, source in rows)
    print(json.dumps(counts), file=sys.stderr)


def random_writer(writer: Writer, seed: int) -> Writer:
    """The same writer with a generator of its own, for counting."""
    other = object.__new__(Writer)
    other.random = random.Random(seed + 1)
    other.pools = writer.pools
    other.phrases = writer.phrases
    return other


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m detectors.models.train", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("names"))
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path)
    options = parser.parse_args()
    train(options.data, options.out, options.epochs, options.seed, options.start)


if __name__ == "__main__":
    main()
