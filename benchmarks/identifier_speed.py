"""`python -m benchmarks.identifier_speed FILE…`: MB/s of the rules for numbers, on one core.

Files are texts, or JSON Lines whose `text` is taken. CPU time counts, not the clock. Beside the
whole rule set, one that holds only the rules of personal and regulated data is timed.
"""

import json
import sys
import time
from pathlib import Path

from detectors.engine import Engine
from detectors.personal_data import CLASSES
from detectors.rule import SHIPPED, load_rules

_FAMILIES = tuple(c.removesuffix("*") for c in CLASSES)
_CACHE = Path(".benchmark-cache")


def texts(path: str) -> list[str]:
    text = Path(path).read_text("utf-8")
    if path.endswith(".jsonl"):
        return [json.loads(line).get("text", "") for line in text.splitlines()]
    return [text]


def mb_per_s(engine: Engine, pieces: list[str], rounds: int = 3) -> float:
    size = sum(len(p.encode()) for p in pieces)
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for piece in pieces:
            engine.scan_once(piece)
        best = min(best, time.process_time() - start)
    return size / best / 1e6


def main(files: list[str]) -> int:
    if not files:
        print(__doc__, file=sys.stderr)
        return 2
    rules = load_rules((SHIPPED,))
    numbers = Engine([r for r in rules if r.id.startswith(_FAMILIES)], _CACHE)
    everything = Engine(rules, _CACHE)
    for path in files:
        pieces = [t for t in texts(path) if t]
        joined = "\n".join(pieces)
        print(
            f"{path}: {len(pieces)} texts; numbers {mb_per_s(numbers, pieces):.1f} MB/s, "
            f"as one text {mb_per_s(numbers, [joined]):.1f}; "
            f"all rules {mb_per_s(everything, pieces):.1f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
