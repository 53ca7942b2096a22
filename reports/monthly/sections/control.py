"""F. Whether the control works: enforcement, coverage, precision, latency; what governs it."""

from math import sqrt

from reports.monthly.asked import Asked
from reports.monthly.document import Column, Number, Section, Table, Value
from reports.monthly.sections import noticed, policies
from reports.monthly.sql import acts, listed

STRICT = ("block", "redact", "redirect")
"""What more can be asked for than to watch and to warn."""

_Z = 1.959964
"""Of the 95 % interval."""


def section(asked: Asked) -> Section:
    """How much could be inspected, how often reviewers agreed, what changed in the policy."""
    t = asked.words
    return Section(
        letter="F",
        id="control-effectiveness",
        title=t("Effectiveness of the control"),
        numbers=(
            _enforced(asked),
            _watched(asked),
            _uninspected(asked),
            _let_through(asked),
            _unrecorded(asked),
            *noticed.waits(asked),
            noticed.canaries(asked),
            noticed.tunnels(asked),
        ),
        tables=(
            _detectors(asked),
            policies.deciding(asked),
            policies.changes(asked),
            policies.exceptions(asked),
            policies.approving(asked),
            noticed.missed(asked),
            noticed.bypasses(asked),
        ),
    )


def _enforced(asked: Asked) -> Number:
    t = asked.words
    answer = asked.count("asked", "action")
    done = sum(n for wanted, action, n in answer.rows if wanted == action and action in STRICT)
    bound = sum(n for wanted, action, n in answer.rows if wanted in STRICT and action in STRICT)
    return Number(
        id="enforced",
        label=t("Enforced"),
        value=done / bound if bound else None,
        kind="share",
        definition=t(
            "Violations in which what the rules asked for, to redact, redirect or block, was done, "
            "of those in which they asked for it and the policy did more than to watch. Below "
            "100 % where a redirect fell back."
        ),
        query=f"{answer.total_query} WHERE asked = action AND action IN {listed(STRICT)}",
        numerator=done,
        denominator=bound,
        note=""
        if bound
        else t("The policy only watched, or asked for less.")
        if answer.total
        else t("No violation was recorded."),
    )


def _watched(asked: Asked) -> Number:
    t = asked.words
    answer = asked.count("asked", "action")
    wanted = sum(n for asked_for, _, n in answer.rows if asked_for in STRICT)
    watched = sum(
        n for asked_for, done, n in answer.rows if asked_for in STRICT and done not in STRICT
    )
    return Number(
        id="only-watched",
        label=t("Only watched"),
        value=watched / wanted if wanted else None,
        kind="share",
        definition=t(
            "Violations in which rules asked to redact, redirect or block while the policy was in "
            "monitor mode, which stops nothing, of all in which they asked for it."
        ),
        query=f"{answer.total_query} WHERE asked IN {listed(STRICT)} "
        f"AND action NOT IN {listed(STRICT)}",
        numerator=watched,
        denominator=wanted,
        note=""
        if wanted
        else t("No rule asked to redact, redirect or block.")
        if answer.total
        else t("No violation was recorded."),
    )


def _let_through(asked: Asked) -> Number:
    t = asked.words
    answer = asked.let_through()
    return Number(
        id="let-through",
        label=t("Passed because inspection failed"),
        value=answer.total,
        kind="count",
        definition=t(
            "Requests whose inspection failed and that a policy with `on_error: warn` let pass, so "
            "that their outcome is unknown. Otherwise such requests are refused."
        ),
        query=answer.total_query,
    )


def _unrecorded(asked: Asked) -> Number:
    t = asked.words
    answer = asked.notes("unrecorded")
    return Number(
        id="unrecorded",
        label=t("Refused because no record could be kept"),
        value=answer.total,
        kind="count",
        definition=t(
            "Neither the database nor the spool took a record of these requests, so they were "
            "refused. They are in no other figure of this report, but for the inspected requests."
        ),
        query=answer.total_query,
    )


def _uninspected(asked: Asked) -> Number:
    t = asked.words
    requests = asked.traffic().total
    answer = asked.count(where={"outcome": "unknown"})
    return Number(
        id="uninspected",
        label=t("Requests with unknown outcome"),
        value=answer.total / requests if requests else None,
        kind="share",
        definition=t(
            "Violations whose outcome is unknown, of all inspected requests: the gap in coverage."
        ),
        query=answer.total_query,
        numerator=answer.total,
        denominator=requests,
        note="" if requests else t("No proxy reported how many requests it inspected."),
    )


def _detectors(asked: Asked) -> Table:
    t = asked.words
    answer = asked.count("name", cut="detector", measure="findings")
    found = ("violation", "detector", "data_class")
    last = {tuple(body[key] for key in found): body for body in asked.acts("review")}
    reviews: dict[str, list[bool]] = {}
    for body in last.values():
        reviews.setdefault(body["detector"], []).append(body["correct"])
    rows: list[tuple[Value, ...]] = []
    for name, number in answer.rows:
        verdicts = reviews.get(name, [])
        right, all_ = sum(verdicts), len(verdicts)
        low, high = wilson(right, all_)
        rows.append((name, number, all_, right / all_ if all_ else None, low, high))
    return Table(
        id="detectors",
        title=t("Detectors"),
        columns=(
            Column("detector", t("Detector"), "code"),
            Column("findings", t("Findings"), "count"),
            Column("reviewed", t("Reviewed"), "count"),
            Column("precision", t("Confirmed"), "share"),
            Column("low", t("At least"), "share"),
            Column("high", t("At most"), "share"),
        ),
        rows=tuple(rows),
        definition=t(
            "Findings by detector and version. Where people reviewed findings this month: the "
            "share they confirmed, by the last verdict on each, with the 95 % interval after "
            "Wilson. No review, no share."
        ),
        query=f"{answer.query};\n{acts('review', asked.month)}",
    )


def wilson(right: int, number: int) -> tuple[float | None, float | None]:
    """The 95 % score interval of a share. Source: Wilson, JASA 22 (1927)."""
    if not number:
        return None, None
    share, z2 = right / number, _Z * _Z
    middle = (share + z2 / (2 * number)) / (1 + z2 / number)
    half = _Z * sqrt(share * (1 - share) / number + z2 / (4 * number**2)) / (1 + z2 / number)
    return max(0.0, middle - half), min(1.0, middle + half)
