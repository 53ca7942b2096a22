"""The data classes: what kinds of sensitive data there are, by law and severity.

One YAML file per regime in `policy/data_classes/`; an id ending in `.*` stands for a family.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from penstock.errors import ConfigError
from policy.operators import Name

DIRECTORY = Path(__file__).parent / "data_classes"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: dict[str, str]
    laws: tuple[str, ...] = ()
    category: str
    severity: int
    label: str = ""
    mask: Name = "placeholder"
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataClass:
    """A kind of sensitive data."""

    id: str
    title: dict[str, str]
    """In each language people read: `en`, `de`, `fr`, `es`."""
    laws: tuple[str, ...]
    """What makes it sensitive: `GDPR art. 4(1)`."""
    category: str
    severity: int
    """1 (low) to 4 (very high)."""
    label: str
    """What placeholders call it: `EMAIL`."""
    mask: str = "placeholder"
    """What stands in its place unless a policy's `masks` says otherwise."""
    hits: tuple[str, ...] = ()
    """Prompts in which it is found."""
    misses: tuple[str, ...] = ()
    """Prompts in which it is not: topics, near misses."""


@cache
def data_classes() -> dict[str, DataClass]:
    """All of them by id. Raises ConfigError if a file is wrong."""
    found: dict[str, DataClass] = {}
    for path in sorted(DIRECTORY.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text("utf-8")) or ():
            try:
                read = _Row.model_validate(row)
            except ValueError as e:
                raise ConfigError(f"{path.name}: {row.get('id', row)}: {e}") from None
            if read.id in found:
                raise ConfigError(f"{path.name}: data class `{read.id}` is defined twice")
            found[read.id] = DataClass(
                read.id,
                read.title,
                read.laws,
                read.category,
                read.severity,
                read.label or _last(read.id),
                read.mask,
                read.hits,
                read.misses,
            )
    return found


@cache
def data_class(name: str) -> DataClass | None:
    """The row for `name`: its own, or the nearest family's above it."""
    known = data_classes()
    if name in known:
        return known[name]
    family = name
    while "." in family:
        family = family.rpartition(".")[0]
        if (row := known.get(f"{family}.*") or known.get(family)) is not None:
            return row
    return None


def label(name: str) -> str:
    """What placeholders call a class: `pii.national_id.pl_pesel` -> `NATIONAL_ID`."""
    row = data_class(name)
    if row is not None and not (row.id.endswith(".*") and row.id.count(".") == 1):
        return row.label
    return _last(".".join(name.split(".")[:2]))


def title(name: str, language: str = "en") -> str:
    """What people call a class, in their language; its id if it has no row."""
    row = data_class(name)
    if row is None:
        return name
    return row.title.get(language) or row.title["en"]


def called(name: str, by_rule: str) -> str:
    """What a finding of a class is called in English: by its own title; where that is one for a
    whole family, as `Password, key or token`, by what the rule that found it says it finds."""
    row = data_class(name)
    is_family = row is None or row.id.endswith("*")
    return by_rule if by_rule and is_family else title(name)


def _last(name: str) -> str:
    return name.removesuffix(".*").rpartition(".")[2].upper()
