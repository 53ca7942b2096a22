"""Options that several commands share."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from penstock.settings import LoadedSettings, load

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file; else penstock.yaml here, if there is one."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def settings(config: Path | None, **flags: object) -> LoadedSettings:
    """The settings in force; flags by dotted name with `__` for the dot."""
    return load(config, flags={name.replace("__", "."): v for name, v in flags.items()})


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")
