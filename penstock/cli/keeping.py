"""`penstock ledger evidence`, `retain`, `hold`, `release`, `holds`: what is kept, and how long."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from penstock.cli.options import AsJson, Config, NamedCase, print_json, settings
from penstock.hints import as_run

By = Annotated[str, typer.Option("--by", help="Who asks; it is recorded.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `penstock ledger`."""
    for command in (evidence, retain, hold, release, holds):
        group.command()(command)


def evidence(
    violation: Annotated[str, typer.Argument(help="Its id.")],
    by: By,
    reason: Reason,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Decrypt the masked excerpts of a violation; that somebody looked becomes a record."""
    from penstock.app import open_ledger

    with open_ledger(settings(config).settings) as ledger:
        found = ledger.evidence(violation, by=by, reason=reason, at=datetime.now(UTC))
    if as_json:
        print_json({"violation": violation, "evidence": found})
    for row in () if as_json else found:
        for excerpt in row["excerpts"]:
            print(f"{row['class']}: {excerpt}")
    if not found:
        print(
            "no evidence is kept of it: off for its classes (`evidence`), erased, or older "
            "than `retention.evidence_days`",
            file=sys.stderr,
        )
        raise typer.Exit(1)


def retain(config: Config = None, as_json: AsJson = False) -> None:
    """Delete what has been kept long enough; a running proxy does it by itself."""
    from penstock.app import open_ledger
    from penstock.chores import retention
    from reports.ledger.retention import retain as run

    loaded = settings(config).settings
    with open_ledger(loaded) as ledger:
        done = run(ledger, retention(loaded), datetime.now(UTC))
    if as_json:
        print_json({name: getattr(done, name) for name in done.__slots__})
    else:
        print(
            f"records emptied: {done.records}; deleted: excerpts {done.evidence}, links to people "
            f"{done.people}, counts {done.aggregates}; records on hold: {done.held}"
        )


def hold(
    case: NamedCase,
    reason: Reason,
    by: By,
    start: Annotated[datetime, typer.Option("--from", help="First day, UTC.")],
    end: Annotated[datetime, typer.Option("--to", help="The day after the last, UTC.")],
    pseudonym: Annotated[str, typer.Option("--person", help="A pseudonym; else everybody.")] = "",
    config: Config = None,
) -> None:
    """Keep records of a time, or of one person in it, from being deleted; prints the hold's id."""
    from penstock.app import open_ledger
    from reports.cases import of_ours
    from reports.ledger.retention import hold as place

    with open_ledger(settings(config).settings) as ledger:
        print(
            place(
                ledger,
                reason=reason,
                case=of_ours(ledger, case),
                start=start.replace(tzinfo=UTC),
                end=end.replace(tzinfo=UTC),
                by=by,
                at=datetime.now(UTC),
                pseudonym=pseudonym,
            )
        )


def release(
    id: Annotated[str, typer.Argument(metavar="HOLD")],
    reason: Reason,
    by: By,
    config: Config = None,
) -> None:
    """End a hold."""
    from penstock.app import open_ledger
    from reports.ledger.retention import release as end

    with open_ledger(settings(config).settings) as ledger:
        end(ledger, id, reason=reason, by=by, at=datetime.now(UTC))


def holds(config: Config = None, as_json: AsJson = False) -> None:
    """List the holds in force."""
    from penstock.app import open_ledger
    from reports.ledger.retention import holds as in_force

    with open_ledger(settings(config).settings) as ledger:
        found = in_force(ledger)
    if as_json:
        print_json([{name: getattr(one, name) for name in one.__slots__} for one in found])
        return
    if not found:
        print(as_run("nothing is held; see: penstock ledger hold --help"), file=sys.stderr)
    for one in found:
        whose = one.pseudonym or "everybody"
        print(f"{one.id}  {one.start[:10]} to {one.end[:10]}  {whose}  {one.case}: {one.reason}")
