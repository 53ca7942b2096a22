"""What several commands say in the same words, and commands in it as they work from here."""

import os
import re
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
    r"(?<![\w./-])penstock(?= (?:run|demo|scan|policy|report|ledger|fingerprint|services|users|ca"
    r"|doctor|config|case|reidentify)\b)"
)


def as_run(text: str) -> str:
    """`text` with the commands in it as they work here."""
    return _HINT.sub(lambda _: called(), text) if _HINT.search(text) else text


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
