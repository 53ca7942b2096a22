"""`penstock ledger`: check, count and export the record; erase one person."""

import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from penstock.cli import keeping
from penstock.cli.options import AsJson, Config, a_month, counted, print_json, settings
from penstock.hints import as_run

if TYPE_CHECKING:
    from reports.ledger import Ledger

MonthOption = Annotated[
    str, typer.Option("--month", "-m", callback=a_month, help="As 2026-11; else the present one.")
]

_MONTHS_BACK = 36
"""In so many earlier ones `stats` looks for records: as long as counts are kept."""


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(no_args_is_help=True, help="The record of what was decided.")
    for command in (verify, stats, export, review, erase, rebuild):
        group.command()(command)
    keeping.add_to(group)
    app.add_typer(group, name="ledger")


def verify(config: Config = None, as_json: AsJson = False) -> None:
    """Check the whole chain; exit code 1, and the first bad record named, if it was changed."""
    from rich.console import Console
    from rich.progress import Progress

    with (
        _open(config) as ledger,
        Progress(
            console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        ) as progress,
    ):
        task = progress.add_task("verifying", total=None)
        found = ledger.verify(
            lambda done, total: progress.update(task, completed=done, total=total)
        )
    if as_json:
        print_json(
            {
                "intact": found.intact,
                "records": found.records,
                "kinds": dict(sorted(found.kinds.items())),
                "problem": found.problem,
                "first_bad": found.first_bad,
                "head": found.head,
            }
        )
    elif found.intact:
        # violations first: they are what `stats` and reports count
        kinds = sorted(found.kinds.items(), key=lambda k: (k[0] != "violation", -k[1], k[0]))
        what = ": " + ", ".join(counted(number, kind) for kind, number in kinds) if kinds else ""
        print(f"intact: {counted(found.records, 'record')}{what}; head {found.head or '–'}")
    else:
        is_named = not found.first_bad or re.search(rf"\b{found.first_bad}\b", found.problem)
        first = "" if is_named else f" (first bad record: {found.first_bad})"
        print(f"NOT INTACT: {found.problem}{first}")
    raise typer.Exit(0 if found.intact else 1)


def stats(month: MonthOption = "", config: Config = None, as_json: AsJson = False) -> None:
    """Count violations by action, outcome, class and service, by what the rules asked for, and by
    what could not be inspected. The record holds other entries too, as of policies and answers of
    internal models: `verify` counts all."""
    from reports.ledger import Month

    chosen = Month(month or datetime.now(UTC).strftime("%Y-%m"))
    with _open(config) as ledger:
        total = ledger.count(chosen).total
        by = {
            name: {str(row[0]): row[1] for row in ledger.count(chosen, name).rows}
            for name in ("action", "asked", "outcome", "service")
        }
        for cut in ("class", "unread"):
            by[cut] = {str(r[0]): r[1] for r in ledger.count(chosen, "name", cut=cut).rows}
        acts = dict(ledger.acts_by_kind(chosen).rows)
        unsent = sum(ledger.unsent_ids(chosen).values())
        past = ledger.history(chosen, _MONTHS_BACK).rows
        months = sorted({str(row[0]) for row in past} - {chosen.name})
        inspected = ledger.traffic(chosen).total
        health = ledger.health
    if as_json:
        print_json(
            {"month": chosen.name, "inspected": inspected, "violations": total}
            | {f"by_{cut}": rows for cut, rows in by.items()}
            | {"acts": acts, "not_sent": unsent, "months": months}
            | {"database": health.database or "fine", "spooled_bytes": health.spooled_bytes}
        )
        return
    print(
        f"{chosen.name}: {counted(inspected, 'request')} inspected, {counted(total, 'violation')}"
    )
    for cut, rows in by.items():
        for name, number in sorted(rows.items(), key=lambda r: (-r[1], r[0])):
            print(f"  {cut:8} {name:36} {number:8}")
            if (cut, name) == ("outcome", "prevented") and unsent:
                print(f"  {'':8} {'  not sent: service out of reach':36} {unsent:8}")
    if acts:
        kinds = ", ".join(counted(number, kind) for kind, number in acts.items())
        print(f"beside violations the record holds of this month: {kinds}", file=sys.stderr)
    if inspected < total:
        print("requests are counted every few seconds, records at once", file=sys.stderr)
    if months:
        print(f"months before with records: {', '.join(months)}", file=sys.stderr)
    if not total:
        hint = "nothing was recorded in this month"
        other = "; to see all of it filled: penstock demo" * (not months)
        print(as_run(f"{hint}{other}"), file=sys.stderr)


def export(
    format: Annotated[
        Literal["ocsf", "cef", "csv", "json"],
        typer.Option("--format", "-f", help="For a SIEM, a spreadsheet or a script."),
    ] = "json",
    month: Annotated[
        str, typer.Option("--month", "-m", callback=a_month, help="As 2026-11; else all time.")
    ] = "",
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as `--format json`.")] = False,
) -> None:
    """Print records for a SIEM or a spreadsheet; that it was done becomes a record."""
    from reports.export import export as exported

    format = "json" if as_json else format
    with _open(config) as ledger:
        what = f"export {format}: {month or 'all time'}"
        ledger.act("access", datetime.now(UTC), what=what, by=ledger.account)
        for line in exported(ledger, format, month):
            sys.stdout.write(line)


def review(
    violation: Annotated[str, typer.Argument(help="Its id.")],
    verdict: Annotated[Literal["right", "wrong"], typer.Argument(help="Whether it is that data.")],
    by: Annotated[str, typer.Option("--by", help="Who looked; it is recorded.")],
    data_class: Annotated[
        str, typer.Option("--class", help="Findings of this data class alone.")
    ] = "",
    config: Config = None,
) -> None:
    """Say whether what was found was right: reports count it for each detector."""
    from reports.ledger.reviews import review as reviewed

    with _open(config) as ledger:
        number = reviewed(
            ledger,
            violation,
            correct=verdict == "right",
            data_class=data_class,
            by=by,
            at=datetime.now(UTC),
        )
    print(f"{counted(number, 'finding')}: {verdict}")


def erase(
    user: Annotated[str, typer.Argument(help="The person, as the proxy identifies them.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Destroy the link between a person and their records; the chain still verifies."""
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("without a terminal to ask at, `--yes` is needed")
        typer.confirm("This cannot be undone. Erase?", abort=True, err=True)
    with _open(config) as ledger:
        done = ledger.erase(user, datetime.now(UTC))
    if as_json:
        print_json({"pseudonym": done.pseudonym, "records": done.records})
    elif done.pseudonym:
        print(f"{counted(done.records, 'record')} of {done.pseudonym}: nothing leads to anybody")
    else:
        print("nothing is kept about this person")


def rebuild(config: Config = None) -> None:
    """Make the counts behind the reports anew from the records."""
    with _open(config) as ledger:
        ledger.rebuild()
    print("the counts equal the records", file=sys.stderr)


def _open(config: Config) -> "Ledger":
    from penstock.app import open_ledger

    return open_ledger(settings(config).settings)
