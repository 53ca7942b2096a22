"""K. How the figures are made, and what they do not say."""

from reports.monthly.asked import Asked
from reports.monthly.document import Section


def section(asked: Asked) -> Section:
    """Method and limits. Renderers list every definition of the report after it."""
    t = asked.words
    return Section(
        letter="K",
        id="method",
        title=t("Method, definitions, limits"),
        text=(
            t(
                "The month begins at its first instant in UTC and ends before the first instant "
                "of the next. A violation belongs to the month in which it was decided, whenever "
                "it was written."
            ),
            t(
                "Figures come from roll-ups that are written in the same transaction as the "
                "records; `penstock ledger verify` counts all records again and compares."
            ),
            t(
                "Only requests to AI services of the catalogue that passed through the proxy can "
                "be counted. What went around it, and what no detector recognises, is not in this "
                "report."
            ),
            t(
                "People appear as pseudonyms in the ledger and only as numbers here. Prompt texts "
                "are never kept."
            ),
        ),
    )
