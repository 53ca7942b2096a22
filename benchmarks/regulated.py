"""`python -m benchmarks.regulated [--show]`: notes, deals, results, privilege, inflected names.

Texts of our own (`regulated.yaml`). Every second one was looked at while rules were mended
(`--show` prints what goes wrong there); the others say what to expect of texts that nobody saw.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from detectors import COMBINATIONS, select
from penstock.model import Prompt, Text
from penstock.pipeline import REPORTED, Scanner
from penstock.settings import DetectionSettings

DATA = Path(__file__).with_name("regulated.yaml")

type Item = tuple[str, str, bool, bool, str]
"""Kind, class, whether it is to be found, whether it was looked at, text."""


def items(data: dict[str, Any]) -> Iterator[Item]:
    """Every text; those of names are a kind for each language."""
    for kind, row in data.items():
        for wanted, texts in ((True, row["say"]), (False, row["harmless"])):
            parts = texts if isinstance(texts, dict) else {"": texts}
            for lang, listed in parts.items():
                for i, text in enumerate(listed):
                    yield f"{kind} {lang}".strip(), row["class"], wanted, i % 2 == 0, text


def is_found(scanner: Scanner, data_class: str, text: str) -> bool:
    """Whether something of the class is reported; where guillemets mark a place, all of it."""
    begin, end = text.find("«"), text.find("»") - 1
    plain = text.replace("«", "").replace("»", "")
    found = [
        f
        for f in scanner.scan(Prompt((Text("", "user", plain),)))
        if f.data_class == data_class and f.confidence >= REPORTED
    ]
    return any(begin < 0 or (f.start <= begin and f.end >= end) for f in found)


def main(arguments: list[str]) -> int:
    """Print for each kind how many were found, of those looked at and of the others."""
    show = "--show" in arguments
    detectors = select(DetectionSettings(), Path(".benchmark-cache"))
    for detector in detectors:
        detector.load()
    scanner = Scanner(detectors, COMBINATIONS, b"benchmark")
    counts: dict[tuple[str, bool, bool], list[bool]] = {}
    for kind, data_class, wanted, seen, text in items(yaml.safe_load(DATA.read_text("utf-8"))):
        found = is_found(scanner, data_class, text)
        counts.setdefault((kind, wanted, seen), []).append(found)
        if show and seen and found != wanted:
            print("missed" if wanted else "false", kind, json.dumps(text, ensure_ascii=False))
    print(f"{'kind':12}{'found, seen':>14}{'not seen':>12}{'false, seen':>14}{'not seen':>12}")
    for kind in dict.fromkeys(kind for kind, *_ in counts):
        cells = [counts.get((kind, w, s), []) for w in (True, False) for s in (True, False)]
        row = [f"{sum(c)} of {len(c)}" for c in cells]
        print(f"{kind:12}{row[0]:>14}{row[1]:>12}{row[2]:>14}{row[3]:>12}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
