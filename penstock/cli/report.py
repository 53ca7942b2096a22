"""`penstock report`: a month, in every format."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from penstock.cli.options import AsJson, Config, a_month, print_json, settings, wrong


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("report")(report)


def report(
    month: Annotated[str, typer.Argument(callback=a_month, help="As 2026-11.")],
    format: Annotated[
        str, typer.Option("--format", "-f", help="html, pdf, csv, xlsx, json; several with commas.")
    ] = "html,csv,json",
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory.")] = Path("reports-out"),
    language: Annotated[
        Literal["en", "de", "fr", "es"] | None, typer.Option(help="Else that of the settings.")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write the monthly report and print where it is."""
    from importlib.metadata import version

    from penstock.app import open_ledger, service_facts
    from reports.monthly.build import build
    from reports.monthly.publish import FORMATS, write

    loaded = settings(config).settings
    formats = [f.strip() for f in format.split(",") if f.strip()]
    unknown = [f for f in formats if f not in FORMATS]
    if unknown or not formats:
        raise wrong("--format", unknown[0] if unknown else "", list(FORMATS))
    with open_ledger(loaded) as ledger:
        document = build(
            ledger,
            month,
            version=version("penstock"),
            organization=loaded.organization,
            language=language or loaded.language,
            services=service_facts(loaded),
        )
    paths = write(document, out, formats)
    if as_json:
        print_json({"month": month, "files": [str(p) for p in paths]})
    else:
        for path in paths:
            print(path)
        if document.empty is not None:
            print(f"note: nothing was recorded in {month}", file=sys.stderr)
