"""The promises of the policy engine."""

from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from penstock.model import Action, Finding, Sender
from policy.engine import decide, decide_failed, decide_unread, to_redact
from policy.schema import Policy, Rule, Unless, When

NAMES = st.sampled_from(["allow", "warn", "redact", "block"])
TESTS = {
    "data": st.lists(st.sampled_from(["a.*", "b", "*"]), min_size=1).map(tuple),
    "min_confidence": st.floats(0, 1),
    "min_distinct": st.integers(1, 3),
    "approved": st.sampled_from([None, True, False]),
    "account": st.sampled_from([("*",), ("free",)]),
}
WHENS = st.builds(When, **TESTS)
RULES = st.builds(
    Rule,
    id=st.text("abc", min_size=1, max_size=8),
    why=st.just("because"),
    when=WHENS,
    unless=st.none() | st.builds(Unless, **TESTS),
    then=NAMES,
)
RULE_SETS = st.lists(RULES, unique_by=lambda r: r.id)
FINDINGS = st.lists(
    st.builds(
        Finding,
        where=st.just(""),
        start=st.just(0),
        end=st.just(1),
        data_class=st.sampled_from(["a.x", "a.y", "b"]),
        detector=st.just("d@1"),
        confidence=st.floats(0, 1),
        fingerprint=st.sampled_from("xyz"),
    )
)
SENDER = Sender(user="u", account="free")


def policy(rules: list[Rule], mode: str = "enforce") -> Policy:
    return Policy.model_validate(
        {"name": "t", "mode": mode, "rules": [r.model_dump() for r in rules], "examples": []}
    )


def finding(data_class: str = "a.x", confidence: float = 0.9, fingerprint: str = "f") -> Finding:
    return Finding("", 0, 1, data_class, "d@1", confidence, fingerprint)


def rule(id: str = "r", then: str = "block", **more: object) -> Rule:
    return Rule.model_validate({"id": id, "why": "w", "when": {}, "then": then, **more})


@given(rules=RULE_SETS, extra=RULES, findings=FINDINGS)
def test_adding_a_rule_never_loosens(
    rules: list[Rule], extra: Rule, findings: list[Finding]
) -> None:
    others = [r for r in rules if r.id != extra.id]
    before = decide(policy(others), SENDER, findings)

    assert decide(policy([*others, extra]), SENDER, findings).action >= before.action


@given(rules=RULE_SETS, findings=FINDINGS, random=st.randoms(use_true_random=False))
def test_order_means_nothing(rules: list[Rule], findings: list[Finding], random: Random) -> None:
    shuffled = random.sample(rules, len(rules))

    assert decide(policy(shuffled), SENDER, findings) == decide(policy(rules), SENDER, findings)


@given(rules=RULE_SETS, findings=FINDINGS)
def test_monitor_mode_never_does_more_than_warn_and_still_says_what_was_asked(
    rules: list[Rule], findings: list[Finding]
) -> None:
    watched = decide(policy(rules, "monitor"), SENDER, findings)

    assert watched.action <= Action.WARN
    assert watched.asked == decide(policy(rules), SENDER, findings).asked


def test_the_strictest_rules_are_named_in_order_of_their_ids() -> None:
    decision = decide(
        policy([rule("z", tell="zz"), rule("a"), rule("m", "warn")]), SENDER, [finding()]
    )

    assert decision.action is Action.BLOCK
    assert decision.rules == ("a", "z")
    assert decision.tell == "zz"


def test_an_exception_lives_inside_its_rule() -> None:
    p = policy([rule("a", unless={"group": ["hr"]}), rule("b", "warn")])

    assert decide(p, replace(SENDER, groups=("hr",)), [finding()]).rules == ("b",)
    assert decide(p, SENDER, [finding()]).rules == ("a",)


def test_an_exception_can_be_about_a_place() -> None:
    rules = policy([rule(unless={"where": ["/tools/*"]})])
    inside, outside = (replace(finding(), where=w) for w in ("/tools/3#", "/messages/0/content"))

    assert decide(rules, SENDER, [inside]).action is Action.ALLOW
    assert decide(rules, SENDER, [inside, outside]).action is Action.BLOCK
    assert to_redact(rules, SENDER, [inside, outside]) == (outside,)


def test_a_count_rule_wants_different_values_not_repeats() -> None:
    p = policy([rule(when={"data": ["a.*"], "min_distinct": 2})])

    assert decide(p, SENDER, [finding(), finding()]).action is Action.ALLOW
    assert decide(p, SENDER, [finding(), finding(fingerprint="g")]).action is Action.BLOCK


def test_a_redirect_that_cannot_be_answered_falls_back_to_the_strictest_of_its_rules() -> None:
    p = policy(
        [
            rule("a", "redirect", to="m1", fallback="redact"),
            rule("b", "redirect", to=["m2", "m1"], fallback="block"),
        ]
    )
    decision = decide(p, SENDER, [finding()])

    assert decision.to == ("m1", "m2")
    assert decision.fallback is Action.BLOCK


def test_a_redaction_takes_out_what_rules_above_warn_are_about() -> None:
    p = policy([rule("a", "redact", when={"data": ["a.*"]}), rule("b", "warn")])
    found = [finding(), finding("b")]

    assert to_redact(p, SENDER, found) == (found[0],)


def test_an_exception_ends_after_its_last_day() -> None:
    p = policy([rule(unless={"account": ["free"], "owner": "ana", "until": "2026-11-20"})])

    for day, action in ((20, Action.ALLOW), (21, Action.BLOCK)):
        assert decide(p.on(date(2026, 11, day)), SENDER, [finding()]).action is action
    forever = policy([rule(unless={"account": ["free"]})])
    assert forever.on(date(2100, 1, 1)) == forever


def test_unread_parts_are_decided_by_the_policy_and_never_loosen() -> None:
    p = policy([rule(then="warn")])
    warned = decide(p, SENDER, [finding()])

    assert decide_unread(p, warned).action is Action.BLOCK
    assert decide_unread(p.model_copy(update={"uninspected": "allow"}), warned) == warned


def test_monitor_mode_does_not_soften_a_failed_inspection() -> None:
    assert decide_failed(policy([], "monitor")).action is Action.BLOCK
