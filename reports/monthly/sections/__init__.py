"""The parts of a report, in order. A new one is one file and one line here."""

from collections.abc import Callable

from reports.monthly.asked import Asked
from reports.monthly.document import Section
from reports.monthly.sections import (
    access,
    control,
    cost,
    gdpr,
    inventory,
    kept,
    mapping,
    method,
    register,
    summary,
    verification,
    violations,
)

SECTIONS: tuple[Callable[[Asked], Section], ...] = (
    summary.section,
    inventory.section,
    violations.section,
    gdpr.section,
    register.section,
    control.section,
    cost.section,
    access.section,
    kept.section,
    mapping.section,
    method.section,
    verification.section,
)
