"""What several rules of a file share, put where they name it: `(?&name)`."""

import re
from collections.abc import Mapping

PART = re.compile(r"\(\?&(\w+)\)")


def put_in(pattern: str, parts: Mapping[str, str]) -> str:
    """The pattern with each `(?&name)` replaced; the rule says which names are none.

    A part may use those written before it.
    """

    def part(reference: re.Match[str]) -> str:
        name = reference[1]
        return f"(?:{parts[name]})" if name in parts else reference[0]

    return PART.sub(part, pattern)


def filled(rule: object, parts: Mapping[str, str]) -> object:
    """The rule with the parts put into its expressions."""
    if not isinstance(rule, dict):
        return rule
    written = ((f, rule[f]) for f in ("pattern", "value", "anchor") if f in rule)
    return {**rule, **{field: _put_into(value, parts) for field, value in written}}


def _put_into(value: object, parts: Mapping[str, str]) -> object:
    if isinstance(value, list):
        return [_put_into(one, parts) for one in value]
    return put_in(value, parts) if isinstance(value, str) else value


def worded(rule: object, lists: Mapping[str, object]) -> object:
    """The rule with a list's words where its name was among those of `near` or `unless`."""
    if not isinstance(rule, dict):
        return rule
    written = ((f, rule[f]) for f in ("near", "unless") if isinstance(rule.get(f), dict))
    return {
        **rule,
        **{field: {**near, "words": _spread(near.get("words"), lists)} for field, near in written},
    }


def _spread(words: object, lists: Mapping[str, object]) -> object:
    if not isinstance(words, list):
        return words
    spread: list[object] = []
    for word in words:
        part = PART.fullmatch(word) if isinstance(word, str) else None
        listed = lists.get(part[1]) if part else None
        spread += listed if isinstance(listed, list) else [word]
    return spread
