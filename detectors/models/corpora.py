"""What training reads: annotated sentences, and what they lend to sentences of our own."""

import gzip
import json
import random
from pathlib import Path

from detectors.models.synthetic import Sample

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


def nouns(rows: list[Row]) -> list[str]:
    """German nouns of the corpora that are no names."""
    found = set()
    for (text, spans), lang, _ in rows:
        if lang == "de":
            outside = "".join(
                c for i, c in enumerate(text) if not any(s <= i < e for s, e, _ in spans)
            )
            found |= {word for word in outside.split()[1:] if word.isalpha() and word.istitle()}
    return sorted(word for word in found if len(word) > 3)


def people(rows: list[Row]) -> dict[str, list[tuple[str, str]]]:
    """First and last names in the corpora, by language."""
    found: dict[str, set[tuple[str, str]]] = {}
    for (text, spans), lang, source in rows:
        for start, end, label in spans:
            words = text[start:end].split()
            if label != "PERSON" or len(words) != 2 or source.startswith("Europeana"):
                continue
            if all(word.isalpha() and word.istitle() for word in words):
                found.setdefault(lang, set()).add((words[0], words[1]))
    return {lang: sorted(pairs) for lang, pairs in found.items()}
