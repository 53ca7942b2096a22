"""`penstock demo`: the four actions, on loopback."""

from typing import Annotated

import typer

from penstock.cli.options import AsJson, settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("demo")(demo)


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Exit afterwards: 0 if all four actions happened.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Drive the real proxy against stand-in services and show allow, redact, redirect and block."""
    from penstock.demo import run

    cache = settings(None).settings.state / "cache"
    raise typer.Exit(run(cache, once=once, as_json=as_json))
