"""The policy file as types. Pydantic refuses unknown keys, so a typo cannot switch a rule off."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from penstock.model import Action
from policy.operators import Name

ActionName = Literal["allow", "warn", "redact", "redirect", "block"]
Confidence = Annotated[float, Field(ge=0, le=1)]

_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def is_id(value: str) -> bool:
    """Whether a policy or a rule may be called so."""
    return re.search(_ID, value) is not None


def _id(value: str) -> str:
    if not is_id(value):
        raise ValueError("must be small letters, digits and single hyphens, as `cards-stay-inside`")
    return value


_ONE_OR_MANY = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
Id = Annotated[str, AfterValidator(_id), Field(json_schema_extra={"pattern": _ID})]


class InOrder:
    """Marks a list of which the order means something; that of any other does not."""


class _Strict(BaseModel):
    # what stands under a field is what editors show of it
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class When(_Strict):
    """A test on one finding. Each list is globs joined by `or`; the keys are joined by `and`."""

    data: tuple[str, ...] = ("*",)
    """Data classes: `pci.*`, `secret.aws_access_key`."""
    min_confidence: Confidence = 0.5
    min_distinct: Annotated[int, Field(ge=1)] = 1
    """At least so many different values among the findings that pass the rest of this test."""
    min_people: Annotated[int, Field(ge=0)] = 0
    """At least so many different people, by estimate, in the whole prompt."""
    placeholder: bool | None = None
    """Only values that are published as examples, like test cards (true), or only others."""
    service: tuple[str, ...] = ("*",)
    """Service ids of the catalogue; `unknown` for a host that is in none."""
    category: tuple[str, ...] = ("*",)
    """`chat`, `api`, `code-assistant`, … as in the catalogue."""
    approved: bool | None = None
    """Only services the company has approved (true) or has not (false)."""
    group: tuple[str, ...] = ("*",)
    where: tuple[str, ...] = ("*",)
    """Places in the request, as JSON Pointers: `/tools/*` is what a program says of its tools."""
    account: tuple[str, ...] = ("*",)
    """`corporate`, `personal`, `free`, `unknown`."""


class Unless(When):
    """An exception, who answers for it and how long it holds."""

    owner: str = ""
    until: date | None = None
    """The last day, UTC; afterwards the rule holds without it. Left out: no end."""


class Rule(_Strict):
    """One sentence of the policy."""

    id: Id
    why: Annotated[str, Field(min_length=1)]
    """The law, contract or decision this rule rests on; shown to auditors."""
    when: When
    unless: Unless | None = None
    then: ActionName
    to: Annotated[tuple[str, ...], InOrder, WithJsonSchema(_ONE_OR_MANY)] = ()
    """For `redirect`: internal models named in the settings, in order of preference. For `redact`:
    who answers where a request cannot be edited, as signed ones of AWS; left out: nobody."""
    fallback: Literal["block", "redact"] = "block"
    """For `redirect` when no internal model answers."""
    tell: str = ""
    """What the person is told."""

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.then == "redirect" and not self.to:
            raise ValueError("redirects but has no `to`; name internal models, as `to: [internal]`")
        return self


class Example(_Strict):
    """A promise about this policy, checked by `penstock policy test` and again at every load."""

    sent: str
    service: str = "unknown"
    category: str = ""
    approved: bool = False
    groups: tuple[str, ...] = ()
    account: str = "unknown"
    expect: ActionName
    by: tuple[str, ...] | None = None
    """The rules that must have asked for it; left out: any."""


class Policy(_Strict):
    """One policy file."""

    name: Id
    mode: Literal["enforce", "monitor"] = "enforce"
    """`monitor`: nothing is changed or stopped; what would have been is recorded."""
    default: Literal["allow", "warn"] = "allow"
    on_error: Literal["block", "warn"] = "block"
    """A body that cannot be read or a detector that crashed or was late. Holds in both modes."""
    uninspected: Literal["allow", "warn", "block"] = "block"
    """Parts no detector can read: images, audio, files known by id only."""
    masks: dict[str, Name] = {}
    """Data class, as a glob -> what stands in place of its values where a rule redacts them:
    `placeholder`, `token`, `surrogate`, `last_four`, `hash`, `year` or `class`."""
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]

    def on(self, day: date) -> "Policy":
        """The policy as it is in force on a day: without the exceptions that have ended."""
        rules = tuple(
            rule.model_copy(update={"unless": None})
            if rule.unless and rule.unless.until and rule.unless.until < day
            else rule
            for rule in self.rules
        )
        return self.model_copy(update={"rules": rules})

    @field_validator("rules")
    @classmethod
    def _ids_are_unique(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        seen: set[str] = set()
        for rule in rules:
            if rule.id in seen:
                raise ValueError(f"two rules are called `{rule.id}`")
            seen.add(rule.id)
        return rules


def action(name: ActionName) -> Action:
    """The action called `name`."""
    return Action[name.upper()]
