"""`python -m benchmarks.fingerprints [TREE…]`: what registering and looking cost, what is found.

Of the packages on this machine every second one is registered as if it were the company's own; the
others are what everybody writes. Each package is asked about as often as any other, large or small,
and only those that nothing was counted or chosen on (`detectors/fingerprints/counting.py`), unless
`--chosen-on` asks for the others. CPU time counts, not the clock. With more `--lines` than there
are, files come again with names, numbers and lines changed.
"""

import argparse
import keyword
import random
import re
import resource
import sys
import sysconfig
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

from pygments.lexers import get_lexer_for_filename

from detectors import registered
from detectors.base import Detector
from detectors.fingerprints.counting import ENDINGS, is_counted
from detectors.fingerprints.excerpts import CODE
from detectors.fingerprints.index import size_bytes
from penstock.registering import Installation, contents, files_of
from penstock.state import prepare

LINES = 500_000
PIECE = 2048
EXCERPTS = 500
SPARED = 40
"""Lines of a package for each excerpt of it, at least: a small one is not asked for twice."""
MOST = 8
"""Excerpts of one package, at most: where there are few packages, one says no more than it does."""
_FILES = tuple(f".{ending}" for ending in ENDINGS)
_PROMPT = "Why is this slow?\n\n```\n{}\n```\n\nThank you!\n"
_TOKEN = re.compile(
    r"#[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[^\W\d]\w*|\d\w*|[^\w\"'#]+|."
)
_COMMENTS = ("*", "#", "//", "/*", "<!--")
_WORD = re.compile(r"(?!this\b)[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Figures:
    lines: int
    files: int
    megabytes: float
    seconds: float
    adding: float
    """Seconds for one small tree more."""
    fresh_ms: float
    ours_ms: float
    """Milliseconds for one KB, with a table registered too."""
    verbatim: float
    named: float
    """With the right file named."""
    renamed: float
    missed: list[tuple[str, str]]
    """File and text of those that are not found as they are."""
    pieces: int
    """So many were asked for."""
    false: int
    asked: int
    false_pieces: int
    asked_pieces: int


def sources(trees: list[Path], *, ours: bool) -> Iterator[tuple[str, bytes]]:
    """Files of every second package, or of the others."""
    for tree in trees:
        files = [f for f in files_of(tree) if f.name.endswith(_FILES)]
        chosen = [f for f in files if crc32(_package(f.name).encode()) % 2 == ours]
        yield from contents(tree, chosen)


def some(trees: list[Path], lines: int, kept: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """So many lines to register; every fifth file, as it is, is kept to be asked for."""
    read = again = 0
    while read < lines:
        for number, (name, data) in enumerate(sources(trees, ours=True)):
            if again:
                name, data = f"{again}/{name}", changed(data, again)
            elif number % 5 == 0:
                kept[name] = data
            yield name, data
            read += data.count(b"\n")
            if read >= lines:
                return
        again += 1


def changed(data: bytes, number: int) -> bytes:
    """The same file as somebody else might have written it: for size, not for sense."""
    chosen = random.Random(crc32(data) + number)
    lines = data.decode("utf-8", "replace").splitlines(keepends=True)
    text = "".join(line for line in lines if chosen.random() > 0.3)
    text = re.sub(r"\d+", lambda found: found[0] + str(number), text)
    return renamed(text, f"_{number}").encode("utf-8", "replace")


def renamed(text: str, ending: str) -> str:
    """With every word changed that is none of Python's."""

    def other(found: re.Match[str]) -> str:
        token = found[0]
        if (token[0].isalpha() or token[0] == "_") and not keyword.iskeyword(token):
            return f"n{crc32((token + ending).encode()):x}"
        return token

    return _TOKEN.sub(other, text)


def disguised(text: str, name: str) -> str:
    """With every name changed, those of the library too, no comments and other spacing: the words
    and signs of the language of the file `name` stay, as whoever changed them would break it."""
    # startinline: PHP without its first line is PHP too
    lexer = get_lexer_for_filename(name, stripnl=False, ensurenl=False, startinline=True)
    parts: list[str] = []
    for kind, token in lexer.get_tokens(text):
        if kind[:1] == ("Name",):
            parts.append(_WORD.sub(lambda found: f"n{crc32(found[0].encode()):x}", token))
        elif kind[:1] == ("Comment",) and kind[1:2] != ("Preproc",):
            parts.append("\n" * token.count("\n"))
        else:
            parts.append(token.replace("    ", "\t"))
    return "".join(parts)


def excerpts(
    files: dict[str, bytes], count: int, *, chosen_on: bool = False
) -> Iterator[tuple[str, str]]:
    """About so many excerpts, as many of each package as of any other that is large enough: eight
    lines in a row that are code."""
    packages: dict[str, list[str]] = defaultdict(list)
    for name in sorted(files):
        if is_counted(_package(name)) == chosen_on:
            packages[_package(name)].append(name)
    for names in packages.values():
        lines = sum(files[name].count(b"\n") for name in names)
        share = min(-(-count // len(packages)), lines // SPARED, MOST)
        yield from _excerpts({n: files[n] for n in names}, share)


def _package(name: str) -> str:
    return name.split("/")[0]


def _excerpts(files: dict[str, bytes], count: int) -> Iterator[tuple[str, str]]:
    """Anywhere in them: no blank line, most with a sign of code."""
    chosen = random.Random(7)
    names = sorted(files)
    sizes = [len(files[name]) for name in names]
    for name in chosen.choices(names, sizes, k=100 * count):
        lines = files[name].decode("utf-8", "replace").splitlines()
        at = chosen.randrange(max(1, len(lines) - 8))
        piece = [line.strip() for line in lines[at : at + 8]]
        code = sum(
            any(c in line for c in "=(){};") and not line.startswith(_COMMENTS) for line in piece
        )
        if not count:
            return
        if len(piece) == 8 and all(piece) and code >= 6 and '"""' not in "".join(piece):
            yield name, "\n".join(lines[at : at + 8])
            count -= 1


def found(detector: Detector, code: str) -> list[str]:
    """Where what stands in a prompt is from."""
    return [m.source for m in detector.find(_PROMPT.format(code)) if m.data_class == CODE]


def pieces(files: dict[str, bytes], step: int, most: int) -> list[str]:
    """Every so many of the pieces of `PIECE` characters of some files."""
    texts = (data.decode("utf-8", "replace") for data in files.values())
    every = (t[i : i + PIECE] for t in texts for i in range(0, len(t), step * PIECE))
    return list(islice(every, most))


def same(text: str, other: bytes) -> bool:
    """Whether most lines of a text stand in a file: one was copied from the other."""
    known = {"".join(line.split()) for line in other.decode("utf-8", "replace").splitlines()}
    lines = [line for part in text.splitlines() if len(line := "".join(part.split())) > 3]
    return sum(line in known for line in lines) >= 0.5 * len(lines)


def cost_ms(detector: Detector, files: dict[str, bytes]) -> float:
    """Milliseconds for one KB, in pieces of `PIECE` characters, the best of three."""
    some = [piece for piece in pieces(files, 8, 600) if len(piece) == PIECE][:300]
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for piece in some:
            list(detector.find(piece))
        best = min(best, time.process_time() - start)
    return 1000 * best / (sum(len(p.encode("utf-8", "replace")) for p in some) / 1024)


def table(folder: Path) -> Path:
    """A hundred thousand customers."""
    path = folder / "customers.csv"
    chosen = random.Random(3)
    syllables = [a + b for a in "bdfghklmnrst" for b in "aeiou"]
    surnames = ["".join(chosen.choices(syllables, k=3)).title() for _ in range(20_000)]
    cities = ["".join(chosen.choices(syllables, k=4)).title() for _ in range(2_000)]
    rows = (
        f"KD-{i:06},{chosen.choice(surnames)},{chosen.choice(cities)},"
        f"{1940 + i % 70}-{1 + i % 12:02}-{1 + i % 28:02}"
        for i in range(100_000)
    )
    path.write_text("number,surname,city,birth\n" + "\n".join(rows) + "\n")
    return path


def where(missed: list[tuple[str, str]]) -> str:
    """The packages that excerpts are of, those with most first."""
    counted = Counter(_package(name) for name, _ in missed)
    return ", ".join(f"{count} of {package}" for package, count in counted.most_common())


def measure(trees: list[Path], lines: int, *, chosen_on: bool = False) -> Figures:
    with TemporaryDirectory() as folder:
        state = prepare(Path(folder) / "state")
        ours = Installation(state)
        kept: dict[str, bytes] = {}
        start = time.process_time()
        about = ours.add_tree("bench", trees[0], some(trees, lines, kept), public=False)
        seconds = time.process_time() - start
        megabytes = size_bytes(ours.path) / 1e6
        columns = ("number", "surname", "city", "birth")
        ours.add_table("customers", table(Path(folder)), columns, ["surname and number"])
        small = iter([("small.py", changed(next(iter(kept.values())), 9_999))])
        start = time.process_time()
        ours.add_tree("small", trees[0], small, public=False)
        adding = time.process_time() - start
        detector = registered.of(state)
        detector.load()
        fresh = dict(sources(trees, ours=False))
        asked = list(excerpts(kept, EXCERPTS, chosen_on=chosen_on))
        answers = [found(detector, text) for _, text in asked]
        others = excerpts(fresh, 10 * EXCERPTS, chosen_on=chosen_on)
        alarms = [(text, found(detector, text)) for _, text in others]
        known = dict(sources(trees, ours=True))

        def is_copy(text: str, named: list[str]) -> bool:
            names = (name.partition(":")[2] for name in named)
            return any(same(text, known[name]) for name in names if name in known)

        false = [text for text, named in alarms if named and not is_copy(text, named)]
        half = {n: d for n, d in fresh.items() if is_counted(_package(n)) == chosen_on}
        foreign = pieces(half, 4, 10 * EXCERPTS)
        matches = [(p, m) for p in foreign for m in detector.find(p) if m.data_class == CODE]
        false_pieces = {p for p, m in matches if not is_copy(p[m.start : m.end], [m.source])}
        return Figures(
            about.lines,
            len(about.files),
            megabytes,
            seconds,
            adding,
            cost_ms(detector, fresh),
            cost_ms(detector, kept),
            sum(map(bool, answers)) / len(asked),
            sum(f"bench:{n}" in a for (n, _), a in zip(asked, answers, strict=True)) / len(asked),
            sum(bool(found(detector, disguised(text, name))) for name, text in asked) / len(asked),
            [a for a, names in zip(asked, answers, strict=True) if not names],
            len(asked),
            len(false),
            len(alarms),
            len(false_pieces),
            len(foreign),
        )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="*", type=Path)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--chosen-on", action="store_true")
    parser.add_argument("--misses", action="store_true", help="print what is not found")
    asked = parser.parse_args(arguments)
    places = sysconfig.get_paths()
    trees = asked.trees or [Path(places["stdlib"]), Path(places["purelib"])]
    f = measure(trees, asked.lines, chosen_on=asked.chosen_on)
    of_ten = 10_000_000 / f.lines
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nfingerprints: {f.lines} lines of {f.files} files registered")
    print(f"  {f.megabytes:.1f} MB, {f.seconds:.0f} s of CPU, {memory:.0f} MiB of memory at most")
    if f.lines < 10_000_000:
        print(
            f"  in proportion for 10 million lines: {f.megabytes * of_ten:.0f} MB, "
            f"{f.seconds * of_ten / 60:.1f} minutes"
        )
    print(f"  one small tree more: {f.adding:.2f} s of CPU")
    print(
        f"  a look-up, with a table of 100,000 rows too: {f.fresh_ms:.2f} ms per KB of other "
        f"code, {f.ours_ms:.2f} of registered code ({PIECE} characters a piece)"
    )
    print(
        f"  eight lines found: {100 * f.verbatim:.1f}% (the right file named: "
        f"{100 * f.named:.1f}%); with every name changed, no comments and other spacing: "
        f"{100 * f.renamed:.1f}%, of {f.pieces}"
    )
    if f.missed:
        print(f"  not found as they are: {where(f.missed)}")
    for name, text in f.missed if asked.misses else ():
        print(f"--- {name}\n{text}")
    print(
        f"  false alarms: {f.false} in {f.asked} excerpts of eight lines of other packages, "
        f"{f.false_pieces} in {f.asked_pieces} pieces of their files"
    )
    fast = max(f.fresh_ms, f.ours_ms) < 1
    kept = f.megabytes * of_ten < 200 and f.seconds * of_ten < 600 and fast
    print(f"  under 200 MB, ten minutes and 1 ms per KB: {'yes' if kept else 'NO'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
