"""Why a rule finds nothing in one of its own hits, for whoever wrote it.

The rule is tried with nothing but its expression, then with each of its other fields alone: what
makes the match disappear is the reason. Only done when a proof has failed, for one example.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from detectors.rule import MARKED, Near, Rule
from detectors.second_look import SecondLook
from detectors.windows import Around

_EXPRESSION = {"id", "name", "pattern", "named", "value", "trim", "hits", "misses"}
_WHERE = {"anchor", "reach", "in_line"}


def why_nothing(rule: Rule, marked: str, reported: float) -> str:
    """What keeps `rule` from finding, with a confidence of `reported`, what its hit marks."""
    text, expected = MARKED.sub(r"\1", marked), set(MARKED.findall(marked))
    if doubts := sorted(confidence for _, confidence in _found(rule, text)):
        field, lacking = "confidence", ""
        if doubts[-1] != rule.confidence:
            field, lacking = "without", " (no word of `near` is there)"
        return (
            f"its `{field}` {doubts[-1]:g}{lacking} is below {reported:g}, so it is never reported"
        )

    def holds(fields: set[str], more: Mapping[str, Any]) -> bool:
        some = {**rule.model_dump(include=fields), "confidence": 1.0, **more}
        return expected <= {value for value, _ in _found(Rule.model_validate(some), text)}

    if not holds(_EXPRESSION, {}):
        what = "`pattern`" if rule.pattern else "`named` and `value`"
        return f"its {what} alone, without checks and words, does not match that"
    if not holds(_EXPRESSION | _WHERE, {}):
        narrow = "its `reach` is too small, or the match not `in_line`"
        return "no `anchor` stands within its `reach`" if rule.anchor else narrow
    return " and ".join(
        said for field, said in _others(rule) if not holds(_EXPRESSION | _WHERE, field)
    )


def _others(rule: Rule) -> Iterator[tuple[dict[str, Any], str]]:
    """Each field that may refuse a match, by itself, and what to say if it does."""
    for name in rule.check:
        yield {"check": (name,)}, f"its check `{name}` refuses that"
    if near := rule.near:
        yield {"near": near.model_dump()}, f"no word of `near` stands {_around(near)}"
    if unless := rule.unless:
        yield {"unless": unless.model_dump()}, f"a word of `unless` stands {_around(unless)}"
    if rule.not_before:
        yield {"not_before": rule.not_before}, "a character of `not_before` stands before it"
    if rule.not_after:
        yield {"not_after": rule.not_after}, "a character of `not_after` stands after it"


def _around(near: Near) -> str:
    places = ("before", near.before), ("after", near.after)
    return " or ".join(f"within {size} bytes {side} it" for side, size in places if size)


def _found(rule: Rule, text: str) -> list[tuple[str, float]]:
    """What it finds, by RE2 alone, and the confidence in it."""
    look, data = SecondLook(rule), text.encode("utf-8", "replace")
    return [
        (data[start:end].decode("utf-8", "replace"), confidence)
        for start, end, confidence in look.found(Around(data), look.scouted(data))
    ]
