"""F. Whether the control works: coverage, precision, policies in force."""

from math import sqrt

from reports.monthly.asked import Asked
from reports.monthly.document import Column, Number, Section, Table, Value
from reports.monthly.sql import acts, listed

_Z = 1.959964
"""Of the 95 % interval."""


def section(asked: Asked) -> Section:
    """How much could be inspected, how often reviewers agreed, what changed in the policy."""
    t = asked.words
    return Section(
        letter="F",
        id="control-effectiveness",
        title=t("Effectiveness of the control"),
        numbers=(_enforced(asked), _uninspected(asked)),
        tables=(_detectors(asked), _policies(asked)),
    )


def _enforced(asked: Asked) -> Number:
    t = asked.words
    answer = asked.count("asked", "action")
    strict = ("redact", "redirect", "block")
    done = sum(
        n for asked_for, action, n in answer.rows if asked_for == action and action in strict
    )
    wanted = sum(n for asked_for, _, n in answer.rows if asked_for in strict)
    return Number(
        id="enforced",
        label=t("Enforced"),
        value=done / wanted if wanted else None,
        kind="share",
        definition=t(
            "Violations in which what the rules asked for, to redact, redirect or block, was done, "
            "of those in which they asked for it. Below 100 % while a policy only watches, or "
            "where a redirect fell back."
        ),
        query=f"{answer.total_query} WHERE asked = action AND action IN {listed(strict)}",
        numerator=done,
        denominator=wanted,
    )


def _uninspected(asked: Asked) -> Number:
    t = asked.words
    requests = asked.traffic().total
    answer = asked.count(where={"outcome": "unknown"})
    return Number(
        id="uninspected",
        label=t("Requests with unknown outcome"),
        value=answer.total / requests if requests else None,
        kind="share",
        definition=t(
            "Violations whose outcome is unknown, of all inspected requests: the gap in coverage."
        ),
        query=answer.total_query,
        numerator=answer.total,
        denominator=requests,
    )


def _detectors(asked: Asked) -> Table:
    t = asked.words
    answer = asked.count("name", cut="detector", measure="findings")
    reviews: dict[str, list[int]] = {}
    for body in asked.acts("review"):
        right, all_ = reviews.setdefault(body["detector"], [0, 0])
        reviews[body["detector"]] = [right + int(body["correct"]), all_ + 1]
    rows: list[tuple[Value, ...]] = []
    for name, number in answer.rows:
        right, all_ = reviews.get(name, [0, 0])
        low, high = wilson(right, all_)
        rows.append((name, number, all_, right / all_ if all_ else None, low, high))
    return Table(
        id="detectors",
        title=t("Detectors"),
        columns=(
            Column("detector", t("Detector"), "code"),
            Column("findings", t("Findings"), "count"),
            Column("reviewed", t("Reviewed"), "count"),
            Column("precision", t("Confirmed"), "share"),
            Column("low", t("At least"), "share"),
            Column("high", t("At most"), "share"),
        ),
        rows=tuple(rows),
        definition=t(
            "Findings by detector and version. Where people reviewed findings: the share they "
            "confirmed, with the 95 % interval after Wilson. No review, no share."
        ),
        query=f"{answer.query};\n{acts('review', asked.month)}",
    )


def _policies(asked: Asked) -> Table:
    t = asked.words
    answer = asked.count("name", "day", cut="policy")
    days: dict[str, list[str]] = {}
    for name, day, _ in answer.rows:
        days.setdefault(name, []).append(day)
    return Table(
        id="policies",
        title=t("Policies"),
        columns=(
            Column("policy", t("Policy")),
            Column("sha256", "SHA-256", "code"),
            Column("first", t("First day")),
            Column("last", t("Last day")),
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple(
            (name.rpartition(" ")[0], name.rpartition(" ")[2], min(d), max(d), answer.by(name))
            for name, d in sorted(days.items(), key=lambda item: (min(item[1]), item[0]))
        ),
        definition=t(
            "Policy files that decided violations, by the hash of the file. A new hash is a change."
        ),
        query=answer.query,
    )


def wilson(right: int, number: int) -> tuple[float | None, float | None]:
    """The 95 % score interval of a share. Source: Wilson, JASA 22 (1927)."""
    if not number:
        return None, None
    share, z2 = right / number, _Z * _Z
    middle = (share + z2 / (2 * number)) / (1 + z2 / number)
    half = _Z * sqrt(share * (1 - share) / number + z2 / (4 * number**2)) / (1 + z2 / number)
    return max(0.0, middle - half), min(1.0, middle + half)
