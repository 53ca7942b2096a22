"""Train the code classifier: which lines are code, and in which language.

    python -m detectors.models.code.train --labelled dev.jsonl --prose ner/*.gz --sources DIR…

needs numpy and scipy; about ten minutes on one core. Same inputs and seed, same weights. Writes
`weights.npz` here. CARD.md says what the shipped weights were made from and what they reach.
"""

# ruff: noqa: E501 - tables read better as tables

import argparse
import gzip
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from detectors.code_features import BITS, lines_of
from detectors.models.code import texts

SEED = 20261121
CLASSES = ("other", "code", "config", "dump")
LANGUAGE_BITS = 16

EXTENSIONS = {
    "abap": "ABAP", "adb": "Ada", "ads": "Ada", "agda": "Agda", "awk": "AWK", "asm": "Assembly", "s": "Assembly",
    "S": "Assembly", "bat": "Batch", "cmd": "Batch", "bash": "Shell", "bats": "Shell", "c": "C", "h": "C", "cc": "C++",
    "cpp": "C++", "hpp": "C++", "cxx": "C++", "hh": "C++", "cs": "C#", "css": "CSS", "scss": "CSS", "less": "CSS",
    "sass": "CSS", "clj": "Clojure", "cljs": "Clojure", "cmake": "CMake", "cbl": "COBOL", "cob": "COBOL", "cpy": "COBOL",
    "coffee": "CoffeeScript", "lisp": "Common Lisp", "asd": "Common Lisp", "cr": "Crystal", "d": "D", "di": "D",
    "dart": "Dart", "dfy": "Dafny", "el": "Emacs Lisp", "elm": "Elm", "erl": "Erlang", "hrl": "Erlang", "ex": "Elixir", "exs": "Elixir",
    "f": "Fortran", "f90": "Fortran", "for": "Fortran", "fs": "F#", "fsx": "F#", "glsl": "GLSL", "frag": "GLSL",
    "vert": "GLSL", "go": "Go", "gradle": "Groovy", "groovy": "Groovy", "hcl": "HCL", "tf": "HCL", "hs": "Haskell",
    "html": "HTML", "htm": "HTML", "hx": "Haxe", "java": "Java", "jl": "Julia", "jq": "jq", "js": "JavaScript", "mjs": "JavaScript", "cjs": "JavaScript",
    "jsx": "JavaScript", "kt": "Kotlin", "kts": "Kotlin", "lua": "Lua", "m": "Objective-C", "mm": "Objective-C", "mzn": "MiniZinc",
    "mk": "Makefile", "ml": "OCaml", "mli": "OCaml", "nim": "Nim", "nix": "Nix", "pas": "Pascal", "pp": "Puppet", "php": "PHP",
    "pl": "Perl", "pm": "Perl", "t": "Perl", "pls": "PL/SQL", "plsql": "PL/SQL", "proto": "Protocol Buffers", "ps1": "PowerShell",
    "psm1": "PowerShell", "py": "Python", "pyi": "Python", "R": "R", "r": "R", "raku": "Raku", "rakumod": "Raku", "rkt": "Racket", "rb": "Ruby",
    "rpgle": "RPGLE", "rs": "Rust", "sas": "SAS", "scala": "Scala", "scm": "Scheme", "ss": "Scheme", "sh": "Shell", "sml": "Standard ML",
    "sol": "Solidity", "sql": "SQL", "sv": "SystemVerilog", "svelte": "Svelte", "swift": "Swift", "tcl": "Tcl", "ts": "TypeScript", "mts": "TypeScript",
    "cts": "TypeScript", "tsx": "TypeScript", "v": "Verilog", "vb": "VB.NET", "bas": "VBA", "cls": "VBA", "vbs": "VBScript",
    "vhd": "VHDL", "vhdl": "VHDL", "vim": "Vim script", "vue": "Vue", "wat": "WebAssembly", "zig": "Zig", "zsh": "Shell",
    "asn1": "ASN.1", "graphql": "GraphQL", "thrift": "Thrift",
}  # fmt: skip
CONFIG = {
    "json",
    "yaml",
    "yml",
    "toml",
    "ini",
    "cfg",
    "conf",
    "properties",
    "xml",
    "plist",
    "editorconfig",
    "pom",
    "csproj",
}
PROSE = {"md", "rst", "txt"}
PER_LANGUAGE = 2600
PER_FILE = 6


