"""Of section F: which policies were in force, what changed with them, what they except; and who
may re-identify."""

from reports.ledger import approvers, policies
from reports.ledger.record import timestamp
from reports.monthly import sql
from reports.monthly.asked import Asked
from reports.monthly.document import Column, Table, Value


def deciding(asked: Asked) -> Table:
    """The policy files that decided something."""
    t = asked.words
    answer = asked.count("name", "day", cut="policy")
    days: dict[str, list[str]] = {}
    for name, day, _ in answer.rows:
        days.setdefault(name, []).append(day)
    return Table(
        id="policies",
        title=t("Policies"),
        columns=(
            Column("policy", t("Policy")),
            Column("sha256", "SHA-256", "code"),
            Column("first", t("First day")),
            Column("last", t("Last day")),
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple(
            (name.rpartition(" ")[0], name.rpartition(" ")[2], min(d), max(d), answer.by(name))
            for name, d in sorted(days.items(), key=lambda item: (min(item[1]), item[0]))
        ),
        definition=t(
            "Policy files that decided violations, by the hash of the file. A new hash is a change."
        ),
        query=answer.query,
    )


def changes(asked: Asked) -> Table:
    """What came into force in the month."""
    t = asked.words
    rows: list[tuple[Value, ...]] = [
        (
            change.at,
            change.policy,
            t(change.mode),
            t("first on record") if change.is_first else ", ".join(change.changed),
            change.owner or t("not stated"),
            ", ".join(f"{a.by} ({a.role})" for a in change.approvals) or t("nobody"),
            change.sha256[:16],
        )
        for change in policies.changes(asked.ledger)
        if change.at.startswith(asked.month.name)
    ]
    return Table(
        id="policy-changes",
        title=t("Changes of the policy"),
        columns=(
            Column("at", t("In force from"), "time"),
            Column("policy", t("Policy")),
            Column("mode", t("Mode")),
            Column("changed", t("Changed")),
            Column("owner", t("File belongs to")),
            Column("approved", t("Approved by")),
            Column("sha256", "SHA-256", "code"),
        ),
        rows=tuple(rows),
        definition=t(
            "A proxy notes each policy it begins to decide by: + a rule that is new, − one that "
            "is gone, ± one that reads otherwise. The account is the one the file belongs to; who "
            "approved it said so with `penstock policy approve`."
        ),
        query=";\n".join(sql.acts(kind) for kind in (policies.KIND, policies.APPROVAL)),
    )


def approving(asked: Asked) -> Table:
    """Who began or ceased to be an approver of re-identifications in the month."""
    t = asked.words
    return Table(
        id="approver-changes",
        title=t("Changes of the approvers"),
        columns=(
            Column("at", t("In force from"), "time"),
            Column("changed", t("Changed")),
            Column("account", t("Account")),
        ),
        rows=tuple(
            (change.at, ", ".join(change.changed), change.account or t("not stated"))
            for change in approvers.changes(asked.ledger)
            if change.at.startswith(asked.month.name)
        ),
        definition=t(
            "A proxy that starts notes whose keys may ask for and allow re-identifications: + who "
            "is new, − who is none any more, ± whose key is another one. No other key can. The "
            "account is the one that started the proxy."
        ),
        query=sql.acts(approvers.KIND),
    )


def exceptions(asked: Asked) -> Table:
    """What the policies of the month leave out, who answers for it and how long."""
    t = asked.words
    known = [
        body
        for body in policies.came_into_force(asked.ledger)
        if body["at"] < asked.month.end.isoformat()
    ]
    within = [body for body in known if body["at"] >= asked.month.name]
    before = [body for body in known if body["at"] < asked.month.name][-1:]
    if within and within[0]["at"] == timestamp(asked.month.start):
        before = []  # replaced at the first instant
    bodies = (*before, *within)
    found = dict.fromkeys(one for body in bodies for one in policies.exemptions(body))
    stand = {one for body in bodies[-1:] for one in policies.exemptions(body)}
    today = min(asked.now, asked.month.end).date().isoformat()
    rows: list[tuple[Value, ...]] = [
        (
            one.rule,
            one.policy,
            one.what,
            one.owner or t("not stated"),
            one.until or t("no end"),
            t(_state(is_standing=one in stand, is_over=bool(one.until) and one.until < today)),
        )
        for one in sorted(found, key=lambda one: (one.policy, one.rule))
    ]
    return Table(
        id="exceptions",
        title=t("Exceptions"),
        columns=(
            Column("rule", t("Rule"), "code"),
            Column("policy", t("Policy")),
            Column("what", t("Does not apply to")),
            Column("owner", t("Owner")),
            Column("until", t("Last day")),
            Column("state", t("State")),
        ),
        rows=tuple(rows),
        definition=t(
            "Every `unless` of the policies that were in force in the month. After its last day an "
            "exception ends by itself, and its rule holds for everybody. Replaced: the policy came "
            "into force anew without it."
        ),
        query=sql.acts(policies.KIND),
    )


def _state(*, is_standing: bool, is_over: bool) -> str:
    if not is_standing:
        return "replaced"
    return "ended" if is_over else "in force"
