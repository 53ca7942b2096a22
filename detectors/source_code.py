"""Source code in a prompt: which lines, in which language.

Each line gets a score from the trained weights (`detectors/code_model.py`), neighbours settle
what one line leaves open (Viterbi over code / not code), fences settle more, and a second look at
the whole stretch and at what language it could be in gives the confidence. Stack traces, logs,
tables, data and configuration have classes of their own in the model, so that they are not code.

Source: languages by Linguist's names; fence tags and file names by Pygments.
Misses: a single short expression inside a sentence.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors import code_fences, code_model
from detectors.base import Detector, Match
from detectors.code_features import Lines, lines_of
from detectors.code_language import by_tag, named_language, notebook_language
from detectors.code_model import Floats

_SWITCH = 2.0
"""What a change between code and not code costs, in units of a line's odds."""
_DOUBTFUL = -1.0
"""A line right beside code with higher odds is code, too: what is said has much lower ones."""
_UNLIKELY = -2.5
"""A single line with lower odds is not worth a second look."""
_UNWORTHY = 0.02
"""What is less probable at the first look is not looked at more closely."""
_LEAST = 0.05
"""No match is made of what is less probable."""
_DATA_TAG = 5.0
"""What a fence whose tag says that it holds data takes from the log odds of code."""
_NOT_CODE_TAGS = frozenset(
    {"text", "txt", "plain", "plaintext", "none", "log", "logs", "output", "console-output"}
    | {"csv", "tsv", "json", "yaml", "yml", "toml", "ini", "xml", "properties", "env", "dotenv"}
    | {"markdown", "md", "math", "latex", "mermaid", "http"}
)
_COMMAND = re.compile(rb"\\(?![nt])[a-z]{2,}\*?(?=[\[{_^$\s)])")
"""`\\frac{`, `\\item `: what LaTeX is full of. `\\n` and `\\t` are what escaped code is full of."""
_LATEX = 5.0
"""What more of them than lines take from the log odds of code."""
_BATCH = 100_000
"""Texts of so many characters are judged together."""
_SIGNS = (b";", b"{", b"(", b"=", b"[")
_MEMBER = re.compile(r'"\s*:\s*"')


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines [first, last] that may be code."""

    first: int
    last: int
    tag: str | None = None
    """Of its fence; None without a fence."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Lines with what the model says of each: `code_model.line_logits` and `line_odds`."""

    lines: Lines
    logits: Floats
    odds: Floats

    def part(self, first: int, last: int, byte: int, end: int) -> "Judged":
        """Of `Lines.part`."""
        part = self.lines.part(first, last, byte, end)
        return Judged(part, self.logits[:, first:last], self.odds[first:last])


def judge(lines: Lines) -> Judged:
    """What the model says of `lines`."""
    logits = code_model.line_logits(lines)
    return Judged(lines, logits, code_model.line_odds(logits, lines))


_NO_CODE = re.compile(r"[\w.-]{1,64}|[A-Za-z]+(?:-[A-Za-z]+)+: [\w .,;:=/+*-]{1,400}")
"""A single word is no code, however much it looks like a command (`backend-api` in an address), and
neither is a single header, as command lines put one before their system prompt."""
_WORDS = re.compile(r"[\w \t]*")
"""One line without a single sign is something said: `my card is 4111 1111 1111 1111`. It is of
stripped text: patterns for the blanks around would try all ways to share many blanks out."""


def _is_plain(text: str) -> bool:
    return len(text) < 8 or bool(_NO_CODE.fullmatch(text) or _WORDS.fullmatch(text.strip()))


def find(text: str) -> list[Match]:
    """The stretches of `text` that are source code, each with its language."""
    return next(find_many((text,)))


def find_many(texts: Sequence[str]) -> Iterator[list[Match]]:
    """`find` for each of `texts`. Lines of many are judged at once: it is calls that cost."""
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and size + len(text) > _BATCH:
            yield from _in_batch(batch)
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    yield from _in_batch(batch)


def _in_batch(texts: Sequence[str]) -> Iterator[list[Match]]:
    plain = [_is_plain(t) for t in texts]
    encoded = [
        b"" if p else t.encode("utf-8", "surrogatepass") for p, t in zip(plain, texts, strict=True)
    ]
    whole = judge(lines_of(b"\n".join(encoded)))
    starts = whole.lines.starts
    byte = first = 0
    for text, data in zip(texts, encoded, strict=True):
        end = byte + len(data)
        last = int(starts.searchsorted(end + 1)) if len(texts) > 1 else len(starts)
        part = whole.part(first, last, byte, end) if len(texts) > 1 and data else whole
        yield _matches(text, data, part) if data else []
        byte, first = end + 1, last


