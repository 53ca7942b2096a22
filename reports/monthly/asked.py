"""What the sections ask with: one month of one ledger, and the words to answer in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from penstock.model import Outcome
from policy.classes import data_class, title
from reports.cases import Case, cases
from reports.facts import Facts
from reports.ledger import Answer, Body, Ledger, Month
from reports.monthly.document import Column, Number, Table, Value
from reports.monthly.words import Words, sentences

OUTCOMES = tuple(outcome.value for outcome in Outcome)
"""In the order in which every table shows them."""

FEWEST = 5
"""People that must stand behind a number about a group of them."""


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What the catalogue knows about a service."""

    name: str
    vendor: str = ""
    category: str = ""
    country: str = ""
    """Of the vendor's seat, ISO 3166-1 alpha-2."""
    approved: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One report's questions. Answers are remembered, since sections share many."""

    ledger: Ledger
    month: Month
    words: Words
    now: datetime
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts)
    _answers: dict[object, Answer] = field(default_factory=dict)
    _cases: dict[str, tuple[Case, ...]] = field(default_factory=dict)

    def count(self, *by: str, back: int = 0, **options: Any) -> Answer:
        """Violations by columns of the roll-up; `back` months earlier."""
        key = ("count", by, back, str(sorted(options.items())))
        return self._once(key, lambda: self.ledger.count(self.month.plus(-back), *by, **options))

    def distinct(self, cut: str, back: int = 0, names: Sequence[str] | None = None) -> Answer:
        """Different people or values by name, or those of some names."""
        key = ("distinct", cut, back, str(names))
        return self._once(key, lambda: self.ledger.distinct(self.month.plus(-back), cut, names))

    def traffic(self, back: int = 0) -> Answer:
        """Inspected requests by service and account."""
        key = ("traffic", back)
        return self._once(key, lambda: self.ledger.traffic(self.month.plus(-back)))

    def traffic_bytes(self) -> Answer:
        """Bytes of inspected requests by service and account."""
        return self._once("bytes", lambda: self.ledger.traffic(self.month, "request_bytes"))

    def usage(self) -> Answer:
        """What internal models used; see `figures.usage`."""
        return self._once("usage", lambda: self.ledger.usage(self.month))

    def history(self, back: int) -> Answer:
        """Violations by month and outcome, from `back` months earlier up to this one."""
        return self._once(("history", back), lambda: self.ledger.history(self.month, back))

    def seen_times(self) -> Answer:
        """Service, first and last hour of the month with requests."""
        return self._once("times", lambda: self.ledger.seen_times(self.month))

    def notes(self, *kinds: str) -> Answer:
        """What proxies noticed beside their records; see `figures.noted`."""
        return self._once(("notes", kinds), lambda: self.ledger.notes(self.month, *kinds))

    def let_through(self) -> Answer:
        """Violations that passed because inspection failed; nobody knows what was in them."""
        failed = {"name": "on-error", "action": "warn", "outcome": "unknown"}
        return self.count(cut="rule", where=failed)

    def acts(self, kind: str) -> tuple[Body, ...]:
        """Acts of one kind in the month."""
        return self.ledger.acts(kind, self.month)

    def cases(self) -> tuple[Case, ...]:
        """All cases of the register."""
        if "cases" not in self._cases:
            self._cases["cases"] = cases(self.ledger)
        return self._cases["cases"]

    def named_in_cases(self) -> set[str]:
        """Ids of the violations that cases are about; a withdrawn case is about none."""
        stand = (case for case in self.cases() if case.status != "withdrawn")
        return {id_ for case in stand for id_ in case.violations}

    def yes_no(self, value: bool | None) -> str:
        """Yes, no, or not stated."""
        return self.words("not stated" if value is None else "yes" if value else "no")

    def _once(self, key: object, ask: Callable[[], Answer]) -> Answer:
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]

    def service(self, id: str) -> str:
        """What people call a service."""
        facts = self.services.get(id)
        return facts.name if facts else id

    def number_of_people(self, number: int) -> int | None:
        """A number of people: not shown where it is so small that it speaks of persons."""
        return None if 0 < number < FEWEST else number

    def transfer_basis(self, basis: str) -> str:
        """What people call a transfer basis; what the company wrote itself stays as it is."""
        return self.words(basis or "not stated") if not basis or basis in sentences() else basis

    def channel(self, id: str) -> str:
        """What people call a channel."""
        return self.words(_CHANNELS.get(id, "Unknown"))

    def data_class(self, id: str) -> str:
        """What people call a data class."""
        row = data_class(id)
        name = title(id, self.words.language)
        if row is None or row.id == id:
            return name
        return f"{name} ({id.removeprefix(row.id.removesuffix('*'))})"

    def action(self, id: str) -> str:
        """What people call an action."""
        return self.words(_ACTIONS[id])

    def outcome(self, id: str) -> str:
        """What people call an outcome."""
        return self.words(_OUTCOMES[id])

    def account(self, id: str) -> str:
        """What people call a kind of account."""
        return self.words(_ACCOUNTS.get(id, "Unknown"))

    def share(
        self,
        id: str,
        label: str,
        part: Answer,
        whole: int,
        definition: str,
        previous: Value = None,
    ) -> Number:
        """`part` of `whole`, so many violations; not known where there are none."""
        return Number(
            id=id,
            label=label,
            value=part.total / whole if whole else None,
            kind="share",
            definition=definition,
            query=part.total_query,
            numerator=part.total,
            denominator=whole,
            previous=previous,
            note="" if whole else self.words("No violation was recorded."),
        )

    def outcome_columns(self) -> tuple[Column, ...]:
        """One column per outcome."""
        return tuple(Column(o, self.outcome(o), "count") for o in OUTCOMES)

    def crossed(
        self, id: str, title: str, first: Column, definition: str, answer: Answer, named: Any
    ) -> Table:
        """`answer` (name, outcome, number) as one row per name and one column per outcome."""
        names: dict[Any, dict[str, int]] = {}
        for name, outcome, number in answer.rows:
            names.setdefault(name, {})[outcome] = number
        rows: list[tuple[Value, ...]] = [
            (named(name), *(by.get(o, 0) for o in OUTCOMES), sum(by.values()))
            for name, by in sorted(names.items(), key=lambda n: (-sum(n[1].values()), str(n[0])))
        ]
        total = Column("violations", self.words("Violations"), "count")
        return Table(
            id=id,
            title=title,
            columns=(first, *self.outcome_columns(), total),
            rows=tuple(rows),
            definition=definition,
            query=answer.query,
        )


_ACTIONS = {
    "allow": "Allowed",
    "warn": "Warned",
    "redact": "Redacted",
    "redirect": "Redirected",
    "block": "Blocked",
}
_OUTCOMES = {
    "prevented": "Prevented",
    "disclosed": "Disclosed",
    "partially_disclosed": "Partially disclosed",
    "unknown": "Unknown",
}
_CHANNELS = {
    "agent": "Agent",
    "api": "API",
    "chat": "Chat",
    "code-assistant": "Code assistant",
    "image": "Images, video and sound",
    "meeting": "Meeting assistant",
    "search": "Search",
    "translation": "Translation",
    "writing": "Writing assistant",
}
_ACCOUNTS = {
    "corporate": "Corporate",
    "personal": "Personal",
    "free": "Free",
    "unknown": "Unknown",
}
