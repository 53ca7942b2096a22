"""I. What was deleted because its time was over, and what is on hold."""

from reports.ledger.retention import holds
from reports.monthly.asked import Asked
from reports.monthly.document import Column, Section, Table
from reports.monthly.sql import acts


def section(asked: Asked) -> Section:
    """Runs of the retention job, and legal holds in force."""
    t = asked.words
    return Section(
        letter="I",
        id="retention",
        title=t("Retention"),
        text=(
            t(
                "Old records lose their content and keep their link, so that the chain still "
                "proves that nothing else was deleted. Roll-ups name nobody and stay longer."
            ),
        ),
        tables=(
            Table(
                id="retention",
                title=t("Deletions"),
                columns=(
                    Column("at", t("When"), "time"),
                    Column("before", t("Older than"), "time"),
                    Column("records", t("Records"), "count"),
                    Column("people", t("People"), "count"),
                    Column("aggregates", t("Roll-ups"), "count"),
                    Column("excerpts", t("Excerpts"), "count"),
                ),
                rows=tuple(
                    tuple(
                        b[name]
                        for name in ("at", "before", "records", "people", "aggregates", "excerpts")
                    )
                    for b in asked.acts("retention")
                ),
                definition=t(
                    "Records emptied, links to people destroyed, roll-up rows and encrypted "
                    "excerpts deleted by each run of the job in this month."
                ),
                query=acts("retention", asked.month),
            ),
            Table(
                id="holds",
                title=t("Legal holds in force"),
                columns=(
                    Column("case", t("Case")),
                    Column("reason", t("Reason")),
                    Column("start", t("From"), "time"),
                    Column("end", t("To"), "time"),
                    Column("whose", t("Whose")),
                ),
                rows=tuple(
                    (
                        h.case,
                        h.reason,
                        h.start,
                        h.end,
                        t("one person's") if h.pseudonym else t("all"),
                    )
                    for h in holds(asked.ledger)
                ),
                definition=t(
                    "Records of these periods are not deleted until the hold is released."
                ),
                query=acts("hold"),
            ),
        ),
    )
