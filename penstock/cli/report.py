"""`penstock report`: a month, in every format."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from penstock.cli.options import (
    AsJson,
    Config,
    a_month,
    counted,
    print_json,
    settings,
    wrong,
)
from penstock.errors import ConfigError

_ANOTHER = "`--key` names another one"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("report")(report)


def report(
    month: Annotated[str, typer.Argument(help="As 2026-11; or `verify`, then a file.")],
    bundle: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="With `verify`: the bundle or PDF to check."),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help="html, pdf, csv, xlsx, json, focus; several with commas. `bundle`: all, signed.",
        ),
    ] = "html,csv,json",
    out: Annotated[Path, typer.Option("--out", "-o", help="Directory.")] = Path("reports-out"),
    language: Annotated[
        Literal["en", "de", "fr", "es"] | None, typer.Option(help="Else that of the settings.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            help="With `verify`: the ledger's public key, or a PDF's certificate; else your own.",
        ),
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write the monthly report and print where it is; or check one: report verify FILE."""
    if month == "verify":
        raise typer.Exit(_verify(bundle, key, config, as_json))
    a_month(month)
    if month > datetime.now(UTC).strftime("%Y-%m"):
        raise typer.BadParameter(f"{month} has not begun; the latest month to report is this one")
    if bundle is not None:
        raise typer.BadParameter("only `report verify` takes a file", param_hint="[FILE]")
    paths, is_empty = _write(month, format, out, language, config)
    if as_json:
        print_json({"month": month, "files": [str(p) for p in paths]})
    else:
        for path in paths:
            print(path)
        if is_empty:
            print(f"note: nothing was recorded in {month}", file=sys.stderr)


def _write(
    month: str, format: str, out: Path, language: str | None, config: Path | None
) -> tuple[tuple[Path, ...], bool]:
    from importlib.metadata import version

    from penstock.app import open_ledger, service_facts
    from penstock.chores import open_seal
    from reports import facts
    from reports.bundle import write_bundle
    from reports.monthly.build import build, made
    from reports.monthly.publish import FORMATS, write

    loaded = settings(config).settings
    formats = [f.strip() for f in format.split(",") if f.strip()]
    unknown = [f for f in formats if f not in FORMATS and f != "bundle"]
    if unknown or not formats:
        raise wrong("--format", unknown[0] if unknown else "", [*FORMATS, "bundle"])
    single = [f for f in formats if f != "bundle"]
    steps = len(dict.fromkeys(single)) + (len(FORMATS) + 1 if "bundle" in formats else 0)
    with open_ledger(loaded) as ledger, _progress(steps) as step:
        document = build(
            ledger,
            month,
            version=version("penstock"),
            organization=loaded.organization,
            language=language or loaded.language,
            services=service_facts(loaded),
            facts=facts.load(loaded.facts) if loaded.facts else None,
        )
        seal = open_seal(loaded) if {"pdf", "bundle"} & set(formats) else None
        paths = write(document, out, single, step, seal) if single else ()
        if "bundle" in formats:
            paths = (*paths, write_bundle(ledger, document, out, progress=step, seal=seal))
        made(ledger, document, formats, by=ledger.account)
    return paths, document.empty is not None


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """On a terminal a bar that moves as each file is begun."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("counting", total=steps + 1)
        yield lambda name: progress.update(task, advance=1, description=name)


def _verify(file: Path | None, key: Path | None, config: Path | None, as_json: bool) -> int:
    """Checks a bundle or a PDF; needs neither ledger nor server when `key` is given."""
    if file is None:
        raise typer.BadParameter("which file? penstock report verify FILE", param_hint="[FILE]")
    begin = _read(file)[:5]
    if begin == b"%PDF-":
        return _verify_pdf(file, key, config, as_json)
    if begin[:2] == b"PK":
        return _verify_bundle(file, key, config, as_json)
    raise ConfigError(f"{file}: neither a PDF nor a bundle (zip): nothing else is signed")


def _verify_pdf(file: Path, key: Path | None, config: Path | None, as_json: bool) -> int:
    from reports.seal import CERTIFICATE, OTHER_CERTIFICATE, check

    own = None
    if key is None:
        loaded = settings(config).settings
        own = loaded.reports.pdf_certificate or loaded.state / CERTIFICATE
        if not own.exists():
            raise ConfigError(
                f"{own}: there is no certificate of your own; whoever made the PDF gives "
                f"out theirs: penstock report verify {file} --key {CERTIFICATE}"
            )
    used = key or own
    assert used is not None
    pem = _read(used)
    try:
        found = check(_read(file), pem)
    except ConfigError as e:
        raise ConfigError(f"{used}: {e}; a PDF is checked with one ({CERTIFICATE})") from None
    if as_json:
        print_json(
            {
                "intact": not found.problem,
                "problem": found.problem,
                "signed_by": found.signer,
                "signed_at": found.at,
                "time_from": found.stamped_by,
                "key": str(used),
            }
        )
    else:
        verdict = "NOT INTACT" if found.problem else "intact"
        hint = f"; {_ANOTHER}" if own and found.problem == OTHER_CERTIFICATE else ""
        print(f"{verdict}: {file}: {found.said}; checked with {used}{hint}")
    return 1 if found.problem else 0


def _verify_bundle(file: Path, key: Path | None, config: Path | None, as_json: bool) -> int:
    from reports.bundle import OTHER_KEY, verify_bundle
    from reports.ledger.keys import PUBLIC_KEY, public_in, public_pem

    if key is None:
        from penstock.app import open_ledger

        loaded = settings(config).settings
        with open_ledger(loaded) as ledger:
            public, name = ledger.public_key, loaded.state / PUBLIC_KEY
    else:
        public, name = public_pem(public_in(key)), key
    found = verify_bundle(file, public)
    if as_json:
        print_json(
            {
                "intact": found.intact,
                "problem": found.problem,
                "month": found.month,
                "report": found.report,
                "files": list(found.files),
                "pdf": found.pdf,
                "key": str(name),
            }
        )
    elif found.intact:
        files = counted(len(found.files), "file")
        pdf = f" (PDF {found.pdf})" if found.pdf else ""
        report = f"report {found.report} of {found.month}{pdf}"
        print(f"intact: {file}: {report}, {files}, signed with {name}")
    else:
        hint = "" if key else f"; {_ANOTHER}"
        used = f": {name}{hint}" if found.problem == OTHER_KEY else ""
        print(f"NOT INTACT: {file}: {found.problem}{used}")
    return 0 if found.intact else 1


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from None
