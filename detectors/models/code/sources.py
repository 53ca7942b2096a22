"""What the code classifier learns from: packages' sources, documentation, samples, labelled items.

Everything is cut into snippets of the lengths that people paste. A snippet keeps the name of the
package it is from: a feature that only one package has says nothing about a language.
"""

# ruff: noqa: E501 - tables read better as tables

import gzip
import html
import json
import os
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detectors.code_language import EXTENSIONS, by_tag
from detectors.models.code import documents as reader
from detectors.models.code import manuals

LANGUAGES = frozenset(EXTENSIONS.values()) | {"MATLAB", "Makefile", "Dockerfile", "Prolog"}
COMMON = {"Python", "JavaScript", "TypeScript", "Java", "C", "C++", "C#", "SQL", "Shell", "Go", "Rust", "PHP", "Ruby",
          "Kotlin", "Swift", "Scala", "HTML", "CSS", "PowerShell", "R", "HCL", "PL/SQL"}  # fmt: skip
RARE = {"Agda", "ASN.1", "Dafny", "Haxe", "MiniZinc", "Puppet", "Racket", "Raku", "Standard ML", "Svelte", "Thrift", "XSLT",
        "GraphQL", "Nix"}  # fmt: skip
CONFIG = {"json", "yaml", "yml", "toml", "ini", "cfg", "conf", "properties", "xml", "plist", "editorconfig",
          "pom", "csproj", "desktop", "service", "htaccess", "env", "socket", "timer", "target", "cnf", "lock", "config", "props", "targets",
          "nuspec", "resx", "storyboard", "iml", "pc", "gitignore", "gitattributes", "npmignore", "npmrc", "eslintrc", "prettierrc", "babelrc",
          "flake8", "coveragerc", "webmanifest", "entitlements", "json5", "list"}  # fmt: skip
PER_FORMAT = 450
"""So much configuration in one format: there are more files of JSON than of all others."""
MARKUP = {"tex", "latex", "ltx"}
PROSE = {"md", "rst", "txt", "Rmd", "ipynb"}
OUTPUT = {"out", "log", "csv", "tsv", "eml", "mbox"}
NAMES = {
    "Makefile": "Makefile",
    "Dockerfile": "Dockerfile",
    "CMakeLists.txt": "CMake",
    "Rakefile": "Ruby",
}
PER_LANGUAGE = 1600
PER_FILE = 6
_TAGS = re.compile(r"<[^>]+>")
_INDENT = re.compile(r"^(?: {4})+", re.MULTILINE)
_LENGTHS = (1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 45)
_UNFIT = ("General Public License", "GPL")


@dataclass
class Corpus:
    """Snippets by language, each with the name of where it is from; configuration; prose."""

    snippets: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    config: list[tuple[str, str]] = field(default_factory=list)
    """With the name of the package."""
    paragraphs: list[str] = field(default_factory=list)
    markup: list[str] = field(default_factory=list)
    """LaTeX and formulas."""
    documents: list[tuple[str, list[reader.Piece]]] = field(default_factory=list)
    """Prose and code in turn, with the name of the package."""
    output: list[tuple[str, str]] = field(default_factory=list)
    """What commands printed, logs, tables and mail, with the name of the package."""
    manuals: list[tuple[str, str]] = field(default_factory=list)
    """Of pages of manuals and lists of changes, with the name of the package."""


def sentences(paths: list[Path], first: int = 0, each: int = 4000) -> Iterator[str]:
    """Natural language: the `text` of `each` lines of gzipped JSON lines, from the `first` on."""
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for n, line in enumerate(lines):
                if n >= first + each:
                    break
                if n >= first:
                    yield json.loads(line)["text"].strip()


def packages(roots: list[Path], r: random.Random) -> Corpus:
    """Snippets of the source files under `roots`, whose folders are packages."""
    files: dict[str, list[tuple[str, Path]]] = defaultdict(list)
    for root in roots:
        for folder, folders, names in os.walk(root, followlinks=True):
            folders.sort()
            package = "/".join(Path(folder).relative_to(root).parts[:2])
            for name in sorted(names):
                files[_sort(Path(folder) / name)].append((package, Path(folder) / name))
    files.pop("", None)
    corpus = Corpus()
    formats: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for sort, paths in sorted(files.items()):
        for package, path in _mingled(paths, r)[:5000]:
            full = len(corpus.snippets.get(sort, ())) > 2 * PER_LANGUAGE
            if full and sort != "Python":  # which is read on for the formulas in it
                break
            text = _read(path)
            if not text:
                continue
            if sort == "config":
                if text.startswith("#!"):
                    continue
                name = path.name.rpartition(".")[2]
                formats[name] += [(package, chunk) for chunk in chunks(text, r, 3)]
            elif sort == "markup":
                corpus.markup += chunks(text, r, 4)
            elif sort == "output":
                name = path.stem if path.suffix == ".py" else package
                corpus.output += [(name, shown) for shown in _output(path, text, r)]
            elif sort == "manual":
                corpus.manuals += [(package, said) for said in _said(path, text, r)]
            elif sort == "prose":
                if path.suffix == ".ipynb":
                    text = reader.cells(text)
                corpus.markup += _formulas(text, r)
                corpus.paragraphs += _paragraphs(text, r)
                if path.suffix in (".md", ".rst", ".Rmd"):
                    pieces = reader.pieces(text, path.suffix[1:], LANGUAGES)
                    corpus.documents.append((package, pieces))
            else:
                language = _settled(sort, path, text)
                if sort == "Python":
                    corpus.markup += _formulas(text, r)
                if not full:
                    found = chunks(text, r, PER_FILE)
                    corpus.snippets[language] += [(chunk, package) for chunk in found]
    for snippets in corpus.snippets.values():
        r.shuffle(snippets)
        del snippets[PER_LANGUAGE:]
    for _, some in sorted(formats.items()):
        corpus.config += r.sample(some, min(len(some), PER_FORMAT))
    r.shuffle(corpus.config)
    r.shuffle(corpus.paragraphs)
    r.shuffle(corpus.markup)
    r.shuffle(corpus.output)
    r.shuffle(corpus.manuals)
    return corpus


