"""Source code in a prompt: which lines, in which language.

Each line gets a score from the trained weights (`detectors/code_model.py`), neighbours settle
what one line leaves open (`detectors/code_stretches.py`), fences settle more, and a second look at
the whole stretch and at what language it could be in gives the confidence. Stack traces, logs,
tables, data and configuration have classes of their own in the model, so that they are not code.

A chat is many short texts, and for a short text it is calls of numpy that cost. So the lines of
many texts are judged together, and so are their stretches.

Source: languages by Linguist's names; fence tags and file names by Pygments.
Misses: a single short expression inside a sentence.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, groupby

import numpy as np
from numpy.typing import NDArray

from detectors import code_model
from detectors.base import Detector, Match, batches
from detectors.code_escapes import unescaped
from detectors.code_features import Lines, lines_of
from detectors.code_fences import fences
from detectors.code_language import by_tag, named_language, notebook_language
from detectors.code_messages import is_message
from detectors.code_model import Floats
from detectors.code_stretches import Stretch, stretches

_UNWORTHY = 0.015
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
_STRETCHES = 1000
"""So many stretches are looked at together."""
_SIGNS = (b";", b"{", b"(", b"=", b"[")
_MEMBER = re.compile(r'"\s*:\s*"')


@dataclass(frozen=True, slots=True)
class Part:
    """One of the texts that are judged together."""

    number: int
    """Among them."""
    text: str
    data: bytes
    """The same in UTF-8."""
    byte: int
    """Where it begins in all that is judged."""
    first: int
    last: int
    """Its lines: [first, last)."""


class Judged:
    """Texts with what the model says of each of their lines, as lists: to take one number out of
    an array takes longer than to work with it."""

    def __init__(self, parts: Sequence[tuple[str, bytes]]) -> None:
        """Of texts and the same in UTF-8. Without one byte, a text is not looked at."""
        self.lines = lines = lines_of(*(data for _, data in parts))
        logits = code_model.line_logits(lines)
        self.odds: list[float] = code_model.line_odds(logits, lines).tolist()
        against = (logits[1:] - logits[0]).tolist()
        self.config: list[float] = against[0]
        self.dump: list[float] = against[1]
        self.starts: list[int] = lines.starts.tolist()
        self.ends: list[int] = lines.ends.tolist()
        self.first: list[int] = lines.first.tolist()
        self.order: list[int] = lines.filled.tolist()
        """The lines that have tokens."""
        self.filled = [False] * len(self.odds)
        for line in self.order:
            self.filled[line] = True
        self.figures: list[int] = lines.figures.tolist()
        self.shapes: list[int] = lines.by_edge[3].tolist()
        self.parts = list(self._parts(parts))

    def _parts(self, parts: Sequence[tuple[str, bytes]]) -> Iterator[Part]:
        byte = first = 0
        for number, (text, data) in enumerate(parts):
            end = byte + len(data)
            last = bisect_left(self.starts, end + 1, first)
            if data:
                yield Part(number, text, data, byte, first, last)
            byte, first = end + 1, last


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
    """`find` for each of `texts`."""
    for batch in batches(texts, _BATCH):
        yield from _in_batch(batch)


def _in_batch(texts: Sequence[str]) -> list[list[Match]]:
    found: list[list[Match]] = [[] for _ in texts]
    encoded = [b"" if _is_plain(t) else t.encode("utf-8", "surrogatepass") for t in texts]
    if any(encoded):
        judged = Judged(list(zip(texts, encoded, strict=True)))
        kept = groupby(judged_stretches(judged), lambda spoken: spoken.part.number)
        for number, same in kept:
            found[number] = _matches(list(same), judged)
    return found


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stretch that may be code, and what its language is by itself."""

    part: Part
    stretch: Stretch
    confidence: float
    rows: NDArray[np.uint16]
    logits: Floats
    """`code_model.language_logits` of `rows`."""


def judged_stretches(judged: Judged) -> Iterator[Spoken]:
    """The stretches that may well be code, by a first look and then a closer one."""
    for described in batched(described_stretches(judged), _STRETCHES):
        doubts = [_doubt(d.part, d.stretch, judged) for d in described]
        likely = code_model.probabilities([d.features for d in described], doubts)
        worthy = [
            i
            for i, (p, d) in enumerate(zip(likely, described, strict=True))
            if p >= _UNWORTHY and (d.stretch.tag is not None or not is_message(_code(d, judged)))
        ]
        if not worthy:
            continue
        some = [described[i] for i in worthy]
        rows, logits, features = spoken(judged.lines, some)
        sure = code_model.probabilities(features, [doubts[i] for i in worthy], "spoken")
        for d, own, says, confidence in zip(some, rows, logits, sure, strict=True):
            if confidence >= _LEAST:
                yield Spoken(d.part, d.stretch, confidence, own, says)


def _doubt(part: Part, stretch: Stretch, judged: Judged) -> float:
    """What is taken from the log odds that a stretch is code."""
    doubt = _DATA_TAG if stretch.tag in _NOT_CODE_TAGS else 0.0
    if "\\" in part.text:
        start, end = judged.starts[stretch.first] - part.byte, judged.ends[stretch.last] - part.byte
        if _is_latex(part.data[start:end]):
            doubt += _LATEX
    return doubt


