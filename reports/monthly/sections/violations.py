"""C. What was found, what was done, what became of it."""

from collections.abc import Iterator
from datetime import timedelta

from policy.classes import data_class
from reports.monthly.asked import FEWEST, OUTCOMES, Asked
from reports.monthly.document import Chart, Column, Section, Table, Value
from reports.monthly.sql import statements


def section(asked: Asked) -> Section:
    """Violations by data class, action, service, day, rule, account and unit."""
    t = asked.words
    return Section(
        letter="C",
        id="violations",
        title=t("Violations"),
        text=(
            t(
                "What was done (the action) and what became of the data (the outcome) are kept "
                "apart: a blocked request is evidence of a control, not a breach."
            ),
        ),
        tables=tuple(_tables(asked)),
    )


def _tables(asked: Asked) -> Iterator[Table]:
    t = asked.words
    yield _classes(asked)
    yield _again(asked)
    yield _matrix(asked)
    yield asked.crossed(
        "languages",
        t("Source code by language"),
        Column("language", t("Language"), "code"),
        t(
            "Violations with source code, by the language it is in; one may hold several. "
            "Registered code is known by its text, not by its language."
        ),
        asked.count("name", "outcome", cut="language"),
        str,
    )
    yield _crossed(
        asked,
        "actions",
        t("By action"),
        Column("action", t("Action")),
        t("What was done with the request."),
        "action",
        asked.action,
    )
    yield _crossed(
        asked,
        "services",
        t("By service"),
        Column("service", t("Service")),
        t("The AI service the request was sent to, as the catalogue names it."),
        "service",
        asked.service,
        chart="bars",
    )
    yield asked.crossed(
        "channels",
        t("By channel"),
        Column("channel", t("Channel")),
        t("How people reach the service, as the catalogue classes it."),
        asked.count("name", "outcome", cut="channel"),
        asked.channel,
    )
    yield _days(asked)
    yield _crossed(
        asked,
        "accounts",
        t("By kind of account"),
        Column("account", t("Account")),
        t(
            "The kind of account at the service: the company's, a person's own, or a free one. "
            "Unknown where the request did not show it."
        ),
        "account",
        asked.account,
    )
    yield _asked(asked)
    yield _rules(asked)
    yield _unread(asked)
    yield _groups(asked)


def _crossed(
    asked: Asked,
    id: str,
    title: str,
    first: Column,
    definition: str,
    by: str,
    named: object,
    chart: str = "",
) -> Table:
    table = asked.crossed(id, title, first, definition, asked.count(by, "outcome"), named)
    if not chart:
        return table
    return Table(
        id=table.id,
        title=table.title,
        columns=table.columns,
        rows=table.rows,
        definition=table.definition,
        query=table.query,
        chart=Chart("bars", first.id, OUTCOMES),
    )


def _classes(asked: Asked) -> Table:
    t = asked.words
    violations = asked.count("name", "outcome", cut="class")
    findings = asked.count("name", cut="class", measure="findings")
    values = asked.distinct("value")
    names = dict.fromkeys(row[0] for row in violations.rows)
    rows: list[tuple[Value, ...]] = [
        (
            name,
            asked.data_class(name),
            t(_SEVERITIES[row.severity] if (row := data_class(name)) else "unknown"),
            *(violations.by(name, o) for o in OUTCOMES),
            violations.by(name),
            findings.by(name),
            values.by(name),
        )
        for name in names
    ]
    return Table(
        id="classes",
        title=t("By data class"),
        columns=(
            Column("class", t("Class"), "code"),
            Column("title", t("Data")),
            Column("severity", t("Severity")),
            *asked.outcome_columns(),
            Column("violations", t("Violations"), "count"),
            Column("findings", t("Findings"), "count"),
            Column("values", t("Different values"), "count"),
        ),
        rows=tuple(sorted(rows, key=lambda row: (-int(row[-3] or 0), str(row[0])))),
        definition=t(
            "Violations in which the class was found; one violation counts in every class it "
            "holds, so the rows add up to more than all violations. Findings are places in the "
            "text. Different values are told apart by a keyed hash: a lower bound for the number "
            "of records or people concerned. Severity is that of the class; exports give a "
            "violation that of its gravest class, one step lower where nothing left."
        ),
        query=statements(violations, findings, values),
        chart=Chart("bars", "title", OUTCOMES),
    )