def _said(path: Path, text: str, r: random.Random) -> Iterator[str]:
    """Stretches of a page of a manual, or of a list of changes."""
    if "man" in path.parts:
        yield from manuals.stretches(text, 4, r)
    else:
        for _ in range(8):
            if len(said := reader.output(text, r).strip("\n")) > 20:
                yield said


_PRINTED = re.compile(r'^[A-Z_0-9]+ *= *("""|\'\'\')\\?\n?(.*?)\1', re.MULTILINE | re.DOTALL)


def _output(path: Path, text: str, r: random.Random) -> Iterator[str]:
    """A few stretches of a file of output, and none of what is code or commands in it."""
    if path.suffix == ".py":  # tests of programs that read what commands print
        printed = [m[2] for m in _PRINTED.finditer(text)]
        for shown in 2 * r.sample(printed, min(8, len(printed))):
            if len(made := reader.output(shown, r).strip("\n")) > 11:
                yield made
    elif path.suffix in (".csv", ".tsv"):
        for _ in range(8):
            if shown := reader.rows(text, r):
                yield shown
    elif "expected" in path.parts:
        tables = list(reader.tables(text))
        yield from r.sample(tables, min(6, len(tables)))
    elif "history" not in path.name:
        for _ in range(5 if path.suffix == ".out" else 2):
            if len(shown := reader.output(text, r).strip("\n")) > 20:
                yield shown


def samples(folder: Path, r: random.Random) -> dict[str, list[tuple[str, str]]]:
    """Samples written for this purpose, one file per language, samples split by a line of ====."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(folder.glob("*.txt")):
        name, _, body = path.read_text("utf-8").partition("\n")
        whole = [s.strip("\n") for s in body.split("\n====\n") if s.strip()]
        found[name.strip()] = [
            (piece, f"{path.stem}{n}")
            for n, sample in enumerate(whole)
            for piece in [sample, *chunks(sample, r, 6)]
        ]
    return found


def labelled(items: list[dict[str, Any]], r: random.Random) -> Iterator[tuple[str, str, str]]:
    """Language, snippet, repository for each span of code in labelled items."""
    for item in items:
        if item["label"] == "code" and item["language"]:
            package = item["source"].split(":")[0]
            for start, end in item["spans"]:
                span = item["text"][start:end]
                yield item["language"], span, package
                if item["kind"] in ("file", "snippet_3_10"):
                    for chunk in chunks(span, r, 6):
                        yield item["language"], chunk, package


def plausibility(language: str) -> float:
    """How much a language weighs in training: people paste some more than others."""
    return 1.6 if language in COMMON else 0.5 if language in RARE else 1.0


def prior_odds(language: str) -> float:
    """What is added to a language's log odds, for the same reason."""
    return 0.8 if language in COMMON else -1.2 if language in RARE else 0.0


