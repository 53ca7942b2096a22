"""What is wrong with a file of rules, where, and what to do about it, for whoever wrote it."""

import re
from collections.abc import Sequence
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from penstock.errors import did_you_mean, in_words
from penstock.yaml_text import line_of

type Mistake = tuple[int, str]
"""A line of the file, and what is wrong there."""

_QUOTES = "write the value in single quotes, an apostrophe in it twice"
_OF_YAML = (
    ("found unknown escape character", "in double quotes YAML reads `\\` itself; use single ones"),
    ("mapping values are not allowed", "a value that holds `: ` stands in single quotes"),
    ("found undefined alias", f"`*` at its beginning has a meaning in YAML; {_QUOTES}"),
    ("found character that cannot start any token", _QUOTES),
    ("did not find expected", f"is it indented as the lines around it? Else {_QUOTES}"),
    ("found unexpected end of stream", "a quotation mark or bracket is not closed"),
)
_TABS = "a tab, where YAML takes blanks alone; indent with those"
_MADE = {"\b": "backspace from `\\b`", "\x85": "line break from `\\N`",
         "\u2028": "line break from `\\L`", "\u2029": "line break from `\\P`"}  # fmt: skip
"""What YAML makes, within double quotes, of what means something else in an expression."""


def of_yaml(error: yaml.YAMLError, text: str) -> Mistake:
    """What keeps the text from being YAML."""
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or "not YAML"
    if mark is None:
        return 1, said
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return mark.line + 1, _TABS
    remedy = next((what for sign, what in _OF_YAML if said.startswith(sign)), "")
    return mark.line + 1, f"{said}{remedy and f': {remedy}'}"


def of_fields(
    error: ValidationError, node: yaml.Node | None, data: object, kind: type[BaseModel]
) -> Mistake:
    """The first thing that makes `data`, of which `node` is the YAML, no `kind`."""
    if not isinstance(data, dict):
        found = "begins with a list" if isinstance(data, list) else "is no mapping"
        found = found if data else "holds nothing"
        return 1, f"the file {found}; `rules:` is missing, which stands above the rules"
    every = error.errors(include_url=False, include_input=False)
    # a misspelt key may be missing under its right name too: the first says more
    first = next((e for e in every if e["type"] == "extra_forbidden"), every[0])
    place = first["loc"]
    if first["type"] == "extra_forbidden":
        remedy = did_you_mean(str(place[-1]), _names(kind, place[:-1]))
        return line_of(node, place), f"`{_shown(place)}`: unknown key{remedy}"
    said = in_words(first["type"], first["msg"], first.get("ctx", {}))
    if first["type"] == "string_type":
        said += "; write it in single quotes"
    elif place == ("rules",) and isinstance(data.get("rules"), dict):
        said = "must be a list; begin each rule with `- `"
    line = line_of(node, place)
    if len(place) == 2:  # about a rule as a whole: the line is that of a field it names
        named = (line_of(node, (*place, field)) for field in re.findall("`([a-z_]+)`", said))
        line = next((at for at in named if at != line), line)
        return line, said
    return line, f"`{_shown(place)}`: {said}"


def _shown(place: Sequence[str | int]) -> str:
    names = [part for part in place if isinstance(part, str)]
    return ".".join(names[1:] or names)


def _names(kind: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """The keys that a mapping at this place may have."""
    for part in place:
        if isinstance(part, str):
            inner = _models(kind.model_fields[part].annotation)
            kind = inner[0] if inner else kind
    return list(kind.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models(inner)]


def not_made_by_yaml(expression: str) -> str:
    """The same; ValueError for what nobody writes, which YAML made of an escape."""
    for sign, made in _MADE.items():
        if sign in expression:
            raise ValueError(
                f"within double quotes YAML has made a {made}; write it in single quotes"
            )
    return expression


def words_of(error: Exception) -> str:
    """What Hyperscan or RE2 says about an expression, and what to do about it."""
    said = error.args[0] if error.args else ""
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return next((told for sign, told in _REMEDIES if said.startswith(sign)), "{}").format(said)


_IN_BRACKETS = "{} within `[…]`: a bracket before it is not closed, or it means nothing there"
_REMEDIES = (
    ("Pattern matches empty buffer", "it also matches nothing at all; ask for one character"),
    ("invalid perl operator: (?", "{}: there is no lookaround; use `near`, `unless`, `not_before`"),
    *((f"invalid escape sequence: \\{n}", "{}: there are no back-references") for n in range(10)),
    *((f"invalid escape sequence: \\{letter}", _IN_BRACKETS) for letter in "bBAz"),
    ("invalid escape sequence: \\", "{}: there is no such escape"),
    ("missing ]", "{}: a bracket is not closed; for the sign itself write `\\[`"),
    ("missing )", "{}: a parenthesis is not closed; for the sign itself write `\\(`"),
    ("unexpected )", "{}: no parenthesis is open; for the sign itself write `\\)`"),
    ("no argument for repetition", "{}: nothing stands before it; `\\` makes it a plain sign"),
    ("invalid repetition size", "{}: 1000 at most, the smaller number first"),
    ("Pattern length exceeds limit", "it is too long; make two rules of it"),
    ("Pattern is too large", "it is too large for Hyperscan; repeat less, or name an `anchor`"),
)
