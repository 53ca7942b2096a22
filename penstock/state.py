"""The state directory: what one installation keeps between runs. Nobody else may read it."""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from penstock.errors import ConfigError

KEY_BYTES = 32
_RUNNING, _ADDRESS = "running", ".address"
"""Folder and ending of a file per proxy process, which locks it as long as it lives."""


def prepare(directory: Path) -> Path:
    """The directory, made 0700 if it is not there. Raises ConfigError if others can read it."""
    try:
        _make(directory)
        mode = stat.S_IMODE(directory.stat().st_mode)
    except OSError as e:
        raise ConfigError(f"{directory}: cannot be used as state directory: {e.strerror}") from None
    if mode & 0o077:
        raise ConfigError(
            f"{directory}: others can read the state directory; run: chmod 700 {directory}"
        )
    if not os.access(directory, os.W_OK):
        raise ConfigError(
            f"{directory}: the state directory is not ours to write; run this as its owner, or set "
            "`state` to a directory of your own"
        )
    return directory


def _make(directory: Path) -> None:
    """With its parents, as closed as itself: one of them may be a state directory."""
    if not directory.is_dir():
        _make(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)


def key(directory: Path, name: str) -> bytes:
    """The secret key called `name`, 32 bytes; made at first use. Raises ConfigError."""
    folder = prepare(prepare(directory) / "keys")
    path = folder / name
    if not path.exists():
        try:
            _create(path, secrets.token_bytes(KEY_BYTES))
        except OSError as e:
            raise ConfigError(f"{path}: this key cannot be written: {e.strerror}") from None
    found = path.read_bytes()
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ConfigError(f"{path}: others can read this key; run: chmod 600 {path}")
    if len(found) != KEY_BYTES:
        raise ConfigError(f"{path}: not a key of {KEY_BYTES} bytes; restore it from a backup")
    return found


def _create(path: Path, value: bytes) -> None:
    """Written whole beside it and linked into place, so that of several processes one wins."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            os.write(descriptor, value)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with suppress(FileExistsError):  # another process was first: its key is the key
            os.link(draft, path)
    finally:
        draft.unlink()


@contextmanager
def listening(directory: Path, address: str) -> Iterator[None]:
    """Says to `addresses` where this process listens, HOST:PORT, as long as the block runs."""
    folder = prepare(prepare(directory) / _RUNNING)
    # Of containers that share the directory several may have one process id.
    made = folder / f"{os.getpid()}-{secrets.token_hex(4)}.new"
    path = made.with_suffix(_ADDRESS)
    with made.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(address)
        file.flush()
        made.rename(path)  # locked first: else it would be taken for that of a dead process
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def addresses(directory: Path) -> tuple[str, ...]:
    """Where the proxies of this installation listen now, HOST:PORT, each once."""
    found = set()
    for path in (directory / _RUNNING).glob(f"*{_ADDRESS}"):
        with suppress(OSError), path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found.add(file.read())
            else:
                path.unlink(missing_ok=True)  # it was killed
    return tuple(sorted(found))
