"""B. Which AI services are used, by what kind of account, under which contract."""

from reports.facts import transfer_basis
from reports.monthly.asked import FEWEST, Asked
from reports.monthly.document import Column, Number, Section, Table, Value
from reports.monthly.sql import listed, statements


def section(asked: Asked) -> Section:
    """Services with their traffic, and what the catalogue and the company say about them."""
    t = asked.words
    return Section(
        letter="B",
        id="inventory",
        title=t("AI services in use"),
        text=(
            t(
                "Every service that inspected requests or violations were sent to. Serves as input "
                "to the register of AI systems and, for processors, to the record of processing."
            ),
        ),
        numbers=(_without_agreement(asked), _new(asked)),
        tables=(
            _services(asked),
            _contracts(asked),
            _accounts(asked),
            _accounts_of_services(asked),
        ),
    )


def _ids(asked: Asked) -> list[str]:
    met = {row[0] for row in asked.traffic().rows} | {row[0] for row in asked.count("service").rows}
    number = {id_: asked.traffic().by(id_) for id_ in met}
    return sorted(met, key=lambda id_: (-number[id_], id_))


def _counted(asked: Asked) -> str:
    """SQL that counts the services `_ids` names."""
    used, met = asked.traffic().query, asked.count("service").query
    return (
        f"SELECT COUNT(*) FROM (SELECT service FROM ({used}) AS used "
        f"UNION SELECT service FROM ({met}) AS met) AS answer"
    )


def _services(asked: Asked) -> Table:
    t = asked.words
    traffic, violations = asked.traffic(), asked.count("service")
    size, uploads = asked.traffic_bytes(), asked.notes("upload")
    people = asked.distinct("person-service")
    times = asked.seen_times()
    hours = {id_: (f"{first}:00:00Z", f"{last}:00:00Z") for id_, first, last in times.rows}
    rows: list[tuple[Value, ...]] = []
    for id_ in _ids(asked):
        facts = asked.services.get(id_)
        first, last = hours.get(id_, (None, None))
        rows.append(
            (
                asked.service(id_),
                facts.vendor if facts else "",
                facts.country if facts else "",
                asked.yes_no(facts.approved if facts else None),
                traffic.by(id_) if traffic.rows else None,
                size.by(id_) if traffic.rows else None,
                uploads.by("upload", id_) if traffic.rows else None,
                violations.by(id_),
                asked.number_of_people(people.by(id_)),
                first,
                last,
            )
        )
    return Table(
        id="inventory",
        title=t("Services"),
        columns=(
            Column("service", t("Service")),
            Column("vendor", t("Vendor")),
            Column("country", t("Country")),
            Column("approved", t("Approved")),
            Column("requests", t("Requests"), "count"),
            Column("bytes", t("Inspected"), "bytes"),
            Column("uploads", t("Uploads"), "count"),
            Column("violations", t("Violations"), "count"),
            Column("people", t("People"), "count"),
            Column("first", t("First seen (hour)"), "time"),
            Column("last", t("Last seen (hour)"), "time"),
        ),
        rows=tuple(rows),
        definition=t(
            "Requests are all inspected ones; uploads the files that some of them brought for "
            "later prompts to name, each once, however many pieces it came in. People are those "
            "with violations, where they are none or at least {fewest}. The country is that of "
            "the vendor's seat. First and last seen are the hours of this month with requests.",
            fewest=FEWEST,
        ),
        query=statements(traffic, size, uploads, violations, people, times),
    )


