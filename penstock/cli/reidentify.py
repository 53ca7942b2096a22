"""`penstock reidentify`: who a pseudonym is, for two people of two roles."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import AsJson, Config, NamedCase, print_json, settings
from penstock.errors import ConfigError, Refused
from penstock.hints import as_run

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from penstock.settings import Settings
    from reports.ledger.reidentify import Signer

By = Annotated[str, typer.Option("--by", help="Who does it; it is recorded.")]
Role = Annotated[str, typer.Option("--role", help="In which role; it is recorded.")]
Key = Annotated[
    Path | None,
    typer.Option("--key", help="Your private Ed25519 key as PEM, where `approvers` are named."),
]
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
    case: NamedCase,
    by: By,
    role: Role,
    key: Key = None,
    config: Config = None,
) -> None:
    """Ask to learn who somebody is; prints the request's id. It lapses after a day."""
    from penstock.app import open_ledger
    from reports.cases import of_ours
    from reports.ledger.reidentify import request

    loaded = settings(config).settings
    signer, now = _signer(loaded, by, key), datetime.now(UTC)
    with open_ledger(loaded) as ledger:
        case = of_ours(ledger, case)
        id_ = request(
            ledger, pseudonym, reason=reason, case=case, by=by, role=role, at=now, signer=signer
        )
    print(id_)


def allow(request: RequestId, by: By, role: Role, key: Key = None, config: Config = None) -> None:
    """Allow a request: a second person, in another role. It lapses after a day."""
    from penstock.app import open_ledger
    from reports.ledger.reidentify import approve

    loaded = settings(config).settings
    signer, now = _signer(loaded, by, key), datetime.now(UTC)
    with open_ledger(loaded) as ledger:
        approve(ledger, request, by=by, role=role, at=now, signer=signer)


def _signer(loaded: "Settings", by: str, key: Path | None) -> "Signer | None":
    """Whoever acts, where keys are asked for."""
    from reports.ledger import keys
    from reports.ledger.reidentify import Signer

    if not loaded.approvers and key is None:
        return None
    path = loaded.approvers.get(by)
    if path is None:
        raise Refused(f"`{by}` is none of the `approvers` in the settings")
    if key is None:
        raise typer.BadParameter(
            "`approvers` are named: sign with your own key", param_hint="--key"
        )
    return Signer(keys.public_in(path), _private(key).sign)


def _private(path: Path) -> "Ed25519PrivateKey":
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
    return key


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
    key: Key = None,
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
    loaded = settings(config).settings
    signer, now = _signer(loaded, by, key), datetime.now(UTC)
    with open_ledger(loaded) as ledger:
        found = told(ledger, request, asked, by=by, at=now, signer=signer)
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
    if not found:
        said = "nobody was asked for; see: penstock reidentify ask --help"
        print(as_run(said), file=sys.stderr)
    for one in found:
        print(
            f"{one.id}  {one.state(now):8}  {one.pseudonym}  {one.case}: {one.reason}, "
            f"by {one.by} ({one.role})"
        )
