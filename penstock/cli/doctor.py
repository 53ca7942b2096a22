"""`penstock doctor`: what is missing, wrong or unsafe."""

from dataclasses import asdict, replace

import typer

from penstock.cli.options import AsJson, Config, counted, print_json, settings
from penstock.hints import as_run

_MARK = {"ok": "[green]✓[/]", "note": "[yellow]•[/]", "wrong": "[red]✗[/]"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("doctor")(doctor)


def doctor(config: Config = None, as_json: AsJson = False) -> None:
    """Look at this set-up and say how to mend what is wrong; exit code 1 if something is."""
    from rich.console import Console

    from penstock.doctor import examine

    loaded = settings(config)
    console = Console(highlight=False, soft_wrap=True)
    checks = []
    for found in examine(loaded.settings):
        detail = as_run(loaded.located(found.detail))
        check = replace(found, detail=detail, remedy=as_run(found.remedy))
        checks.append(check)
        if not as_json:
            console.print(f"{_MARK[check.verdict]} {check.name:16} ", end="")
            console.print(check.detail, markup=False)
            if check.remedy:
                console.print(f"  {'':16} → {check.remedy}", markup=False)
    wrong, notes = (sum(c.verdict == verdict for c in checks) for verdict in ("wrong", "note"))
    if as_json:
        print_json({"wrong": wrong, "checks": [asdict(c) for c in checks]})
    else:
        said = f"{wrong} of {len(checks)} checks found something" if wrong else "nothing"
        console.print(f"{said} wrong" + (f", {counted(notes, 'note')}" if notes else ""))
    raise typer.Exit(1 if wrong else 0)
