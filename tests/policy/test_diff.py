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
            unless=Unless(group=("billing", "audit"), owner="Ana", until=date(2026, 12, 31)),
            then="block",
        ),
        Rule(id="no-names", why="GDPR", when=When(data=("pii.*", "phi.*")), then="redact"),
        Rule(id="no-code", why="ours", when=When(), then="redirect", to=("near", "far")),
    ),
    examples=(
        Example(sent="4242", expect="block", groups=("a", "b"), by=("no-cards", "no-names")),
        Example(sent="hello", expect="allow"),
    ),
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


ALTERED = list(altered(POLICY))


def turned[M: BaseModel](model: M) -> M:
    """The same with each list the other way round and its first entry twice, but for `to`."""
    update = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            update[name] = turned(value)
        elif isinstance(value, tuple) and value and name != "to":
            inner = [turned(v) if isinstance(v, BaseModel) else v for v in value]
            update[name] = (*inner[::-1], inner[0])
    return model.model_copy(update=update)


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


def test_order_and_repetition_are_no_difference_where_they_mean_nothing() -> None:
    other = turned(POLICY)
    assert other != POLICY
    assert changes(POLICY, other) == ()


def test_the_order_of_models_is_a_difference() -> None:
    rule = POLICY.rules[2].model_copy(update={"to": ("far", "near")})
    rules = (*POLICY.rules[:2], rule)
    assert changes(POLICY, POLICY.model_copy(update={"rules": rules})) == (
        Change("changed", "rules: no-code: to", '["near", "far"]', '["far", "near"]'),
    )


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
    rules = (rule.model_copy(update={"unless": later}), *POLICY.rules[1:])

    assert changes(POLICY, POLICY.model_copy(update={"rules": rules})) == (
        Change("changed", "rules: no-cards: unless: until", "2026-12-31", "2027-03-31"),
    )
