"""What the peers' own scanners cost over the same texts: run by `benchmarks.detection`.

    make peers    # .venv-peers: detect-secrets, CredSweeper, Magika, Pygments

Runs with the Python of that environment, so nothing of this project is imported here. Standard
input: JSON, a text by name. Standard output: one JSON object a line, `name`, `kind`, `bytes`,
`cpu_s`. A scanner that is not installed is left out. They are slow: each gets the first SAMPLE
characters, and the time of what it reads before the first text does not count.

Licences: Apache-2.0 (detect-secrets, Magika), MIT (CredSweeper), BSD (Pygments).
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator

SAMPLE = 20_000
PROMPT = 2048

type Scan = Callable[[str], object]


def detect_secrets() -> Scan:
    """Yelp's rules and entropy, line by line as its own command does."""
    from detect_secrets.core.scan import scan_line
    from detect_secrets.settings import default_settings

    def scan(text: str) -> None:
        with default_settings():
            for line in text.split("\n"):
                list(scan_line(line))

    return scan


def credsweeper() -> Scan:
    """Samsung's rules with its model."""
    from credsweeper import CredSweeper
    from credsweeper.file_handler.string_content_provider import StringContentProvider

    sweeper = CredSweeper(ml_threads_limit=1)

    def scan(text: str) -> None:
        found = sweeper.file_scan(StringContentProvider(text.split("\n")))
        sweeper.credential_manager.candidates[:] = found
        sweeper.post_processing(None)

    return scan


def magika() -> Scan:
    """Google's model for types of files, on each prompt of 2 KB: it reads no more of a text."""
    from magika import Magika

    model = Magika()
    return by_prompt(lambda prompt: model.identify_bytes(prompt.encode()))


def pygments() -> Scan:
    """`guess_lexer`, on each prompt of 2 KB."""
    from pygments.lexers import guess_lexer

    return by_prompt(guess_lexer)


def by_prompt(look: Scan) -> Scan:
    """A scanner that looks at the text 2 KB at a time."""

    def scan(text: str) -> None:
        for start in range(0, len(text), PROMPT):
            look(text[start : start + PROMPT])

    return scan


PEERS = {
    "detect-secrets": detect_secrets,
    "CredSweeper": credsweeper,
    "Magika": magika,
    "Pygments' guess_lexer": pygments,
}


def measured(texts: dict[str, str]) -> Iterator[dict[str, object]]:
    """CPU time of each peer over each text."""
    for name, make in PEERS.items():
        try:
            scan = make()
        except ImportError:
            continue
        scan("a first line")
        for kind, text in texts.items():
            sample = text[:SAMPLE]
            start = time.process_time()
            scan(sample)
            cpu_s = time.process_time() - start
            yield {"name": name, "kind": kind, "bytes": len(sample.encode()), "cpu_s": cpu_s}


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for row in measured(json.load(sys.stdin)):
        print(json.dumps(row), flush=True)
