"""The parts of a report, in order. A new one is one file and one line here."""

from collections.abc import Callable

from reports.monthly.asked import Asked
from reports.monthly.document import Section
from reports.monthly.sections import method, summary, verification, violations

SECTIONS: tuple[Callable[[Asked], Section], ...] = (
    summary.section,
    violations.section,
    method.section,
    verification.section,
)
