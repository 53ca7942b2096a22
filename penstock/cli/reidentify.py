"""`penstock reidentify`: who a pseudonym is, for two people of two roles."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import AsJson, Config, print_json, settings
from penstock.errors import ConfigError, Refused

By = Annotated[str, typer.Option("--by", help="Who does it; it is recorded.")]
Role = Annotated[str, typer.Option("--role", help="In which role; it is recorded.")]
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="As `ask` printed it.")]


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Who is behind a pseudonym, by four eyes.")
    for command in (ask, allow, reveal, list_):
        group.command(command.__name__.rstrip("_"))(command)
    app.add_typer(group, name="reidentify")


def ask(
    pseudonym: Annotated[str, typer.Argument(metavar="PSEUDONYM", help="As `U-7F3K2`.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is recorded.")],
    case: Annotated[str, typer.Option("--case", help="Which case needs it.")],
    by: By,
    role: Role,
    config: Config = None,
) -> None:
    """Ask to learn who somebody is; prints the request's id. It lapses after a day."""
    from penstock.app import open_ledger
    from reports.ledger.reidentify import request

    with open_ledger(settings(config).settings) as ledger:
        now = datetime.now(UTC)
        print(request(ledger, pseudonym, reason=reason, case=case, by=by, role=role, at=now))


def allow(
    request: RequestId,
    by: By,
    role: Role,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Your private Ed25519 key as PEM, where `approvers` are named."),
    ] = None,
    config: Config = None,
) -> None:
    """Allow a request: a second person, in another role. It lapses after a day."""
    from penstock.app import open_ledger
    from reports.ledger.reidentify import Signed, approve, to_sign

    loaded = settings(config).settings
    public = _public_key(loaded.approvers, by) if loaded.approvers or key else None
    if public is not None and key is None:
        raise typer.BadParameter(
            "`approvers` are named: sign with your own key", param_hint="--key"
        )
    with open_ledger(loaded) as ledger:
        signed = None
        if public is not None and key is not None:
            signed = Signed(public, _signature(key, to_sign(ledger, request, by, role)))
        approve(ledger, request, by=by, role=role, at=datetime.now(UTC), signed=signed)


def _public_key(approvers: Mapping[str, Path], by: str) -> bytes:
    path = approvers.get(by)
    if path is None:
        raise Refused(f"`{by}` is none of the `approvers` in the settings")
    return _read(path)


def _signature(path: Path, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(path), None)
    except (ValueError, TypeError):
        raise ConfigError(f"{path}: not a private key as PEM, without a passphrase") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(
            f"{path}: not an Ed25519 key; make one: openssl genpkey -algorithm ed25519"
        )
    return key.sign(data)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from None


def reveal(
    request: RequestId,
    by: By,
    names: Annotated[
        Path, typer.Option("--names", help="Who comes into question, one a line; `-`: stdin.")
    ],
    config: Config = None,
) -> None:
    """Print which of the names it is, once; exit code 1 if none of them."""
    from penstock.app import open_ledger
    from reports.ledger.reidentify import reveal as told

    try:
        text = sys.stdin.read() if str(names) == "-" else names.read_text("utf-8")
    except OSError as e:
        raise ConfigError(f"{names}: cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{names}: cannot be read: it is not UTF-8") from None
    asked = [line.strip() for line in text.splitlines() if line.strip()]
    if not asked:
        raise ConfigError(f"{names}: holds no names; the permission was not used")
    with open_ledger(settings(config).settings) as ledger:
        found = told(ledger, request, asked, by=by, at=datetime.now(UTC))
    if not found:
        print("none of these names, or the person was erased", file=sys.stderr)
        raise typer.Exit(1)
    print(found)


def list_(config: Config = None, as_json: AsJson = False) -> None:
    """List the requests and what became of them."""
    from penstock.app import open_ledger
    from reports.ledger.reidentify import requests

    now = datetime.now(UTC)
    with open_ledger(settings(config).settings) as ledger:
        found = requests(ledger)
    if as_json:
        print_json(
            [
                {name: getattr(one, name) for name in one.__slots__} | {"state": one.state(now)}
                for one in found
            ]
        )
        return
    for one in found:
        print(
            f"{one.id}  {one.state(now):8}  {one.pseudonym}  {one.case}: {one.reason}, "
            f"by {one.by} ({one.role})"
        )
