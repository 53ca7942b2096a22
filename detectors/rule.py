"""What a rule is: one pattern with its checks, its context words and the examples that prove it.

A rule file is YAML: `source` (where the format is documented) and a list of `rules`. Every
mistake in one is a `ConfigError` of the form `file.yaml:LINE: what` and stops the load.
docs/adding-a-rule.md explains the fields to someone who writes one.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from detectors import rule_mistakes
from detectors.letters import in_ranges
from detectors.rule_parts import PART, filled, put_in, worded
from detectors.validators import Check, named_check
from penstock.errors import ConfigError
from penstock.yaml_text import given_twice, line_of, text_of, yaml_files

SHIPPED = Path(__file__).parent / "rules"
"""The rules of this product."""

Reach = Annotated[int, Field(ge=0, le=1_000_000)]
Confidence = Annotated[float, Field(ge=0, le=1)]
Example = Annotated[str, StringConstraints(min_length=1)]
MARKED = re.compile("«(.*?)»", re.DOTALL)
_ID = re.compile(r"[a-z0-9]+(?:\.[a-z0-9_]+)+")
_REPORTED = ("secret.", "pii.", "phi.", "pci.", "fin.", "gdpr9.", "gdpr10.", "doc.marking.", "edm.",
             "custom.")  # fmt: skip
"""The data classes that detectors report; what a rule finds of others would be seen by nobody."""
_HELPING = ("coded.", "harmless.", "heading.", "joint.", "words.")
"""What they ask about themselves."""
GROUP = re.compile(r"(?<!\\)\((?!\?)")
"""Parentheses that mark the sensitive part."""
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Near(_Strict):
    """Words whose presence around a match says something about it.

    A word is matched without regard to case and as a whole: it begins and ends where no letter
    or digit adjoins (an underscore does not count). `*` at an end lifts that there: `*nummer`.
    """

    words: tuple[str, ...]
    """A list, or lists by language code."""
    before: Annotated[int, Field(ge=0, le=1000)] = 60
    """How many bytes before the value are looked at."""
    after: Annotated[int, Field(ge=0, le=1000)] = 0
    own_part: bool = False
    """Whether only words after the last line break, `&`, `,` or `;` before the match count: those
    of `CLIENT_ID=…` say nothing about the line below it."""

    @field_validator("words", mode="before")
    @classmethod
    def _by_language(cls, value: object) -> object:
        if isinstance(value, dict):
            return tuple(dict.fromkeys(word for words in value.values() for word in words))
        return value

    @field_validator("words")
    @classmethod
    def _words_are_words(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            if not word.strip("* "):
                raise ValueError(f"`{word}` is no word")
            if part := PART.search(word):
                raise ValueError(f"there is no list `{part[1]}`")
        return words

    @cached_property
    def pattern(self) -> str:
        """One RE2 expression that finds any of the words."""
        by_ends: dict[tuple[bool, bool], list[str]] = {}
        for word in self.words:
            ends = word.startswith("*"), word.endswith("*")
            by_ends.setdefault(ends, []).append(_spelling(word.strip("*")))
        parts = (
            ("" if open_head else r"(?:^|[^\pL\pN])")
            + f"(?:{'|'.join(words)})"
            + ("" if open_tail else r"(?:$|[^\pL\pN])")
            for (open_head, open_tail), words in by_ends.items()
        )
        return in_ranges(f"(?i)(?:{'|'.join(parts)})")


def _spelling(word: str) -> str:
    return re.sub(r"\\?\s+", r"[\\s_-]*", re.escape(word))


class Rule(_Strict):
    """One way a kind of sensitive data is written."""

    id: str
    """The data class it finds; several rules may share one."""
    name: Annotated[str, StringConstraints(min_length=1)]
    """What it finds, in a reader's words."""
    source: str = ""
    """Where the format is documented: an address, or a standard, a law or an authority by name.
    Without one the file's counts."""
    pattern: Annotated[str, StringConstraints(min_length=1)] = ""
    """What both Hyperscan and RE2 understand. Parentheses mark the sensitive part (the first
    group that took part); without any it is the whole match."""
    named: tuple[str, ...] = ()
    """Instead of `pattern`, with `value`: what a variable, key or phrase is called that is
    assigned the value (`DATADOG_API_KEY=…`, `datadog: …`); expressions, case ignored."""
    value: str = ""
    """The expression of the value that `named` is assigned."""
    anchor: tuple[str, ...] = ()
    """What Hyperscan looks for instead, where `pattern` is too large or too common: something
    that stands inside, or within `reach` bytes of, whatever is to be found. One expression, or
    several: it is faster on plain ones than on one that joins them."""
    reach: tuple[Reach, Reach] = (1024, 1024)
    """How many bytes before and after the end of what Hyperscan found the match may lie; one
    number means both. What is longer may be missed."""
    in_line: bool = False
    """Whether a match lies in the one line, with the break before it, at whose end that was."""
    not_before: str = ""
    """Characters, as in a bracket expression, that must not stand right before the match."""
    not_after: str = ""
    """The same right after it."""
    trim: str = ""
    """Characters stripped from the end of the value."""
    check: tuple[str, ...] = ()
    """Validators the value must pass, in order: `luhn`, `entropy>=3.5`, `stdnum:de.idnr`."""
    confidence: Confidence
    """With context, where the rule has any."""
    near: Near | None = None
    """Words that make a match credible."""
    without: Confidence = 0.0
    """Confidence when no word of `near` is there; 0 drops the match."""
    unless: Near | None = None
    """Words that make it incredible: the match is dropped."""
    generic: bool = False
    """Gives way to any other match it overlaps."""
    hits: Annotated[tuple[Example, ...], Field(min_length=1)]
    """Texts with what must be found between « and »."""
    misses: Annotated[tuple[Example, ...], Field(min_length=1)]
    """Near misses it must stay silent on."""
    _origin: str = PrivateAttr("")
    _lines: dict[tuple[str, int], int] = PrivateAttr({})

    @property
    def origin(self) -> str:
        """`file.yaml:LINE` where it was read."""
        return self._origin

    def origin_of(self, field: str, n: int = -1) -> str:
        """The same of one of its fields, or of the n-th of its `hits` or `misses`."""
        path, _, line = self.origin.rpartition(":")
        return f"{path}:{self._lines.get((field, n), line)}"

    @field_validator("id")
    @classmethod
    def _id_is_a_class(cls, value: str) -> str:
        if not _ID.fullmatch(value):
            raise ValueError(f"`{value}` is no data class; write it as `secret.acme_key`")
        if not value.startswith((*_REPORTED, *_HELPING)):
            known = ", ".join(f"`{family}`" for family in _REPORTED)
            raise ValueError(f"nothing reports `{value}`; begin it with one of {known}")
        return value

    @field_validator("name")
    @classmethod
    def _is_one_line(cls, name: str) -> str:
        if not name.strip() or not name.isprintable():  # people read it in lines of a terminal
            raise ValueError("must be words on one line, without control characters")
        return name

    @field_validator("check", "named", "anchor", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("reach", mode="before")
    @classmethod
    def _both_ways(cls, value: object) -> object:
        return (value, value) if isinstance(value, int) else value

    @field_validator("check")
    @classmethod
    def _checks_exist(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            named_check(name)
        return names

    @field_validator("pattern", "value", "not_before", "not_after")
    @classmethod
    def _is_as_written(cls, expression: str) -> str:
        return rule_mistakes.not_made_by_yaml(expression)

    @field_validator("named", "anchor")
    @classmethod
    def _are_as_written(cls, expressions: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(rule_mistakes.not_made_by_yaml, expressions))

    @field_validator("hits")
    @classmethod
    def _hits_are_marked(cls, hits: tuple[str, ...]) -> tuple[str, ...]:
        for hit in hits:
            if not MARKED.search(hit):
                raise ValueError("a hit marks what is found between « and »")
        return hits

    @model_validator(mode="after")
    def _one_pattern(self) -> "Rule":
        if self.named and not self.value and not self.pattern:
            raise ValueError("`value` is missing, the expression of what `named` is assigned")
        if self.value and not self.named and not self.pattern:
            raise ValueError("`named` is missing, what that is called which is assigned `value`")
        if bool(self.pattern) == bool(self.named) or bool(self.named) != bool(self.value):
            raise ValueError("a rule has either `pattern`, or `named` and `value`")
        if self.without and not self.near:
            raise ValueError("`without` means nothing where there is no `near`")
        for field in ("pattern", "value", "anchor"):
            if part := PART.search("".join(getattr(self, field))):
                raise ValueError(f"`{field}`: there is no part `{part[1]}`")
        return self

    @cached_property
    def expression(self) -> str:
        """The whole expression, for RE2. `\\b` at its start also takes an escape for one: a
        value in JSON or a URL may follow the letters of `\\n` or `%3D`.
        """
        if self.named:
            return in_ranges(_assignment(self.named, self.value))
        if self._begins_a_word:
            return in_ranges(rf"(?:\b|\\[nrt]|%[0-9A-Fa-f]{{2}})({self.pattern[2:]})")
        return in_ranges(self.pattern)

    @cached_property
    def scouts(self) -> tuple[str, ...]:
        """The expressions for Hyperscan; `expression` is then searched within `reach` of them.

        What stands before a word is left to that search: Hyperscan would have to follow it
        through all of the text.
        """
        own = self.anchor or (self.pattern,)
        if self.named and not self.anchor:
            own = (f"(?i:{'|'.join(self.named)})",)
        if self._begins_a_word:
            own = tuple(scout.removeprefix(r"\b") for scout in own)
        return tuple(in_ranges(scout) for scout in own)

    @property
    def scouting(self) -> str:
        """The field that `scouts` are of."""
        return "anchor" if self.anchor else "named" if self.named else "pattern"

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Each that the file has, by itself, with the name of its field."""
        yield from (("pattern", in_ranges(self.pattern)), ("value", in_ranges(self.value)))
        yield from (("named", in_ranges(one)) for one in self.named)
        yield from (("anchor", in_ranges(one)) for one in self.anchor)
        for field in ("not_before", "not_after"):
            if inside := getattr(self, field):
                yield field, f"[{inside}]"

    @property
    def _begins_a_word(self) -> bool:
        return self.pattern.startswith(r"\b") and not GROUP.search(self.pattern)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The validators by name, resolved."""
        return tuple(named_check(name) for name in self.check)


def in_bytes(expression: str) -> bool:
    """Whether `.` and `[^…]` take one byte of UTF-8 each and `(?i)` is about ASCII only.

    So in expressions that are all ASCII, and in those that name the bytes `\\x80-\\xff`.
    """
    ascii_only = expression.isascii() and not re.search(r"\\(?:[pP]|x\{\w{3,}\})", expression)
    return ascii_only or r"\x80-\xff" in expression


_NAME_TAIL = r"[\w .\-\[\]]{0,32}?"
_GAP = r"[ \t\"'`=:,;|<>()\[\]{}@&*+\-/\\]{1,12}"
_FILLER = (
    r"(?:(?i:value|default|string|str|char|as|is|ist|est|es|to|varchar2?|pic|type|x?\(\d{1,4}\))"
    + _GAP
    + "){0,4}"
)
_NEXT_LINE = r"[\"']{0,2}[ \t{]{0,4}\r?\n\s{1,16}(?:value|default)[\"']?\s{0,4}[:=]\s{0,4}[\"']?"


def _assignment(names: Iterable[str], value: str) -> str:
    """A name in a variable, key, flag or phrase, what may stand between, then the value.

    Covers `NAME=v`, `name: "v"`, `"name": "v"`, `name := 'v'`, `name => v`, `--name v`,
    `name("v")`, `<name>v</name>`, `name is v`, `{"key": "name", "value": "v"}`, `name As String =
    "v"`, and `name:` with `value: v` on the next line.
    """
    return rf"(?i:{'|'.join(names)}){_NAME_TAIL}(?:{_GAP}{_FILLER}|{_NEXT_LINE})({value})"


class _File(_Strict):
    source: str = ""
    """Of the rules that name none of their own."""
    parts: dict[str, str] = {}
    """Expressions that patterns of this file use by name: `(?&name)`."""
    words: dict[str, tuple[str, ...]] = {}
    """Lists that `near` and `unless` of this file have among their words by name: `(?&name)`."""
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _put_parts_in(cls, data: Any) -> Any:
        rules = data.get("rules") if isinstance(data, dict) else None
        if not isinstance(rules, list):
            return data
        rules = [
            {"source": data.get("source", ""), **r} if isinstance(r, dict) else r for r in rules
        ]
        parts = data.get("parts")
        whole: dict[str, str] = {}
        for name, part in parts.items() if isinstance(parts, dict) else ():
            whole[name] = put_in(str(part), whole)
        if whole:
            rules = [filled(rule, whole) for rule in rules]
        if isinstance(lists := data.get("words"), dict):
            rules = [worded(rule, lists) for rule in rules]
        return {**data, "rules": rules}


def load_rules(directories: Iterable[Path]) -> tuple[Rule, ...]:
    """Every rule in every `*.yaml` and `*.yml` of `directories`; ConfigError for any fault."""
    paths = [path for directory in directories for path in yaml_files(directory)]
    return tuple(rule for path in paths for rule in read_rules(text_of(path), str(path)))


def repeated(rules: Iterable[Rule]) -> Iterator[str]:
    """What to say of each that finds the same as one before it, in the same way."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.model_dump_json(exclude={"name", "source"}), rule)
        if first is not rule:
            yield f"{rule.origin}: `{rule.id}` is the same as {first.origin}; remove one of them"


def read_rules(text: str, path: str) -> tuple[Rule, ...]:
    """The rules of one file's text; `path` names it in errors."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        data = loader.construct_document(node) if node else None
    except yaml.YAMLError as error:
        line, what = rule_mistakes.of_yaml(error, text)
        raise ConfigError(f"{path}:{line}: {what}") from None
    finally:
        loader.dispose()
    try:
        again = next(given_twice(node), None)
    except RecursionError:
        raise ConfigError(f"{path}:1: an alias in it stands within what it names") from None
    if again:
        raise ConfigError(f"{path}:{again.start_mark.line + 1}: `{again.value}` is given twice")
    try:
        rules = _File.model_validate(data).rules
    except ValidationError as error:
        line, what = rule_mistakes.of_fields(error, node, data, _File)
        raise ConfigError(f"{path}:{line}: {what}") from None
    for i, rule in enumerate(rules):
        rule._origin = f"{path}:{line_of(node, ('rules', i))}"
        examples = [("hits", n) for n in range(len(rule.hits))]
        examples += (("misses", n) for n in range(len(rule.misses)))
        rule._lines = {example: line_of(node, ("rules", i, *example)) for example in examples}
        rule._lines |= {
            (field, -1): line_of(node, ("rules", i, field))
            for field in ("pattern", "value", "named", "anchor", "not_before", "not_after")
            if field in rule.model_fields_set
        }
    return rules
