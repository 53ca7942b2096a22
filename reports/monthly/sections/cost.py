"""G. Redirects: what the company's own models answered, and what that cost and avoided."""

from collections import defaultdict
from math import ceil

from reports.facts import Costs, Price, prices
from reports.monthly.asked import Asked
from reports.monthly.document import Charge, Chart, Column, Number, Section, Table, Value
from reports.monthly.sql import literal

DAYS = 30.4
"""In an average month."""

_STEPS = 12
_BAND = 0.5
"""Of the price, for the scenario."""


def section(asked: Asked) -> Section:
    """Tokens, cash avoided apart from notional value, cost at real use, the crossover."""
    t = asked.words
    table = _answers(asked)
    return Section(
        letter="G",
        id="cost",
        title=t("Redirects and cost"),
        text=(
            t(
                "Redirects are justified by risk and by law; cost is a line beside it. Only "
                "requests billed by the token avoid cash. Those from seats and free accounts are "
                "shown at the price of the API as notional value and are never added to it."
            ),
        ),
        numbers=_numbers(asked, table),
        tables=tuple(t for t in (table, _scenario(asked, table), _crossover(asked)) if t),
    )


def charges(asked: Asked) -> tuple[Charge, ...]:
    """What internal models answered, with prices and costs."""
    price_list, costs = prices(asked.facts), asked.facts.costs
    rows = asked.usage().rows
    tokens = sum(row[5] + row[6] for row in rows)
    found = []
    for service, account, asked_model, model, number, tokens_in, tokens_out, guessed in rows:
        facts = asked.services.get(service)
        price = price_list.of(asked_model, f"{asked.month.name}-28")
        part = (tokens_in + tokens_out) / tokens if tokens else 0
        found.append(
            Charge(
                service=asked.service(service),
                vendor=facts.vendor if facts else "",
                account=account,
                billing=_billing(asked, service, account),
                asked_model=asked_model,
                model=model,
                answers=number,
                input_tokens=tokens_in,
                output_tokens=tokens_out,
                estimated=guessed,
                currency=price_list.currency,
                input_price=price.input if price else None,
                output_price=price.output if price else None,
                price_basis=_basis(price),
                own_cost=_internal(costs, tokens) * part if costs else None,
            )
        )
    return tuple(found)


def _basis(price: Price | None) -> str:
    if price is None:
        return ""
    return "assumed" if price.is_assumed else "list"


def _internal(costs: Costs, tokens: int) -> float:
    return costs.fixed_per_month * costs.share + tokens * costs.marginal_per_million / 1e6


def _answers(asked: Asked) -> Table:
    t = asked.words
    answer = asked.usage()
    currency = prices(asked.facts).currency
    found = charges(asked)
    rows: list[tuple[Value, ...]] = [
        (
            one.service,
            asked.account(one.account),
            t(_BILLING[one.billing] if one.billing else "not stated"),
            one.asked_model or t("not stated"),
            one.model,
            one.answers,
            one.input_tokens,
            one.output_tokens,
            one.estimated,
            one.value if one.billing == "metered" else 0.0,
            one.value if one.billing != "metered" else 0.0,
            t(_BASIS[one.price_basis]),
        )
        for one in found
    ]
    return Table(
        id="answers",
        title=t("Answered by the company's own models"),
        columns=(
            Column("service", t("Service asked")),
            Column("account", t("Account")),
            Column("billing", t("Billing")),
            Column("asked_model", t("Model asked")),
            Column("model", t("Answered by")),
            Column("answers", t("Answers"), "count"),
            Column("input_tokens", t("Tokens in"), "count"),
            Column("output_tokens", t("Tokens out"), "count"),
            Column("estimated", t("Estimated"), "count"),
            Column("cash", t("Cash avoided, {currency}", currency=currency), "money"),
            Column("notional", t("Notional, {currency}", currency=currency), "money"),
            Column("price_basis", t("Price")),
        ),
        rows=tuple(rows),
        definition=t(
            "Tokens the internal model really used for each answer, at the list price of the model "
            "asked for that held in the month, or, where the price file has no line for that "
            "model, at the price it assumes for all others. What the public model would have "
            "written is not known; its answer is taken to be as long. Estimated: the server gave "
            "no count."
        ),
        query=answer.query,
        note="" if not rows else t(_NOTES[any(one.price_basis == "assumed" for one in found)]),
    )


