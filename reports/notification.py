"""A case as a form for a supervisory authority, pre-filled; what nobody knows yet says so.

Seven parts, in the order of the EDPB's draft of a common template (10 June 2026): the notification,
the controller, the breach, its consequences, the measures, the people told, what else. Source:
GDPR art. 33(3), 34.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.cases import Case, Notified
from reports.monthly.render.numbers import moment
from reports.monthly.words import Words, sentences

UNKNOWN = "[UNKNOWN - investigate]"
"""As the form for programs has it; documents say it in their language."""

type Form = dict[str, dict[str, Any]]
"""Part -> field -> value: texts, numbers, yes or no, and lists of them."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of the files inside, so that the same form gives the same bytes."""


def form(case: Case, organization: str, regimes: tuple[str, ...] = ("gdpr",)) -> Form:
    """The fields, by part."""
    severity = case.severity
    parts: dict[str, dict[str, Any]] = {
        "notification": {
            "reference": case.id,
            "title": case.title,
            "phased": case.authority.phased,
            "authority": case.authority.whom,
            "authority_reference": case.authority.reference,
            "authority_told_at": case.authority.at,
            "due": [{"to": due.what, "at": due.at} for due in case.due(regimes)],
            "late_reason": case.authority.reason,
        },
        "controller": {
            "organization": organization,
            "contact": "",
            "aware_by_role": case.aware_by_role,
        },
        "breach": {
            "from": case.occurred_from,
            "to": case.occurred_to,
            "detected": case.detected_at,
            "aware": case.aware_at,
            "discovery_channel": case.discovery_channel,
            "nature": list(case.nature),
            "incident_type": case.incident_type,
            "cause": case.cause,
            "systems": list(case.systems),
            "disclosure": case.disclosure,
            "unintelligible": case.unintelligible,
            "recipient": case.recipient.name,
            "recipient_role": case.recipient.role,
            "recipient_country": case.recipient.country,
            "agreement": case.recipient.agreement,
            "retention_claim": case.recipient.retention_claim,
            "deletion_requested_at": case.recipient.deletion_requested_at,
            "deletion_confirmed_at": case.recipient.deletion_confirmed_at,
            "data_categories": list(case.data_categories),
            "records": case.records.value,
            "records_certainty": case.records.certainty,
            "subject_categories": list(case.subject_categories),
            "people": case.subjects.value,
            "people_certainty": case.subjects.certainty,
            "people_method": case.subjects.method,
            "measures_before": list(case.measures_before),
        },
        "consequences": {
            "likely_consequences": list(case.likely_consequences),
            "impact": list(case.impact),
            "conclusion": case.conclusion,
            "severity_method": "ENISA 2013, SE = DPC x EI + CB",
            "severity_score": severity.score if severity else None,
            "severity_level": severity.level if severity else None,
            "narrative": severity.narrative if severity else "",
        },
        "measures": {
            "measures_taken": list(case.measures_taken),
            "measures_prevent": list(case.measures_prevent),
        },
        "people_told": _told(case.people),
        "other": {
            "other_regimes": list(case.other_regimes),
            "lead_authority": case.cross_border.lead_authority,
            "countries": [
                f"{country}: {UNKNOWN if number is None else number}"
                for country, number in case.cross_border.countries.items()
            ],
            "attachments": [f"{one.name} {one.sha256}" for one in case.attachments],
        },
    }
    return {
        part: {name: UNKNOWN if value in (None, "", []) else value for name, value in f.items()}
        for part, f in parts.items()
    }


def plain(value: Any) -> Any:
    """A form, or a part of one, as JSON knows values."""
    match value:
        case dict():
            return {name: plain(part) for name, part in value.items()}
        case list():
            return [plain(part) for part in value]
        case datetime():
            return value.isoformat()
    return value


