"""That a comparison of two policies misses nothing that a policy can say."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from policy import schema
from policy.diff import Change, changes
from policy.schema import Example, Policy, Rule, Unless, When

POLICY = Policy(
    name="mine",
    masks={"pci.card_number": "last_four"},
    rules=(
        Rule(
            id="no-cards",
            why="PCI DSS 4.2",
            when=When(data=("pci.*",)),
            unless=Unless(group=("billing",), owner="Ana", until=date(2026, 12, 31)),
            then="block",
        ),
        Rule(id="no-names", why="GDPR", when=When(data=("pii.*",)), then="redact"),
    ),
    examples=(Example(sent="4242", expect="block"), Example(sent="hello", expect="allow")),
)


def altered(model: Any) -> Iterator[tuple[str, Any]]:
    """Each field of `model`, and of all models in it, and a copy in which only that one differs."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        place = f"{type(model).__name__}.{name}"
        yield place, model.model_copy(update={name: None if isinstance(value, tuple) else "other"})
        if isinstance(value, BaseModel):
            for inner, copy in altered(value):
                yield inner, model.model_copy(update={name: copy})
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for inner, copy in altered(value[0]):
                yield inner, model.model_copy(update={name: (copy, *value[1:])})
            yield f"{place}, fewer", model.model_copy(update={name: value[1:]})
            yield f"{place}, reordered", model.model_copy(update={name: value[::-1]})
            yield f"{place}, repeated", model.model_copy(update={name: (*value, value[0])})


ALTERED = list(altered(POLICY))


def test_every_field_of_the_schema_is_tried() -> None:
    models = [m for m in vars(schema).values() if isinstance(m, type) and issubclass(m, BaseModel)]
    fields = {f"{m.__name__}.{f}" for m in models for f in m.model_fields}

    assert fields == {place for place, _ in ALTERED if "," not in place}


# the other value need not be of the field's type, only another one
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize(("place", "other"), ALTERED, ids=[place for place, _ in ALTERED])
def test_what_differs_is_seen_from_both_sides(place: str, other: Policy) -> None:
    assert changes(POLICY, other)
    assert changes(other, POLICY)


def test_equal_policies_do_not_differ() -> None:
    assert changes(POLICY, Policy.model_validate(POLICY.model_dump())) == ()


def test_a_mask_is_named_with_what_it_was_and_is() -> None:
    other = POLICY.model_copy(update={"masks": {"pci.card_number": "surrogate"}})
    none = POLICY.model_copy(update={"masks": {}})

    what = "masks: pci.card_number"
    assert changes(POLICY, other) == (Change("changed", what, "last_four", "surrogate"),)
    assert changes(POLICY, none) == (Change("removed", what, before="last_four"),)


def test_an_exception_is_named_by_its_field() -> None:
    rule = POLICY.rules[0]
    assert rule.unless
    later = rule.unless.model_copy(update={"until": date(2027, 3, 31)})
    rules = (rule.model_copy(update={"unless": later}), POLICY.rules[1])

    assert changes(POLICY, POLICY.model_copy(update={"rules": rules})) == (
        Change("changed", "rules: no-cards: unless: until", "2026-12-31", "2027-03-31"),
    )
