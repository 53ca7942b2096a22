"""How many people a prompt is about, as a policy may ask."""

from penstock.model import Action, Finding, Sender
from policy.engine import decide, why
from policy.people import people
from policy.schema import Policy, Rule, Unless, When


def found(*values: str) -> list[Finding]:
    """`class value` each."""
    return [
        Finding("", 0, 1, c, "d@1", 0.9, v) for c, v in (value.split(" ", 1) for value in values)
    ]


def test_names_and_numbers_of_the_same_people_count_once() -> None:
    both = found("pii.person a", "pii.person b", "pii.national_id.pl_pesel 1", "fin.iban 2")
    assert people(both) == 2


def test_numbers_without_names_are_people() -> None:
    assert people(found(*(f"pii.national_id.us_ssn {n}" for n in range(7)))) == 7


def test_addresses_of_all_kinds_are_one_person() -> None:
    assert people(found("pii.email a", "pii.email b", "pii.phone c")) == 1
    assert people(found("secret.password a")) == 0


def test_one_person_named_in_several_ways_is_one() -> None:
    names = [
        Finding("", 0, 1, "pii.person", "d@1", 0.9, value, whose=whose)
        for value, whose in (("Anna Schmidt", "1"), ("Schmidt", "1"), ("Jan Nowak", "2"))
    ]
    assert people(names) == 2


def test_a_rule_may_ask_for_many_people() -> None:
    when = When(data=("pii.*",), min_people=3)
    rule = Rule(id="lists-stay", why="test", when=when, then="block")
    policy = Policy(name="p", rules=(rule,), examples=())
    few, many = found("pii.person a", "pii.person b"), found(*(f"pii.person {n}" for n in "abc"))

    assert decide(policy, Sender("s"), few).action is Action.ALLOW
    assert decide(policy, Sender("s"), many).action is Action.BLOCK
    assert why(rule, Sender("s"), few) == "2 people by estimate, 3 are needed"


def test_a_rule_may_leave_published_examples_alone() -> None:
    rule = Rule(
        id="cards",
        why="test",
        when=When(data=("pci.*",)),
        unless=Unless(placeholder=True),
        then="block",
    )
    policy = Policy(name="p", rules=(rule,), examples=())
    real = Finding("", 0, 1, "pci.card_number", "d@1", 0.9, "1")
    test = Finding("", 0, 1, "pci.card_number", "d@1", 0.9, "1", placeholder=True)

    assert decide(policy, Sender("s"), [test]).action is Action.ALLOW
    assert decide(policy, Sender("s"), [test, real]).action is Action.BLOCK
