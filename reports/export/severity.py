"""How grave a violation is: that of the gravest data class in it, lower where nothing left."""

from policy.classes import data_class
from reports.ledger import Body


def severity(body: Body) -> int:
    """1 (low) to 4 (very high)."""
    rows = [data_class(f["class"]) for f in body["findings"]]
    gravest = max((row.severity for row in rows if row), default=2)
    return max(1, gravest - 1) if body["outcome"] == "prevented" else gravest
