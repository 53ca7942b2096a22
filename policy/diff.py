"""What differs between two policies, in any field that the schema has or comes to have."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from policy.schema import Policy


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    change: Literal["added", "removed", "changed"]
    what: str
    """Where: `mode`, `masks: pci.*`, `rules: no-cards: when: data`."""
    before: str = ""
    after: str = ""


def changes(old: Policy, new: Policy) -> tuple[Change, ...]:
    """All that differs, in the order of the schema; empty where both say the same."""
    return tuple(_fields("", old, new))


def _fields(place: str, old: BaseModel, new: BaseModel) -> Iterator[Change]:
    for name in type(old).model_fields:
        yield from _compare(_in(place, name), getattr(old, name), getattr(new, name))


def _compare(place: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, BaseModel) and isinstance(new, BaseModel):
        yield from _fields(place, old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _entries(place, old, new)
    elif _are_models(old) and _are_models(new):
        before, after = ({_name(model): model for model in models} for models in (old, new))
        yield from _entries(place, before, after)
        kept = [name for name in before if name in after]
        if kept != [name for name in after if name in before]:
            yield Change("changed", _in(place, "their order"))
        elif len(before) + len(after) < len(old) + len(new):
            yield Change("changed", _in(place, "how often one is given"))
    else:
        yield Change("changed", place, _written(old), _written(new))


def _entries(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        where = _in(place, key)
        if key not in new:
            yield Change("removed", where, before=_shown(old[key]))
        elif key not in old:
            yield Change("added", where, after=_shown(new[key]))
        else:
            yield from _compare(where, old[key], new[key])


def _are_models(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, BaseModel) for one in value)


def _name(model: BaseModel) -> str:
    """What tells one of several from the others: its id, or else all that it says."""
    return str(getattr(model, "id", None) or _written(model))


def _in(place: str, name: str) -> str:
    return f"{place}: {name}" if place else name


def _shown(value: Any) -> str:
    return "" if isinstance(value, BaseModel) else _written(value)


def _written(value: Any) -> str:
    match value:
        case None:
            return "none"
        case str():
            return value or "none"
        case BaseModel():
            return value.model_dump_json(exclude_defaults=True)
        case date():
            return value.isoformat()
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)
