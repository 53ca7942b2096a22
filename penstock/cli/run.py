"""`penstock run`: the proxy."""

import errno
import os
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import Config, settings
from penstock.errors import ConfigError
from penstock.hints import SIGN_IN, as_run, asks_password, host_and_port, mode, proxy_url
from penstock.state import prepare
from penstock.supervise import (
    Supervisor,
    announce_ready,
    end_with_supervisor,
    is_supervised,
    own_name,
    worker_command,
)

if TYPE_CHECKING:
    from penstock.settings import LoadedSettings

Listen = Annotated[str | None, typer.Option("--listen", "-l", help="HOST:PORT of the proxy.")]
Workers = Annotated[
    int | None, typer.Option("--workers", "-w", min=1, max=64, help="Proxy processes.")
]


_PROMPT = '{"model": "gpt-5", "messages": [{"role": "user", "content": "I am anna@example.com"}]}'
_TAKEN = {
    errno.EADDRINUSE: "this port is in use; stop what listens there or choose another one",
    errno.EADDRNOTAVAIL: "this machine does not have that address; choose one it has",
    errno.EACCES: "you may not use this port; choose one above 1023",
}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("run")(run)


def run(config: Config = None, listen: Listen = None, workers: Workers = None) -> None:
    """Start the proxy; it stops at Ctrl-C or SIGTERM, after the requests in flight."""
    supervised = is_supervised()
    if supervised:
        end_with_supervisor()
    loaded = settings(config, proxy__listen=listen, proxy__workers=workers)
    host, _, port = loaded.settings.proxy.listen.rpartition(":")
    address = (host.strip("[]"), int(port))
    if not supervised:
        _refuse_taken(address)
        prepare(loaded.settings.state)
    if loaded.settings.proxy.workers > 1 and not supervised:
        _several(loaded, address)
    else:
        _one(loaded, supervised)


def _one(loaded: "LoadedSettings", supervised: bool) -> None:
    """One proxy in this process. Raises typer.Exit where Ctrl-C ends it before it listens."""
    if supervised:
        return _serve(loaded, supervised)
    try:
        # before anything is imported for it: that takes seconds of its own
        _say("loading the detectors …")
        _serve(loaded, supervised)
    except KeyboardInterrupt:
        _say("stopped before it listened")
        raise typer.Exit(130) from None
    _say("stopped")


def _serve(loaded: "LoadedSettings", supervised: bool) -> None:
    import asyncio
    import logging

    from penstock.app import serve
    from penstock.decisions import Decisions

    class Line(logging.Formatter):
        """What parts of the proxy log is said as everything else is."""

        def format(self, record: logging.LogRecord) -> str:
            return as_run(_line(super().format(record)))

    heard = logging.StreamHandler()
    heard.setFormatter(Line())
    logging.getLogger().addHandler(heard)

    def ready(address: tuple[str, int]) -> None:
        announce_ready()
        if not supervised:
            _welcome(loaded, address)

    decisions = Decisions(_write) if _says_decisions(loaded) else None
    decided = decisions.tell if decisions else None
    try:
        asyncio.run(serve(loaded, ready=ready, say=_say, decided=decided, reuse_port=supervised))
    finally:
        if decisions:
            decisions.close()


def _several(loaded: "LoadedSettings", address: tuple[str, int]) -> None:
    """A supervisor with worker processes; the arguments are passed on as they came."""
    proxy = loaded.settings.proxy
    if address[1] == 0:
        raise ConfigError(f"`proxy.listen`: {proxy.listen}: several workers need HOST:PORT, no 0")
    _say(f"loading the detectors in {proxy.workers} processes …")
    supervisor = Supervisor(worker_command(sys.argv[1:]), proxy.workers, proxy.drain_s, _say)
    code = supervisor.run(lambda: _welcome(loaded, address))
    if code == 0:
        _say("stopped")
    raise typer.Exit(code)


def _refuse_taken(address: tuple[str, int]) -> None:
    """Before anything is loaded; sockets that share a port would share it with strangers too."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as e:
            told = _TAKEN.get(e.errno or 0, e.strerror or "it cannot be used")
            raise ConfigError(f"`proxy.listen`: {address[0]}:{address[1]}: {told}") from None


def _welcome(loaded: "LoadedSettings", address: tuple[str, int]) -> None:
    """How to use it, on standard error: nothing here is a result."""
    from penstock.authority import bundle, read
    from policy.load import load

    settings = loaded.settings
    place = host_and_port(address)
    url = proxy_url(settings, place)
    authority = read(settings.state)
    ca, roots = authority.path.resolve(), bundle(settings.state, authority).resolve()
    policy = load(settings.policy).policy
    lines = [
        f"Penstock listens on {place}",
        f"  policy    {policy.name} ({mode(policy)})",
        f"  record    {_shown(settings.database_url)}",
        f"  CA        {ca}",
        "",
        "Point a client at it:",
        f"  browser   proxy {place} for HTTP and HTTPS; trust the CA: penstock ca install",
        f"  curl      --proxy {url} --cacert {roots}",
        f"  Python    HTTPS_PROXY={url} SSL_CERT_FILE={roots} REQUESTS_CA_BUNDLE={roots} python …",
        f"  Node      HTTPS_PROXY={url} NODE_USE_ENV_PROXY=1 NODE_EXTRA_CA_CERTS={ca} node …",
        f"  others    penstock ca env prints all of this for a shell\n\n{SIGN_IN}."
        if asks_password(settings)
        else '  others    eval "$(penstock ca env)" sets all of this in a shell',
        "",
        "See it inspect a prompt; the service wants a key and says so, the record is there anyway:",
        f"  curl --proxy {url} --cacert {roots} -H 'content-type: application/json' "
        f"-d '{_PROMPT}' https://api.openai.com/v1/chat/completions",
        "  penstock ledger stats",
        "",
        *(
            ["Each decision is a line below; `proxy.decisions: never` in the settings ends that."]
            if _says_decisions(loaded)
            else []
        ),
        "Ctrl-C stops it after the requests in flight. `penstock doctor` checks the set-up.",
    ]
    _print("\n".join(lines))


def _shown(url: str) -> str:
    """A database URL without its password."""
    scheme, _, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    return f"{scheme}://{login.partition(':')[0]}{at}{place}" if at else rest.removeprefix("/")


def _says_decisions(loaded: "LoadedSettings") -> bool:
    when = loaded.settings.proxy.decisions
    return when == "always" or (when == "terminal" and sys.stderr.isatty())


def _say(line: str) -> None:
    _print(_line(line))


def _line(text: str) -> str:
    """A line of the log; of several proxies it says which."""
    name = own_name()
    begin = f"penstock: {name}: " if name else "penstock: "
    return f"{begin}{text}".replace("\n", f"\n{begin}")


def _print(text: str) -> None:
    """The proxy serves on when nobody reads what it says.

    One write, its end included: proxies on one port share the stream, and their lines would run
    together where Python does not buffer (`PYTHONUNBUFFERED`, as most container images have it).
    """
    with suppress(OSError):
        sys.stderr.write(f"{as_run(text)}\n")
        sys.stderr.flush()


def _write(text: str) -> None:
    """For another thread: without Python's own lock of the stream, which it would hold, and all
    others wait for, while a terminal stands still."""
    left = memoryview(f"{_line(text)}\n".encode("utf-8", "backslashreplace"))
    with suppress(OSError):
        while left:
            left = left[os.write(sys.stderr.fileno(), left) :]