def _billing(asked: Asked, service: str, account: str) -> str:
    return asked.facts.billing.get(service) or asked.facts.billing.get(account) or ""


def _value_query(asked: Asked, *, metered: bool) -> str:
    """SQL for the price of the tokens that were, or were not, billed by the token."""
    price_list, day = prices(asked.facts), f"{asked.month.name}-28"
    lines = [
        f"WHEN service = {literal(service)} AND account = {literal(account)} "
        f"AND asked_model = {literal(model)} "
        f"THEN (input_tokens * {price.input!r} + output_tokens * {price.output!r}) / 1000000.0"
        for service, account, model in sorted({row[:3] for row in asked.usage().rows})
        if (price := price_list.of(model, day))
        and (_billing(asked, service, account) == "metered") is metered
    ]
    if not lines:
        return "SELECT 0"
    return f"SELECT SUM(CASE {' '.join(lines)} ELSE 0 END) FROM ({asked.usage().query}) AS answer"


def _numbers(asked: Asked, table: Table) -> tuple[Number, ...]:
    t = asked.words
    currency = prices(asked.facts).currency
    tokens = sum(int(row[6] or 0) + int(row[7] or 0) for row in table.rows)
    costs = asked.facts.costs
    internal = _internal(costs, tokens) if costs else None
    none = t("The company has not stated what its models cost.")
    used = f"SELECT COALESCE(SUM(input_tokens + output_tokens), 0) FROM ({table.query}) AS answer"
    inside = (
        f"SELECT {costs.fixed_per_month * costs.share!r} + {costs.marginal_per_million / 1e6!r} "
        f"* ({used})"
        if costs
        else ""
    )
    definition = t(
        "Input and output tokens of redirected requests, as the internal model used them."
    )
    return (
        Number("tokens", t("Tokens answered inside"), tokens, "count", definition, used),
        Number(
            "cash-avoided",
            t("Cash avoided, {currency}", currency=currency),
            sum(float(row[9] or 0) for row in table.rows),
            "money",
            t("Price of those tokens where the original service bills by the token."),
            _value_query(asked, metered=True),
        ),
        Number(
            "notional-value",
            t("Notional value, {currency}", currency=currency),
            sum(float(row[10] or 0) for row in table.rows),
            "money",
            t(
                "What the rest would have cost at an API. No cash: seats and free accounts bill no "
                "tokens. Never added to cash avoided."
            ),
            _value_query(asked, metered=False),
        ),
        Number(
            "internal-cost",
            t("Internal cost, {currency}", currency=currency),
            internal,
            "money",
            t("The stated share of the fixed monthly cost, plus electricity for the tokens used."),
            inside,
            note="" if costs else none,
        ),
        Number(
            "internal-per-million",
            t("Internal cost per 1,000,000 tokens, {currency}", currency=currency),
            internal / tokens * 1e6 if internal is not None and tokens else None,
            "money",
            t("Internal cost divided by the tokens really answered: at real use, not at capacity."),
            inside,
            numerator=internal,
            denominator=tokens if internal is not None else None,
            note=("" if tokens else t("No internal model answered anything.")) if costs else none,
        ),
    )


