"""What a report cannot count: what the company says about itself, its contracts and its costs.

One YAML file, all of it optional; what is not stated appears as not stated.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from penstock.errors import ConfigError
from reports.wrong import first_wrong, line_of

DATA = Path(__file__).parent / "data"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Signatories(_Row):
    """Who stands behind a report; three different people."""

    prepared_by: str = ""
    reviewed_by: str = ""
    approved_by: str = ""


class Contract(_Row):
    """What the company has agreed with one AI service."""

    processing_agreement: bool | None = None
    """Whether there is a contract under GDPR art. 28."""
    trains_on_input: bool | None = None
    legal_basis: str = ""
    """Of sending personal data there, as the company claims it: `GDPR art. 6(1)(f)`."""
    transfer_basis: str = ""
    """`adequacy`, `standard clauses`, `none`, …"""
    region: str = ""
    owner: str = ""
    review_date: date | None = None


class Costs(_Row):
    """What the internal models cost."""

    fixed_per_month: Annotated[float, Field(ge=0)] = 0
    """Hardware or rent, power at idle, staff; in the currency of the price file."""
    marginal_per_million: Annotated[float, Field(ge=0)] = 0
    """Electricity for 1,000,000 tokens, in the same currency. Depreciation is in `fixed_per_month`
    and not here again."""
    capacity_tokens_per_day: Annotated[int, Field(ge=0)] = 0
    """What the machines can do at full load; 0: not stated."""
    share: Annotated[float, Field(gt=0, le=1)] = 1
    """Part of the fixed cost that redirects have to bear."""


class Facts(_Row):
    """The file."""

    legal_entity: str = ""
    scope: tuple[str, ...] = ()
    """Sites, units, proxies the report covers."""
    signatories: Signatories = Signatories()
    turnover_eur: Annotated[float, Field(ge=0)] | None = None
    """Of the whole undertaking, for the ceilings of art. 83."""
    sector: str = ""
    """Which benchmark figures to show beside the general ones: `europe`, `finance`."""
    regimes: tuple[Literal["gdpr", "nis2", "dora", "hipaa"], ...] = ("gdpr",)
    """Whose deadlines the clocks of cases follow."""
    contracts: dict[str, Contract] = {}
    """By service id."""
    billing: dict[str, Literal["metered", "seat", "free"]] = {
        "free": "free",
        "personal": "free",
        "corporate": "seat",
    }
    """How accounts are billed, by `service` or by kind of account: only what is metered costs cash
    by the token."""
    costs: Costs | None = None
    prices: Path | None = None
    """A price file of your own in place of the built-in one."""


class Benchmark(_Row):
    """One published figure."""

    id: str
    measure: str
    value: float
    kind: Literal["count", "share"]
    what: str
    source: str
    as_of: str
    sector: str = ""


class Deadline(_Row):
    """How long after awareness somebody must be told."""

    id: str
    regime: str
    told_as: Literal["authority", "people", "reported"]
    """The field of a case that says that it was done."""
    what: str
    hours: Annotated[int, Field(gt=0)]
    since: Annotated[date, Field(alias="from")]
    until: date | None = None


class Ceiling(_Row):
    """The highest fine of one tier."""

    tier: str
    articles: str
    what: str
    fixed_eur: float
    turnover_share: float


class Mapped(_Row):
    """A requirement and what serves it."""

    framework: str
    control: str
    feature: str
    evidence: str


class Transfer(_Row):
    """What a transfer to some countries can rest on without a contract."""

    countries: tuple[str, ...]
    basis: str
    since: Annotated[date, Field(alias="from")]
    until: date | None = None
    source: str


class Price(_Row):
    """What 1,000,000 tokens of a public model cost from a day on."""

    model: str
    input: Annotated[float, Field(ge=0)]
    output: Annotated[float, Field(ge=0)]
    since: Annotated[date, Field(alias="from")]
    source: str

    @property
    def is_assumed(self) -> bool:
        """Whether it is that of models without a line of their own."""
        return self.model == "*"


class Prices(_Row):
    """A price file."""

    currency: str
    prices: tuple[Price, ...]

    def of(self, model: str, day: str) -> Price | None:
        """The line for a model on a day: the longest pattern, of those the latest in force."""
        fitting = [
            p
            for p in self.prices
            if p.since.isoformat() <= day
            and (model == p.model or (p.model.endswith("*") and model.startswith(p.model[:-1])))
        ]
        return max(fitting, key=lambda p: (len(p.model), p.since), default=None)


def load(path: Path) -> Facts:
    """The company's file. Raises ConfigError."""
    facts = _read(path, Facts)
    if facts.prices and not facts.prices.is_absolute():
        return facts.model_copy(update={"prices": path.parent / facts.prices})
    return facts


def prices(facts: Facts) -> Prices:
    """The company's price file, or the built-in one. Raises ConfigError."""
    return _read(facts.prices or DATA / "prices.yaml", Prices)


@cache
def benchmarks() -> tuple[Benchmark, ...]:
    """Published figures."""
    return _rows("benchmarks.yaml", Benchmark)


@cache
def deadlines() -> tuple[Deadline, ...]:
    """Of all regimes."""
    return _rows("deadlines.yaml", Deadline)


@cache
def ceilings() -> tuple[Ceiling, ...]:
    """Of art. 83 GDPR."""
    return _rows("ceilings.yaml", Ceiling)


@cache
def controls() -> tuple[Mapped, ...]:
    """The control mapping."""
    return _rows("controls.yaml", Mapped)


@cache
def transfers() -> tuple[Transfer, ...]:
    """Of countries inside and outside the EEA."""
    return _rows("transfers.yaml", Transfer)


def transfer_basis(country: str, contract: Contract | None, day: date) -> str:
    """What a transfer to `country` rests on; empty where nothing is known."""
    if contract and contract.transfer_basis:
        return contract.transfer_basis
    for line in transfers():
        if (
            country in line.countries
            and line.since <= day
            and not (line.until and day >= line.until)
        ):
            return line.basis
    return ""


def _rows[T: BaseModel](name: str, model: type[T]) -> tuple[T, ...]:
    rows: list[Any] = yaml.safe_load((DATA / name).read_text("utf-8"))
    return tuple(model.model_validate(row) for row in rows)


def _read[T: BaseModel](path: Path, model: type[T]) -> T:
    try:
        text = path.read_text("utf-8")
        return model.model_validate(yaml.safe_load(text) or {})
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: cannot be read: it is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {error.problem}") from None
    except ValidationError as error:
        place, wrong = first_wrong(error)
        line = line_of(text, place)
        raise ConfigError(f"{path}:{line}: `{'.'.join(place)}`: {wrong}") from None
    except ValueError as error:
        raise ConfigError(f"{path}:1: a date in it is none: {error}") from None
