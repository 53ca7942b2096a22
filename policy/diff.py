"""What differs between two policies, in any field that the schema has or comes to have.

The order of a list, and how often it names one thing, count only where the schema says so.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from policy.schema import InOrder, Policy


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
    return tuple(_fields("", _settled(old), _settled(new)))


def _settled[M: BaseModel](model: M) -> M:
    """The same with each list in one order, where its order means nothing."""
    update: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            update[name] = _settled(value)
        elif value and _are_models(value):
            update[name] = tuple(map(_settled, value))
        elif isinstance(value, tuple) and InOrder not in field.metadata:
            update[name] = tuple(sorted(set(value)))
    return model.model_copy(update=update)


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
