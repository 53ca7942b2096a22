"""A. The month on one page."""

from statistics import median

from reports.facts import benchmarks
from reports.ledger import Answer
from reports.monthly.asked import FEWEST, OUTCOMES, Asked
from reports.monthly.document import Chart, Column, Kind, Number, Section, Table, Value
from reports.monthly.render.numbers import written
from reports.monthly.sections import register
from reports.monthly.sql import statements

SHOWN_MONTHS = 13


def section(asked: Asked) -> Section:
    """Totals, rates against the inspected requests, and the twelve months before."""
    t = asked.words
    violations = asked.count("outcome")
    total = violations.total
    before = asked.count("outcome", back=1)
    requests = asked.traffic()
    numbers = [
        _requests(asked),
        Number(
            id="violations",
            label=t("Violations"),
            value=total,
            kind="count",
            definition=t(
                "Requests for which the policy asked for more than to let them pass, and requests "
                "that could not be inspected. A violation is not a breach: see its outcome."
            ),
            query=asked.count().total_query,
            previous=before.total,
        ),
        _rate(asked, total, requests.total),
    ]
    for outcome, definition in _DEFINITIONS.items():
        part = asked.count(where={"outcome": outcome})
        past = before.by(outcome) / before.total if before.total else None
        numbers.append(
            asked.share(outcome, asked.outcome(outcome), part, total, t(definition), previous=past)
        )
    numbers += [_people(asked), _services(asked)]
    return Section(
        letter="A",
        id="summary",
        title=t("Summary"),
        text=tuple(
            line
            for line in (_sentence(asked, violations), _band(asked), register.state(asked))
            if line
        ),
        numbers=tuple(numbers),
        tables=(_months(asked), _benchmarks(asked)),
    )


def _sentence(asked: Asked, violations: Answer) -> str:
    total = violations.total
    if not total:
        return asked.words("No violation was recorded.")
    return asked.words(
        "Violations: {total}. Prevented before sensitive data left: {prevented}. Disclosed, wholly "
        "or in part: {disclosed}. Not known: {unknown}.",
        total=total,
        prevented=violations.by("prevented"),
        disclosed=violations.by("disclosed") + violations.by("partially_disclosed"),
        unknown=violations.by("unknown"),
    )


def _band(asked: Asked) -> str:
    """Where the month stands among the twelve before, as far as they have records."""
    past = asked.history(SHOWN_MONTHS - 1)
    names = (asked.month.plus(-back).name for back in range(1, SHOWN_MONTHS))
    before = [n for name in names if (n := past.by(name))]
    if len(before) < 3:
        return ""
    return asked.words(
        "In the {months} months before with records there were between {low} and {high} "
        "violations a month, median {median}.",
        months=len(before),
        low=min(before),
        high=max(before),
        median=round(median(before)),
    )


def _benchmarks(asked: Asked) -> Table:
    t = asked.words
    total = asked.count().total
    accounts = asked.count("account")
    regimes = asked.count("name", cut="regime")
    traffic = asked.traffic()
    queries = (asked.count(), accounts, regimes, traffic)

    known = total - accounts.by("unknown")

    def share(part: int, of: int = total) -> float | None:
        return part / total if of else None

    ours: dict[str, Value] = {
        "violations": total,
        "requests": traffic.total if traffic.rows else None,
        "free-share": share(accounts.by("free"), known),
        "personal-share": share(accounts.by("personal") + accounts.by("free"), known),
        "code-share": share(regimes.by("code")),
        "regulated-share": share(regimes.by("regulated")),
    }
    rows: list[tuple[Value, ...]] = [
        (
            t(_MEASURES[line.measure]),
            _shown(ours[line.measure], line.kind, asked),
            _shown(line.value, line.kind, asked),
            t(line.what),
            t(line.source),
            line.as_of,
        )
        for line in benchmarks()
        if line.sector in ("", asked.facts.sector)
    ]
    return Table(
        id="benchmarks",
        title=t("Beside published figures"),
        columns=(
            Column("measure", t("Measure")),
            Column("ours", t("This month")),
            Column("published", t("Published")),
            Column("what", t("What the source counted")),
            Column("source", t("Source")),
            Column("as_of", t("As of")),
        ),
        rows=tuple(rows),
        definition=t(
            "Published figures count other things in other companies; they give a scale and no "
            "judgement. Shares of this month are of its violations: by kind of account, by the "
            "regime `code`, and by any of the regimes of regulated data."
        ),
        query=statements(*queries),
    )


