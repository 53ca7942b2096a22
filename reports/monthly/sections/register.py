"""E. Suspected breaches: the register of art. 33(5) and its clocks."""

from datetime import datetime

from reports.cases import Case
from reports.monthly import sql
from reports.monthly.asked import Asked
from reports.monthly.document import Column, Number, Section, Table, Value
from reports.monthly.render.numbers import moment


def section(asked: Asked) -> Section:
    """Cases open in the month, and disclosed violations nobody has put into a case."""
    t = asked.words
    shown = [case for case in asked.cases() if _concerns(asked, case)]
    return Section(
        letter="E",
        id="register",
        title=t("Breach register"),
        text=(
            t(
                "A violation becomes a breach only by a person's assessment. The clock of a case "
                "runs from awareness, a reasonable degree of certainty, not from detection; the "
                "deadlines are those in force on that day."
            ),
        ),
        numbers=(_open(asked, shown), _unassessed(asked)),
        tables=(_register(asked, shown), _clocks(asked, shown), _severity(asked, shown)),
    )


def state(asked: Asked) -> str:
    """For the summary: what waits for a person, and until when."""
    t = asked.words
    still = [c for c in asked.cases() if _concerns(asked, c) and c.status != "closed"]
    said = t(
        "Cases open: {open}. Disclosed and in no case yet: {waiting}.",
        open=len(still),
        waiting=int(_unassessed(asked).value or 0),
    )
    clocks = [
        due for case in still if not case.authority.at for _, due in case.due(asked.facts.regimes)
    ]
    if not clocks:
        return said
    due = moment(min(clocks).isoformat())
    return f"{said} {t('The nearest deadline of an open case ends at {due}.', due=due)}"


def _concerns(asked: Asked, case: Case) -> bool:
    """Opened before the end of the month, and still open or begun in it."""
    begun = case.detected_at < asked.month.end
    return begun and (case.status != "closed" or case.detected_at >= asked.month.start)


def _open(asked: Asked, shown: list[Case]) -> Number:
    t = asked.words
    still = [case for case in shown if case.status != "closed"]
    return Number(
        id="cases-open",
        label=t("Cases open"),
        value=len(still),
        kind="count",
        definition=t("Cases detected before the end of the month that are not closed."),
        query=sql.open_cases(asked.ledger, asked.month),
        numerator=len(still),
        denominator=len(shown),
    )


def _unassessed(asked: Asked) -> Number:
    t = asked.words
    answer = asked.count(where={"outcome": ("disclosed", "partially_disclosed")})
    named = asked.named_in_cases()
    waiting = answer.total - asked.ledger.disclosed(asked.month, named)
    return Number(
        id="not-assessed",
        label=t("Disclosed and in no case"),
        value=waiting,
        kind="count",
        definition=t(
            "Disclosed or partially disclosed violations of the month that no case names. Each "
            "waits for somebody to look at it."
        ),
        query=sql.not_in_a_case(asked.ledger, asked.month, answer.total_query, named),
        numerator=waiting,
        denominator=answer.total,
    )


def _register(asked: Asked, shown: list[Case]) -> Table:
    t = asked.words
    rows: list[tuple[Value, ...]] = [
        (
            case.id,
            case.title,
            t(case.status),
            _moment(case.detected_at),
            _moment(case.aware_at),
            len(case.violations),
            ", ".join(case.data_categories) or t("not stated"),
            case.subjects.value,
            case.recipient.name or t("not stated"),
            t(case.conclusion or "not assessed"),
            asked.yes_no(case.authority.told),
            asked.yes_no(case.people.told),
        )
        for case in shown
    ]
    return Table(
        id="register",
        title=t("Cases"),
        columns=(
            Column("case", t("Case"), "code"),
            Column("title", t("Title")),
            Column("status", t("Status")),
            Column("detected", t("Detected"), "time"),
            Column("aware", t("Aware"), "time"),
            Column("violations", t("Violations"), "count"),
            Column("data", t("Data")),
            Column("people", t("People"), "count"),
            Column("recipient", t("Recipient")),
            Column("conclusion", t("Conclusion")),
            Column("authority", t("Authority notified")),
            Column("informed", t("People informed")),
        ),
        rows=tuple(rows),
        definition=t(
            "Cases begun in the month or open in it, as they stood when the report was made. Each "
            "change of a case is a record of its own in the chain."
        ),
        query=_QUERY,
    )


def _clocks(asked: Asked, shown: list[Case]) -> Table:
    t = asked.words
    rows: list[tuple[Value, ...]] = []
    for case in shown:
        for what, due in case.due(asked.facts.regimes):
            told = case.authority.at
            left = (due - (told or asked.now)).total_seconds() / 3600
            state = t("told") if told else t("open") if left >= 0 else t("overdue")
            rows.append((case.id, t(what), _moment(due), round(left, 1), state))
    return Table(
        id="clocks",
        title=t("Deadlines"),
        columns=(
            Column("case", t("Case"), "code"),
            Column("what", t("To whom")),
            Column("due", t("Due"), "time"),
            Column("left", t("Hours left"), "hours"),
            Column("state", t("State")),
        ),
        rows=tuple(rows),
        definition=t(
            "Awareness plus the time the law in force on that day allows; hours are counted to the "
            "notification, or to the making of this report."
        ),
        query=_QUERY,
    )


def _severity(asked: Asked, shown: list[Case]) -> Table:
    t = asked.words
    rows: list[tuple[Value, ...]] = [
        (case.id, s.dpc, s.ei, s.cb, s.score, t(s.level), s.override_reason or "–")
        for case in shown
        if (s := case.severity)
    ]
    return Table(
        id="severity",
        title=t("Severity after ENISA"),
        columns=(
            Column("case", t("Case"), "code"),
            Column("dpc", "DPC", "rate"),
            Column("ei", "EI", "rate"),
            Column("cb", "CB", "rate"),
            Column("score", "SE", "rate"),
            Column("level", t("Level")),
            Column("override", t("Reason for another level")),
        ),
        rows=tuple(rows),
        definition=t(
            "SE = DPC x EI + CB: context of the data from 1 to 4, ease of identification from 0.25 "
            "to 1, circumstances. Low below 2, medium below 3, high below 4, then very high."
        ),
        query=_QUERY,
    )


_QUERY = sql.acts("case")


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
