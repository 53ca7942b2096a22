"""Passwords of the people who may use the proxy, never checked on the event loop. Who has which
is known by a file of names and hashes, or by a directory (`directory.py`).

In the file, one line for each: `name:scrypt$SALT$HASH` and, after one more colon, groups between
commas. `penstock users line NAME` writes such a line. The file may change at any time.

What guessing costs us is bounded: few threads check, few may wait for them, and an address that
was wrong too often is sent away without a look.

Source: RFC 7617 (Basic); RFC 7914 (scrypt).
"""

import asyncio
import base64
import binascii
import hmac
import secrets
import stat
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b, scrypt
from pathlib import Path
from typing import Protocol

from penstock.errors import ConfigError

WRONG = 10
"""How often an address may be wrong within `WRONG_S`."""
WRONG_S = 60.0
KNOWN_S = 60.0
"""How long a password that was right is not hashed again; a changed file counts after that."""
WAITING = 64
"""Most attempts that may wait to be hashed."""
_ADDRESSES = 10_000
_N, _R, _P = 2**14, 8, 1


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a password."""

    name: str
    groups: tuple[str, ...]
    salt: bytes = b""
    hash: bytes = b""
    """Of a line of the file."""


class Guesses(Exception):
    """Too many wrong passwords from there, or too many to check."""


class Unreachable(Exception):
    """Nobody can be asked now."""


class Source(Protocol):
    """Knows who has which password. Called in a thread."""

    def find(self, name: str, password: str) -> User | None:
        """Who has both; None if nobody. Raises Unreachable."""
        ...


class UserFile:
    """The file."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError for a file that is wrong."""
        self._path = path
        self._users = read(path)
        self._stamp = path.stat().st_mtime_ns

    def find(self, name: str, password: str) -> User | None:
        """See Source."""
        self._renew()
        user = self._users.get(name)
        # a name that is not there takes as long as one that is
        salt, wanted = (user.salt, user.hash) if user is not None else (bytes(16), bytes(32))
        said = password.encode("utf-8", "surrogateescape")
        return user if hmac.compare_digest(_hash(said, salt), wanted) else None

    def _renew(self) -> None:
        """Takes the file as it is now; one that is wrong changes nothing."""
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._users, self._stamp = read(self._path), stamp
        except (OSError, ConfigError):
            pass


class Passwords:
    """Asks those who know, in their order."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._thread = ThreadPoolExecutor(2, "passwords")
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, tuple[User, float]] = {}
        self._wrong: dict[str, list[float]] = {}
        self._waiting = 0

    async def check(self, given: bytes, address: str) -> User | None:
        """Who has the name and password of a `Proxy-Authorization` header; None if nobody.

        Raises Guesses and Unreachable.
        """
        now = time.monotonic()
        mark = blake2b(given, key=self._key, digest_size=16).digest()
        if (known := self._known.get(mark)) is not None and known[1] > now:
            return known[0]
        wrong = [t for t in self._wrong.pop(address, []) if t > now - WRONG_S]
        if wrong:
            self._wrong[address] = wrong
        if len(wrong) >= WRONG or self._waiting >= WAITING:
            raise Guesses
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            user = await loop.run_in_executor(self._thread, self._find, given)
        finally:
            self._waiting -= 1
        if user is None:
            self._wrong.setdefault(address, []).append(now)
            while len(self._wrong) > _ADDRESSES:
                del self._wrong[next(iter(self._wrong))]
        else:
            self._known = {m: k for m, k in self._known.items() if k[1] > now}
            self._known[mark] = user, now + KNOWN_S
        return user

    def close(self) -> None:
        """Ends its thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _find(self, given: bytes) -> User | None:
        try:
            scheme, _, token = given.decode("ascii").partition(" ")
            name, colon, password = base64.b64decode(token.strip(), validate=True).partition(b":")
            said = name.decode(), password.decode("utf-8", "surrogateescape")
        except (UnicodeDecodeError, binascii.Error):
            return None
        if scheme.lower() != "basic" or not colon:
            return None
        return next((user for one in self._sources if (user := one.find(*said))), None)


def line(name: str, password: str, groups: tuple[str, ...] = ()) -> str:
    """The line of the file for a person. Raises ConfigError for a name it cannot hold."""
    if not name or any(c in name for c in ":\r\n"):
        raise ConfigError("a user's name has no colon and no line break")
    salt = secrets.token_bytes(16)
    known = f"{name}:scrypt${_text(salt)}${_text(_hash(password.encode(), salt))}"
    return f"{known}:{','.join(groups)}" if groups else known


def read(path: Path) -> Mapping[str, User]:
    """The users of a file, by name. Raises ConfigError."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o007:
            raise ConfigError(f"{path}: anybody can use this file; run: chmod 640 {path}")
        text = path.read_text("utf-8")
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: cannot be read: it is not UTF-8") from None
    users: dict[str, User] = {}
    for number, written in enumerate(text.splitlines(), 1):
        if not written.strip() or written.startswith("#"):
            continue
        user = _user(written)
        if user is None:
            raise ConfigError(f"{path}:{number}: no user; write it with: penstock users line NAME")
        if user.name in users:
            raise ConfigError(f"{path}:{number}: `{user.name}` is there twice")
        users[user.name] = user
    return users


def _user(written: str) -> User | None:
    name, _, rest = written.strip().partition(":")
    known, _, groups = rest.partition(":")
    try:
        kind, salt, hashed = known.split("$")
        user = User(
            name,
            tuple(g.strip() for g in groups.split(",") if g.strip()),
            base64.b64decode(salt, validate=True),
            base64.b64decode(hashed, validate=True),
        )
    except (ValueError, binascii.Error):
        return None
    return user if name and kind == "scrypt" and len(user.hash) == 32 else None


def _hash(password: bytes, salt: bytes) -> bytes:
    return scrypt(password, salt=salt, n=_N, r=_R, p=_P, dklen=32)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
