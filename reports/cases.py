"""The breach register: one case per suspected breach, its whole history in the ledger's chain.

A violation is not a breach. A person opens a case for what was disclosed, becomes aware, assesses,
notifies or says why not. Every step is a record; the case is what the records add up to.
Source: GDPR art. 33(5); EDPB Guidelines 9/2022 v2.0 on awareness; ENISA, Recommendations for a
methodology of the assessment of severity of personal data breaches, v1.0, 2013.
"""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from penstock.errors import ConfigError, Refused
from reports.facts import deadlines
from reports.ledger import Ledger
from reports.wrong import first_wrong


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Number(_Part):
    """How many people or records, and how sure that is."""

    value: Annotated[int, Field(ge=0)] | None = None
    certainty: Literal["exact", "approximate", "unknown"] = "unknown"
    method: str = ""


class Severity(_Part):
    """ENISA's SE = DPC x EI + CB with its inputs."""

    dpc: Annotated[float, Field(ge=1, le=4)]
    """Data processing context: 1 simple, 2 behavioural, 3 financial, 4 sensitive data, adjusted."""
    ei: Annotated[float, Field(ge=0.25, le=1, multiple_of=0.25)]
    """Ease of identification: 0.25 negligible, 0.5 limited, 0.75 significant, 1 maximum."""
    cb: Annotated[float, Field(ge=0, le=2)] = 0
    """Circumstances: loss of confidentiality, integrity and availability up to 0.5 each, malice
    0.5."""
    narrative: str = ""
    assessor: str = ""
    approver: str = ""
    override: Literal["", "low", "medium", "high", "very high"] = ""
    override_reason: str = ""

    @property
    def score(self) -> float:
        """SE."""
        return float(round(self.dpc * self.ei + self.cb, 2))

    @property
    def level(self) -> str:
        """`low` below 2, `medium` below 3, `high` below 4, else `very high`; or the override."""
        if self.override:
            return self.override
        for limit, name in ((2, "low"), (3, "medium"), (4, "high")):
            if self.score < limit:
                return name
        return "very high"


class Recipient(_Part):
    """Who received the data."""

    name: str = ""
    role: Literal["processor", "controller", "unknown"] = "unknown"
    agreement: bool | None = None
    country: str = ""
    retention_claim: str = ""
    """How long it says that it keeps what it got."""
    deletion_requested_at: AwareDatetime | None = None
    deletion_confirmed_at: AwareDatetime | None = None


class Notified(_Part):
    """What was told to an authority or to the people concerned."""

    told: bool | None = None
    """None: not decided."""
    planned_at: AwareDatetime | None = None
    whom: str = ""
    reference: str = ""
    at: AwareDatetime | None = None
    phased: bool = False
    reason: str = ""
    """Why late, or why not at all."""
    means: str = ""
    """Letter, message, public notice, …"""
    text: str = ""
    """Where the text that was sent is kept."""
    exemption: Annotated[str, Field(pattern=r"^(34\(3\)\([abc]\))?$")] = ""
    """The part of art. 34(3) by which people need not be told."""


class CrossBorder(_Part):
    """Where in the EEA people are concerned."""

    lead_authority: str = ""
    countries: dict[str, int | None] = {}
    """ISO 3166-1 alpha-2 -> people concerned there; null: not known."""


