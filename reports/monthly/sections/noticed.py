"""Of section F: how long requests waited, whether canaries were caught, what passed unread."""

from reports.ledger import Body
from reports.monthly import sql
from reports.monthly.asked import Asked
from reports.monthly.document import Column, Number, Table, Value

_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

_SIGNS = {
    "tunnel": "Passed unread: may be an AI service",
    "distrust": "Client refused the proxy's certificate",
}


def waits(asked: Asked) -> tuple[Number, ...]:
    """The time that the proxy adds, at three places of its distribution."""
    t = asked.words
    answer = asked.notes("held")
    definition = t(
        "From having the whole request to letting it go on or answering it: inspection and record "
        "together, of all inspected requests and messages but those an internal model answered. "
        "So many of them waited at most so long; times are kept in steps of 9 %, and shown is the "
        "upper end of the step."
    )
    labels = {
        "p50": t("Added latency, half of the requests"),
        "p95": t("Added latency, 95 % of the requests"),
        "p99": t("Added latency, 99 % of the requests"),
    }
    return tuple(
        Number(
            id=f"latency-{name}",
            label=labels[name],
            value=_quantile([(int(row[1]), row[-1]) for row in answer.rows], share),
            kind="ms",
            definition=definition if name == "p50" else t("Counted as for half of the requests."),
            query=sql.quantile(answer, share),
            note="" if answer.rows else t("No proxy reported how long requests waited."),
        )
        for name, share in _SHARES.items()
    )


def _quantile(steps: list[tuple[int, int]], share: float) -> float | None:
    """The least step, in milliseconds, that so large a share of the numbers does not exceed."""
    whole, below = sum(number for _, number in steps), 0
    for upper_us, number in sorted(steps):
        below += number
        if below >= share * whole:
            return upper_us / 1000
    return None


def canaries(asked: Asked) -> Number:
    """Made-up secrets that the proxies sent themselves."""
    t = asked.words
    sent = sum(body["sent"] for body in asked.acts("canary"))
    caught = sent - sum(len(body["missed"]) for body in asked.acts("canary"))
    return Number(
        id="canaries",
        label=t("Canaries caught"),
        value=caught / sent if sent else None,
        kind="share",
        definition=t(
            "A running proxy sends itself, every `proxy.canary_s` seconds, a made-up card number "
            "in the form of each dialect, through the whole path. Caught: held, and read by the "
            "dialect it was made for."
        ),
        query=sql.canaries_caught(asked.ledger, asked.month),
        numerator=caught,
        denominator=sent,
        note="" if sent else t("No proxy reported that it sent any."),
    )


def missed(asked: Asked) -> Table:
    """Which canaries were not caught."""
    t = asked.words
    found: dict[str, list[Body]] = {}
    for body in asked.acts("canary"):
        for what in body["missed"]:
            found.setdefault(what, []).append(body)
    rows: list[tuple[Value, ...]] = [
        (what, len(bodies), bodies[0]["at"], bodies[-1]["at"])
        for what, bodies in sorted(found.items())
    ]
    return Table(
        id="canaries-missed",
        title=t("Canaries that were not caught"),
        columns=(
            Column("what", t("What"), "code"),
            Column("times", t("Times"), "count"),
            Column("first", t("First"), "time"),
            Column("last", t("Last"), "time"),
        ),
        rows=tuple(rows),
        definition=t(
            "Each is a way on which data of this form may have left unseen between the two times."
        ),
        query=sql.acts("canary", asked.month),
    )


def tunnels(asked: Asked) -> Number:
    """Connections that may have been to AI services nobody reads."""
    t = asked.words
    answer = asked.notes("tunnel")
    return Number(
        id="bypass-tunnels",
        label=t("Connections unread, maybe to AI services"),
        value=answer.total,
        kind="count",
        definition=t(
            "Connections that passed as blind tunnels to hosts that are not in the catalogue and "
            "whose name reads like that of an AI service."
        ),
        query=answer.total_query,
    )


def bypasses(asked: Asked) -> Table:
    """What speaks for ways around the inspection."""
    t = asked.words
    answer = asked.notes(*_SIGNS)
    disguised = asked.count(cut="unread", where={"name": "host-mismatch"})
    rows: list[tuple[Value, ...]] = [
        (name, t(_SIGNS[kind]), number, first, last)
        for kind, name, first, last, number in sorted(answer.rows, key=lambda r: (-r[-1], r[1]))
    ]
    if disguised.total:
        sign = t("Asked for an AI service under another host's name: refused")
        rows.append((None, sign, disguised.total, None, None))
    return Table(
        id="bypass",
        title=t("Signs of ways around"),
        columns=(
            Column("host", t("Host"), "code"),
            Column("sign", t("Sign")),
            Column("times", t("Times"), "count"),
            Column("first", t("First day")),
            Column("last", t("Last day")),
        ),
        rows=tuple(rows),
        definition=t(
            "Connections, not people. A client that refuses the certificate pins another one or "
            "does not know the company's authority; it gets nowhere through the proxy. What never "
            "comes to the proxy, as QUIC past it or another way out, only the firewall can count."
        ),
        query=sql.statements(answer, disguised),
        printed=40,
    )
