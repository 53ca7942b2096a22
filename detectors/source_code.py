"""Source code in a prompt: which lines, in which language.

Each line gets a score from the trained weights (`detectors/models/code/`), neighbours settle
what one line leaves open (Viterbi over code / not code), fences settle more. Stack traces, logs,
tables, data and configuration have classes of their own in the model, so that they are not code.

Source: languages by Linguist's names; fence tags and file names by Pygments.
Misses: a single short expression inside a sentence.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detectors.base import Detector, Match
from detectors.code_features import BITS, Lines, lines_of
from detectors.code_language import named_language

WEIGHTS = Path(__file__).parent / "models/code/weights.npz"

_CODE, _CONFIG = 1, 2
_SWITCH = 2.6
"""What a change between code and not code costs, in units of a line's score."""
_STRONGEST = 5.0
_TAGGED = 3.0
_DATA_TAG = -5.0
_SLOPE, _OFFSET = 0.62, -1.35
"""Confidence = logistic(_SLOPE * score of the stretch + _OFFSET), fitted on held-out texts."""
_ENOUGH = 2500
"""So many features tell a language; more only cost time."""
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*\{?\.?([\w+#./-]*)", re.MULTILINE)
_NOT_CODE_TAGS = frozenset(
    {"text", "txt", "plain", "plaintext", "none", "log", "logs", "output", "console-output"}
    | {"csv", "tsv", "json", "yaml", "yml", "toml", "ini", "xml", "properties", "env", "dotenv"}
    | {"markdown", "md", "math", "latex", "mermaid", "http"}
)
_MEMBER = re.compile(r'"\s*:\s*"')


@dataclass(frozen=True, slots=True)
class _Model:
    lines: NDArray[np.int8]
    lines_scale: NDArray[np.float32]
    lines_bias: NDArray[np.float32]
    languages: tuple[str, ...]
    language: NDArray[np.int8]
    language_scale: NDArray[np.float32]
    language_bias: NDArray[np.float32]
    shift: np.uint32


@cache
def _model() -> _Model:
    with np.load(WEIGHTS) as found:
        bits = int(found["language"].shape[0]).bit_length() - 1
        return _Model(
            lines=found["lines"],
            lines_scale=found["lines_scale"],
            lines_bias=found["lines_bias"],
            languages=tuple(str(name) for name in found["languages"]),
            language=found["language"],
            language_scale=found["language_scale"],
            language_bias=found["language_bias"],
            shift=np.uint32(BITS - bits),
        )


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Lines [first, last] that look like code."""

    first: int
    last: int
    score: float
    tag: str = ""


def find(text: str) -> list[Match]:
    """The stretches of `text` that are source code, each with its language."""
    if len(text) < 8:
        return []
    data = text.encode("utf-8", "surrogatepass")
    lines = lines_of(data)
    score = _scores(lines)
    fences = _fences(text, data, lines) if "```" in text or "~~~" in text else []
    found = []
    for stretch in _stretches(score.tolist(), lines.counts.tolist(), fences):
        confidence = 1 / (1 + math.exp(-_SLOPE * stretch.score - _OFFSET))
        if confidence < 0.05:
            continue
        start, end = int(lines.starts[stretch.first]), int(lines.ends[stretch.last])
        start, end = _unwrapped(data, start, end)
        language = named_language(stretch.tag, text) or _language(lines, stretch)
        if len(data) != len(text):
            start = len(data[:start].decode("utf-8", "surrogatepass"))
            end = len(data[:end].decode("utf-8", "surrogatepass"))
        found.append(Match("code.source", start, end, round(confidence, 3), language.lower()))
    return found


def _scores(lines: Lines) -> NDArray[np.float64]:
    """For each line, the log odds that it is code; 0 for a blank one."""
    model = _model()
    rows = model.lines[lines.hashes]
    size = len(lines.counts)
    root = np.sqrt(np.maximum(lines.counts, 1))
    logits = [
        np.bincount(lines.line, rows[:, c], size) * float(model.lines_scale[c]) / root
        + float(model.lines_bias[c])
        for c in range(rows.shape[1])
    ]
    code = logits.pop(_CODE)
    odds = code - np.logaddexp.reduce(logits, axis=0)
    odds = np.clip(odds, -_STRONGEST, _STRONGEST)
    odds[lines.counts == 0] = 0
    return np.asarray(odds, np.float64)


def _fences(text: str, data: bytes, lines: Lines) -> list[tuple[int, int, str]]:
    """Fenced blocks: the lines of both fences, and the tag."""
    found: list[tuple[int, int, str]] = []
    opened: tuple[int, str, str] | None = None
    ascii_only = len(text) == len(data)
    for mark in _FENCE.finditer(text):
        at = mark.start() if ascii_only else len(text[: mark.start()].encode("utf-8", "replace"))
        line = int(np.searchsorted(lines.starts, at, "right")) - 1
        if opened is None:
            opened = line, mark[1], mark[2]
        elif mark[1].startswith(opened[1]):
            found.append((opened[0], line, opened[2]))
            opened = None
    if opened is not None:
        found.append((opened[0], len(lines.starts), opened[2]))
    return found


def _stretches(
    score: list[float], counts: list[int], fences: list[tuple[int, int, str]]
) -> list[_Stretch]:
    found: list[_Stretch] = []
    begin = 0
    for opening, closing, tag in fences:
        found += _between(score, counts, begin, opening)
        name = tag.lower()
        prior = _DATA_TAG if name in _NOT_CODE_TAGS else _TAGGED * bool(name)
        inside = score[opening + 1 : closing]
        total = prior + sum(inside) / max(1.0, len(inside) ** 0.5)
        first, last = _trimmed(counts, opening + 1, min(closing, len(counts)) - 1)
        if total > 0 and first <= last:
            found.append(_Stretch(first, last, total, name))
        begin = closing + 1
    return found + _between(score, counts, begin, len(score))


def _between(score: list[float], counts: list[int], begin: int, end: int) -> list[_Stretch]:
    """The most likely sequence of code and not code over lines [begin, end)."""
    if begin >= end:
        return []
    out, code = 0.0, -_SWITCH / 2
    entered: list[bool] = []  # for each line: was code reached from not code
    left: list[bool] = []  # and not code from code
    for s in score[begin:end]:
        from_out, from_code = out - _SWITCH, code
        entered.append(from_out > from_code)
        left.append(code - _SWITCH > out)
        out, code = max(out, code - _SWITCH), max(from_out, from_code) + s
    found: list[_Stretch] = []
    state, last = code - _SWITCH / 2 > out, end - 1
    for i in range(end - 1, begin - 1, -1):
        if state and entered[i - begin]:
            found.append(_stretch(score, counts, i, last))
            state = False
        elif not state and left[i - begin]:
            state, last = True, i - 1
    if state:
        found.append(_stretch(score, counts, begin, last))
    return found[::-1]


def _stretch(score: list[float], counts: list[int], first: int, last: int) -> _Stretch:
    total = sum(score[first : last + 1])
    first, last = _trimmed(counts, first, last)
    return _Stretch(first, last, total)


def _trimmed(counts: list[int], first: int, last: int) -> tuple[int, int]:
    while first < last and not counts[first]:
        first += 1
    while last > first and not counts[last]:
        last -= 1
    return first, last


def _unwrapped(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Without the JSON around code that was escaped into one string."""
    if b"\\n" not in data[start:end]:
        return start, end
    head = data[start : start + 200].decode("latin-1")
    if head.lstrip().startswith(("{", "[", '"')):
        members = list(_MEMBER.finditer(head.partition("\\n")[0]))
        if members:
            start += members[-1].end()
    while end > start and data[end - 1 : end] in (b'"', b"}", b"]", b" ", b","):
        if data[end - 1 : end] == b'"':
            return start, end - 1
        end -= 1
    return start, end


def _language(lines: Lines, stretch: _Stretch) -> str:
    model = _model()
    inside = (lines.line >= stretch.first) & (lines.line <= stretch.last)
    hashes = lines.hashes[inside][:: max(1, int(inside.sum()) // _ENOUGH)] >> model.shift
    summed = model.language[hashes].sum(0, dtype=np.int64)
    logits = summed * model.language_scale / math.sqrt(max(1, len(hashes))) + model.language_bias
    return model.languages[int(np.argmax(logits))]


def _load() -> None:
    _model()


detector = Detector(
    name="source_code",
    version=1,
    data_classes=frozenset({"code.source"}),
    find=find,
    load=_load,
    hits=(
        "«def total(items):\n    return sum(i.price for i in items if i.price > 0)»",
        "what does this do?\n\n«for (int i = 0; i < n; i++) {\n    sum += values[i];\n}»",
        "```sql\n«SELECT name, city FROM customers WHERE id = 7;»\n```",
    ),
    misses=(
        "Write a Python function that reverses a string.",
        "Exception in thread main\n\tat com.acme.Foo.bar(Foo.java:17)\n\tat com.acme.A.b(A.java:3)",
        "The meeting is at 10:30; please bring the report (version 2.1).",
        "2026-03-04 10:15:00,120 INFO [worker-1] com.acme.Mail - sent 12 messages in 30 ms",
    ),
)