class Attachment(_Part):
    """A file that belongs to the case and is kept elsewhere."""

    name: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Case(_Part):
    """One case, field by field as art. 33(5) and the authorities' forms ask for it."""

    id: str
    title: str
    violations: tuple[str, ...] = ()
    """Ids of the violations it is about."""
    occurred_from: AwareDatetime | None = None
    occurred_to: AwareDatetime | None = None
    detected_at: AwareDatetime
    aware_at: AwareDatetime | None = None
    """When somebody was reasonably certain; the clock runs from here."""
    aware_by_role: str = ""
    discovery_channel: str = ""
    """`the proxy`, `an employee`, `the recipient`, …"""
    disclosure: Literal["", "not disclosed", "partially disclosed", "disclosed", "unknown"] = ""
    systems: tuple[str, ...] = ()
    nature: tuple[Literal["confidentiality", "integrity", "availability"], ...] = (
        "confidentiality",
    )
    incident_type: str = ""
    """`data sent by mistake`, `abuse of access privileges`, `unintended publication`, …"""
    cause: Literal["", "internal non-malicious", "internal malicious", "external"] = ""
    unintelligible: bool | None = None
    recipient: Recipient = Recipient()
    data_categories: tuple[str, ...] = ()
    subject_categories: tuple[str, ...] = ()
    subjects: Number = Number()
    records: Number = Number()
    measures_before: tuple[str, ...] = ()
    likely_consequences: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()
    """What has happened to people so far."""
    measures_taken: tuple[str, ...] = ()
    measures_prevent: tuple[str, ...] = ()
    severity: Severity | None = None
    conclusion: Literal["", "unlikely to result in a risk", "risk", "high risk"] = ""
    authority: Notified = Notified()
    people: Notified = Notified()
    other_regimes: tuple[str, ...] = ()
    cross_border: CrossBorder = CrossBorder()
    attachments: tuple[Attachment, ...] = ()
    status: Literal["open", "assessed", "notified", "closed"] = "open"

    def due(self, regimes: tuple[str, ...]) -> tuple[tuple[str, datetime], ...]:
        """Who must be told until when, by the law in force when somebody became aware."""
        if self.aware_at is None:
            return ()
        aware, day = self.aware_at, self.aware_at.date()
        return tuple(
            (line.what, aware + timedelta(hours=line.hours))
            for line in deadlines()
            if line.regime in regimes
            and line.since <= day
            and (line.until is None or day < line.until)
        )


def open_case(ledger: Ledger, *, by: str, at: datetime, **fields: Any) -> str:
    """Begin a case; `title` and `detected_at` at least. Returns its id. Raises ConfigError."""
    id_ = f"C-{at:%Y%m}-{uuid.uuid4().hex[:6].upper()}"
    _check({"id": id_, **fields})
    ledger.act("case", at, case=id_, by=by, set=_plain(fields))
    return id_


def update_case(ledger: Ledger, id: str, *, by: str, at: datetime, **fields: Any) -> Case:
    """Change fields of a case; earlier values stay in the chain.

    Raises ConfigError, Refused.
    """
    known = _known(ledger, id)
    case = _check(known | _plain(fields))
    if case.severity and case.severity.override and not case.severity.override_reason:
        raise ConfigError("a severity that overrides the score needs a reason")
    if case.status == "closed" and not (case.conclusion and case.severity):
        raise ConfigError("a case is closed only with a severity and a conclusion")
    ledger.act("case", at, case=id, by=by, set=_plain(fields))
    return case


def find(ledger: Ledger, id: str) -> Case:
    """One case as it is now. Raises Refused."""
    return _check(_known(ledger, id))


def cases(ledger: Ledger) -> tuple[Case, ...]:
    """All cases as they are now, in the order they were opened."""
    return tuple(_check(fields) for fields in _folded(ledger).values())


def _known(ledger: Ledger, id: str) -> dict[str, Any]:
    known = _folded(ledger).get(id)
    if known is None:
        raise Refused(f"no case `{id[:40]}`; see: penstock case list")
    return known


def _folded(ledger: Ledger) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for body in ledger.acts("case"):
        found.setdefault(body["case"], {"id": body["case"]}).update(body["set"])
    return found


def _check(fields: dict[str, Any]) -> Case:
    try:
        return Case.model_validate(fields)
    except ValidationError as error:
        place, wrong = first_wrong(error)
        raise ConfigError(f"case: `{'.'.join(place)}`: {wrong}") from None


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """As JSON values."""
    return {
        key: value.model_dump(mode="json")
        if isinstance(value, BaseModel)
        else value.astimezone(UTC).isoformat()
        if isinstance(value, datetime)
        else list(value)
        if isinstance(value, tuple)
        else value
        for key, value in fields.items()
    }
