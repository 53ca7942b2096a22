"""Which numbers a violation adds to. Roll-ups, counters and their rebuilding all start here."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from operator import add as add_up
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from reports.ledger import rows
from reports.ledger.record import Body
from reports.ledger.tables import DISTINCT, ROLL_UP, SEEN, USAGE

CUTS = (
    "all",
    "channel",
    "class",
    "detector",
    "dialect",
    "group",
    "host",
    "language",
    "model",
    "policy",
    "recipient",
    "regime",
    "rule",
    "unread",
)
"""What violations are counted by; see `tables.RollUp`."""

REGULATED = frozenset({"pii", "phi", "gdpr9", "gdpr10", "pci", "fin"})
"""First parts of the ids of classes that a law is about; together the regime `regulated`."""


class Cell(NamedTuple):
    """The key of a roll-up row."""

    cut: str
    day: str
    name: str
    action: str
    asked: str
    outcome: str
    service: str
    account: str


class Amount(NamedTuple):
    """What one violation adds to a cell; an amendment takes it from another one."""

    violations: int
    findings: int
    received_bytes: int
    sent_bytes: int


class Use(NamedTuple):
    """The key of a `usage` row."""

    day: str
    service: str
    account: str
    asked_model: str
    model: str


class Tokens(NamedTuple):
    """What answers of internal models add to it."""

    answers: int
    input_tokens: int
    output_tokens: int
    estimated: int


class Sight(NamedTuple):
    """The key of a `seen` row."""

    month: str
    cut: str
    name: str
    value: str


def cells(body: Body) -> Iterator[tuple[Cell, Amount]]:
    """Every cell one record of violations counts in; an amendment takes back what was counted and
    counts it anew. Other records count nowhere."""
    if body["kind"] == "amendment":
        said = body | {"outcome": body["was_outcome"], "sent_bytes": body["was_sent_bytes"]}
        for cell, amount in _cells(said):
            yield cell, Amount(*(-number for number in amount))
    if body["kind"] in ("violation", "amendment"):
        yield from _cells(body)


def _cells(body: Body) -> Iterator[tuple[Cell, Amount]]:
    day = body["at"][:10]
    rest = (body["action"], body["asked"], body["outcome"], body["service"], body["account"])
    repeats, size, sent = body.get("repeats", 1), body["received_bytes"], body["sent_bytes"]
    found = body["findings"]
    whole = Amount(repeats, sum(f["count"] for f in found), size, sent)
    for cut, name in _names(body):
        yield Cell(cut, day, name, *rest), whole
    for key in ("class", "detector"):
        counts: dict[str, int] = {}
        for finding in found:
            counts[finding[key]] = counts.get(finding[key], 0) + finding["count"]
        for name, count in counts.items():
            yield Cell(key, day, name, *rest), Amount(repeats, count, size, sent)


def _names(body: Body) -> Iterator[tuple[str, str]]:
    """The cuts and names under which all findings of a violation count."""
    yield "all", ""
    yield "host", body["host"]
    yield "dialect", body["dialect"]
    yield "policy", f"{body['policy']} {body['policy_sha256']}"
    if body["model"]:
        yield "model", body["model"]
    yield "channel", body["channel"]
    yield "recipient", f"{body['country']} {body['transfer_basis']}"
    regimes = {f["class"].partition(".")[0] for f in body["findings"]}
    if regimes & REGULATED:
        regimes.add("regulated")
    for regime in regimes:
        yield "regime", regime
    for language in {name for f in body["findings"] for name in f.get("languages", ())}:
        yield "language", language
    for cut, key in (("rule", "rules"), ("group", "groups"), ("unread", "unread")):
        for name in set(body[key]):
            yield cut, name


def sights(body: Body) -> Iterator[Sight]:
    """The people and values met in one violation."""
    if body["kind"] != "violation":
        return
    month, person = body["at"][:7], body["person"]
    if person:
        yield Sight(month, "person", "", person)
        yield Sight(month, "person-service", body["service"], person)
        for group in body["groups"]:
            yield Sight(month, "person-group", group, person)
    for finding in body["findings"]:
        for fingerprint in finding["fingerprints"]:
            yield Sight(month, "value", finding["class"], fingerprint)


def seen_again(met: Counter[Sight], known: Container[Sight]) -> set[Sight]:
    """Of values `met` in so many violations, those that were met before, or more than once: a sight
    of their own."""
    again = {one for one, times in met.items() if times > 1 or one in known}
    return {one._replace(cut="value-again") for one in again}


def values_met(bodies: Iterable[Body]) -> Counter[Sight]:
    """The values of many violations, and in how many each is."""
    every = (one for body in bodies for one in set(sights(body)))
    return Counter(one for one in every if one.cut == "value")


def summed(bodies: Iterable[Body]) -> dict[Cell, Amount]:
    """The cells of many violations, added up."""
    total: dict[Cell, Amount] = {}
    for body in bodies:
        for cell, amount in cells(body):
            known = total.get(cell)
            total[cell] = Amount(*map(add_up, known, amount)) if known else amount
    return total


def used(bodies: Iterable[Body]) -> dict[Use, Tokens]:
    """What the answers among `bodies` used, added up."""
    total: dict[Use, Tokens] = {}
    for body in bodies:
        if body["kind"] != "answer":
            continue
        use = Use(body["at"][:10], *(body[name] for name in Use._fields[1:]))
        tokens = Tokens(1, body["input_tokens"], body["output_tokens"], int(body["estimated"]))
        known = total.get(use)
        total[use] = Tokens(*map(sum, zip(known, tokens, strict=True))) if known else tokens
    return total


def add(connection: Connection, bodies: list[Body]) -> None:
    """Count `bodies` in the roll-ups, within the transaction that keeps their records."""
    answers = [(*use, *tokens) for use, tokens in sorted(used(bodies).items())]
    rows.add(connection, USAGE, Use._fields, Tokens._fields, answers)
    totals = [(*cell, *amount) for cell, amount in sorted(summed(bodies).items())]
    rows.add(connection, ROLL_UP, Cell._fields, Amount._fields, totals)
    values = values_met(bodies)
    known = {Sight(*row) for row in rows.known(connection, SEEN, Sight._fields, sorted(values))}
    _see(connection, {sight for body in bodies for sight in sights(body)})
    _see(connection, seen_again(values, known))


def rebuild(connection: Connection, bodies: Iterable[list[Body]], months: Container[str]) -> None:
    """Make the roll-ups of `months` anew from batches of records."""
    for column in (ROLL_UP.c.day, USAGE.c.day, SEEN.c.month, DISTINCT.c.month):
        month = sa.func.substr(column, 1, 7)
        for name in connection.execute(sa.select(month).distinct()).scalars().all():
            if name in months:
                connection.execute(sa.delete(column.table).where(month == name))
    for batch in bodies:
        add(connection, [body for body in batch if body["at"][:7] in months])


def _see(connection: Connection, met: set[Sight]) -> None:
    new = rows.insert_new(connection, SEEN, Sight._fields, sorted(met), by=3)
    counted = [(*key, number) for key, number in sorted(new.items()) if number]
    rows.add(connection, DISTINCT, ("month", "cut", "name"), ("number",), counted)
