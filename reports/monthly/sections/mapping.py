"""J. Which requirement is served where."""

from reports.facts import controls
from reports.monthly.asked import Asked
from reports.monthly.document import Column, Section, Table


def section(asked: Asked) -> Section:
    """The control mapping."""
    t = asked.words
    return Section(
        letter="J",
        id="mapping",
        title=t("Control mapping"),
        tables=(
            Table(
                id="controls",
                title=t("Requirements and where this report shows them"),
                columns=(
                    Column("framework", t("Framework")),
                    Column("control", t("Requirement")),
                    Column("feature", t("What serves it")),
                    Column("evidence", t("Sections")),
                ),
                rows=tuple(
                    (t.law(c.framework), t.span(c.control), t(c.feature), t.span(c.evidence))
                    for c in controls()
                ),
                definition=t(
                    "A help for auditors, not a statement of conformity: whether a requirement is "
                    "met depends on more than one product."
                ),
                query="",
            ),
        ),
    )
