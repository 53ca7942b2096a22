"""Options that several commands share."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.errors import ConfigError
from penstock.hints import follow

if TYPE_CHECKING:
    from penstock.settings import LoadedSettings

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file; else penstock.yaml here, if there is one."),
]
NamedCase = Annotated[
    str,
    typer.Option(
        "--case", help="Which case needs it: of `penstock case list`, or a ticket kept elsewhere."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def settings(config: Path | None, **flags: object) -> "LoadedSettings":
    """The settings in force; flags by dotted name with `__` for the dot."""
    from penstock.settings import DEFAULT_FILE, load

    try:
        loaded = load(config, flags={name.replace("__", "."): v for name, v in flags.items()})
        _check_classes(loaded)
    except ConfigError as e:
        if str(e).startswith("--"):
            raise typer.BadParameter(str(e)) from None
        raise
    _read[:] = [loaded]
    # what commands in messages are to read is the file, not the flags of this one
    follow(None if loaded.path == DEFAULT_FILE else loaded.path)
    return loaded


_read: list["LoadedSettings"] = []
"""The settings that the command has read last."""


def located(message: str) -> str:
    """`message` about what was read from settings, with where that was given."""
    return _read[0].located(message) if _read else message


def _check_classes(loaded: "LoadedSettings") -> None:
    """A data class that does not exist would keep nothing, or keep records for too long. Raises
    ConfigError."""
    found = loaded.settings
    named = {"evidence": found.evidence, "retention.classes": tuple(found.retention.classes)}
    if any(named.values()):  # reading the classes takes a moment
        from policy.load import unknown_class

        wrong = [
            loaded.located(f"`{setting}`: {problem}")
            for setting, globs in named.items()
            for glob in globs
            if (problem := unknown_class(glob))
        ]
        if wrong:
            raise ConfigError("\n".join(wrong))


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    import json

    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def a_month(value: str) -> str:
    """For `callback=`: the value of an option or argument that names a month."""
    if value and not re.fullmatch(r"(19[7-9]|[2-9]\d\d)\d-(0[1-9]|1[0-2])", value):
        raise typer.BadParameter(f"`{value[:20]}` is not a month; write it as `2026-11`")
    return value


def counted(number: int, noun: str) -> str:
    """`1 record`, `2,000 records`, `3 policies`."""
    if number != 1:
        noun = re.sub("([^aeiou])y$", r"\1ie", noun)
        noun += "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}"


def wrong(
    name: str, value: str, options: list[str] | tuple[str, ...], listed_by: str = ""
) -> typer.BadParameter:
    """The usage error for a `value` that is none of `options`; the command `listed_by` shows all,
    where they are too many for a line."""
    from difflib import get_close_matches

    near = get_close_matches(value, options, n=3 if listed_by else 1)
    if near:
        *others, last = (f"`{option}`" for option in near)
        shown = f"did you mean {' or '.join(filter(None, (', '.join(others), last)))}?"
    elif listed_by:
        shown = f"there is none of that name; all of them: {listed_by}"
    else:
        shown = f"there are {', '.join(options)}"
    return typer.BadParameter(f"`{name} {printable(value[:40])}`: {shown}")


def printable(text: str) -> str:
    """`text` on one line, without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
