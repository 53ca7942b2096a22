"""H. Who looked, and whom pseudonyms were resolved for."""

from reports.ledger.reidentify import requests
from reports.monthly import sql
from reports.monthly.asked import Asked
from reports.monthly.document import Column, Number, Section, Table


def section(asked: Asked) -> Section:
    """Re-identifications, erasures and exports of the month."""
    t = asked.words
    start, end = asked.month.start, asked.month.end
    asked_for = [r for r in requests(asked.ledger) if start <= r.at < end]
    states = [r.state(asked.now) for r in asked_for]
    used = states.count("used")
    return Section(
        letter="H",
        id="access",
        title=t("Access and re-identification"),
        numbers=(
            Number(
                "reidentifications",
                t("Re-identifications"),
                used,
                "count",
                t(
                    "Pseudonyms whose person was looked up in requests made this month. Each needs "
                    "a reason, a case and the approval of a second person in another role."
                ),
                sql.used_requests(asked.ledger, asked.month),
                numerator=used,
                denominator=len(asked_for),
            ),
            Number(
                "erasures",
                t("People erased"),
                len(asked.acts("erasure")),
                "count",
                t("Links between a person and a pseudonym that were destroyed this month."),
                sql.acts("erasure", asked.month, "COUNT(*)"),
            ),
            Number(
                "evidence-views",
                t("Excerpts looked at"),
                len(asked.acts("evidence")),
                "count",
                t(
                    "Times somebody had a masked excerpt decrypted this month. Excerpts are kept "
                    "only of data classes for which that was switched on."
                ),
                sql.acts("evidence", asked.month, "COUNT(*)"),
            ),
        ),
        tables=(
            Table(
                id="reidentifications",
                title=t("Requests to re-identify"),
                columns=(
                    Column("at", t("Asked"), "time"),
                    Column("case", t("Case")),
                    Column("role", t("Role")),
                    Column("reason", t("Reason")),
                    Column("state", t("State")),
                ),
                rows=tuple(
                    (r.at.isoformat(), r.case, r.role, r.reason, t(state))
                    for r, state in zip(asked_for, states, strict=True)
                ),
                definition=t(
                    "A request that is not approved within a day, or an approval that is not used "
                    "within a day, lapses."
                ),
                query=sql.acts("reidentification"),
            ),
            Table(
                id="exports",
                title=t("Exports and reports"),
                columns=(
                    Column("at", t("When"), "time"),
                    Column("what", t("What")),
                    Column("by", t("By")),
                ),
                rows=tuple((body["at"], body["what"], body["by"]) for body in asked.acts("access")),
                definition=t("Exports of records and makings of reports that were noted."),
                query=sql.acts("access", asked.month),
            ),
        ),
    )
