"""Policy and findings in, decision out. Every matching rule counts and the strictest wins."""

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase

from penstock.model import Action, Decision, Finding, Sender
from policy.people import people
from policy.schema import Policy, Rule, When, action


def decide(policy: Policy, sender: Sender, findings: Sequence[Finding]) -> Decision:
    """The strictest action any rule asks for, and the rules that asked for it."""
    if not findings:
        default = action(policy.default)
        return Decision(_in_mode(policy, default), (), asked=default)
    asked = [(rule, action(rule.then)) for rule in policy.rules if _applies(rule, sender, findings)]
    strictest = max((a for _, a in asked), default=action(policy.default))
    # by id, so that the order of rules in the file means nothing
    deciding = sorted((r for r, a in asked if a == strictest), key=lambda r: r.id)
    return Decision(
        action=_in_mode(policy, strictest),
        rules=tuple(r.id for r in deciding),
        asked=strictest,
        tell=next((r.tell for r in deciding if r.tell), ""),
        to=tuple(dict.fromkeys(name for r in deciding for name in r.to)),
        fallback=max((action(r.fallback) for r in deciding), default=Action.BLOCK),
    )


def to_redact(policy: Policy, sender: Sender, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that some rule above WARN is about: what a redaction takes out."""
    chosen: dict[int, Finding] = {}
    for rule in policy.rules:
        if action(rule.then) > Action.WARN and _applies(rule, sender, findings):
            for i, finding in enumerate(findings):
                if _about(rule, sender, finding):
                    chosen[i] = finding
    return tuple(chosen[i] for i in sorted(chosen))


def why(rule: Rule, sender: Sender, findings: Sequence[Finding]) -> str:
    """One line: what makes `rule` apply or what keeps it from applying."""
    held = [f for f in findings if _holds(rule.when, sender, f)]
    about = [f for f in held if _about(rule, sender, f)]
    distinct = len({f.fingerprint for f in about})
    if about and not _enough(rule.when.min_people, findings):
        return f"{people(findings)} people by estimate, {rule.when.min_people} are needed"
    if about and distinct >= rule.when.min_distinct:
        classes = ", ".join(sorted({f.data_class for f in about}))
        return f"applies to {classes}: {rule.then}"
    if about:
        return f"{distinct} different values, {rule.when.min_distinct} are needed"
    if held:
        return "excepted by its `unless`"
    if not findings:
        return "nothing was found"
    if not any(_any(rule.when.data, (f.data_class,)) for f in findings):
        return f"no finding is {' or '.join(rule.when.data)}"
    if not any(f.confidence >= rule.when.min_confidence for f in findings):
        return f"no finding reaches confidence {rule.when.min_confidence}"
    return "the service, account or group is not the one it names"


def decide_unread(policy: Policy, decision: Decision) -> Decision:
    """The decision for a prompt of which some parts could not be read."""
    floor = _in_mode(policy, action(policy.uninspected))
    if floor <= decision.action:
        return decision
    return Decision(action=floor, rules=("uninspected",), asked=action(policy.uninspected))


def can_redirect(policy: Policy) -> bool:
    """Whether a prompt may come to be answered by an internal model."""
    return policy.mode == "enforce" and any(rule.to for rule in policy.rules)


def unanswered(
    policy: Policy, rules: Collection[str], models: Collection[str]
) -> tuple[Action, str] | None:
    """What a redirect that `rules` ask for becomes, and why, where the settings name none of its
    models; None where they name one, or nothing is redirected, as by a policy that only watches."""
    asking = [rule for rule in policy.rules if rule.id in rules and rule.then == "redirect"]
    wanted = dict.fromkeys(name for rule in asking for name in rule.to)
    if not asking or policy.mode == "monitor" or any(name in models for name in wanted):
        return None
    named = " or ".join(f"`{name}`" for name in wanted)
    fallback = max(action(rule.fallback) for rule in asking)
    return fallback, f"the settings name no internal model {named} under `models`"


def decide_failed(policy: Policy) -> Decision:
    """The decision when inspection itself failed. Monitor mode does not soften it."""
    return Decision(
        action=action(policy.on_error), rules=("on-error",), asked=action(policy.on_error)
    )


def _in_mode(policy: Policy, asked: Action) -> Action:
    return min(asked, Action.WARN) if policy.mode == "monitor" else asked


def _applies(rule: Rule, sender: Sender, findings: Sequence[Finding]) -> bool:
    about = [f for f in findings if _about(rule, sender, f)]
    return (
        bool(about)
        and len({f.fingerprint for f in about}) >= rule.when.min_distinct
        and _enough(rule.when.min_people, findings)
    )


def _enough(least: int, findings: Sequence[Finding]) -> bool:
    return least == 0 or people(findings) >= least


def _about(rule: Rule, sender: Sender, finding: Finding) -> bool:
    return _holds(rule.when, sender, finding) and not (
        rule.unless is not None and _holds(rule.unless, sender, finding)
    )


def _holds(when: When, sender: Sender, finding: Finding) -> bool:
    return (
        finding.confidence >= when.min_confidence
        and _any(when.data, (finding.data_class,))
        and (when.placeholder is None or when.placeholder == finding.placeholder)
        and _any(when.service, (sender.service,))
        and _any(when.category, (sender.category,))
        and (when.approved is None or when.approved == sender.approved)
        and _any(when.group, sender.groups or ("",))
        and _any(when.account, (sender.account,))
        and _any(when.where, (finding.where,))
    )


def _any(globs: Iterable[str], values: Iterable[str]) -> bool:
    return any(g == "*" or fnmatchcase(v, g) for g in globs for v in values)
