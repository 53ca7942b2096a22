"""`python -P -m detectors [DIRECTORY…] [--scan]`: try rules, as `penstock rules check` does.

Loads the rules of the directories, the shipped ones if none is named, and runs their proofs; with
`--scan` prints what they find in standard input: start, end, confidence, data class. Without `-P`
Python itself runs modules of the working directory that are called as its own.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from detectors.engine import Engine
from detectors.rule import SHIPPED, load_rules
from penstock.errors import ConfigError


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 3 with one line of explanation if a rule does not load."""
    parser = argparse.ArgumentParser(
        prog="python -P -m detectors", description="Try rules of your own: run their proofs."
    )
    parser.add_argument("directory", nargs="*", type=Path, help="else the rules that are shipped")
    parser.add_argument(
        "--scan", action="store_true", help="print what they find in standard input"
    )
    asked = parser.parse_args(arguments)
    try:
        # without the shipped ones, which take half a minute and have been proved
        engine = Engine(load_rules(asked.directory or (SHIPPED,)))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 3
    count = len(engine.rules)
    print(f"{count:,} rules hold" if count != 1 else "1 rule holds", file=sys.stderr)
    if asked.scan:
        for hit in engine.scan(sys.stdin.read()):
            print(hit.start, hit.end, hit.confidence, hit.rule.id)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