def _matches(text: str, data: bytes, judged: Judged) -> list[Match]:
    lines = judged.lines
    kept = list(judged_stretches(text, data, judged))
    found = []
    languages = _languages(text, data, lines, kept)
    offsets = _CodePoints(data)
    for spoken, language in zip(kept, languages, strict=True):
        stretch, confidence = spoken.stretch, spoken.confidence
        start, end = int(lines.starts[stretch.first]), int(lines.ends[stretch.last])
        start, end = _unwrapped(data, start, end)
        if len(data) != len(text):
            start, end = offsets(start), offsets(end)
        found.append(Match("code.source", start, end, round(confidence, 3), language.lower()))
    return found


_FOLLOWING = bytes(range(0x80, 0xC0))
"""The bytes of a character in UTF-8 after its first. A long line may have been cut before one."""


class _CodePoints:
    """Byte offsets to code point offsets, asked for in rising order: each byte is read once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._byte = self._point = 0

    def __call__(self, byte: int) -> int:
        self._point += len(self._data[self._byte : byte].translate(None, _FOLLOWING))
        self._byte = byte
        return self._point


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch that may be code, and what its language is by itself."""

    stretch: Stretch
    confidence: float
    rows: NDArray[np.uint16]
    logits: Floats
    """`code_model.language_logits` of `rows`."""


def judged_stretches(text: str, data: bytes, judged: Judged) -> Iterator[Spoken]:
    """The stretches that may well be code, by a first look and then a closer one."""
    slashes, lines = "\\" in text, judged.lines
    for stretch, features in described_stretches(text, data, judged):
        doubt = _DATA_TAG if stretch.tag in _NOT_CODE_TAGS else 0.0
        if slashes and _is_latex(data[lines.starts[stretch.first] : lines.ends[stretch.last]]):
            doubt += _LATEX
        if code_model.probability(features, doubt) < _UNWORTHY:
            continue
        rows, logits, more = spoken(lines, stretch)
        confidence = code_model.probability(features + more, doubt, "spoken")
        if confidence >= _LEAST:
            yield Spoken(stretch, confidence, rows, logits)


def spoken(lines: Lines, stretch: Stretch) -> tuple[NDArray[np.uint16], Floats, list[float]]:
    """Known rows of a stretch, log odds of its language, and `code_model.spoken_features`."""
    rows = code_model.known_rows(code_model.language_rows(lines, stretch.first, stretch.last))
    logits = code_model.language_logits(rows)
    return rows, logits, code_model.spoken_features(logits, len(rows))


def _is_latex(code: bytes) -> bool:
    """Whether it has more commands of LaTeX than lines."""
    return len(_COMMAND.findall(code)) > code.count(b"\n") + 1


def described_stretches(
    text: str, data: bytes, judged: Judged
) -> Iterator[tuple[Stretch, list[float]]]:
    """Each stretch that may be code, with its features (`code_model.stretch_features`)."""
    lines, logits = judged.lines, judged.logits
    if not len(lines.filled):
        return
    odds = judged.odds.tolist()
    against = (logits[1:] - logits[0]).tolist()
    fences = code_fences.fences(text, lines)
    filled = [False] * len(odds)
    order = lines.filled.tolist()
    for line in order:
        filled[line] = True
    everything, count = sum(odds), len(lines.filled)
    shape, figures = lines.by_edge[3].tolist(), lines.figures.tolist()
    for stretch in _stretches(odds, filled, fences):
        inside = [i for i in range(stretch.first, stretch.last + 1) if filled[i]]
        if not inside:
            continue
        within = [odds[i] for i in inside]
        at = bisect_left(order, inside[0])
        end = at + len(inside)
        start, stop = lines.starts[stretch.first], lines.ends[stretch.last]
        code = data[start:stop]
        rest = count - len(within)
        features = code_model.stretch_features(
            within,
            config=sum([against[0][i] for i in inside]) / len(within),
            dump=sum([against[1][i] for i in inside]) / len(within),
            around=(everything - sum(within)) / rest if rest else 0.0,
            beside=(
                odds[order[at - 1]] if at else 0.0,
                odds[order[end]] if end < count else 0.0,
            ),
            share=len(within) / count,
            size=len(code),
            tokens=int(lines.first[stretch.last + 1] - lines.first[stretch.first]),
            signs=sum(map(code.count, _SIGNS)),
            shapes=len(set(shape[at:end])),
            figures=bisect_right(figures, stretch.last) - bisect_left(figures, stretch.first),
            fenced=stretch.tag is not None,
            tagged=bool(stretch.tag) and stretch.tag not in _NOT_CODE_TAGS,
        )
        yield stretch, features


