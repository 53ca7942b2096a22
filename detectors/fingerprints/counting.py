"""What all programs have in common, counted: `python -m detectors.fingerprints.counting TREE…`.

Every folder in a TREE is a package. Only every second one is read, so that the others can be asked
about (`is_counted`). Writes, beside this file,

    common_names.txt   names that a fifth of the packages of one language use
    common_code.bin    for three codes in a row how seldom the third follows the other two

Neither holds a line of anybody's code.
"""

# ruff: noqa: E501 - tables read better as tables

import argparse
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np

from detectors.fingerprints.evidence import EIGHTHS, TABLE_BITS, places, symbols
from detectors.fingerprints.tokens import Table, code

HERE = Path(__file__).parent
ENDINGS = {
    "py": "Python", "js": "JavaScript", "mjs": "JavaScript", "ts": "TypeScript", "c": "C", "h": "C", "cc": "C++",
    "cpp": "C++", "hpp": "C++", "java": "Java", "kt": "Kotlin", "scala": "Scala", "cs": "C#", "go": "Go", "rs": "Rust",
    "rb": "Ruby", "php": "PHP", "pl": "Perl", "pm": "Perl", "swift": "Swift", "lua": "Lua",
}  # fmt: skip
LINES = 8000
"""Of one package; more of a large one would drown the small ones."""
LARGEST = 200_000
LONGEST_LINE = 400
"""Longer ones are no program that somebody wrote."""
SHARE = 0.2
PACKAGES = 3
"""What fewer use is nothing that everybody does."""
LEAST = 20
"""Three codes that were seen less often are seldom."""
SELDOM = 7.0
"""Bits of those."""
_SMOOTH = 5.0


def is_counted(package: str) -> bool:
    """Whether a package belongs to the half that is counted and chosen on."""
    return crc32(b"half" + package.lower().encode()) % 2 == 0


def sources(trees: list[Path]) -> Iterator[tuple[str, str, str]]:
    """Package, language and text of the files that are counted, at most `LINES` of a package."""
    for tree in trees:
        for package in sorted(p for p in tree.iterdir() if p.is_dir() and is_counted(p.name)):
            read = 0
            for path in sorted(package.rglob("*"), key=_mingled):
                language = ENDINGS.get(path.suffix[1:].lower())
                if not language or path.is_symlink() or not path.is_file():
                    continue
                data = path.read_bytes() if path.stat().st_size <= LARGEST else b""
                if max(map(len, data.split(b"\n"))) <= LONGEST_LINE:
                    yield package.name, language, data.decode("utf-8", "replace")
                    read += data.count(b"\n")
                if read > LINES:
                    break


def _mingled(path: Path) -> tuple[int, str]:
    """Any order that is not that of folders, and always the same."""
    return crc32(path.name.encode()), str(path)


class Counts:
    """Names by language and package; codes in ones, twos and threes."""

    def __init__(self) -> None:
        self._table = Table()
        self._names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._ones: Counter[int] = Counter()
        self._twos: Counter[tuple[int, int]] = Counter()
        self._threes: Counter[tuple[int, int, int]] = Counter()

    def add(self, package: str, language: str, text: str) -> None:
        """Counts one file."""
        row = code(text, self._table)
        named = row.tokens[row.codes >> np.uint64(63) != 0]
        self._names[language][package].update(row.parts[i] for i in named)
        found = symbols(row).tolist()
        self._ones.update(found)
        self._twos.update(pairwise(found))
        self._threes.update(zip(found, found[1:], found[2:], strict=False))

    def common_names(self) -> list[str]:
        """Names that many packages of a language use."""
        common: set[str] = set()
        for packages in self._names.values():
            users = Counter(name for names in packages.values() for name in names)
            least = max(PACKAGES, SHARE * len(packages))
            common.update(name for name, count in users.items() if count >= least)
        return sorted(common, key=lambda name: (name.lower(), name))

    def common_code(self) -> bytes:
        """Bits of each three codes, in eighths; where two have the same place, of the commoner."""
        after: Counter[tuple[int, int]] = Counter()
        for (a, b, _), count in self._threes.items():
            after[a, b] += count
        every = sum(self._ones.values())
        bits = np.full(1 << TABLE_BITS, SELDOM)
        for three, count in self._threes.items():
            if count >= LEAST:
                a, b, c = three
                alone = self._ones[c] / every
                behind = (self._twos[b, c] + _SMOOTH * alone) / (self._ones[b] + _SMOOTH)
                share = (count + _SMOOTH * behind) / (after[a, b] + _SMOOTH)
                place = places(np.array(three, np.uint64))[-1]
                bits[place] = min(bits[place], -math.log2(share))
        return np.round(bits * EIGHTHS).astype(np.uint8).tobytes()


def main() -> None:
    """Counts and writes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("trees", nargs="+", type=Path)
    counts = Counts()
    for package, language, text in sources(options.parse_args().trees):
        counts.add(package, language, text)
    lines = ["# Names that a fifth of the packages of a language use; made by counting.py."]
    for name in counts.common_names():
        if len(lines[-1]) + len(name) > 110 or lines[-1].startswith("#"):
            lines.append(name)
        else:
            lines[-1] += f" {name}"
    (HERE / "common_names.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (HERE / "common_code.bin").write_bytes(counts.common_code())


if __name__ == "__main__":
    main()
