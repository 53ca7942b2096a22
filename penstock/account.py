"""The account that runs a command, as the operating system knows it."""

import os
import pwd
from pathlib import Path

_LOGIN = Path("/proc/self/loginuid")
_NOBODY = 2**32 - 1


def whoever() -> str:
    """Who logged in, also where a shared account runs the command.

    First what the kernel remembers of the login, which no later change of user alters, then what
    `sudo` says, then the present user. Whoever is not root may have set what `sudo` says
    themselves. Source: man 7 credentials, man 8 pam_loginuid, man 8 sudo.
    """
    called_sudo = os.environ.get("SUDO_UID", "") if os.getuid() == 0 else ""
    for uid in (_logged_in(), called_sudo):
        if uid.isdigit() and int(uid) != _NOBODY:
            return _name(int(uid))
    return _name(os.getuid())


def _logged_in() -> str:
    try:
        return _LOGIN.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, OverflowError):
        return f"uid {uid}"
