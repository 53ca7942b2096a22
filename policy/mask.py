"""Findings to edits: what stands in the prompt in place of a value, and how to get it back.

`policy/operators.py` makes what stands there; which of its operators does, a policy's `masks`
says for a data class, or else the class's own row.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from penstock.model import Edit, Finding, Prompt
from policy import operators
from policy.classes import data_class, label

_NOTHING: Mapping[str, str] = {}
_NO_KEY = b"\0" * 32


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
    *,
    masks: Mapping[str, str] = _NOTHING,
    key: bytes = _NO_KEY,
    apart: bytes = b"",
) -> tuple[tuple[Edit, ...], Mapping[str, str]]:
    """One edit per stretch of findings, and the values behind what stands for them.

    The same value gets the same placeholder, numbered by first appearance in the prompt. Chats
    resend their history in order, so numbers stay what they were as a conversation grows. A
    placeholder that the prompt already holds as text is never used: nobody can have another
    value restored by writing its placeholder. `given` are the placeholders of what was said
    before, where the prompt does not repeat it: they stay what they are. So do those of `named`,
    which are known by no more than the `digest` of their values, in hex. `masks` names an
    operator by glob of the data class: the longest that fits counts, of several the last by the
    alphabet; `key` is what hashes, tokens and surrogates are made with. Where conversations that
    are not known yet may hold what the prompt says, as they do an upload, numbers of one would be
    numbers of another: `apart` is then a key by which placeholders are tokens.
    """
    texts = {text.where: text.text for text in prompt.texts}
    masked = operators.Masked(key, tuple(texts.values()), dict(given), named, digest, apart=apart)
    edits = []
    for region in _regions(prompt, findings):
        value = texts[region.where][region.start : region.end]
        # `Jane Smith's`: what the sentence adds to a name stays in the sentence
        end = region.end - 2 if value[-2:] in ("'s", "’s") and len(value) > 3 else region.end
        value = value[: end - region.start]
        replacement = operators.apply(
            operator(region.data_class, masks),
            value,
            region.data_class,
            label(region.data_class),
            masked,
        )
        edits.append(Edit(region.where, region.start, end, replacement))
    return tuple(edits), masked.originals


def operator(name: str, masks: Mapping[str, str]) -> str:
    """The operator for values of class `name`."""
    fitting = [glob for glob in masks if fnmatchcase(name, glob)]
    if fitting:
        return masks[max(fitting, key=lambda glob: (len(glob), glob))]
    row = data_class(name)
    return row.mask if row is not None else "placeholder"


def load() -> None:
    """Import what a redaction needs: 1.7 s that no request should wait for."""
    operators.load()


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