@dataclass(frozen=True, slots=True)
class Described:
    """A stretch and what it looks like."""

    part: Part
    stretch: Stretch
    features: list[float]
    """`code_model.stretch_features`."""
    tokens: tuple[int, int]
    edges: tuple[int, int]
    """Where its tokens and its lines that have some are among those of `Lines`."""


def _code(described: Described, judged: Judged) -> bytes:
    """As the model reads it: in an address each sign of code is a number."""
    part, stretch = described.part, described.stretch
    return unescaped(
        part.data[judged.starts[stretch.first] - part.byte : judged.ends[stretch.last] - part.byte]
    )


def spoken(
    lines: Lines, described: Sequence[Described]
) -> tuple[list[NDArray[np.uint16]], Floats, list[list[float]]]:
    """For each stretch its known rows, log odds of its language, and all features together."""
    places = [(d.tokens, d.edges) for d in described]
    rows = code_model.known_rows(code_model.language_rows(lines, places))
    logits = code_model.language_logits(rows)
    more = code_model.spoken_features(logits, list(map(len, rows)))
    return rows, logits, [d.features + own for d, own in zip(described, more, strict=True)]


def _is_latex(code: bytes) -> bool:
    """Whether it has more commands of LaTeX than lines."""
    return len(_COMMAND.findall(code)) > code.count(b"\n") + 1


def described_stretches(judged: Judged) -> Iterator[Described]:
    """Each stretch that may be code."""
    for part in judged.parts:
        yield from _described(part, judged)


def _described(part: Part, judged: Judged) -> Iterator[Described]:
    odds, filled, order = judged.odds, judged.filled, judged.order
    begin = bisect_left(order, part.first)
    stop = bisect_left(order, part.last, begin)
    count = stop - begin
    if not count:
        return
    blocks = fences(part.text, judged.starts, part.byte, part.last)
    everything = None
    for stretch in stretches(odds, filled, blocks, part.first, part.last):
        at = bisect_left(order, stretch.first, begin, stop)
        end = bisect_right(order, stretch.last, at, stop)
        inside = order[at:end]
        if not inside:
            continue
        if everything is None:
            everything = sum(odds[part.first : part.last])
        within = [odds[i] for i in inside]
        code = part.data[
            judged.starts[stretch.first] - part.byte : judged.ends[stretch.last] - part.byte
        ]
        tokens = judged.first[stretch.first], judged.first[stretch.last + 1]
        figures = judged.figures
        rest = count - len(within)
        features = code_model.stretch_features(
            within,
            config=sum([judged.config[i] for i in inside]) / len(within),
            dump=sum([judged.dump[i] for i in inside]) / len(within),
            around=(everything - sum(within)) / rest if rest else 0.0,
            beside=(
                odds[order[at - 1]] if at > begin else 0.0,
                odds[order[end]] if end < stop else 0.0,
            ),
            share=len(within) / count,
            size=len(code),
            tokens=tokens[1] - tokens[0],
            signs=sum(map(code.count, _SIGNS)),
            shapes=len(set(judged.shapes[at:end])),
            figures=bisect_right(figures, stretch.last) - bisect_left(figures, stretch.first),
            fenced=stretch.tag is not None,
            tagged=bool(stretch.tag) and stretch.tag not in _NOT_CODE_TAGS,
        )
        yield Described(part, stretch, features, tokens, (at, end))


def _matches(kept: Sequence[Spoken], judged: Judged) -> list[Match]:
    """Those of one text."""
    part = kept[0].part
    found = []
    offsets = _CodePoints(part.data)
    for spoken, language in zip(kept, _languages(kept, judged), strict=True):
        stretch, confidence = spoken.stretch, spoken.confidence
        start, end = judged.starts[stretch.first] - part.byte, judged.ends[stretch.last] - part.byte
        start, end = _unwrapped(part.data, start, end)
        if len(part.data) != len(part.text):
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


def _unwrapped(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Without the JSON around code that was escaped into one string."""
    if data.find(b"\\n", start, end) < 0:
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


def _languages(kept: Sequence[Spoken], judged: Judged) -> list[str]:
    """The language of each stretch of a text: named, or by what it and the others say."""
    names = []
    part = kept[0].part
    notebook = notebook_language(part.text)
    for one in kept:
        first, stretch = max(part.first, one.stretch.first - 2), one.stretch
        near = part.data[judged.starts[first] - part.byte : judged.ends[stretch.last] - part.byte]
        tag = stretch.tag if stretch.tag not in _NOT_CODE_TAGS else ""
        names.append(named_language(tag or "", near.decode("utf-8", "replace"), notebook))
    unnamed = [n for n, name in enumerate(names) if not name]
    if not unnamed:
        return names
    pooled = kept[unnamed[0]].logits
    if len(unnamed) > 1:
        [pooled] = code_model.language_logits([np.concatenate([kept[n].rows for n in unnamed])])
    weights = code_model.model()
    for n in unnamed:
        best = int((kept[n].logits + pooled)[weights.others :].argmax())
        names[n] = weights.languages[weights.others + best]
    return names


def _load() -> None:
    code_model.model()
    by_tag("")


detector = Detector(
    name="source_code",
    version=7,
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
