"""`python -m benchmarks.terms`: what a dictionary of a million terms takes.

CPU time of one core. Terms of one to three made-up words, of which many begin with a word that
the text is full of; a text of 4 MB with a term in every kilobyte, and a prompt of 2 KB.
"""

import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.prompts import prompt
from detectors.terms import Terms, read
from detectors.words import Words
from penstock.settings import DictionarySettings

TERMS = 1_000_000
LONG_BYTES = 4_000_000
_SYLLABLES = "ba be bo da del dor fa fen gar hal ka kel lin lor ma men nor pa ro sel ta tor vin"


def made(chance: Random) -> str:
    """A word nobody uses."""
    return "".join(chance.choices(_SYLLABLES.split(), k=chance.randint(2, 4)))


def terms(chance: Random) -> list[str]:
    """Different ones."""
    common = sorted(set(prompt(20_000).lower().replace(".", "").split()))
    found: set[str] = set()
    while len(found) < TERMS:
        words = [made(chance) for _ in range(chance.randint(1, 3))]
        if len(words) > 1 and chance.random() < 0.3:
            words[0] = chance.choice(common)
        found.add(" ".join(words))
    return sorted(found)


def spent_s(known: Terms, text: str) -> tuple[float, int]:
    """Seconds, and how many were found."""
    started = time.process_time()
    found = sum(1 for _ in known.find(Words(text)))
    return time.process_time() - started, found


def main() -> int:
    """Print the figures."""
    chance = Random(3)
    listed = terms(chance)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "terms.txt"
        file.write_text("\n".join(listed), "utf-8")
        started = time.process_time()
        known = read([DictionarySettings(file=file)])[-1]
        loaded = time.process_time() - started
    print(f"loaded in {loaded:.1f} s, {known.size_bytes / 1e6:.0f} MB")
    parts: list[str] = []
    while sum(map(len, parts)) < LONG_BYTES:
        parts += [prompt(1000), chance.choice(listed)]
    text = " ".join(parts)
    spent_s(known, text[:100_000])
    spent, found = min(spent_s(known, text) for _ in range(3))
    print(f"{len(text) / 1e6 / spent:.0f} MB/s, {found} found where {len(parts) // 2} were put")
    short = [prompt(2048) for _ in range(200)]
    times = sorted(spent_s(known, one)[0] for one in short)
    print(f"a prompt of 2 KB: {1000 * times[len(times) // 2]:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
