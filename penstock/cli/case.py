"""`penstock case`: the breach register of GDPR art. 33(5)."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from penstock.cli.options import AsJson, Config, print_json, settings
from penstock.errors import ConfigError
from penstock.hints import as_run

By = Annotated[str, typer.Option("--by", help="Who does it; it is recorded.")]
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Its id, as `list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(no_args_is_help=True, help="The register of suspected breaches.")
    for command in (open_, update, withdraw, list_, show, notification):
        group.command(command.__name__.rstrip("_"))(command)
    app.add_typer(group, name="case")


def open_(
    title: Annotated[str, typer.Option("--title", help="What happened, in a few words.")],
    by: By,
    violation: Annotated[
        list[str] | None, typer.Option("--violation", help="Its id; may be given several times.")
    ] = None,
    detected: Annotated[
        datetime | None,
        typer.Option("--detected", help="When, UTC; else when the first violation was, or now."),
    ] = None,
    config: Config = None,
) -> None:
    """Begin a case; prints its id."""
    from penstock.app import open_ledger
    from reports.cases import first_of, open_case

    now = datetime.now(UTC)
    with open_ledger(settings(config).settings) as ledger:
        met = ledger.violations(violation or ())
        case = open_case(
            ledger,
            by=by,
            at=now,
            title=title,
            violations=tuple(violation or ()),
            detected_at=detected.replace(tzinfo=UTC) if detected else first_of(met) or now,
        )
        unsent = ledger.unsent_ids()
    print(case)
    for id_, body in met.items():
        if body.get("outcome") == "prevented" or unsent.get(id_, 0) >= body.get("repeats", 1):
            print(
                f"note: of violation {id_} nothing reached the service (`prevented`): a breach "
                "needs something else that was disclosed",
                file=sys.stderr,
            )


def update(
    case: CaseId,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Fields as YAML or JSON; `-`: standard input.")
    ],
    by: By,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Change fields of a case, as `show --json` names them; earlier values stay on record."""
    from penstock.app import open_ledger
    from reports.cases import update_case

    fields = _fields(file)
    with open_ledger(settings(config).settings) as ledger:
        now = update_case(ledger, case, by=by, at=datetime.now(UTC), **fields)
    if as_json:
        print_json(now.model_dump(mode="json"))
    else:
        print(f"{now.id}  {now.status}  {now.title}")


def withdraw(
    case: CaseId,
    reason: Annotated[str, typer.Option("--reason", help="Why it is no case; it is recorded.")],
    by: By,
    config: Config = None,
) -> None:
    """Take a case back that was opened by mistake: it stays on record and counts for nothing."""
    from penstock.app import open_ledger
    from reports.cases import update_case

    with open_ledger(settings(config).settings) as ledger:
        now = update_case(
            ledger,
            case,
            by=by,
            at=datetime.now(UTC),
            status="withdrawn",
            withdrawn_reason=reason,
        )
    print(f"{now.id}  {now.status}  {now.title}")


def list_(config: Config = None, as_json: AsJson = False) -> None:
    """List the cases, each with the next deadline that is still open."""
    from penstock.app import open_ledger
    from reports.cases import cases

    loaded = settings(config).settings
    with open_ledger(loaded) as ledger:
        found = cases(ledger)
    if as_json:
        print_json([case.model_dump(mode="json") for case in found])
        return
    regimes = _regimes(loaded)
    for case in found:
        due = case.next_due(regimes)
        until = f"  due {due.at:%Y-%m-%d %H:%M} UTC: {due.what}" if due else ""
        print(f"{case.id}  {case.status:9}  {case.title}{until}")
    if not found:
        print(as_run("no case was opened; begin one with: penstock case open"), file=sys.stderr)


def show(case: CaseId, config: Config = None, as_json: AsJson = False) -> None:
    """Print every field of a case."""
    import yaml

    from penstock.app import open_ledger
    from reports.cases import find

    with open_ledger(settings(config).settings) as ledger:
        found = find(ledger, case).model_dump(mode="json")
    if as_json:
        print_json(found)
    else:
        yaml.safe_dump(found, sys.stdout, allow_unicode=True, sort_keys=False)


def notification(
    case: CaseId,
    docx: Annotated[
        Path | None, typer.Option("--docx", help="Write it there, as a document, instead.")
    ] = None,
    language: Annotated[
        Literal["en", "de", "fr", "es"] | None,
        typer.Option(help="Of the document; else that of the settings."),
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Print a case as a form for the authority, filled from the case and the records of its
    violations; what nobody knows yet says so."""
    import yaml

    from penstock.app import open_ledger, service_facts
    from reports import notification as form
    from reports.cases import find
    from reports.concerned import filled as with_records

    loaded = settings(config).settings
    language = language or loaded.language
    names = {id_: facts.name for id_, facts in service_facts(loaded).items()}
    with open_ledger(loaded) as ledger:
        found = find(ledger, case)
        known = with_records(found, ledger.violations(found.violations).values(), names, language)
    filled = form.form(known, loaded.organization, _regimes(loaded))
    if docx is not None:
        written = form.docx(filled, language, datetime.now(UTC))
        try:
            docx.write_bytes(written)
        except OSError as e:
            raise ConfigError(f"{docx}: cannot be written: {e.strerror}") from None
        print(docx)
    elif as_json:
        print_json(form.plain(filled))
    else:
        yaml.safe_dump(form.plain(filled), sys.stdout, allow_unicode=True, sort_keys=False)


def _regimes(loaded: Any) -> tuple[str, ...]:
    from reports import facts

    return (facts.load(loaded.facts) if loaded.facts else facts.Facts()).regimes


def _fields(file: Path) -> dict[str, Any]:
    import yaml

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        fields = yaml.safe_load(text)
    except OSError as e:
        raise ConfigError(f"{file}: cannot be read: {e.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise ConfigError(f"{file}: is neither YAML nor JSON") from None
    except ValueError as e:
        raise ConfigError(f"{file}: a date in it is none: {e}") from None
    if not isinstance(fields, dict) or not all(isinstance(name, str) for name in fields):
        raise ConfigError(f"{file}: write fields of a case, for instance `title: …`")
    if unchangeable := fields.keys() & {"id", "ledger", "by", "at"}:
        raise ConfigError(f"{file}: `{min(unchangeable)}` cannot be changed")
    return fields
