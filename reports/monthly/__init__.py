"""A month of records as one Document, and every format made from it.

    ledger ── sections/*.py ──▶ Document ── render/*.py ──▶ html csv json

`build`, then `render` or `write`.
"""

from reports.monthly.asked import ServiceFacts
from reports.monthly.build import build
from reports.monthly.document import Document
from reports.monthly.publish import FORMATS, render, write

__all__ = ["FORMATS", "Document", "ServiceFacts", "build", "render", "write"]
