"""Finished months become bundles by themselves, and whoever wants to know is told.

Several proxies may run this at once: a bundle appears whole, and the first one stays.
"""

import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from penstock.errors import ConfigError, ServiceDown
from reports.bundle import write_bundle
from reports.facts import Facts
from reports.ledger import Ledger, Month
from reports.ledger.retention import counted_before
from reports.monthly import FORMATS, ServiceFacts, build
from reports.monthly.build import made as note
from reports.seal import Seal

GRACE = timedelta(hours=6)
"""How long after its end a month is left alone, for records that wait in a spool."""

_TELL_S = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to build, where to, and whom to tell."""

    directory: Path
    version: str
    organization: str = ""
    language: str = "en"
    formats: tuple[str, ...] = tuple(FORMATS)
    facts: Facts = field(default_factory=Facts)
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    seal: Seal | None = None
    """What the PDF is signed with."""
    tell: tuple[str, ...] = ()
    """`https://…` gets a JSON message, `smtp://host:25?from=…&to=…` an e-mail. Neither holds
    anything of the report but its month, its number of violations and the bundle's SHA-256."""


def build_finished(ledger: Ledger, plan: Plan, now: datetime) -> tuple[Path, ...]:
    """Bundles of the finished months that have records and none yet, but for months of which
    `retention` deleted figures. Blocks.

    Raises ConfigError, ServiceDown; a month that could not be told about is built all the same.
    """
    made = []
    counted = counted_before(ledger)
    for name in ledger.months():
        month = Month(name)
        path = plan.directory / f"penstock-{name}.zip"
        if name < counted or now < month.end + GRACE or path.exists():
            continue
        document = build(
            ledger,
            month,
            version=plan.version,
            organization=plan.organization,
            language=plan.language,
            services=plan.services,
            facts=plan.facts,
            now=now,
        )
        made.append(write_bundle(ledger, document, plan.directory, plan.formats, seal=plan.seal))
        note(ledger, document, ("bundle",), by="the schedule")
        message = {
            "month": name,
            "report": document.id,
            "violations": document.number("violations").value,
            "demo": document.is_demo,
            "file": path.name,
            "sha256": sha256(path.read_bytes()).hexdigest(),
        }
        for url in plan.tell:
            tell(url, message)
    return tuple(made)


def tell(url: str, message: Mapping[str, object]) -> None:
    """Say that a bundle is there. Raises ConfigError for an impossible URL, ServiceDown."""
    match urlsplit(url).scheme:
        case "https" | "http":
            _post(url, message)
        case "smtp":
            _mail(url, message)
        case _:
            raise ConfigError(f"cannot tell `{url[:60]}`; write `https://…` or `smtp://…`")


def _post(url: str, message: Mapping[str, object]) -> None:
    try:
        httpx.post(url, json=dict(message), timeout=_TELL_S).raise_for_status()
    except httpx.HTTPError as error:
        raise ServiceDown(f"{url}: {error}") from None


def _mail(url: str, message: Mapping[str, object]) -> None:
    where = urlsplit(url)
    asked = parse_qs(where.query)
    if not where.hostname or not asked.get("to") or not asked.get("from"):
        raise ConfigError(f"`{url[:60]}` needs `smtp://host:25?from=…&to=…`")
    mail = EmailMessage()
    mail["Subject"] = f"Penstock: the report of {message['month']} is there"
    mail["From"], mail["To"] = asked["from"][0], ", ".join(asked["to"])
    mail.set_content("\n".join(f"{name}: {value}" for name, value in message.items()))
    try:
        with smtplib.SMTP(where.hostname, where.port or 25, timeout=_TELL_S) as server:
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise ServiceDown(f"{where.hostname}: {error}") from None
