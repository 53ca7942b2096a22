"""E. Suspected breaches: the register of art. 33(5) and its clocks."""

from collections.abc import Iterator
from datetime import UTC, datetime

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
        tables=(
            _register(asked, shown),
            _clocks(asked, shown),
            _severity(asked, shown),
            _history(asked, shown),
        ),
    )


def state(asked: Asked) -> str:
    """For the summary: what waits for a person, and until when."""
    t = asked.words
    still = [c for c in asked.cases() if _concerns(asked, c) and not c.is_over]
    said = t(
        "Cases open: {open}. Disclosed and in no case yet: {waiting}.",
        open=len(still),
        waiting=int(_unassessed(asked).value or 0),
    )
    clocks = [clock.at for c in still if (clock := c.next_due(asked.facts.regimes))]
    if not clocks:
        return said
    due = moment(min(clocks).isoformat())
    return f"{said} {t('The nearest deadline of an open case ends at {due}.', due=due)}"


def _concerns(asked: Asked, case: Case) -> bool:
    """Opened before the end of the month, and still open or begun in it."""
    begun = case.detected_at < asked.month.end
    return begun and (not case.is_over or case.detected_at >= asked.month.start)


def _open(asked: Asked, shown: list[Case]) -> Number:
    t = asked.words
    still = [case for case in shown if not case.is_over]
    return Number(
        id="cases-open",
        label=t("Cases open"),
        value=len(still),
        kind="count",
        definition=t("Cases detected before the end of the month, neither closed nor withdrawn."),
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
    fields = [tuple(_fields(asked, case)) for case in shown]
    columns = tuple(column for column, _ in (fields or [tuple(_fields(asked, _NONE))])[0])
    return Table(
        id="register",
        title=t("Cases"),
        columns=columns,
        rows=tuple(tuple(value for _, value in case) for case in fields),
        definition=t(
            "Cases begun in the month or open in it, as they stood when the report was made. Each "
            "change of a case is a record of its own in the chain."
        ),
        query=_QUERY,
    )


_NONE = Case(id="", title="", detected_at=datetime.min.replace(tzinfo=UTC))
"""For the columns of a month without a case."""


def _fields(asked: Asked, case: Case) -> Iterator[tuple[Column, Value]]:
    """Everything art. 33(5) asks to be documented, in the order in which it happens."""
    t = asked.words
    none = t("not stated")

    def listed(texts: tuple[str, ...]) -> str:
        return ", ".join(texts) or none

    def when(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    yield Column("case", t("Case"), "code"), case.id
    yield Column("title", t("Title")), case.title
    yield Column("status", t("Status")), t(case.status)
    yield Column("withdrawn", t("Why withdrawn")), case.withdrawn_reason or none
    yield Column("violations", t("Violations"), "count"), len(case.violations)
    yield Column("from", t("Happened from"), "time"), when(case.occurred_from)
    yield Column("to", t("Happened until"), "time"), when(case.occurred_to)
    yield Column("detected", t("Detected"), "time"), when(case.detected_at)
    yield Column("aware", t("Aware"), "time"), when(case.aware_at)
    yield Column("aware_by", t("Aware: role")), case.aware_by_role or none
    yield Column("discovered", t("Discovered through")), case.discovery_channel or none
    yield Column("disclosure", t("Disclosure")), t(case.disclosure or "not stated")
    yield Column("systems", t("Systems")), listed(case.systems)
    yield Column("nature", t("Nature")), ", ".join(t(nature) for nature in case.nature)
    yield Column("type", t("Incident type")), case.incident_type or none
    yield Column("cause", t("Cause")), t(case.cause or "not stated")
    yield Column("unintelligible", t("Unintelligible")), asked.yes_no(case.unintelligible)
    yield Column("data", t("Data")), listed(case.data_categories)
    yield Column("subjects", t("People concerned")), listed(case.subject_categories)
    yield Column("people", t("People"), "count"), case.subjects.value
    yield Column("people_certainty", t("People: certainty")), t(case.subjects.certainty)
    yield Column("records", t("Records concerned"), "count"), case.records.value
    yield Column("records_certainty", t("Records: certainty")), t(case.records.certainty)
    yield Column("recipient", t("Recipient")), case.recipient.name or none
    yield Column("recipient_role", t("Recipient: role")), t(case.recipient.role)
    yield Column("agreement", t("Processing agreement")), asked.yes_no(case.recipient.agreement)
    yield Column("country", t("Country")), case.recipient.country or none
    claim = case.recipient.retention_claim
    yield Column("kept_there", t("Kept there, by its own account")), claim or none
    yield (
        Column("deletion_asked", t("Deletion asked for"), "time"),
        when(case.recipient.deletion_requested_at),
    )
    yield (
        Column("deletion_confirmed", t("Deletion confirmed"), "time"),
        when(case.recipient.deletion_confirmed_at),
    )
    yield Column("before", t("Measures before")), listed(case.measures_before)
    yield Column("consequences", t("Likely consequences")), listed(case.likely_consequences)
    yield Column("impact", t("Effects so far")), listed(case.impact)
    yield Column("taken", t("Measures taken")), listed(case.measures_taken)
    yield Column("prevent", t("Measures to prevent it")), listed(case.measures_prevent)
    yield Column("conclusion", t("Conclusion")), t(case.conclusion or "not assessed")
    yield Column("authority", t("Authority notified")), asked.yes_no(case.authority.told)
    yield Column("authority_at", t("Notified on"), "time"), when(case.authority.at)
    yield Column("authority_reason", t("Why late or not at all")), case.authority.reason or none
    yield Column("informed", t("People informed")), asked.yes_no(case.people.told)
    yield Column("informed_at", t("Informed on"), "time"), when(case.people.at)
    yield Column("informed_means", t("By what means")), case.people.means or none
    yield Column("informed_reason", t("Why not informed")), case.people.reason or none
    yield Column("exemption", t("Exemption of art. 34(3)")), case.people.exemption or none
    yield Column("regimes", t("Other duties to notify")), listed(case.other_regimes)
    yield Column("lead", t("Lead authority")), case.cross_border.lead_authority or none
    yield Column("countries", t("Countries and people there")), listed(_countries(case))
    yield Column("attachments", t("Attachments")), listed(tuple(a.name for a in case.attachments))


def _clocks(asked: Asked, shown: list[Case]) -> Table:
    t = asked.words
    rows: list[tuple[Value, ...]] = []
    for case in shown:
        for what, due, done, told in case.due(asked.facts.regimes):
            open_, late = done == "open", due < asked.now
            until = asked.now if open_ else told
            left = round((due - until).total_seconds() / 3600, 1) if until else None
            rows.append(
                (case.id, t(what), _moment(due), left, t("overdue" if open_ and late else done))
            )
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
        (
            case.id,
            s.dpc,
            s.ei,
            s.cb,
            s.score,
            t(s.level),
            s.override_reason or "–",
            s.assessor or "–",
            s.approver or "–",
        )
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
            Column("assessor", t("Assessed by")),
            Column("approver", t("Approved by")),
        ),
        rows=tuple(rows),
        definition=t(
            "SE = DPC x EI + CB: context of the data from 1 to 4, ease of identification from 0.25 "
            "to 1, circumstances. Low below 2, medium below 3, high below 4, then very high."
        ),
        query=_QUERY,
    )


def _history(asked: Asked, shown: list[Case]) -> Table:
    t = asked.words
    known = {case.id for case in shown}
    end = min(asked.month.end, asked.now).isoformat()
    return Table(
        id="case-history",
        title=t("History of the cases"),
        columns=(
            Column("at", t("When"), "time"),
            Column("case", t("Case"), "code"),
            Column("by", t("By")),
            Column("fields", t("Fields set")),
        ),
        rows=tuple(
            (body["at"], body["case"], body["by"], ", ".join(sorted(body["set"])))
            for body in asked.ledger.acts("case")
            if body["case"] in known and body["at"] < end
        ),
        definition=t(
            "Each change up to the end of the month, with the fields as `penstock case show` names "
            "them; their values stand in the records, which nobody can change unseen."
        ),
        query=_QUERY,
    )


def _countries(case: Case) -> tuple[str, ...]:
    counts = case.cross_border.countries.items()
    return tuple(f"{country}: {'–' if number is None else number}" for country, number in counts)


_QUERY = sql.acts("case")


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
