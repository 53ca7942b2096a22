"""`python -m benchmarks.reliability PREDICTIONS.jsonl GOLD.jsonl`: is the confidence true?

Texts by the highest confidence in them: how many there are, what the detector said on average,
and how many do hold what it looks for (`label` in GOLD is not "not_code", "clean" or the like).
Also prints the expected calibration error: the mean distance between the two, by texts.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path

EDGES = (0.0, 0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99, 1.0001)
POSITIVE = frozenset({"code", "secret"})
NEGATIVE = frozenset({"not_code", "clean"})


def table(pairs: list[tuple[float, bool]]) -> str:
    """Confidence and truth of each text, as Markdown."""
    rows = ["| confidence | texts | mean confidence | true |", "|---|---|---|---|"]
    distance = 0.0
    for low, high in pairwise(EDGES):
        inside = [(c, t) for c, t in pairs if low <= c < high]
        if not inside:
            continue
        said = sum(c for c, _ in inside) / len(inside)
        true = sum(t for _, t in inside) / len(inside)
        distance += abs(said - true) * len(inside)
        label = f"{low:.2f} – {min(high, 1.0):.2f}"
        rows.append(f"| {label} | {len(inside)} | {said:.1%} | {true:.1%} |")
    rows.append(f"\nexpected calibration error {distance / max(1, len(pairs)):.1%}")
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        predictions, gold = (
            [json.loads(line) for line in Path(a).read_text("utf-8").splitlines()]
            for a in arguments
        )
    except OSError as e:
        print(f"{e.filename}: {e.strerror}", file=sys.stderr)
        return 2
    score = {p["id"]: float(p["score"]) for p in predictions}
    print(
        table(
            [
                (score[g["id"]], g["label"] in POSITIVE)
                for g in gold
                if g["id"] in score and g["label"] in POSITIVE | NEGATIVE
            ]
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
