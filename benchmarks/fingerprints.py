"""`python -m benchmarks.fingerprints [TREE…]`: what registering costs, and what looking costs.

Source code that is on this machine anyway (the standard library and the packages installed) is
registered file by file until there are `--lines` of it; CPU time counts, not the clock. What ten
million lines would take is that figure in proportion, and said to be so.
"""

import argparse
import random
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from detectors import registered
from penstock.registering import Installation, contents, files_of
from penstock.state import prepare

LINES = 1_000_000
PIECE = 2048


@dataclass(frozen=True, slots=True)
class Figures:
    lines: int
    files: int
    megabytes: float
    seconds: float
    ms_per_kb: float
    named: float
    """Excerpts of eight lines that are found, with the right file."""


def source_files(trees: list[Path]) -> Iterator[tuple[Path, str, bytes]]:
    for tree in trees:
        files = [f for f in files_of(tree) if f.name.endswith((".py", ".pyi", ".c", ".h", ".js"))]
        for name, data in contents(tree, files):
            yield tree, f"{tree.name}/{name}", data


def some(trees: list[Path], lines: int, kept: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    read = 0
    for number, (_, name, data) in enumerate(source_files(trees)):
        if number % 10 == 0:
            kept[name] = data
        yield name, data
        read += data.count(b"\n")
        if read >= lines:
            return


def excerpts(files: dict[str, bytes], count: int) -> Iterator[tuple[str, str]]:
    """Eight lines in a row that are code: no blank one, comment, import or docstring."""
    chosen = random.Random(7)
    names = sorted(files)
    for _ in range(100 * count):
        name = chosen.choice(names)
        lines = files[name].decode("utf-8", "replace").splitlines()
        at = chosen.randrange(max(1, len(lines) - 8))
        piece = [line.strip() for line in lines[at : at + 8]]
        code = sum(any(c in line for c in "=(){};") for line in piece)
        if len(piece) == 8 and all(piece) and code >= 6 and '"""' not in "".join(piece):
            yield name, "\n".join(lines[at : at + 8])
            count -= 1
        if not count:
            return


def measure(trees: list[Path], lines: int) -> Figures:
    with TemporaryDirectory() as folder:
        state = prepare(Path(folder) / "state")
        ours = Installation(state)
        kept: dict[str, bytes] = {}
        start = time.process_time()
        about = ours.add_tree("bench", trees[0], some(trees, lines, kept), public=False)
        seconds = time.process_time() - start
        detector = registered.of(state)
        detector.load()
        pieces = [
            text[i : i + PIECE]
            for data in list(kept.values())[:200]
            for text in [data.decode("utf-8", "replace")]
            for i in range(0, min(len(text), 3 * PIECE), PIECE)
        ]
        start = time.process_time()
        for piece in pieces:
            list(detector.find(piece))
        looked = time.process_time() - start
        kilobytes = sum(len(p.encode()) for p in pieces) / 1024
        asked = list(excerpts(kept, 300))
        right = sum(
            any(m.source == f"bench:{name}" for m in detector.find(text)) for name, text in asked
        )
        return Figures(
            about.lines,
            about.size,
            ours.path.stat().st_size / 1e6,
            seconds,
            1000 * looked / kilobytes,
            right / max(1, len(asked)),
        )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="*", type=Path)
    parser.add_argument("--lines", type=int, default=LINES)
    asked = parser.parse_args(arguments)
    places = sysconfig.get_paths()
    trees = asked.trees or [Path(places["stdlib"]), Path(places["purelib"])]
    f = measure(trees, asked.lines)
    of_ten = 10_000_000 / f.lines
    print(f"\nfingerprints: {f.lines} lines of {f.files} files registered")
    print(f"  {f.megabytes:.1f} MB, {f.seconds:.0f} s of CPU")
    if f.lines < 10_000_000:
        print(
            f"  in proportion for 10 million lines: {f.megabytes * of_ten:.0f} MB, "
            f"{f.seconds * of_ten / 60:.1f} minutes"
        )
    print(f"  a look-up: {f.ms_per_kb:.2f} ms per KB (registered code, {PIECE} bytes a piece)")
    print(f"  eight lines found with the right file named: {100 * f.named:.0f}%")
    kept = f.megabytes * of_ten < 200 and f.seconds * of_ten < 600 and f.ms_per_kb < 1
    print(f"  under 200 MB, ten minutes and 1 ms per KB: {'yes' if kept else 'NO'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
