"""`python -m detectors [DIRECTORY…] [--scan]`: try rules of your own.

Loads the shipped rules and those of the directories, which runs the proofs of all; with `--scan`
prints what they find in standard input: start, end, confidence, data class.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from detectors.engine import Engine
from penstock.errors import ConfigError


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 3 with one line of explanation if a rule does not load."""
    directories = [Path(a) for a in arguments if a != "--scan"]
    try:
        engine = Engine.load(directories)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 3
    print(f"{len(engine.rules)} rules hold", file=sys.stderr)
    if "--scan" in arguments:
        for hit in engine.scan(sys.stdin.read()):
            print(hit.start, hit.end, hit.confidence, hit.rule.id)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
