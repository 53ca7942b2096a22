"""Values between the proxy process and its detector processes: a length, then a pickle.

What is said most often, that nothing was found, takes no pickle: a sign and a size. Both ends are
this program, on one machine, over a socketpair that nobody else can open.
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
from proxy_addons.dialects.upload_steps import Extent
from proxy_addons.inspection import Inspection, Job

_LENGTH = struct.Struct("<Q")
_CLEAN = struct.Struct("<QBQ")
_CLEAN_BYTES = _CLEAN.size - _LENGTH.size
_SIGN = ord("-")  # no pickle begins with it
_NOTHING = Verdict(Decision(Action.ALLOW, ()), ())
_REST = attrgetter(*(f.name for f in fields(Inspection) if f.name != "received_bytes"))
_NO_REST = _REST(Inspection(_NOTHING, 0))
_CHUNK = 16 * 1024
_LARGE_CHUNK = 256 * 1024


def pack(value: object) -> bytes:
    """One frame."""
    if isinstance(value, Inspection) and _is_clean(value):
        return _CLEAN.pack(_CLEAN_BYTES, _SIGN, value.received_bytes)
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
            return [_value(memoryview(data)[_LENGTH.size :])]
        self._held += data
        values = []
        while len(self._held) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._held)[0]
            if len(self._held) < end:
                break
            with memoryview(self._held) as held:
                values.append(_value(held[_LENGTH.size : end]))
            del self._held[:end]
        return values


def _is_clean(seen: Inspection) -> bool:
    """Whether there is nothing to tell but that the request may go."""
    return not seen.verdict.findings and _REST(seen) == _NO_REST


def _value(data: memoryview) -> Any:
    if len(data) == _CLEAN_BYTES and data[0] == _SIGN:
        return Inspection(_NOTHING, int.from_bytes(data[1:], "little"))
    return pickle.loads(data)


def _is_one_frame(data: bytes) -> bool:
    size = _LENGTH.size
    return len(data) >= size and size + int(_LENGTH.unpack_from(data)[0]) == len(data)


def _by_constructor(kind: type) -> None:
    """Pickle a dataclass as a call with its fields: half the time of the default."""
    names = [f.name for f in fields(kind)]
    values = attrgetter(*names)
    copyreg.pickle(kind, lambda value: (kind, values(value)))


for _code, _kind in enumerate(
    (Action, Answer, Decision, Edit, Extent, Finding, Inspection, Job, Request, Sender, Verdict),
    0xF0,
):
    copyreg.add_extension(_kind.__module__, _kind.__qualname__, _code)  # a byte, not a name
    if _kind is Action:
        copyreg.pickle(Action, lambda action: (Action, (int(action),)))
    else:
        _by_constructor(_kind)
