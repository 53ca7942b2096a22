"""Why a rule finds nothing in one of its own hits, for whoever wrote it.

The rule is tried with nothing but its expression, then with each of its other fields alone: what
makes the match disappear is the reason. Only done when a proof has failed, for one example.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from detectors.rule import GROUP, MARKED, Near, Rule
from detectors.second_look import SecondLook
from detectors.windows import Around

_ABOUT = {"id", "name", "hits", "misses"}
_EXPRESSION = _ABOUT | {"pattern", "named", "value", "trim"}
_WHERE = {"anchor", "reach", "in_line"}
_IN_ANY_CASE = "; with `(?i)` before it, which ignores case, it would"


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
        return expected <= {value for value, _ in _found(_with(rule, fields, more), text)}

    if not holds(_EXPRESSION, {}):
        if rule.pattern:
            if why := why_other(rule, marked, reported):
                return why
            said = "its `pattern` alone, without checks and words, does not match that"
            return said + _IN_ANY_CASE * holds(_EXPRESSION, {"pattern": f"(?i){rule.pattern}"})
        if not holds({*_ABOUT, "trim"}, {"pattern": f"({rule.value})"}):
            said = "its `value` alone, without checks and words, does not match that"
            return said + _IN_ANY_CASE * holds(_EXPRESSION, {"value": f"(?i){rule.value}"})
        name = f"(?i:{'|'.join(rule.named)})"
        if not _found(_with(rule, _ABOUT, {"pattern": name}), text):
            return "nothing that is called as one of its `named` stands before that"
        if re.search("»[A-Za-z0-9]", marked):
            return "a letter or digit follows that, so it is not all of the value"
        return "that is not what is assigned to one of its `named`: too much stands between"
    if not holds(_EXPRESSION | _WHERE, {}):
        narrow = "its `reach` is too small, or the match not `in_line`"
        return "no `anchor` stands within its `reach`" if rule.anchor else narrow
    reasons = [said for field, said in _others(rule) if not holds(_EXPRESSION | _WHERE, field)]
    if (near := rule.near) and not holds(_EXPRESSION | _WHERE, {"near": near.model_dump()}):
        for word in near.words:
            longer = near.model_dump() | {"words": (f"{word.rstrip('*')}*",)}
            if holds(_EXPRESSION | _WHERE, {"near": longer}):
                reasons.append(
                    f"`{word}` counts as a whole word alone, `{longer['words'][0]}` also "
                    "where it goes on"
                )
                break
    return " and ".join(reasons)


def why_other(rule: Rule, marked: str, _: float) -> str:
    """Why `rule` finds something else than its hit marks, where that is to be seen."""
    if not GROUP.search(rule.pattern):
        return ""
    # as if no parentheses marked a part of it
    whole = _with(rule, _EXPRESSION | _WHERE, {"pattern": f"({GROUP.sub('(?:', rule.pattern)})"})
    values = [value for value, _ in _found(whole, MARKED.sub(r"\1", marked))]
    if values != MARKED.findall(marked):
        return ""
    return "the first parentheses of its `pattern` mark what is found; `(?:…)` only groups"


def _with(rule: Rule, fields: set[str], more: Mapping[str, Any]) -> Rule:
    """The rule with these of its fields alone and `more`, surely reported."""
    # a field that was left out has no value that might be written: no `pattern` is no empty one
    written = rule.model_dump(include=fields, exclude_defaults=True)
    return Rule.model_validate({**written, "confidence": 1.0, **more})


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
