"""`python -m benchmarks.quality FAMILY DATA.jsonl PREDICTIONS.jsonl`: predictions for a scorer.

FAMILY is `secrets`, `code` or `pii` (personal and regulated data).

DATA has one object a line with `id` and `text` or `text_b64`; PREDICTIONS gets what our detectors
report on each, in the shape the scorer of that family reads.
"""

import json
import os
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the detector processes

from detectors import ALL, COMBINATIONS
from detectors.engine import load_shared
from penstock.model import Prompt, Text
from penstock.pipeline import REPORTED, Scanner


def secrets(text: str) -> dict[str, Any]:
    found = [m for m in DETECTORS["secrets"].find(text) if m.confidence >= REPORTED]
    return {
        "secret": bool(found),
        "score": max((m.confidence for m in found), default=0.0),
        "spans": [[m.start, m.end, m.data_class] for m in found],
    }


def code(text: str) -> dict[str, Any]:
    matches = list(DETECTORS["code"].find(text))
    found = [m for m in matches if m.confidence >= REPORTED]
    return {
        "code": bool(found),
        "score": max((m.confidence for m in matches), default=0.0),
        "language": max(found, key=lambda m: m.end - m.start).language if found else None,
        "spans": [[m.start, m.end] for m in found],
    }


LABELS = {
    "pii.person": "PERSON",
    "pii.organization": "ORG",
    "pii.location": "LOCATION",
    "pii.address": "ADDRESS",
    "pii.email": "EMAIL",
    "pii.phone": "PHONE",
    "pii.ip": "IP",
    "pii.date_of_birth": "DATE_OF_BIRTH",
    "pii.national_id": "NATIONAL_ID",
    "phi.medical_id": "MEDICAL_ID",
    "phi.condition": "MEDICAL",
    "phi.medication": "MEDICAL",
    "pci.card_number": "CREDIT_CARD",
    "fin.iban": "IBAN",
    "fin.account": "BANK_ACCOUNT",
}


def pii(text: str) -> dict[str, Any]:
    scanner = Scanner((DETECTORS["pii"],), COMBINATIONS, b"benchmark")
    found = scanner.scan(Prompt((Text("", "user", text),)))
    spans = [(".".join(f.data_class.split(".")[:2]), f.start, f.end) for f in found]
    return {
        "spans": [
            {"start": start, "end": end, "label": LABELS[data_class]}
            for data_class, start, end in spans
            if data_class in LABELS
        ]
    }


FAMILIES = {"secrets": secrets, "code": code, "pii": pii}
DETECTORS = {d.name: d for d in ALL}
DETECTORS["code"] = DETECTORS["source_code"]
DETECTORS["pii"] = DETECTORS["personal-data"]


def main(arguments: list[str]) -> int:
    if len(arguments) != 3 or arguments[0] not in FAMILIES:
        print(__doc__, file=sys.stderr)
        return 2
    family, data, predictions = arguments
    try:
        return predict(family, data, predictions)
    except OSError as e:
        print(f"{e.filename}: {e.strerror}", file=sys.stderr)
        return 2


def predict(family: str, data: str, predictions: str) -> int:
    """Writes what we report on each line of the file `data`. Raises OSError before detectors load
    where one of the two cannot be opened."""
    with open(data, encoding="utf-8") as lines, open(predictions, "w", encoding="utf-8") as out:
        load_shared(cache_dir=Path(".benchmark-cache"))
        DETECTORS[family].load()
        for line in lines:
            item = json.loads(line)
            text = item.get("text") or b64decode(item["text_b64"]).decode()
            print(json.dumps({"id": item["id"], **FAMILIES[family](text)}), file=out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