def _scenario(asked: Asked, table: Table) -> Table | None:
    """Cash avoided if prices were half as high or half as high again."""
    t = asked.words
    if not table.rows:
        return None
    cash = sum(float(row[9] or 0) for row in table.rows)
    notional = sum(float(row[10] or 0) for row in table.rows)
    return Table(
        id="scenario",
        title=t("If prices change"),
        columns=(
            Column("price", t("Price level"), "share"),
            Column("cash", t("Cash avoided"), "money"),
            Column("notional", t("Notional value"), "money"),
        ),
        rows=tuple((f, cash * f, notional * f) for f in (1 - _BAND, 1.0, 1 + _BAND)),
        definition=t(
            "The same tokens at half, at the whole and at one and a half times the price."
        ),
        query=table.query,
    )


def _crossover(asked: Asked) -> Table | None:
    """Cost a month of the API and of the company's own machines over tokens a day."""
    t = asked.words
    costs = asked.facts.costs
    usage = asked.usage().rows
    price = _blend(asked)
    if costs is None or price is None:
        return None
    fixed, marginal = costs.fixed_per_month * costs.share, costs.marginal_per_million
    today = sum(row[5] + row[6] for row in usage) / DAYS
    cross = crossover(fixed, price, marginal, costs.capacity_tokens_per_day)
    widest = 2 * (cross or 0) or max(today * 2, 1e6)
    rows: list[tuple[Value, ...]] = []
    for step in range(_STEPS + 1):
        tokens = widest * step / _STEPS
        machines = (
            max(1, ceil(tokens / costs.capacity_tokens_per_day))
            if (costs.capacity_tokens_per_day)
            else 1
        )
        rows.append(
            (
                round(tokens),
                tokens * DAYS * price / 1e6,
                machines * fixed + tokens * DAYS * marginal / 1e6,
            )
        )
    return Table(
        id="crossover",
        title=t("When own machines are cheaper"),
        columns=(
            Column("tokens", t("Tokens a day"), "count"),
            Column("api", t("API a month"), "money"),
            Column("own", t("Own a month"), "money"),
        ),
        rows=tuple(rows),
        definition=t(
            "Cost a month over tokens a day, at the blended price of this month's redirects "
            "and the stated cost of the machines, which are added as capacity runs out. Crossover: "
            "fixed cost / (30.4 x (price - electricity)); never where the price is not higher."
        ),
        query=asked.usage().query,
        chart=Chart(
            "line",
            "tokens",
            ("api", "own"),
            mark=today,
            mark_label=t("this month"),
        ),
        note=t("Crossover at {tokens} tokens a day.", tokens=round(cross))
        if cross
        else t("There is no crossover at these prices."),
    )


def crossover(fixed: float, price: float, marginal: float, capacity: int = 0) -> float | None:
    """Tokens a day from which machines that cost `fixed` a month are cheaper than `price`.

    Prices are per 1,000,000 tokens. Where one machine's `capacity` does not suffice, machines are
    added until they do. None: never.
    """
    if price <= marginal:
        return None
    for machines in range(1, 1001):
        tokens = machines * fixed / (DAYS * (price - marginal) / 1e6)
        if not capacity or tokens <= machines * capacity:
            return tokens
        if machines * capacity * DAYS * (price - marginal) / 1e6 < machines * fixed:
            return None  # a machine at full load costs more than what it replaces
    return None


def _blend(asked: Asked) -> float | None:
    """Price of 1,000,000 of this month's redirected tokens."""
    price_list, day = prices(asked.facts), f"{asked.month.name}-28"
    money: dict[str, float] = defaultdict(float)
    for _, _, asked_model, _, _, tokens_in, tokens_out, _ in asked.usage().rows:
        if price := price_list.of(asked_model, day):
            money["value"] += tokens_in * price.input + tokens_out * price.output
            money["tokens"] += tokens_in + tokens_out
    return money["value"] / money["tokens"] if money["tokens"] else None


_NOTES = {
    False: "Prices are list prices; see the price file and your contract.",
    True: (
        "Prices are list prices, but assumed where the last column says so; see the price file and "
        "your contract."
    ),
}
"""By whether a price is assumed."""

_BASIS = {"list": "List price", "assumed": "Assumed", "": "not stated"}

_BILLING = {"metered": "By the token", "seat": "By the seat", "free": "Free"}
