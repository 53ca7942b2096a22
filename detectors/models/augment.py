"""The same sentence as other people type it. Every change keeps the spans in step."""

import random
import unicodedata

from detectors.models.synthetic import Sample, Span


def _strip_accents(text: str) -> str:
    """Accents dropped, one character for one."""
    return "".join(unicodedata.normalize("NFD", c)[0] for c in text)


def _same_length(old: str, new: str) -> str:
    """`new` where changing case keeps the length (`ß`.upper() does not)."""
    return new if len(new) == len(old) else old


def vary(sample: Sample, rng: random.Random) -> Sample:
    """Mostly the sample itself; else lower case, upper case, title case, no accents, no stop."""
    text, spans = sample
    kind = rng.random()
    if kind < 0.11:
        text = _same_length(text, text.lower())
    elif kind < 0.13:
        text = _same_length(text, text.upper())
    elif kind < 0.15:
        text = _same_length(text, text.title())
    elif kind < 0.18:
        for start, end, _ in spans:
            name = text[start:end]
            text = text[:start] + _same_length(name, name.lower()) + text[end:]
    if rng.random() < 0.04:
        text = _strip_accents(text)
    if (
        rng.random() < 0.08
        and text.endswith((".", "!", "?"))
        and all(e < len(text) for _, e, _ in spans)
    ):
        text = text[:-1]
    return text, spans


def joined(samples: list[Sample], separators: list[str]) -> Sample:
    """Several samples as one text."""
    text, spans = "", list[Span]()
    for (piece, marks), separator in zip(samples, separators, strict=True):
        text += separator if text else ""
        spans += [(start + len(text), end + len(text), label) for start, end, label in marks]
        text += piece
    return text, spans
