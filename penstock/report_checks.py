"""What `penstock doctor` looks at for reports and re-identification: needed weeks after a start."""

import os
from collections.abc import Iterator

from penstock.app import open_ledger
from penstock.check import Check
from penstock.chores import open_seal
from penstock.errors import ConfigError
from penstock.settings import Settings
from reports import facts, seal
from reports.ledger import keys
from reports.ledger.approvers import in_force
from reports.monthly.render import pdf


def stated_facts(settings: Settings) -> Iterator[Check]:
    """The report file and the prices it names. Raises ConfigError."""
    if settings.facts:
        facts.prices(facts.load(settings.facts))
        yield Check("facts", "ok", str(settings.facts))


def approvers(settings: Settings) -> Iterator[Check]:
    """The keys of those who may re-identify: each its own, each a public one, all on record."""
    wrong = 0
    named: dict[str, str] = {}
    owners: dict[str, str] = {}
    for name, path in settings.approvers.items():
        try:
            named[name] = keys.fingerprint(keys.public_in(path))
            owner = owners.setdefault(named[name], name)
        except ConfigError as e:
            detail, _, remedy = str(e).partition("; ")
            wrong += 1
            yield Check("approvers", "wrong", detail, remedy or f"correct `approvers.{name}`")
            continue
        if owner != name:
            wrong += 1
            yield Check(
                "approvers",
                "wrong",
                f"`{owner}` and `{name}` have the same key: neither can allow what the other asks",
                f"name the key of `{name}` in `approvers`",
            )
    if wrong:
        return
    with open_ledger(settings) as ledger:
        on_record = in_force(ledger)
    if named != on_record:
        yield Check(
            "approvers",
            "note",
            f"on record are keys of {', '.join(on_record) or 'nobody'}, not those of the settings",
            "start penstock run with these settings: they count from then on",
        )
    elif named:
        yield Check("approvers", "ok", f"public keys of {', '.join(named)}, on record")


def directory(settings: Settings) -> Iterator[Check]:
    """Whether bundles of finished months can be put where they are meant to go."""
    if settings.reports.directory is not None:
        there = settings.reports.directory.absolute()
        while not there.exists():
            there = there.parent
        fine = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
        yield Check(
            "reports",
            "ok" if fine else "wrong",
            f"bundles go to {settings.reports.directory}"
            if fine
            else f"{settings.reports.directory}: no bundle can be written there",
            "" if fine else "name a directory in `reports.directory` that you may write to",
        )


def pdf_maker(settings: Settings) -> Iterator[Check]:
    """Whether this machine lays out PDFs."""
    if problem := pdf.problem():
        is_due = settings.reports.directory and "pdf" in settings.reports.formats
        yield Check("pdf", "wrong" if is_due else "note", f"none can be made: {problem}", pdf.PANGO)
    else:
        yield Check("pdf", "ok", "can be made")


def pdf_signature(settings: Settings) -> Iterator[Check]:
    """What PDFs are signed with, where there is something yet. Raises ConfigError."""
    ours = settings.reports
    if ours.pdf_key or ours.pdf_certificate or (settings.state / seal.KEY).exists():
        open_seal(settings)
        signs = ours.pdf_certificate or settings.state / seal.CERTIFICATE
        yield Check("pdf signature", "ok", str(signs))


def timestamps(settings: Settings) -> Iterator[Check]:
    """Whether somebody says when a PDF was signed."""
    url = settings.reports.timestamps
    if url and (problem := seal.without_timestamp(url)):
        yield Check(
            "timestamps",
            "note",
            f"{url}: {problem}; while this lasts, no PDF is made",
            "correct `reports.timestamps`, or let this machine reach it",
        )
    elif url:
        yield Check("timestamps", "ok", f"{url} answers")
