"""`penstock ca`: the interception CA, for every kind of client."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from penstock.cli.options import AsJson, Config, print_json, settings
from penstock.errors import ConfigError
from penstock.hints import SIGN_IN, as_run, asks_password, proxy_url

if TYPE_CHECKING:
    from penstock.authority import Authority
    from penstock.settings import Settings

type Shell = Literal["bash", "fish", "pwsh", "dockerfile"]

VARIABLES = {
    "SSL_CERT_FILE": "Python (httpx, OpenSSL), Go, Rust, Ruby",
    "REQUESTS_CA_BUNDLE": "Python requests",
    "CURL_CA_BUNDLE": "curl",
    "AWS_CA_BUNDLE": "AWS CLI, boto3",
    "GIT_SSL_CAINFO": "git",
    "PIP_CERT": "pip",
    "NODE_EXTRA_CA_CERTS": "Node.js",
}
"""Each replaces the system's roots, so it names a bundle; Node's adds to them."""

_FORMS = {
    "bash": "export {}={!r}",
    "fish": "set -gx {} {!r}",
    "pwsh": "$env:{} = {!r}",
    "dockerfile": "ENV {}={!r}",
}
_HOST = "host.docker.internal"
_IMAGE_ROOTS = "/etc/ssl/certs/ca-certificates.crt"
_IMAGE = f"""\
# penstock-ca.pem lies beside this file: penstock ca export --out penstock-ca.pem
# On Linux: docker run --add-host {_HOST}:host-gateway, and a proxy that listens there.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates
COPY penstock-ca.pem /usr/local/share/ca-certificates/penstock.crt
RUN update-ca-certificates
"""
"""What an image on Debian needs before it trusts the CA."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}
"""Where a proxy that listens on every address is met from this machine."""


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(no_args_is_help=True, help="The certificate that clients need to trust.")
    for command in (show, export, install, uninstall, env):
        group.command()(command)
    app.add_typer(group, name="ca")


def show(config: Config = None, as_json: AsJson = False) -> None:
    """Print the CA's subject, validity, fingerprint and file."""
    ca = _read(config)
    rows = {
        "file": str(ca.path.resolve()),
        "subject": ca.subject,
        "sha256": ca.sha256,
        "valid_from": ca.not_before.date().isoformat(),
        "valid_until": ca.not_after.date().isoformat(),
    }
    if as_json:
        print_json(rows)
    else:
        for name, value in rows.items():
            print(f"{name.replace('_', ' '):12} {value}")


def export(
    format: Annotated[
        Literal["pem", "der"], typer.Option("--format", "-f", help="How it is written.")
    ] = "pem",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File; else standard output.")
    ] = None,
    config: Config = None,
) -> None:
    """Write the certificate (never the key) for an MDM, a group policy or a browser."""
    ca = _read(config)
    data = ca.pem if format == "pem" else ca.der
    if out is None:
        sys.stdout.buffer.write(data)
    else:
        try:
            out.write_bytes(data)
        except OSError as e:
            raise ConfigError(f"{out}: cannot be written: {e.strerror}") from None


def install(config: Config = None) -> None:
    """Add the CA to this machine's trust store; on other systems print how."""
    from penstock import trust

    ca = _read(config)
    if store := trust.store():
        if replaced := trust.install(ca, store):
            print(
                f"{store.path}: was the CA of another Penstock, SHA-256 {replaced}; it is trusted "
                "no longer",
                file=sys.stderr,
            )
        print(f"{store.path}: trusted by this machine's OpenSSL and curl", file=sys.stderr)
    else:
        print(f"no Debian or Red Hat trust store here; the certificate is {ca.path}")
    print(
        "Firefox: policies.json, Certificates.Install. Chrome on Linux: certutil -d "
        f"sql:$HOME/.pki/nssdb -A -t C,, -n Penstock -i {ca.path}\n"
        "macOS: sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain "
        f"{ca.path}\n"
        f"Windows: certutil -addstore Root {ca.path.name}",
        file=sys.stderr,
    )


def uninstall(config: Config = None) -> None:
    """Take the CA out of this machine's trust store; on other systems print how.

    A file of another name, or with another certificate, stays."""
    from penstock import trust

    ca = _read(config)
    if not (store := trust.store()):
        print("no Debian or Red Hat trust store here: nothing to remove")
    elif trust.uninstall(ca, store):
        print(f"{store.path}: removed; this machine trusts the CA no longer", file=sys.stderr)
    else:
        print(f"{store.path}: not there; this machine does not trust the CA", file=sys.stderr)
    print(
        "Firefox: take it out of policies.json. Chrome on Linux: certutil -d "
        "sql:$HOME/.pki/nssdb -D -n Penstock\n"
        f"macOS: sudo security remove-trusted-cert -d {ca.path}\n"
        'Windows: certutil -delstore Root "Penstock CA"',
        file=sys.stderr,
    )


def env(
    shell: Annotated[Shell, typer.Option(help="Whose syntax.")] = "bash",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Print the variables that make command line tools use the proxy and trust the CA.

    For bash: eval "$(penstock ca env)"; for dockerfile: the lines of an image on Debian.
    """
    from penstock.authority import bundle

    loaded = settings(config).settings
    ca = _read(config)
    roots = bundle(loaded.state, ca).resolve()
    own = ca.path.resolve()
    host, _, port = _listens(loaded).rpartition(":")
    proxy = proxy_url(loaded, f"{_EVERYWHERE.get(host, host)}:{port}")
    values = {"HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "localhost,127.0.0.1,::1"}
    values |= {name: str(own if name == "NODE_EXTRA_CA_CERTS" else roots) for name in VARIABLES}
    values["NODE_USE_ENV_PROXY"] = "1"  # without it Node's own fetch goes around the proxy
    if as_json:
        print_json(values)
        return
    if shell == "dockerfile":
        print(as_run(_IMAGE), end="")
        within = {"localhost": _HOST, "127.0.0.1": _HOST, "[::1]": _HOST}
        host = within.get(_EVERYWHERE.get(host, host), host)
        values |= dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy_url(loaded, f"{host}:{port}"))
        values |= dict.fromkeys(VARIABLES, _IMAGE_ROOTS)
    for name, value in values.items():
        print(_FORMS[shell].format(name, value))
    if asks_password(loaded):
        print(f"{SIGN_IN}.", file=sys.stderr)


def _listens(loaded: "Settings") -> str:
    """Where the proxy runs, or is to run: `penstock run --listen` may have put it elsewhere."""
    from penstock.state import addresses

    found = addresses(loaded.state)
    return found[0] if len(found) == 1 else loaded.proxy.listen


def _read(config: Config) -> "Authority":
    from penstock.authority import read

    return read(settings(config).settings.state)
