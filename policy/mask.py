"""Findings to edits: what stands in the prompt in place of a value, and how to get it back.

The operators are presidio-anonymizer's; ours for numbered placeholders is one more of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from penstock.model import Edit, Finding, Prompt
from policy.classes import label

if TYPE_CHECKING:
    from presidio_anonymizer.operators import Operator


_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Region:
    """Overlapping findings of one text, as the one stretch that is replaced."""

    where: str
    start: int
    end: int
    data_class: str


def mask(
    prompt: Prompt,
    findings: Sequence[Finding],
    given: Mapping[str, str] = _NOTHING,
    named: Mapping[str, str] = _NOTHING,
    digest: Callable[[str], bytes] = lambda _: b"",
) -> tuple[tuple[Edit, ...], Mapping[str, str]]:
    """One edit per stretch of findings, and the values behind the placeholders used.

    The same value gets the same placeholder, numbered by first appearance in the prompt. Chats
    resend their history in order, so numbers stay what they were as a conversation grows. A
    placeholder that the prompt already holds as text is never used: nobody can have another
    value restored by writing its placeholder. `given` are the placeholders of what was said
    before, where the prompt does not repeat it: they stay what they are. So do those of `named`,
    which are known by no more than the `digest` of their values, in hex.
    """
    operator = _placeholder()
    texts = {text.where: text.text for text in prompt.texts}
    known = {(_label(p), value): p for p, value in given.items()}
    reserved = {(_label(p), hashed): p for p, hashed in named.items()}
    taken = _Taken(texts.values())
    edits = []
    for region in _regions(prompt, findings):
        value = texts[region.where][region.start : region.end]
        params = {
            "label": label(region.data_class),
            "known": known,
            "taken": taken,
            "reserved": reserved,
            "digest": digest,
        }
        edits.append(Edit(region.where, region.start, region.end, operator.operate(value, params)))
    return tuple(edits), {placeholder: value for (_, value), placeholder in known.items()}


def _label(placeholder: str) -> str:
    return placeholder.strip("[]").rpartition("_")[0]


def load() -> None:
    """Import what a redaction needs: 1.7 s that no request should wait for."""
    _placeholder()


def _regions(prompt: Prompt, findings: Iterable[Finding]) -> Iterator[_Region]:
    by_place: dict[str, list[Finding]] = {}
    for finding in findings:
        by_place.setdefault(finding.where, []).append(finding)
    for text in prompt.texts:
        current: _Region | None = None
        ordered = sorted(by_place.pop(text.where, ()), key=lambda f: (f.start, -f.end))
        for finding in ordered:
            if current is not None and finding.start < current.end:
                end = max(current.end, finding.end)
                current = _Region(text.where, current.start, end, current.data_class)
                continue
            if current is not None:
                yield current
            current = _Region(text.where, finding.start, finding.end, finding.data_class)
        if current is not None:
            yield current


class _Taken:
    """Whether a placeholder is already part of what the person wrote."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = tuple(text for text in texts if "[" in text)

    def __contains__(self, placeholder: object) -> bool:
        return isinstance(placeholder, str) and any(placeholder in t for t in self._texts)


@cache
def _placeholder() -> "Operator":
    from presidio_anonymizer.operators import Operator, OperatorType

    class Placeholder(Operator):
        """`[EMAIL_1]`: keeps the kind of value and who is who, not the value."""

        def operate(self, text: str = "", params: dict[str, Any] | None = None) -> str:
            """The placeholder of `text`; `params["known"]` grows by it when it is new."""
            assert params is not None
            name, known, taken = params["label"], params["known"], params["taken"]
            reserved = params["reserved"]
            if (name, text) not in known:
                hashed = params["digest"](text).hex() if reserved else ""
                if (placeholder := reserved.get((name, hashed))) is None:
                    used = {p for p in known.values()} | set(reserved.values())
                    number = sum(1 for p in used if _label(p) == name) + 1
                    while (placeholder := f"[{name}_{number}]") in taken or placeholder in used:
                        number += 1
                known[name, text] = placeholder
            found: str = known[name, text]
            return found

        def validate(self, params: dict[str, Any] | None = None) -> None:
            """Called by presidio's engines only; `mask` passes what is needed."""

        def operator_name(self) -> str:
            """The name presidio lists it by."""
            return "placeholder"

        def operator_type(self) -> OperatorType:
            """It hides; restoring is the dialects' work."""
            return OperatorType.Anonymize

    return Placeholder()