def docx(filled: Form, language: str, at: datetime) -> bytes:
    """The form as an Office Open XML document. Raises ConfigError for a language we do not have."""
    t = Words(language)
    parts = [
        (t(_PARTS[part]), [(t(_LABELS[name]), [*_shown(value, t)]) for name, value in f.items()])
        for part, f in filled.items()
    ]
    told = {
        "title": t("Notification of a personal data breach"),
        "subtitle": t("Pre-filled from the breach register; what reads {unknown} is open.",
                      unknown=t(UNKNOWN)),
        "made": moment(at.astimezone(UTC).isoformat()),
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "parts": parts,
        "unknown": t(UNKNOWN),
        "language": language,
    }  # fmt: skip
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as package:
        for name, template in _FILES.items():
            text = _environment().get_template(template).render(told)
            package.writestr(zipfile.ZipInfo(name, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return data.getvalue()


_FILES = {
    "[Content_Types].xml": "content_types.xml.j2",
    "_rels/.rels": "package.rels.j2",
    "docProps/core.xml": "core.xml.j2",
    "word/document.xml": "document.xml.j2",
    "word/styles.xml": "styles.xml.j2",
    "word/_rels/document.xml.rels": "document.xml.rels.j2",
}
"""Of the package, and the templates they are made from. Source: ECMA-376, part 1."""


def _told(people: Notified) -> dict[str, Any]:
    return {
        "told": people.told,
        "planned_at": people.planned_at,
        "told_at": people.at,
        "means": people.means,
        "text": people.text,
        "exemption": people.exemption,
        "not_told_reason": people.reason,
    }


def _shown(value: Any, t: Words) -> Iterator[str]:
    """A value in lines, in the language where it is one of our own words."""
    for one in value if isinstance(value, list) else [value]:
        match one:
            case bool():
                yield t("yes" if one else "no")
            case datetime():
                yield moment(one.astimezone(UTC).isoformat())
            case {"to": what, "at": at}:
                yield f"{t(what)}: {moment(at.astimezone(UTC).isoformat())}"
            case str() if one in sentences():
                yield t(one)
            case _:
                said = "".join(c if c.isprintable() else " " for c in str(one))
                yield said.replace(UNKNOWN, t(UNKNOWN))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("reports", "forms"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_PARTS = {
    "notification": "The notification",
    "controller": "The controller",
    "breach": "The breach",
    "consequences": "Consequences and risk",
    "measures": "Measures",
    "people_told": "Information of the people concerned",
    "other": "Other authorities, other countries, attachments",
}

_LABELS = {
    "reference": "Reference",
    "title": "Title",
    "phased": "Further information will follow",
    "authority": "Authority",
    "authority_reference": "Reference at the authority",
    "authority_told_at": "Notified on",
    "due": "Due",
    "late_reason": "Why late or not at all",
    "organization": "Organisation",
    "contact": "Data protection officer or other contact",
    "aware_by_role": "Aware: role",
    "from": "Happened from",
    "to": "Happened until",
    "detected": "Detected",
    "aware": "Aware",
    "discovery_channel": "Discovered through",
    "nature": "Nature",
    "incident_type": "Incident type",
    "cause": "Cause",
    "systems": "Systems",
    "disclosure": "Disclosure",
    "unintelligible": "Unintelligible",
    "recipient": "Recipient",
    "recipient_role": "Recipient: role",
    "recipient_country": "Country",
    "agreement": "Processing agreement",
    "retention_claim": "Kept there, by its own account",
    "deletion_requested_at": "Deletion asked for",
    "deletion_confirmed_at": "Deletion confirmed",
    "data_categories": "Data",
    "records": "Records concerned",
    "records_certainty": "Records: certainty",
    "subject_categories": "People concerned",
    "people": "People",
    "people_certainty": "People: certainty",
    "people_method": "People: how counted",
    "measures_before": "Measures before",
    "likely_consequences": "Likely consequences",
    "impact": "Effects so far",
    "conclusion": "Conclusion",
    "severity_method": "Severity: method",
    "severity_score": "Severity: score",
    "severity_level": "Level",
    "narrative": "Reasoning",
    "measures_taken": "Measures taken",
    "measures_prevent": "Measures to prevent it",
    "told": "People informed",
    "planned_at": "Planned for",
    "told_at": "Informed on",
    "means": "By what means",
    "text": "Text",
    "exemption": "Exemption of art. 34(3)",
    "not_told_reason": "Why not informed",
    "other_regimes": "Other duties to notify",
    "lead_authority": "Lead authority",
    "countries": "Countries and people there",
    "attachments": "Attachments",
}
