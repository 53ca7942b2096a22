"""`penstock config`: every setting, its value and where it came from."""

import typer

from penstock.cli.options import AsJson, Config, print_json, settings


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(no_args_is_help=True, help="The settings in force.")
    group.command("show")(show)
    app.add_typer(group, name="config")


def show(config: Config = None, as_json: AsJson = False) -> None:
    """Print every setting, its value and where it came from."""
    loaded = settings(config)
    rows = list(loaded.rows())
    if as_json:
        print_json(
            [
                {
                    "name": r.name,
                    "value": r.value,
                    "origin": r.origin,
                    "default": r.default,
                    "variable": r.variable,
                }
                for r in rows
            ]
        )
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("setting", "value", "from", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(row.name, row.value or "–", row.origin)
    Console(soft_wrap=True).print(table)
