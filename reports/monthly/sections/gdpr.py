"""D. Personal data: which categories, to whom, in which country, and what the law allows."""

from collections import defaultdict

from policy.classes import data_class
from reports.facts import ceilings
from reports.monthly.asked import OUTCOMES, Asked
from reports.monthly.document import Column, Number, Section, Table, Value
from reports.monthly.sql import statements

NOT_PERSONAL = frozenset({"confidential", "credentials"})
"""Categories of data classes that are about no person."""

PERSONAL = {
    "basic": "Basic personal data",
    "contact": "Contact data",
    "identification": "Identification data",
    "economic": "Economic and financial data",
    "payment": "Payment data",
    "location": "Location data",
    "health": "Health data",
    "biometric": "Biometric data",
    "genetic": "Genetic data",
    "criminal": "Criminal convictions and offences",
    "political": "Political opinions",
    "religion": "Religious or philosophical beliefs",
    "ethnicity": "Racial or ethnic origin",
    "union": "Trade union membership",
    "sex_life": "Sex life or sexual orientation",
}


def section(asked: Asked) -> Section:
    """Findings by category of personal data, recipients of what left, ceilings of fines."""
    t = asked.words
    return Section(
        letter="D",
        id="gdpr",
        title=t("Personal data"),
        text=(
            t(
                "Whose data it was, customers, employees, patients, minors, is for a person to "
                "say: no detector knows. Numbers of people are lower bounds from different values."
            ),
        ),
        numbers=(_special(asked), _left(asked)),
        tables=(_categories(asked), _recipients(asked), _ceilings(asked)),
    )


def category(name: str) -> str:
    """The category of personal data of a data class; empty for data about no person."""
    row = data_class(name)
    return "" if row is None or row.category in NOT_PERSONAL else row.category


def flag(name: str) -> str:
    """`9` or `10` for a class under that article."""
    row = data_class(name)
    laws = row.laws if row else ()
    if any(law.startswith("GDPR art. 10") for law in laws):
        return "10"
    return "9" if any(law.startswith("GDPR art. 9") for law in laws) else ""


def _categories(asked: Asked) -> Table:
    t = asked.words
    names = [row[0] for row in asked.count("name", cut="class").rows if category(row[0])]
    answer = asked.count("name", "outcome", cut="class", measure="findings", where={"name": names})
    values = asked.distinct("value", names=names)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    flags: dict[str, set[str]] = defaultdict(set)
    different: dict[str, int] = defaultdict(int)
    for name, outcome, number in answer.rows:
        group = category(name)
        counts[group][outcome] += number
        flags[group].add(flag(name))
    for name, number in values.rows:
        different[category(name)] += number
    rows: list[tuple[Value, ...]] = [
        (
            t(PERSONAL[group]),
            ", ".join(sorted(flags[group] - {""})) or "–",
            *(by[o] for o in OUTCOMES),
            sum(by.values()),
            different[group],
        )
        for group, by in sorted(counts.items(), key=lambda c: (-sum(c[1].values()), c[0]))
    ]
    return Table(
        id="categories",
        title=t("By category of personal data"),
        columns=(
            Column("category", t("Category")),
            Column("article", t("Art. 9, 10")),
            *asked.outcome_columns(),
            Column("findings", t("Findings"), "count"),
            Column("values", t("Different values"), "count"),
        ),
        rows=tuple(rows),
        definition=t(
            "Findings, not violations, of the classes that are personal data, by the category "
            "authorities ask for. Article 9 marks special categories, article 10 criminal data. "
            "Different values are counted by keyed hash: at least so many records."
        ),
        query=statements(answer, values),
    )


def _recipients(asked: Asked) -> Table:
    """Who received violations that were not prevented."""
    t = asked.words
    answer = asked.count(
        "service", "name", "outcome", cut="recipient", where={"outcome": OUTCOMES[1:]}
    )
    rows: list[tuple[Value, ...]] = []
    for id_, name in sorted({row[:2] for row in answer.rows}):
        contract = asked.facts.contracts.get(id_)
        country, _, basis = name.partition(" ")
        rows.append(
            (
                asked.service(id_),
                country or t("not stated"),
                asked.yes_no(contract.processing_agreement if contract else None),
                asked.transfer_basis(basis),
                *(answer.by(id_, name, o) for o in OUTCOMES[1:]),
                answer.by(id_, name),
            )
        )
    return Table(
        id="recipients",
        title=t("Recipients of what was not prevented"),
        columns=(
            Column("service", t("Service")),
            Column("country", t("Country")),
            Column("agreement", t("Processing agreement")),
            Column("transfer", t("Transfer basis")),
            *asked.outcome_columns()[1:],
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple(sorted(rows, key=lambda row: (-int(row[-1] or 0), str(row[0])))),
        definition=t(
            "Services that received a request with an outcome other than prevented; violations of "
            "every class, personal data or not. Country and transfer basis as each record holds "
            "them: what the company agreed, else what holds for the country of the vendor's seat."
        ),
        query=answer.query,
    )


def _ceilings(asked: Asked) -> Table:
    t = asked.words
    turnover = asked.facts.turnover_eur
    rows: list[tuple[Value, ...]] = [
        (
            t.law(line.tier),
            t.span(line.articles),
            t(line.what),
            line.fixed_eur,
            line.turnover_share,
            max(line.fixed_eur, line.turnover_share * turnover) if turnover is not None else None,
        )
        for line in ceilings()
    ]
    return Table(
        id="ceilings",
        title=t("Legal ceilings"),
        columns=(
            Column("tier", t("Tier")),
            Column("articles", t("Articles")),
            Column("what", t("Duties")),
            Column("fixed", t("Fixed, EUR"), "money"),
            Column("share", t("Of turnover"), "share"),
            Column("ceiling", t("Ceiling, EUR"), "money"),
        ),
        rows=tuple(rows),
        definition=t(
            "The highest fine the law allows per tier: the larger of the fixed sum and the share "
            "of the worldwide turnover of the undertaking, where that is stated. Not an estimate "
            "of anything, and not a saving."
        ),
        query="",
    )


def _special(asked: Asked) -> Number:
    t = asked.words
    names = [row[0] for row in asked.count("name", cut="class").rows if flag(row[0])]
    answer = asked.count(cut="class", measure="findings", where={"name": names})
    return Number(
        id="special-findings",
        label=t("Findings under art. 9 or 10"),
        value=answer.total,
        kind="count",
        definition=t("Findings of classes that are special categories or criminal data."),
        query=answer.total_query,
    )


def _left(asked: Asked) -> Number:
    t = asked.words
    names = [row[0] for row in asked.count("name", cut="class").rows if category(row[0])]
    answer = asked.count(
        cut="class",
        measure="findings",
        where={"name": names, "outcome": ("disclosed", "partially_disclosed")},
    )
    return Number(
        id="personal-disclosed",
        label=t("Personal data findings disclosed"),
        value=answer.total,
        kind="count",
        definition=t(
            "Findings of personal data in violations that were disclosed wholly or in part: what "
            "has to be assessed under art. 33."
        ),
        query=answer.total_query,
    )
