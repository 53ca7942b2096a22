"""`penstock rules`: rules of your own, before a proxy takes them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import Config, counted, settings


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Rules of your own.")
    group.command()(check)
    app.add_typer(group, name="rules")


def check(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PLACE]...",
            help="Directories or files; else those of `detection.rules` in the settings.",
        ),
    ] = None,
    scan: Annotated[
        bool,
        typer.Option(
            "--scan",
            help="Print what they find in standard input: start, end, confidence, data class.",
        ),
    ] = False,
    config: Config = None,
) -> None:
    """Load rules of your own and run their hits and misses; name the line of what is wrong.

    They are tried by themselves, without those that ship, which takes a second.
    """
    from detectors.engine import Engine
    from detectors.rule import load_rules, repeated

    asked = places or settings(config).settings.detection.rules
    if not asked:
        raise typer.BadParameter(
            "name a directory or a file; the settings have no `detection.rules`"
        )
    found = load_rules(asked)
    if not found:
        raise typer.BadParameter(
            f"no rule is in {', '.join(map(str, asked))}; put *.yaml or *.yml files there"
        )
    engine = Engine(found)
    held = "holds" if len(found) == 1 else "hold"
    print(f"fine: {counted(len(found), 'rule')} {held}", file=sys.stderr)
    for line in repeated(found):
        print(f"note: {line}", file=sys.stderr)
    if scan:
        if sys.stdin.isatty():
            print("reading what you type; Ctrl-D ends it", file=sys.stderr)
        for hit in engine.scan(sys.stdin.buffer.read().decode("utf-8", "replace")):
            print(hit.start, hit.end, hit.confidence, hit.rule.id)