def _again(asked: Asked) -> Table:
    t = asked.words
    again = asked.distinct("value-again")
    values = asked.distinct("value", names=[row[0] for row in again.rows])
    rows: list[tuple[Value, ...]] = [
        (name, asked.data_class(name), values.by(name), number, number / values.by(name))
        for name, number in again.rows
    ]
    return Table(
        id="again",
        title=t("Values that were found again"),
        columns=(
            Column("class", t("Class"), "code"),
            Column("title", t("Data")),
            Column("values", t("Different values"), "count"),
            Column("again", t("Found again"), "count"),
            Column("share", t("Share"), "share"),
        ),
        rows=tuple(rows),
        definition=t(
            "Different values that were found in more than one violation of the month, told by "
            "their keyed hash; classes without any are left out. What a chat resends with every "
            "turn counts once. Many of them point to a template, a script or a habit."
        ),
        query=statements(values, again),
    )


_SEVERITIES = {1: "low", 2: "medium", 3: "high", 4: "very high"}


def _matrix(asked: Asked) -> Table:
    t = asked.words
    answer = asked.count("name", "service", "action", "outcome", cut="class")
    cells: dict[tuple[str, ...], dict[str, int]] = {}
    for *place, outcome, number in answer.rows:
        cells.setdefault(tuple(place), {})[outcome] = number
    rows: list[tuple[Value, ...]] = [
        (
            asked.data_class(name),
            asked.service(service),
            asked.action(action),
            *(by.get(o, 0) for o in OUTCOMES),
            sum(by.values()),
        )
        for (name, service, action), by in sorted(
            cells.items(), key=lambda cell: (-sum(cell[1].values()), cell[0])
        )
    ]
    return Table(
        id="matrix",
        title=t("By data class, service and action"),
        columns=(
            Column("class", t("Data")),
            Column("service", t("Service")),
            Column("action", t("Action")),
            *asked.outcome_columns(),
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple(rows),
        definition=t(
            "Violations in which the class was found, by the service they were sent to, what was "
            "done and what became of the data. One violation counts in every class it holds."
        ),
        query=answer.query,
        printed=20,
    )


def _days(asked: Asked) -> Table:
    t = asked.words
    answer = asked.count("day", "outcome")
    day = asked.month.start
    rows: list[tuple[Value, ...]] = []
    while day < asked.month.end:
        name = day.strftime("%Y-%m-%d")
        rows.append((name, *(answer.by(name, o) for o in OUTCOMES), answer.by(name)))
        day += timedelta(days=1)
    return Table(
        id="days",
        title=t("By day"),
        columns=(
            Column("day", t("Day (UTC)")),
            *asked.outcome_columns(),
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple(rows),
        definition=t("The day in UTC on which the request was decided."),
        query=answer.query,
        chart=Chart("stacked-columns", "day", OUTCOMES),
    )


def _asked(asked: Asked) -> Table:
    t = asked.words
    answer = asked.count("asked", "action")
    return Table(
        id="asked",
        title=t("What the rules asked for and what was done"),
        columns=(
            Column("asked", t("Asked for")),
            Column("action", t("Done")),
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple((asked.action(a), asked.action(b), n) for a, b, n in answer.rows),
        definition=t(
            "They differ while a policy is in monitor mode, which changes and stops nothing: the "
            "difference is what enforcing it would have done."
        ),
        query=answer.query,
    )


def _rules(asked: Asked) -> Table:
    t = asked.words
    return asked.crossed(
        "rules",
        t("By rule"),
        Column("rule", t("Rule"), "code"),
        t(
            "Rules that asked for the strictest action. A violation counts for each of them, so "
            "the rows may add up to more than all violations."
        ),
        asked.count("name", "outcome", cut="rule"),
        str,
    )


def _unread(asked: Asked) -> Table:
    t = asked.words
    return asked.crossed(
        "unread",
        t("Not inspected"),
        Column("reason", t("Reason"), "code"),
        t(
            "Requests of which something could not be read, by what it was. Part of the "
            "violations, and the measure of what the control does not see."
        ),
        asked.count("name", "outcome", cut="unread"),
        str,
    )


def _groups(asked: Asked) -> Table:
    """Units with too few people are shown together; if that is one alone, with the next."""
    t = asked.words
    answer = asked.count("name", cut="group")
    people = asked.distinct("person-group")
    by_size = sorted(answer.rows, key=lambda row: (people.by(row[0]), row[1]))
    few = [row for row in by_size if people.by(row[0]) < FEWEST]
    if len(few) == 1:
        few = by_size[:2]
    hidden = {row[0] for row in few}
    rows: list[tuple[Value, ...]] = [
        (name, people.by(name), number) for name, number in answer.rows if name not in hidden
    ]
    if few:
        rows.append((t("Units with few people, together"), None, sum(row[1] for row in few)))
    return Table(
        id="units",
        title=t("By organisational unit"),
        columns=(
            Column("unit", t("Unit")),
            Column("people", t("People"), "count"),
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple(rows),
        definition=t(
            "Groups of the sender. Units with fewer than {fewest} people among the violations are "
            "shown together, so that no row speaks of a person.",
            fewest=FEWEST,
        ),
        query=statements(answer, people),
    )