def _stretches(
    odds: list[float], filled: list[bool], fences: list[code_fences.Fence]
) -> Iterator[Stretch]:
    begin = 0
    for opening, closing, fence, tag in fences:
        yield from _between(odds, filled, begin, opening)
        first, last = opening + fence, min(closing, len(odds)) - fence
        if first <= last:
            yield _trimmed(filled, first, last, tag)
        begin = closing + 1
    yield from _between(odds, filled, begin, len(odds))


def _between(odds: list[float], filled: list[bool], begin: int, end: int) -> list[Stretch]:
    """The most likely sequence of code and not code over lines [begin, end)."""
    if begin >= end:
        return []
    out, code = 0.0, -_SWITCH / 2
    entered: list[bool] = []  # for each line: was code reached from not code
    left: list[bool] = []  # and not code from code
    for s in odds[begin:end]:
        from_out, from_code = out - _SWITCH, code
        entered.append(from_out > from_code)
        left.append(code - _SWITCH > out)
        out, code = max(out, code - _SWITCH), max(from_out, from_code) + s
    found: list[Stretch] = []
    state, last = code - _SWITCH / 2 > out, end - 1
    for i in range(end - 1, begin - 1, -1):
        if state and entered[i - begin]:
            found.append(_trimmed(filled, i, last))
            state = False
        elif not state and left[i - begin]:
            state, last = True, i - 1
    if state:
        found.append(_trimmed(filled, begin, last))
    found = list(_widened(odds, filled, found[::-1], begin, end))
    if not found:  # the likeliest line, for its small probability
        best = max(range(begin, end), key=odds.__getitem__)
        if filled[best] and odds[best] > _UNLIKELY:
            found.append(Stretch(best, best))
    return found


def _widened(
    odds: list[float], filled: list[bool], found: list[Stretch], begin: int, end: int
) -> Iterator[Stretch]:
    """Each of the stretches in [begin, end) with the doubtful lines that it touches."""
    for n, stretch in enumerate(found):
        first, last = stretch.first, stretch.last
        while first > begin and filled[first - 1] and odds[first - 1] > _DOUBTFUL:
            first -= 1
        limit = found[n + 1].first if n + 1 < len(found) else end
        while last + 1 < limit and filled[last + 1] and odds[last + 1] > _DOUBTFUL:
            last += 1
        begin = last + 1
        yield Stretch(first, last)


def _trimmed(filled: list[bool], first: int, last: int, tag: str | None = None) -> Stretch:
    while first < last and not filled[first]:
        first += 1
    while last > first and not filled[last]:
        last -= 1
    return Stretch(first, last, tag)


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


def _languages(text: str, data: bytes, lines: Lines, kept: list[Spoken]) -> list[str]:
    """The language of each stretch: named, or by what it and the other stretches say."""
    names = []
    notebook = notebook_language(text) if kept else ""
    for one in kept:
        stretch = one.stretch
        start, end = lines.starts[max(0, stretch.first - 2)], lines.ends[stretch.last]
        near = data[start:end].decode("utf-8", "replace")
        tag = stretch.tag if stretch.tag not in _NOT_CODE_TAGS else ""
        names.append(named_language(tag or "", near, notebook))
    unnamed = [n for n, name in enumerate(names) if not name]
    if not unnamed:
        return names
    pooled = kept[unnamed[0]].logits
    if len(unnamed) > 1:
        pooled = code_model.language_logits(np.concatenate([kept[n].rows for n in unnamed]))
    weights = code_model.model()
    for n in unnamed:
        best = int(np.argmax((kept[n].logits + pooled)[weights.others :]))
        names[n] = weights.languages[weights.others + best]
    return names


def _load() -> None:
    code_model.model()
    by_tag("")


detector = Detector(
    name="source_code",
    version=4,
    data_classes=frozenset({"code.source"}),
    find=find,
    find_many=find_many,
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
        "my card is 4111 1111 1111 1111",
        "x-acme-billing-header: version=2.1.197.3f1; entrypoint=cli; cch=00000;",
    ),
)