def _shown(value: Value, kind: Kind, asked: Asked) -> str:
    return written(value, kind, asked.words.language)


_MEASURES = {
    "violations": "Violations a month",
    "requests": "Requests a month",
    "free-share": "Free accounts",
    "personal-share": "Personal or free accounts",
    "code-share": "Source code",
    "regulated-share": "Regulated data",
}


def _requests(asked: Asked) -> Number:
    t = asked.words
    answer, before = asked.traffic(), asked.traffic(back=1)
    return Number(
        id="requests",
        label=t("Inspected requests"),
        value=answer.total if answer.rows else None,
        kind="count",
        definition=t(
            "Requests to AI services that were looked into, whatever became of them. Counted every "
            "few seconds; what a proxy counted in the seconds before a crash is missing."
        ),
        query=answer.total_query,
        previous=before.total if before.rows else None,
        note="" if answer.rows else t("No proxy reported how many requests it inspected."),
    )


def _rate(asked: Asked, violations: int, requests: int) -> Number:
    t = asked.words
    past = asked.traffic(back=1).total
    return Number(
        id="violations-per-1000",
        label=t("Violations per 1,000 requests"),
        value=violations * 1000 / requests if requests else None,
        kind="rate",
        definition=t(
            "Violations divided by inspected requests, times 1,000. Compares months and companies "
            "of different volume."
        ),
        query=asked.count().total_query,
        numerator=violations,
        denominator=requests,
        previous=asked.count(back=1).total * 1000 / past if past else None,
        note="" if requests else t("No proxy reported how many requests it inspected."),
    )


def _people(asked: Asked) -> Number:
    t = asked.words
    answer = asked.distinct("person")
    before = asked.distinct("person", back=1)
    shown = asked.number_of_people(answer.total)
    return Number(
        id="people",
        label=t("People, by pseudonym"),
        value=shown,
        kind="count",
        definition=t(
            "Different pseudonyms among the violations. Violations by senders nobody could "
            "identify are not in it. Reports never rank or score people."
        ),
        query=answer.total_query,
        previous=asked.number_of_people(before.total),
        note=t("Fewer than {fewest}: not shown.", fewest=FEWEST) if shown is None else "",
    )


def _services(asked: Asked) -> Number:
    t = asked.words
    answer = asked.count("service")
    return Number(
        id="services",
        label=t("AI services with violations"),
        value=len(answer.rows),
        kind="count",
        definition=t("Different services of the catalogue among the violations."),
        query=f"SELECT COUNT(*) FROM ({answer.query}) AS answer",
        previous=len(asked.count("service", back=1).rows),
    )


def _months(asked: Asked) -> Table:
    t = asked.words
    answer = asked.history(SHOWN_MONTHS - 1)
    months = [asked.month.plus(-back).name for back in range(SHOWN_MONTHS - 1, -1, -1)]
    rows: list[tuple[Value, ...]] = [
        (month, *(answer.by(month, o) for o in OUTCOMES), answer.by(month)) for month in months
    ]
    return Table(
        id="months",
        title=t("This month and the twelve before"),
        columns=(
            Column("month", t("Month")),
            *asked.outcome_columns(),
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple(rows),
        definition=t("Violations by the month in which they happened, in UTC, and by outcome."),
        query=answer.query,
        chart=Chart("stacked-columns", "month", OUTCOMES),
    )


_DEFINITIONS = {
    "prevented": "Nothing sensitive left: the request was blocked before a byte of its body went "
    "out, redacted without a remainder, answered by the company's own model, or never sent because "
    "the service could not be reached. Share of all violations.",
    "disclosed": "The request went out as it was: allowed, warned, or only watched in monitor "
    "mode. A candidate for a breach that a person has to assess. Share of all violations.",
    "partially_disclosed": "Part of it went out: a transfer cut midway, or a redaction that "
    "left something. Share of all violations.",
    "unknown": "It could not be established, for instance because the body could not be inspected "
    "in time and the policy let it pass. Shown openly: this is the gap in coverage. Share of all "
    "violations.",
}