def main() -> None:
    """Read, train, check on what was held out, write."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--labelled", type=Path, required=True)
    options.add_argument("--prose", type=Path, nargs="+", required=True)
    options.add_argument("--sources", type=Path, nargs="*", default=[])
    options.add_argument("--written", type=Path, default=Path(__file__).parent / "samples")
    options.add_argument("--hold-out", type=int, default=0, help="fold of 5 to leave out; 0: none")
    options.add_argument("--out", type=Path, default=Path(__file__).parent / "weights.npz")
    args = options.parse_args()
    r = random.Random(SEED)

    labelled = [json.loads(line) for line in args.labelled.open()]
    train = [i for i in labelled if not args.hold_out or fold(i) != args.hold_out]
    sentences = list(_sentences(args.prose))
    r.shuffle(sentences)
    prose = _cycle(sentences)
    snippets, config, paragraphs = _sources(args.sources, r)
    for language, chunks in _written(args.written).items():
        snippets[language] += chunks * max(1, 300 // max(1, len(chunks)))
    for item in train:
        if item["label"] == "code" and item["kind"] in ("file", "snippet_3_10", "snippet_1_2"):
            snippets[item["language"]] += _chunks(item["text"], r, 8) * 2
    print({k: len(v) for k, v in sorted(snippets.items())}, file=sys.stderr)

    made = [*_labelled(train), *_generated(snippets, config, paragraphs, prose, r)]
    r.shuffle(made)
    print(len(made), "texts", file=sys.stderr)
    line_weights = _train_lines(made)
    languages, language_weights = _train_languages(train, snippets, prose, r)
    np.savez_compressed(
        args.out,
        lines=_quantised(line_weights[:-1]),
        lines_scale=_scale(line_weights[:-1]),
        lines_bias=line_weights[-1].astype(np.float32),
        languages=np.array(languages),
        language=_quantised(language_weights[:-1]),
        language_scale=_scale(language_weights[:-1]),
        language_bias=language_weights[-1].astype(np.float32),
    )
    print(args.out, os.path.getsize(args.out), "bytes", file=sys.stderr)


def fold(item: dict[str, Any]) -> int:
    """1 to 5, by repository or generator, so that no source is on both sides."""
    source = (
        item["source"].split(":")[0] if not item["source"].startswith("synthetic") else item["id"]
    )
    return sum(map(ord, source)) % 5 + 1


def _sentences(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for n, line in enumerate(lines):
                if n >= 4000:
                    break
                yield json.loads(line)["text"].strip()


def _cycle(items: list[str]) -> Callable[[], str]:
    """One after the other, for ever."""
    return cycle(items).__next__


def _sources(
    roots: list[Path], r: random.Random
) -> tuple[dict[str, list[str]], list[str], list[str]]:
    files: dict[str, list[Path]] = defaultdict(list)
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                extension = name.rpartition(".")[2] if "." in name else name
                if (
                    extension in EXTENSIONS
                    or extension in CONFIG
                    or extension in PROSE
                    or name in ("Makefile", "Dockerfile")
                ):
                    files[extension].append(Path(folder) / name)
    snippets: dict[str, list[str]] = defaultdict(list)
    config: list[str] = []
    paragraphs: list[str] = []
    for extension, paths in sorted(files.items()):
        r.shuffle(paths)
        language = EXTENSIONS.get(
            extension, extension if extension in ("Makefile", "Dockerfile") else ""
        )
        for path in paths[:4000]:
            try:
                if path.stat().st_size > 300_000:
                    continue
                text = path.read_text("utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            if extension == "m" and "function" in text[:2000] and "@" not in text:
                language = "MATLAB"
            elif extension == "m":
                language = "Objective-C"
            if extension == "pp" and "class " not in text and "define " not in text:
                continue
            if extension == "v" and "module" not in text:
                continue
            if extension == "h" and ("@interface" in text or "@end" in text):
                language = "Objective-C"
            elif extension == "h" and (
                "namespace " in text or "class " in text or "template" in text
            ):
                language = "C++"
            elif extension == "h":
                language = "C"
            if extension == "vim" and "\n" not in text[:200]:
                continue
            if max(map(len, text.split("\n"))) > 1000:
                continue
            if extension in CONFIG:
                if len(config) < 4000:
                    config += _chunks(text, r, 2)
            elif extension in PROSE:
                if len(paragraphs) < 9000:
                    paragraphs += _paragraphs(text, r)
            elif len(snippets[language]) < PER_LANGUAGE:
                snippets[language] += _chunks(text, r, PER_FILE)
    return snippets, config, paragraphs


def _written(folder: Path) -> dict[str, list[str]]:
    """Samples written for this purpose, one file per language, samples split by a line of ====."""
    found = {}
    for path in sorted(folder.glob("*.txt")):
        name, _, body = path.read_text("utf-8").partition("\n")
        found[name.strip()] = [s.strip("\n") for s in body.split("\n====\n") if s.strip()]
    return found


def _chunks(text: str, r: random.Random, count: int) -> list[str]:
    """Some stretches of consecutive lines, of the lengths that people paste."""
    lines = text.expandtabs(4).split("\n") if r.random() < 0.5 else text.split("\n")
    found = []
    for _ in range(count):
        size = r.choice((1, 2, 3, 4, 5, 6, 8, 10, 14, 20, 30, 45))
        start = r.randrange(max(1, len(lines) - size))
        piece = lines[start : start + size]
        chunk = "\n".join(piece).strip("\n")
        if (
            len(chunk.strip()) < 12
            or not any(c in chunk for c in "(){}[]=<>;:#/\"'$@.,-*+")
            or len(chunk) > 6000
        ):
            continue
        found.append(chunk)
    return found


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


type Sample = tuple[str, list[tuple[int, int]], str, float]
"""Text, spans that are code, class of the rest, weight."""


def _labelled(items: list[dict[str, Any]]) -> Iterator[Sample]:
    for i in items:
        match i["label"]:
            case "code":
                yield i["text"], i["spans"], "other", 2.0
            case "config":
                yield i["text"], [], "config", 1.0
            case "not_code":
                dump = i["kind"] in (
                    "logs",
                    "stack_trace",
                    "table",
                    "command_output",
                    "json_xml_data",
                )
                yield i["text"], [], "dump" if dump else "other", 2.0


def _generated(
    snippets: dict[str, list[str]],
    config: list[str],
    paragraphs: list[str],
    prose: Callable[[], str],
    r: random.Random,
) -> Iterator[Sample]:
    for language, chunks in sorted(snippets.items()):
        for chunk in r.sample(chunks, min(len(chunks), 900)):
            text, spans = texts.wrapped(chunk, language, prose, r)
            yield text, spans, "other", 1.0
    for chunk in config[:3000]:
        yield chunk, [], "config", 1.0
    for block in paragraphs:
        yield block, [], "other", 1.0
    for _ in range(2500):
        yield texts.trace(r), [], "dump", 1.0
        yield texts.log(r), [], "dump", 1.0
        yield texts.listing(r), [], "dump", 0.7
        yield texts.table(prose, r), [], "dump", 0.7
        yield texts.data(prose, r), [], "dump", 0.7
        yield texts.symbols(prose, r), [], "other", 1.0
        yield texts.request(r.choice(list(snippets)), r), [], "other", 1.0
    for _ in range(12000):
        yield "\n".join(prose() for _ in range(r.randint(1, 4))), [], "other", 1.0


def _train_lines(made: list[Sample]) -> Any:
    """Softmax regression over lines, mini-batches with Adagrad. Rows: hashes, last the bias."""
    owners, hashes, labels, weights, scales = [], [], [], [], []
    lines = 0
    for text, spans, rest, weight in made:
        data = text.encode("utf-8", "replace")
        found = lines_of(data)
        inside = np.zeros(len(data) + 1, np.int64)
        for start, end in spans:
            inside[len(text[:start].encode("utf-8", "replace"))] += 1
            inside[min(len(data), len(text[:end].encode("utf-8", "replace")))] -= 1
        covered = np.r_[0, np.cumsum(np.cumsum(inside[:-1]) > 0)]
        code = covered[found.ends] - covered[found.starts]
        label = np.where(
            2 * code > np.maximum(1, found.ends - found.starts), 1, CLASSES.index(rest)
        )
        kept = found.counts > 0
        number = np.cumsum(kept) - 1
        owners.append(number[found.line] + lines)
        hashes.append(found.hashes)
        labels.append(label[kept])
        scales.append(found.counts[kept])
        # a long text must not outweigh many short ones
        weights.append(np.full(kept.sum(), weight / max(1.0, kept.sum() / 8) ** 0.5))
        lines += int(kept.sum())
    return _softmax(
        np.concatenate(hashes), np.concatenate(owners), np.concatenate(labels), np.concatenate(weights),
        np.concatenate(scales), len(CLASSES), BITS, epochs=4, batch=2048, rate=0.25, decay=3e-7,
    )  # fmt: skip


def _train_languages(
    items: list[dict[str, Any]],
    snippets: dict[str, list[str]],
    prose: Callable[[], str],
    r: random.Random,
) -> tuple[list[str], Any]:
    """Softmax regression over whole snippets."""
    samples: list[tuple[str, str, float]] = []
    for language, chunks in sorted(snippets.items()):
        for chunk in r.sample(chunks, min(len(chunks), 1600)):
            samples.append((chunk, language, 1.0))
            if r.random() < 0.25:
                text, spans = texts.wrapped(chunk, language, prose, r)
                samples.append((text[spans[0][0] : spans[0][1]], language, 0.6))
    for i in items:
        if i["label"] == "code" and i["language"]:
            for start, end in i["spans"]:
                samples.append((i["text"][start:end], i["language"], 2.0))
    r.shuffle(samples)
    languages = sorted({language for _, language, _ in samples})
    count = Counter(language for _, language, _ in samples)
    number = {language: n for n, language in enumerate(languages)}
    hashes, owners, scales = [], [], []
    for n, (text, _, _) in enumerate(samples):
        found = lines_of(text.encode("utf-8", "replace")).hashes >> np.uint32(BITS - LANGUAGE_BITS)
        hashes.append(found)
        owners.append(np.full(len(found), n))
        scales.append(len(found))
    mean = len(samples) / len(languages)
    weights = np.array([w * min(4.0, (mean / count[lang]) ** 0.5) for _, lang, w in samples])
    labels = np.array([number[lang] for _, lang, _ in samples])
    trained = _softmax(
        np.concatenate(hashes), np.concatenate(owners), labels, weights, np.array(scales),
        len(languages), LANGUAGE_BITS, epochs=6, batch=512, rate=0.25, decay=1e-6,
    )  # fmt: skip
    return languages, trained


def _softmax(
    hashes: Any, owners: Any, labels: Any, weights: Any, scales: Any, classes: int, bits: int, *,
    epochs: int, batch: int, rate: float, decay: float,
) -> Any:  # fmt: skip
    size = 1 << bits
    rows = len(labels)
    values = (1.0 / np.sqrt(np.maximum(1, scales)))[owners].astype(np.float32)
    x = sp.csr_matrix((values, (owners, hashes)), shape=(rows, size), dtype=np.float32)
    x = sp.hstack([x, np.ones((rows, 1), np.float32)], format="csr")
    table = np.zeros((size + 1, classes), np.float32)
    seen = np.full((size + 1, classes), 1e-4, np.float32)
    order = np.random.default_rng(SEED)
    for epoch in range(epochs):
        loss, total = 0.0, 0.0
        for part in np.array_split(order.permutation(rows), max(1, rows // batch)):
            xb, yb, wb = x[part], labels[part], weights[part].astype(np.float32)
            score = xb @ table
            score -= score.max(1, keepdims=True)
            p = np.exp(score)
            p /= p.sum(1, keepdims=True)
            loss += float(-(wb * np.log(p[np.arange(len(part)), yb] + 1e-9)).sum())
            total += float(wb.sum())
            p[np.arange(len(part)), yb] -= 1
            touched, where = np.unique(xb.indices, return_inverse=True)
            compact = sp.csr_matrix((xb.data, where, xb.indptr), shape=(len(part), len(touched)))
            grad = (compact.T @ (p * wb[:, None])) / wb.sum() * 40 + decay * table[
                touched
            ] * size / 64
            seen[touched] += grad * grad
            table[touched] -= (
                rate * (0.5**epoch if epoch > 1 else 1) * grad / np.sqrt(seen[touched])
            )
        print(f"epoch {epoch + 1} loss {loss / total:.4f} rows {rows}", file=sys.stderr)
    return table


def _scale(table: Any) -> Any:
    return (np.abs(table).max(0) / 127).astype(np.float32)


def _quantised(table: Any) -> Any:
    return np.round(table / np.maximum(_scale(table), 1e-9)).astype(np.int8)


if __name__ == "__main__":
    main()
