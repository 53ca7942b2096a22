"""Values between the proxy process and its detector processes: a length, then a pickle.

Both ends are this program, on one machine, over a socketpair that nobody else can open.
"""

import copyreg
import pickle
import socket
import struct
from dataclasses import fields
from operator import attrgetter
from typing import Any

from penstock.model import Action, Decision, Edit, Finding, Sender, Verdict
from proxy_addons.dialects.base import Answer, Request
from proxy_addons.inspection import Inspection, Job

_LENGTH = struct.Struct("<Q")
_CHUNK = 16 * 1024
_LARGE_CHUNK = 256 * 1024


def pack(value: object) -> bytes:
    """One frame."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


class Inbox:
    """Takes frames out of a stream socket, blocking or not."""

    def __init__(self) -> None:
        self._held = bytearray()

    def read(self, sock: socket.socket) -> list[Any]:
        """The values that one `recv` completes; raises EOFError when the other end is gone."""
        return self.add(sock.recv(_LARGE_CHUNK if self._held else _CHUNK))

    def add(self, data: bytes) -> list[Any]:
        """The same for data that was received otherwise."""
        if not data:
            raise EOFError
        if not self._held and _is_one_frame(data):  # nearly always
            return [pickle.loads(memoryview(data)[_LENGTH.size :])]
        self._held += data
        values = []
        while len(self._held) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._held)[0]
            if len(self._held) < end:
                break
            with memoryview(self._held) as held:
                values.append(pickle.loads(held[_LENGTH.size : end]))
            del self._held[:end]
        return values


def _is_one_frame(data: bytes) -> bool:
    size = _LENGTH.size
    return len(data) >= size and size + int(_LENGTH.unpack_from(data)[0]) == len(data)


def _by_constructor(kind: type) -> None:
    """Pickle a dataclass as a call with its fields: half the time of the default."""
    names = [f.name for f in fields(kind)]
    values = attrgetter(*names)
    copyreg.pickle(kind, lambda value: (kind, values(value)))


for _kind in (Answer, Decision, Edit, Finding, Inspection, Job, Request, Sender, Verdict):
    _by_constructor(_kind)
copyreg.pickle(Action, lambda action: (Action, (int(action),)))