def _contracts(asked: Asked) -> Table:
    t = asked.words
    day = asked.month.start.date()
    rows: list[tuple[Value, ...]] = []
    for id_ in _ids(asked):
        contract = asked.facts.contracts.get(id_)
        facts = asked.services.get(id_)
        none = t("not stated")
        rows.append(
            (
                asked.service(id_),
                asked.yes_no(contract.processing_agreement if contract else None),
                asked.yes_no(contract.trains_on_input if contract else None),
                (contract.legal_basis if contract else "") or none,
                asked.transfer_basis(transfer_basis(facts.country if facts else "", contract, day)),
                (contract.region if contract else "") or (facts.country if facts else "") or none,
                (contract.owner if contract else "") or none,
                str(contract.review_date) if contract and contract.review_date else none,
            )
        )
    return Table(
        id="contracts",
        title=t("Contracts and transfers"),
        columns=(
            Column("service", t("Service")),
            Column("agreement", t("Processing agreement")),
            Column("trains", t("Trains on input")),
            Column("legal_basis", t("Legal basis")),
            Column("transfer", t("Transfer basis")),
            Column("region", t("Region")),
            Column("owner", t("Owner")),
            Column("review", t("Review due")),
        ),
        rows=tuple(rows),
        definition=t(
            "As the company states it in its report file; GDPR art. 28 and 44 to 49. Where it "
            "states no transfer basis, what holds for the country of the vendor's seat. A free "
            "account usually has no processing agreement: that alone is a finding."
        ),
        query="",
    )


def _accounts(asked: Asked) -> Table:
    t = asked.words
    traffic = asked.traffic()
    totals: dict[str, int] = {}
    for _, account, number in traffic.rows:
        totals[account] = totals.get(account, 0) + number
    violations = asked.count("account")
    kinds = sorted(
        totals.keys() | {row[0] for row in violations.rows},
        key=lambda kind: (-totals.get(kind, 0), kind),
    )
    return Table(
        id="account-requests",
        title=t("Requests by kind of account"),
        columns=(
            Column("account", t("Account")),
            Column("requests", t("Requests"), "count"),
            Column("share", t("Share"), "share"),
            Column("violations", t("Violations"), "count"),
        ),
        rows=tuple(
            (
                asked.account(kind),
                totals.get(kind, 0) if traffic.rows else None,
                totals.get(kind, 0) / traffic.total if traffic.total else None,
                violations.by(kind),
            )
            for kind in kinds
        ),
        definition=t(
            "Inspected requests by the kind of account they showed; the share is of all inspected "
            "requests."
        ),
        query=statements(traffic, violations),
    )


def _accounts_of_services(asked: Asked) -> Table:
    t = asked.words
    traffic = asked.traffic()
    return Table(
        id="service-accounts",
        title=t("Requests by service and kind of account"),
        columns=(
            Column("service", t("Service")),
            Column("account", t("Account")),
            Column("requests", t("Requests"), "count"),
        ),
        rows=tuple(
            (asked.service(service), asked.account(account), number)
            for service, account, number in traffic.rows
        ),
        definition=t(
            "The kind of account is told by what requests show: the organisation or workspace they "
            "name, the key they are sent with, the address somebody signed in with; unknown where "
            "they show nothing."
        ),
        query=traffic.query,
        printed=25,
    )


def _without_agreement(asked: Asked) -> Number:
    t = asked.words
    ids = _ids(asked)
    missing = [
        id_
        for id_ in ids
        if not (c := asked.facts.contracts.get(id_)) or not c.processing_agreement
    ]
    return Number(
        id="services-without-agreement",
        label=t("Services without a stated processing agreement"),
        value=len(missing),
        kind="count",
        definition=t(
            "Services of this month for which the company has not stated a contract under GDPR "
            "art. 28."
        ),
        query=f"{_counted(asked)} WHERE service NOT IN {listed(set(ids) - set(missing))}"
        if len(missing) < len(ids)
        else _counted(asked),
        numerator=len(missing),
        denominator=len(ids),
    )


def _new(asked: Asked) -> Number:
    t = asked.words
    before = {row[0] for row in asked.traffic(back=1).rows}
    new = [id_ for id_ in _ids(asked) if id_ not in before]
    return Number(
        id="services-new",
        label=t("Services new this month"),
        value=len(new) if before else None,
        kind="count",
        definition=t("Services of this month without an inspected request in the month before."),
        query=f"{_counted(asked)} WHERE service NOT IN "
        f"(SELECT service FROM ({asked.traffic(back=1).query}) AS past)",
        note=", ".join(asked.service(id_) for id_ in new[:8])
        if before
        else t("No proxy reported requests in the month before: there is nothing to compare with."),
    )
