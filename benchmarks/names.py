"""`python -m benchmarks.names`: what names cost, beside stock Presidio on a spaCy model.

Prompts of 2 KB, none like another, with people, places and addresses in them; CPU milliseconds of
one core for each, the median of all. Stock Presidio gets its own recognisers for English and our
weights as an ordinary spaCy package, since no small model of spaCy's can be downloaded here. All
take turns on the same prompts, so that what else this machine does hits all of them.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.prompts import prompt
from detectors import COMBINATIONS, select
from detectors.personal_data import find as personal_data
from penstock.model import Prompt, Text
from penstock.pipeline import Scanner
from penstock.settings import DetectionSettings

PROMPTS = 60
SIZE_BYTES = 2048
LONG = (100_000, 1_000_000, 5_000_000)
_FIRST = [
    "Agneta",
    "Bartholomew",
    "Clotilde",
    "Dietmar",
    "Eleonora",
    "Ferdinand",
    "Gudrun",
    "Hyacinth",
    "Isolde",
    "Jarmila",
]
_LAST = [
    "Achterberg",
    "Baumgartner",
    "Castellano",
    "Drozdowski",
    "Eriksdotter",
    "Fitzwilliam",
    "Gorecka",
    "Hietala",
]
_PLACE = [
    "Antwerp",
    "Bologna",
    "Coimbra",
    "Debrecen",
    "Esbjerg",
    "Fribourg",
    "Gdynia",
    "Haarlem",
    "Innsbruck",
]
_SENTENCES = (
    "Please write to {first} {last} about the delivery to {place}.",
    "{first} asked whether Mrs {last} has seen the new draft.",
    "Ship it to {first} {last}, {number} {last} Road, {place}.",
    "The meeting with Dr. {last} moved from {place} to {place2}.",
    "Kind regards\n{first} {last}\nHead of Planning",
)


def with_names(size_bytes: int, chance: Random) -> str:
    """A prompt of which one sentence in five names somebody."""
    parts, size = [], 0
    while size < size_bytes:
        text = prompt(300)
        named = chance.choice(_SENTENCES).format(
            first=chance.choice(_FIRST),
            last=chance.choice(_LAST),
            place=chance.choice(_PLACE),
            place2=chance.choice(_PLACE),
            number=chance.randint(1, 400),
        )
        parts += [text, named]
        size += len(text) + len(named) + 2
    return "\n".join(parts)[:size_bytes]


def stock() -> Callable[[str], object]:
    """Presidio's AnalyzerEngine as it comes, with a spaCy engine."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    import detectors.models.language  # noqa: F401  the package's language
    from detectors.names import MODEL

    engine = NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "spacy",
            "models": [{"lang_code": "en", "model_name": str(MODEL)}],
        }
    ).create_engine()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(nlp_engine=engine, languages=["en"])
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["en"])
    return lambda text: analyzer.analyze(text, "en")


def everything() -> Callable[[str], object]:
    """All detectors and combinations, as on a request, without memory of earlier texts."""
    detectors = select(DetectionSettings(), Path(".benchmark-cache"))
    for detector in detectors:
        detector.load()
    scanner = Scanner(detectors, COMBINATIONS, b"benchmark")
    return lambda text: scanner.scan(Prompt((Text("", "user", text),)))


def names_only() -> Callable[[str], object]:
    """Only the language model and the checks around it."""
    from detectors.names import find

    return lambda text: list(find(text))


def spent_ms(work: Callable[[str], object], text: str) -> float:
    """CPU time of this process."""
    started = time.process_time()
    work(text)
    return 1000 * (time.process_time() - started)


def main() -> int:
    """Print the table and whether the floor holds."""
    chance = Random(7)
    rows: dict[str, Callable[[str], object]] = {
        "names": names_only(),
        "personal and regulated data": lambda text: list(personal_data(text)),
        "everything": everything(),
        "stock Presidio, spaCy engine": stock(),
    }
    spent: dict[str, list[float]] = {name: [] for name in rows}
    for i in range(PROMPTS + 10):
        text = with_names(SIZE_BYTES, chance)
        for name, work in rows.items():
            used = spent_ms(work, text)
            if i >= 10:
                spent[name].append(used)
    base = median(spent["stock Presidio, spaCy engine"])
    print("A fresh English prompt of 2 KB with names: CPU ms on one core, median and p95")
    for name, times in spent.items():
        times.sort()
        p50, p95 = median(times), times[int(0.95 * len(times))]
        print(f"  {name:30}{p50:8.2f}{p95:8.2f}   ratio to stock {p50 / base:5.2f}")
    print("Long prompts: CPU ms per KB, everything and stock")
    for size in LONG if "--long" in sys.argv else LONG[:1]:
        text = with_names(size, chance)
        line = f"  {size:>9} bytes{spent_ms(rows['everything'], text) * 1000 / size:8.3f}"
        if size == LONG[0]:  # stock takes a minute and gigabytes for more
            line += f"{spent_ms(rows['stock Presidio, spaCy engine'], text) * 1000 / size:8.3f}"
        print(line)
    whole = median(spent["everything"])
    print(f"{'pass' if whole <= 12 else 'FAIL'}  everything in at most 12 ms: {whole:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
