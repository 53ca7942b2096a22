"""What several commands say in the same words, and commands in it as they work from here."""

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock.settings import Settings
    from policy.schema import Policy


def called() -> str:
    """How this program is called from where one stands: it may be in no directory of PATH."""
    script = Path(sys.argv[0])
    if script.name != "penstock":  # python -m penstock.cli
        script = Path(sys.executable).with_name("penstock")
        if not script.exists():
            return f"{sys.executable} -m penstock.cli"
    elif os.sep not in sys.argv[0]:
        return "penstock"
    found = shutil.which("penstock")
    if found and os.path.samefile(found, script):
        return "penstock"
    here = Path.cwd()
    return str(script.relative_to(here) if script.is_relative_to(here) else script)


_HINT = re.compile(
    r"(?<![\w./-])penstock (?:(run|demo|scan|doctor|report(?: verify)?)"
    r"|(?:policy|ledger|fingerprint|services|users|ca|config|case|reidentify)( [a-z]+)?)\b"
)
WITHOUT_SETTINGS = ("demo", "policy diff", "policy schema", "policy new", "users line")
"""Commands that take no settings file."""

_followed: list[Path] = []
"""The settings file that this command was given."""


def follow(config: Path | None) -> None:
    """From now on, commands in messages are about the settings in `config`; None: those that are
    read without being named."""
    _followed[:] = [config] if config is not None else []


def as_run(text: str) -> str:
    """`text` with the commands in it as they work here, and about the same installation."""
    return _HINT.sub(_as_run, text) if "penstock " in text else text


def _as_run(hint: re.Match[str]) -> str:
    name = hint[0].removeprefix("penstock ")
    is_whole = bool(hint[1] or hint[2]) and name not in WITHOUT_SETTINGS
    if is_whole and not hint.string.startswith((" --config", " --help"), hint.end()):
        name += "".join(f" --config {shlex.quote(str(path))}" for path in _followed)
    return f"{called()} {name}"


def mode(policy: "Policy") -> str:
    """What the mode of `policy` means for requests."""
    if policy.mode == "enforce":
        return "enforce"
    unread = "refused" if policy.on_error == "block" else "let through and recorded"
    return (
        "monitor: no rule changes or stops anything, what it would have done is recorded; "
        f"what cannot be inspected is {unread}"
    )


SIGN_IN = (
    "NAME:PASSWORD stands for who signs in at the proxy; within them write %40 for @, %3A for :, "
    "%2F for /"
)


def host_and_port(address: tuple[str, int]) -> str:
    """`127.0.0.1:8080`, `[::1]:8080`."""
    host, port = address
    return f"{f'[{host}]' if ':' in host else host}:{port}"


def proxy_url(settings: "Settings", place: str) -> str:
    """The URL that clients are given for the proxy at `place`, as `127.0.0.1:8080`; where people
    sign in with `NAME:PASSWORD`, which `SIGN_IN` explains."""
    scheme = "https" if settings.proxy.certificate else "http"
    return f"{scheme}://{'NAME:PASSWORD@' if asks_password(settings) else ''}{place}"


def asks_password(settings: "Settings") -> bool:
    """Whether the proxy asks its clients for a name and a password."""
    return bool(settings.proxy.users or settings.directory.url)