def chunks(text: str, r: random.Random, count: int) -> list[str]:
    """Some stretches of consecutive lines, of the lengths that people paste."""
    kind = r.random()
    if kind < 0.3:
        text = text.expandtabs(4)
    elif kind < 0.4:
        text = _INDENT.sub(lambda m: "\t" * (len(m[0]) // 4), text)
    lines = text.split("\n")
    found = []
    for _ in range(count):
        size = r.choice(_LENGTHS)
        start = r.randrange(max(1, len(lines) - size + 1))
        chunk = "\n".join(lines[start : start + size]).strip("\n")
        if len(chunk.strip()) < 12 or len(chunk) > 6000:
            continue
        if not any(c in chunk for c in "(){}[]=<>;:#/\"'$@.,-*+"):
            continue
        found.append(chunk)
    return found


_PROLOG = {"swi-prolog", "swi-prolog-src"}
"""Packages whose `.pl` is no Perl: there is so much of it that most would not be looked at."""


def _sort(path: Path) -> str:
    """A language, "config", "prose" or nothing."""
    name = path.name
    if name in NAMES:
        return NAMES[name]
    extension = name.rpartition(".")[2] if "." in name else ""
    if "examplefiles" in path.parts or "snippets" in path.parts:
        language = by_tag(path.parts[-2])
        return language if language in LANGUAGES else ""
    if "demos" in path.parts and not extension:
        language = by_tag(name)
        return language if language in LANGUAGES else ""
    if extension == "gz" and ("man" in path.parts or name.startswith(("changelog", "NEWS"))):
        return "manual"
    if extension == "pl" and _PROLOG.intersection(path.parts):
        return "Prolog"
    if "insights" in path.parts and name.startswith("test_"):
        return "output"
    if "ghc-doc" in path.parts:
        return "Haskell" if path.parent.name == "src" and extension == "html" else ""
    if name.endswith(".glsl.js"):
        return "GLSL"
    if extension in CONFIG or ("etc" in path.parts and _is_setting(path, extension)):
        return "config"
    if extension in MARKUP:
        return "markup"
    if extension in OUTPUT or "test_email" in path.parts:
        return "" if extension == "py" else "output"
    if extension in PROSE:
        return "prose"
    return EXTENSIONS.get(extension, "")


def _is_setting(path: Path, extension: str) -> bool:
    """Whether a file of a system's `/etc` holds settings: no script, nothing that a shell reads."""
    scripts = {"init.d", "bash_completion.d", "Xsession.d", "profile.d", "cron.daily"}
    return extension not in EXTENSIONS and not scripts.intersection(path.parts)


def _settled(language: str, path: Path, text: str) -> str:
    """The language of a file whose extension several languages share."""
    if path.suffix == ".m":
        return "Objective-C" if "@" in text and ("#import" in text or "@end" in text) else "MATLAB"
    if path.suffix == ".h":
        if "@interface" in text or "@end" in text:
            return "Objective-C"
        return "C++" if re.search(r"\b(namespace|class|template)\b", text) else "C"
    if path.suffix == ".cls":
        return "VBA" if "End Sub" in text or "End Property" in text else "Apex"
    if path.suffix == ".pl" and ":- " in text:
        return "Prolog"
    if path.suffix == ".v" and "endmodule" not in text:
        return "Other"
    if path.suffix == ".t" and "use " not in text:
        return "Other"
    if path.suffix == ".fs" and "gl_" in text:
        return "GLSL"
    return language


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > 400_000:
            return ""
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    except (OSError, EOFError, UnicodeDecodeError):
        return ""
    if "ghc-doc" in path.parts:
        text = html.unescape(_TAGS.sub("", text.partition("<body>")[2]))
    elif path.name.endswith(".glsl.js"):
        text = text.partition("`")[2].rpartition("`")[0]
    elif "snippets" in path.parts:
        text = text.partition("---input---\n")[2].partition("\n---tokens---")[0]
    if any(word in text for word in _UNFIT):
        return ""
    if path.suffix not in (".ipynb", ".gz") and max(map(len, text.split("\n"))) > 1000:
        return ""
    return text


def _mingled(paths: list[tuple[str, Path]], r: random.Random) -> list[tuple[str, Path]]:
    """In random order, a package's files after one from every other: big ones do not drown small."""
    r.shuffle(paths)
    seen: dict[str, int] = defaultdict(int)
    turn: list[tuple[int, int, str, Path]] = []
    for package, path in paths:
        seen[package] += 1
        turn.append((seen[package], len(turn), package, path))
    return [(package, path) for _, _, package, path in sorted(turn)]


_COMMAND = re.compile(
    r"\\\\?(?:frac|sum|int|begin|alpha|beta|theta|lambda|mathbf|mathbb|left|sqrt|partial|infty|cdot)(?![a-z])"
)


def _formulas(text: str, r: random.Random) -> list[str]:
    """Blocks of documentation with formulas in them."""
    if text.count("\\frac") + text.count("\\sum") + text.count("\\begin{") < 1:
        return []
    text = reader.typeset(text, r)
    found = [b.strip("\n") for b in text.split("\n\n") if len(_COMMAND.findall(b)) >= 2]
    found = [b for b in found if 30 < len(b) < 2500 and "def " not in b and "import " not in b]
    return r.sample(found, min(4, len(found)))


def _paragraphs(text: str, r: random.Random) -> list[str]:
    """Stretches of documentation without fences, indented blocks or much punctuation."""
    found, inside = [], False
    for block in text.split("\n\n"):
        fences = block.count("```") + block.count("~~~")
        if inside or fences or block.startswith(("    ", "\t", "<", "|", "..", "@")):
            inside ^= bool(fences % 2)
            continue
        signs = sum(c in "{}[]();=<>$\\" for c in block)
        if 40 < len(block) < 1500 and signs * 25 < len(block):
            found.append(block)
    return r.sample(found, min(6, len(found)))
