"""The breach register: one case per suspected breach, its whole history in the ledger's chain.

A violation is not a breach. A person opens a case for what was disclosed, becomes aware, assesses,
notifies or says why not. Every step is a record; the case is what the records add up to.
Source: GDPR art. 33(5); EDPB Guidelines 9/2022 v2.0 on awareness; ENISA, Recommendations for a
methodology of the assessment of severity of personal data breaches, v1.0, 2013.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from penstock.errors import ConfigError, Refused
from reports.facts import Deadline, deadlines
from reports.ledger import Ledger
from reports.ledger.record import Body
from reports.wrong import first_wrong


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999") from None


def _past(at: datetime, info: ValidationInfo) -> datetime:
    """Refuses what lies after the moment of a change; what is on record already stays readable."""
    if info.context and at > info.context["now"]:
        raise ValueError(f"lies in the future: {at:%Y-%m-%d %H:%M} UTC")
    return at


type Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
"""A time, in UTC however it was written."""
type Past = Annotated[Moment, AfterValidator(_past)]
"""When something happened: not later than the change that says so."""


class Clock(NamedTuple):
    """One duty to tell somebody about a case."""

    what: str
    """Whom or with what, as `reports/data/deadlines.yaml` names it."""
    at: datetime
    """Until when, UTC."""
    state: Literal["open", "told", "decided not to notify"]
    told: datetime | None = None
    """When it was done, where that was said."""


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
    deletion_requested_at: Past | None = None
    deletion_confirmed_at: Past | None = None


class Notified(_Part):
    """What was told to an authority or to the people concerned."""

    told: bool | None = None
    """None: not decided."""
    planned_at: Moment | None = None
    whom: str = ""
    reference: str = ""
    at: Past | None = None
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
    occurred_from: Past | None = None
    occurred_to: Past | None = None
    detected_at: Past
    aware_at: Past | None = None
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
    reported: dict[str, Past | None] = {}
    """When other duties were fulfilled, by the `id` of their deadline (`nis2-early-warning`); null:
    decided that it need not be."""
    cross_border: CrossBorder = CrossBorder()
    attachments: tuple[Attachment, ...] = ()
    status: Literal["open", "assessed", "notified", "closed", "withdrawn"] = "open"
    withdrawn_reason: str = ""
    """Why it is no case at all; it stays on record and counts for nothing."""

    @field_validator("reported")
    @classmethod
    def _are_deadlines(cls, reported: dict[str, datetime | None]) -> dict[str, datetime | None]:
        known = {line.id for line in deadlines() if line.told_as == "reported"}
        if unknown := reported.keys() - known:
            raise ValueError(f"no `{min(unknown)[:40]}`; there are: {', '.join(sorted(known))}")
        return reported

    @property
    def is_over(self) -> bool:
        """Closed or withdrawn: nothing of it is still to be done."""
        return self.status in ("closed", "withdrawn")

    def due(self, regimes: tuple[str, ...]) -> tuple[Clock, ...]:
        """Who must be told until when, by the law in force when somebody became aware."""
        if self.aware_at is None or self.status == "withdrawn":
            return ()
        aware, day = self.aware_at, self.aware_at.date()
        return tuple(
            Clock(line.what, aware + timedelta(hours=line.hours), *self._told(line))
            for line in deadlines()
            if line.regime in regimes
            and line.since <= day
            and (line.until is None or day < line.until)
        )

    def next_due(self, regimes: tuple[str, ...]) -> Clock | None:
        """The nearest duty that is still open."""
        if self.is_over:
            return None
        still = [clock for clock in self.due(regimes) if clock.state == "open"]
        return min(still, key=lambda clock: clock.at, default=None)

    def _told(
        self, line: Deadline
    ) -> tuple[Literal["open", "told", "decided not to notify"], datetime | None]:
        if line.told_as == "reported":
            at = self.reported.get(line.id)
            if line.id not in self.reported:
                return "open", None
            return ("told", at) if at else ("decided not to notify", None)
        notified = self.authority if line.told_as == "authority" else self.people
        if notified.told is False:
            return "decided not to notify", None
        return ("told" if notified.told or notified.at else "open"), notified.at


def open_case(ledger: Ledger, *, by: str, at: datetime, **fields: Any) -> str:
    """Begin a case; `title` and `detected_at` at least. Returns its id. Raises ConfigError,
    Refused."""
    id_ = f"C-{at:%Y%m}-{uuid.uuid4().hex[:6].upper()}"
    _keep(ledger, {"id": id_}, by=by, at=at, fields=fields)
    return id_


def update_case(ledger: Ledger, id: str, *, by: str, at: datetime, **fields: Any) -> Case:
    """Change fields of a case; earlier values stay in the chain.

    Raises ConfigError, Refused.
    """
    return _keep(ledger, _known(ledger, id), by=by, at=at, fields=fields)


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


def _keep(
    ledger: Ledger, known: dict[str, Any], *, by: str, at: datetime, fields: dict[str, Any]
) -> Case:
    """Record `fields` as the case that they make of `known` has them: checked, times in UTC."""
    case = _check(known | fields, at)
    if case.severity and case.severity.override and not case.severity.override_reason:
        raise ConfigError("a severity that overrides the score needs a reason")
    if case.status == "closed" and not (case.conclusion and case.severity):
        raise ConfigError("a case is closed only with a severity and a conclusion")
    if case.status == "withdrawn" and not case.withdrawn_reason.strip():
        raise ConfigError("a case is withdrawn only with a `withdrawn_reason`")
    if fields.keys() & {"violations", "detected_at"}:
        met = ledger.violations(case.violations)
        for id_ in case.violations:
            if id_ not in met:
                raise Refused(f"no violation `{id_[:40]}` in the ledger")
        _in_order({"violations": first_of(met), "detected_at": case.detected_at}, fields)
    _in_order(_moments(case), fields)
    written = case.model_dump(mode="json", include=set(fields))
    ledger.act("case", at, case=case.id, by=by, set=written)
    return case


def first_of(violations: Mapping[str, Body]) -> datetime | None:
    """When the first of these records was made; None where no content of any is left."""
    return min((datetime.fromisoformat(v["at"]) for v in violations.values() if v), default=None)


def _moments(case: Case) -> dict[str, datetime | None]:
    """What has happened, by the name of its field."""
    told = {f"reported.{id_}": at for id_, at in case.reported.items()}
    return told | {
        "occurred_from": case.occurred_from,
        "occurred_to": case.occurred_to,
        "detected_at": case.detected_at,
        "aware_at": case.aware_at,
        "authority.at": case.authority.at,
        "people.at": case.people.at,
        "recipient.deletion_requested_at": case.recipient.deletion_requested_at,
        "recipient.deletion_confirmed_at": case.recipient.deletion_confirmed_at,
    }


_ORDER = (
    ("violations", "detected_at"),
    ("occurred_from", "occurred_to"),
    ("occurred_from", "detected_at"),
    ("detected_at", "aware_at"),
    ("aware_at", "authority"),
    ("aware_at", "people"),
    ("aware_at", "reported"),
    ("recipient.deletion_requested_at", "recipient.deletion_confirmed_at"),
)
"""What comes first and what cannot lie before it: a time, or every time of a field."""


def _in_order(moments: Mapping[str, datetime | None], fields: Mapping[str, Any]) -> None:
    """Refuses a change that puts an effect before its cause, to the minute: forms have no seconds.
    What it does not touch stays as it is on record. Raises ConfigError."""
    for cause, effect in _ORDER:
        first = moments.get(cause)
        if not first or not fields.keys() & {_field(cause), _field(effect)}:
            continue
        for name, at in moments.items():
            is_effect = effect in (name, _field(name))
            if is_effect and at and at < first.replace(second=0, microsecond=0):
                raise ConfigError(
                    f"case: `{name}` ({at:%Y-%m-%d %H:%M} UTC) lies before "
                    f"{_CAUSES.get(cause, f'`{cause}`')} ({first:%Y-%m-%d %H:%M} UTC); "
                    "correct one of them"
                )


def _field(name: str) -> str:
    return name.partition(".")[0]


_CAUSES = {"violations": "the first of its violations"}


def of_ours(ledger: Ledger, named: str) -> str:
    """`named` as it is, a case of this register or of another one such as a ticket. Raises Refused
    where it is written like one of ours and is none."""
    if re.fullmatch(r"C-\d{6}-[0-9A-F]{6}", named):
        _known(ledger, named)
    return named


def _check(fields: dict[str, Any], now: datetime | None = None) -> Case:
    try:
        return Case.model_validate(fields, context={"now": now} if now else None)
    except ValidationError as error:
        place, wrong = first_wrong(error)
        raise ConfigError(f"case: `{'.'.join(place)}`: {wrong}") from None
