"""A month of a ledger as a Document."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

from penstock.errors import ConfigError
from reports.facts import Facts
from reports.ledger import Ledger, Month
from reports.ledger.retention import counted_before
from reports.monthly.asked import Asked, ServiceFacts
from reports.monthly.completeness import completeness
from reports.monthly.document import (
    SCHEMA,
    Control,
    Document,
    Empty,
    PolicyInForce,
    instant,
)
from reports.monthly.sections import SECTIONS
from reports.monthly.sections.cost import charges
from reports.monthly.words import Words


def build(
    ledger: Ledger,
    month: str | Month,
    *,
    version: str,
    organization: str = "",
    language: str = "en",
    services: Mapping[str, ServiceFacts] | None = None,
    facts: Facts | None = None,
    now: datetime | None = None,
) -> Document:
    """The report of `2026-11`. Its cost does not depend on the number of violations.

    Raises ConfigError for something that is no month or no language we have and for a month whose
    figures were deleted, ServiceDown while the ledger is away.
    """
    month = Month(month) if isinstance(month, str) else month
    if month.name < (kept := counted_before(ledger)):
        raise ConfigError(f"{month.name}: figures from before {kept} were deleted by `retention`")
    now = now or datetime.now(UTC)
    asked = Asked(ledger, month, Words(language), now, services or {}, facts or Facts())
    t = asked.words
    return Document(
        schema=SCHEMA,
        id=str(uuid.uuid4()),
        month=month.name,
        title=t("AI data protection report"),
        language=language,
        is_demo=ledger.is_demo,
        control=_control(asked, organization, version),
        sections=tuple(section(asked) for section in SECTIONS),
        charges=charges(asked),
        empty=None if asked.count().total else _empty(asked),
    )


def _control(asked: Asked, organization: str, version: str) -> Control:
    seq, head = asked.ledger.last()
    return Control(
        organization=organization,
        legal_entity=asked.facts.legal_entity,
        scope=asked.facts.scope,
        prepared_by=asked.facts.signatories.prepared_by,
        reviewed_by=asked.facts.signatories.reviewed_by,
        approved_by=asked.facts.signatories.approved_by,
        period_start=instant(asked.month.start),
        period_end=instant(asked.month.end),
        time_zone="UTC",
        generated_at=instant(asked.now),
        generator=f"penstock {version}",
        supersedes=_made_before(asked),
        ledger=asked.ledger.id,
        last_record=seq,
        last_hash=head,
        public_key_sha256=sha256(asked.ledger.public_key).hexdigest(),
        policies=tuple(_policies(asked)),
        completeness=completeness(asked),
    )


def made(ledger: Ledger, document: Document, formats: Iterable[str], by: str) -> None:
    """Note that a report was made, for section H of its month's and `supersedes` of the next.

    Raises ServiceDown.
    """
    ledger.act(
        "access",
        datetime.now(UTC),
        what=f"report {document.month}: {', '.join(formats)}",
        by=by,
        month=document.month,
        report=document.id,
    )


def _made_before(asked: Asked) -> str:
    reports = [
        act["report"]
        for act in asked.ledger.acts("access")
        if act.get("month") == asked.month.name and "report" in act
    ]
    return reports[-1] if reports else ""


def _policies(asked: Asked) -> list[PolicyInForce]:
    days: dict[str, list[str]] = {}
    numbers: dict[str, int] = {}
    for name, day, number in asked.count("name", "day", cut="policy").rows:
        days.setdefault(name, []).append(day)
        numbers[name] = numbers.get(name, 0) + number
    return sorted(
        (
            PolicyInForce(
                name=name.rpartition(" ")[0],
                sha256=name.rpartition(" ")[2],
                first_day=min(seen),
                last_day=max(seen),
                violations=numbers[name],
            )
            for name, seen in days.items()
        ),
        key=lambda policy: (policy.first_day, policy.name, policy.sha256),
    )


def _empty(asked: Asked) -> Empty:
    t = asked.words
    return Empty(
        title=t("Nothing was recorded in this month"),
        text=(
            t(
                "No request broke a rule, or none passed through the proxy. An empty report proves "
                "the first only if the second can be excluded:"
            ),
        ),
        steps=(
            ("penstock doctor", t("is the proxy running and trusted by its clients?")),
            ("penstock ledger stats", t("which months have records?")),
            ("penstock policy test", t("does the policy ask for anything?")),
            ("penstock demo", t("what a filled report looks like, with synthetic records")),
        ),
    )
