"""What the records of violations say of a case where nobody has said it yet: when, where, what."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from policy.classes import title
from reports.cases import Case, Number
from reports.ledger import Body


def filled(
    case: Case,
    violations: Iterable[Body],
    names: Mapping[str, str] | None = None,
    language: str = "en",
) -> Case:
    """`case` with its empty fields filled from the records of its violations.

    What a person stated stays. `names`: service id -> what people call it. Data classes are named
    in `language`. Records whose retention has run out (empty bodies) say nothing.
    """
    bodies = [body for body in violations if body]
    if not bodies:
        return case
    findings = [finding for body in bodies for finding in body["findings"]]
    classes = sorted({finding["class"] for finding in findings})
    services = _each((names or {}).get(body["service"], body["service"]) for body in bodies)
    changes: dict[str, Any] = {}
    if case.occurred_from is None:
        changes["occurred_from"] = min(datetime.fromisoformat(body["at"]) for body in bodies)
    if case.occurred_to is None:
        changes["occurred_to"] = max(
            datetime.fromisoformat(body.get("until") or body["at"]) for body in bodies
        )
    if not case.systems:
        changes["systems"] = _each(body["host"] for body in bodies)
    if not case.data_categories:
        changes["data_categories"] = _each(title(name, language) for name in classes)
    if case.records.value is None:
        changes["records"] = Number(
            value=sum(finding["count"] for finding in findings),
            certainty="approximate",
            method="values that the detectors found",
        )
    recipient: dict[str, Any] = {}
    if not case.recipient.name:
        recipient["name"] = ", ".join(services)
    if not case.recipient.country:
        recipient["country"] = ", ".join(_each(body.get("country", "") for body in bodies))
    changes["recipient"] = case.recipient.model_copy(update=recipient)
    return case.model_copy(update=changes)


def _each(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text for text in texts if text}))
