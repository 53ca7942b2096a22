"""The last link this installation knows of, outside the database.

Whoever edits the database can cut its tail or hash it anew, but the chain then no longer ends in,
or leads through, the head that stands here. Copy the file to another machine for more.
"""

import fcntl
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from penstock.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Head:
    """One signed link."""

    ledger: str
    """Id of the ledger."""
    seq: int
    hash: str
    signature: str
    """Ed25519 over `hash`, base64."""


class HeadFile:
    """`ledger.head` in the state directory: one line of JSON, shared by all its processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Head | None:
        """None where nothing was written yet. Raises LedgerError for a damaged file."""
        try:
            line = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LedgerError(f"{self.path}: {error.strerror}") from None
        return self._parse(line) if line.strip() else None

    def advance(self, head: Head) -> None:
        """Write `head` unless a later one stands there already. Raises OSError."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            line = os.pread(descriptor, 4096, 0)
            if line.strip() and self._parse(line).seq >= head.seq:
                return
            # One write below a sector's size, padded, so that no crash leaves half of each.
            os.pwrite(descriptor, orjson.dumps(asdict(head)).ljust(400) + b"\n", 0)
        finally:
            os.close(descriptor)

    def _parse(self, line: bytes) -> Head:
        try:
            return Head(**orjson.loads(line))
        except (ValueError, TypeError):
            raise LedgerError(
                f"{self.path}: damaged; run `penstock ledger verify`, then remove the file"
            ) from None
