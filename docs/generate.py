"""Writes the pages that only repeat what the code says: `make docs`.

A test compares them with the files, so that they cannot go stale.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from penstock import settings
from penstock.cli import app
from penstock.settings import Settings
from policy.classes import DIRECTORY, data_classes
from policy.schema import Policy
from proxy_addons.services import load

HERE = Path(__file__).parent
_NOTE = "<!-- Written by `make docs`; change the code, not this page. -->"


def pages() -> dict[str, str]:
    """Name of the file -> what it has to say."""
    return {
        "settings.md": _page(_settings()),
        "commands.md": _page(_commands()),
        "classes.md": _page(_classes()),
        "services.md": _page(_services()),
        # beside the packs, whose first line names it: editors complete and check what is written
        "../policy/policy.schema.json": json.dumps(Policy.model_json_schema(), indent=2) + "\n",
    }


def _page(lines: Iterator[str]) -> str:
    return "\n".join([_NOTE, "", *lines]).rstrip() + "\n"


def _prose(text: str) -> list[str]:
    return textwrap.wrap(text, 118, break_on_hyphens=False, break_long_words=False)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


_SECTIONS: dict[str, type[BaseModel]] = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
} | {"models": settings.ModelSettings}
"""Each has a table of its own."""

# ── settings ──────────────────────────────────────────────────────────────────────────────────


def _settings() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield from _prose(
        "One file, `penstock.yaml` in the working directory or named by `--config` or "
        "`PENSTOCK_CONFIG`; then the environment; then flags: later wins. `penstock config "
        "show` prints each value and where it came from. Paths in the file are relative to "
        "the file. An unknown setting stops the start. Settings are read at start, the policy "
        "file is watched (see [operations](operations.md))."
    )
    docs = _docstrings()
    for title, model, prefix in (
        ("Everything", Settings, ""),
        *((f"`{_of(name)}`", section, f"{_of(name)}.") for name, section in _SECTIONS.items()),
        ("`detection.dictionaries`", settings.DictionarySettings, "detection.dictionaries."),
    ):
        yield from ("", f"## {title}", "")
        yield "| setting | variable | default | what it is |"
        yield "|---|---|---|---|"
        for name, field in model.model_fields.items():
            dotted = f"{prefix}{name}"
            about = docs.get((model.__name__, name), "")
            if dotted in _SECTIONS:
                section = _cell(str(inspect.getdoc(_SECTIONS[dotted])))
                about = f"{about or section} See below."
            variable = f"`PENSTOCK_{dotted.upper().replace('.', '__')}`"
            yield f"| `{dotted}` | {variable} | {_default(dotted, field)} | {_cell(about)} |"
    yield ""
    yield (
        "Lists and mappings in the environment are written as JSON: "
        "`PENSTOCK_PROXY__SOURCES='[\"10.0.0.0/8\"]'`."
    )


def _of(section: str) -> str:
    """Of models there are several, each with a name."""
    return "models.NAME" if section == "models" else section


def _default(name: str, field: Any) -> str:
    if name == "state":
        return "`$XDG_STATE_HOME/penstock`, else `~/.local/state/penstock`"
    if name == "detection.workers":
        return "one per core, at least 2"
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, tuple | dict | BaseModel) or value in ("", None):
        return f"`{', '.join(value)}`" if isinstance(value, tuple) and value else "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _docstrings() -> dict[tuple[str, str], str]:
    """(class, field) -> the text under the field."""
    found: dict[tuple[str, str], str] = {}
    for part in ast.parse(inspect.getsource(settings)).body:
        if not isinstance(part, ast.ClassDef):
            continue
        for before, after in zip(part.body, part.body[1:], strict=False):
            match before, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                    value=ast.Constant(value=str(text))
                ):
                    found[part.name, name] = text
    return found


# ── commands ──────────────────────────────────────────────────────────────────────────────────


def _commands() -> Iterator[str]:
    yield "# Commands"
    yield ""
    yield from _prose(
        "Results go to standard output, everything else to standard error; progress is shown "
        "on a terminal only. Exit codes: 0 fine, 1 findings or failed checks, 2 usage, 3 "
        "configuration, 4 a needed service is down, 70 a fault of ours, 130 interrupted. An "
        "error is one line: what, where, what to do."
    )
    yield from _command(typer.main.get_command(app), "penstock")


def _command(command: Any, name: str) -> Iterator[str]:
    inner = getattr(command, "commands", {})
    if name != "penstock":
        yield from ("", f"## `{name}`" if inner or name.count(" ") == 1 else f"### `{name}`", "")
        yield " ".join(str(command.help or "").split())
    rows = [p for p in command.params if p.name != "help"]
    if not inner and rows:
        yield ""
        yield "| argument or option | what it is |"
        yield "|---|---|"
        for parameter in rows:
            about = _cell(str(getattr(parameter, "help", "") or ""))
            yield f"| {_parameter(parameter)} | {about} |"
    for sub, below in inner.items():
        yield from _command(below, f"{name} {sub}")


def _parameter(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{_cell(parameter.metavar or parameter.name.upper())}`"
    return ", ".join(f"`{o}`" for o in parameter.opts)


# ── data classes ──────────────────────────────────────────────────────────────────────────────


def _classes() -> Iterator[str]:
    yield "# Data classes"
    yield ""
    yield from _prose(
        "The kinds of sensitive data that policies name and reports count. `.*` stands for a "
        "family; policies may name one member (`pii.national_id.pl_pesel`) or all of them "
        "(`pii.national_id.*`). Severity runs from 1 (low) to 4 (very high). A new class is "
        "an entry in a file of `policy/data_classes/`."
    )
    yield ""
    yield from _prose(
        "`pii.national_id.unnamed` is a number that some country gives to people, or the number "
        "of an identity document, below a heading or after a word that says so and no more "
        "(`national ID`, `tax number`), or below a heading that names one kind when the number "
        "is none of that kind but of another. Where the heading, the label or the sentence names "
        "the kind and its check digits are right, that kind is reported (`naam;bsn`: "
        "`pii.national_id.nl_bsn`). A rule about one kind alone therefore lets an unnamed number "
        "pass: name `pii.national_id.unnamed` beside it, or all of `pii.national_id.*`."
    )
    regimes = {path.stem for path in DIRECTORY.glob("*.yaml")}
    yield from ("", f"Files: {', '.join(f'`{r}.yaml`' for r in sorted(regimes))}.", "")
    yield "| class | what | law or standard | severity | placeholder |"
    yield "|---|---|---|---|---|"
    for row in data_classes().values():
        laws, title = _cell("; ".join(row.laws)) or "–", _cell(row.title["en"])
        yield f"| `{row.id}` | {title} | {laws} | {row.severity} | `[{row.label}_1]` |"


# ── services ──────────────────────────────────────────────────────────────────────────────────


def _services() -> Iterator[str]:
    rows = list(load())
    yield "# AI services"
    yield ""
    yield from _prose(
        f"The {len(rows)} services whose hosts are decrypted and inspected; every other host "
        "is a blind tunnel. A company adds rows, or replaces those of the same id, with the "
        "setting `proxy.services`; the form of a row is explained at the top of "
        "`proxy_addons/services.yaml`. `penstock services match HOST PATH` says what reads an "
        "endpoint."
    )
    for category in sorted({row.category for row in rows}):
        yield from ("", f"## `{category}`", "")
        yield "| service | name | vendor, seat | hosts | dialects |"
        yield "|---|---|---|---|---|"
        for row in sorted((r for r in rows if r.category == category), key=lambda r: r.service):
            seat = ", ".join(filter(None, (row.vendor, row.country))) or "–"
            hosts = ", ".join(f"`{h}`" for h in row.hosts)
            dialects = ", ".join(sorted({*row.endpoints.values(), row.otherwise}))
            yield f"| `{row.service}` | {_cell(row.name)} | {_cell(seat)} | {hosts} | {dialects} |"


def main() -> None:
    """Write every page beside this file."""
    for name, text in pages().items():
        (HERE / name).write_text(text, "utf-8")
        print(HERE / name)


if __name__ == "__main__":
    main()
