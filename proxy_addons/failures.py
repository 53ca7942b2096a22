"""What went wrong with an inspection, in the words of records and of people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from penstock.errors import InspectionError, ParseError, StoppedError, UninspectedError
from penstock.model import Action, Decision
from proxy_addons import wording
from proxy_addons.places import log_place

TOO_LARGE, OVERLOAD = "too-large", "overload"
TRAILERS = "trailers"

_STATUS = {
    TOO_LARGE: 413,
    OVERLOAD: 529,
    "ratio": 413,
    "content-encoding": 415,
    "transfer-encoding": 400,
    "corrupt": 400,
    "malformed": 400,
    TRAILERS: 400,
}
"""For requests that cannot be read, by reason. Any other failure is ours: 503. 529 is what some
services say of themselves when there is too much at a time; see `responses`."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed inspection."""

    reason: str
    """For the record: `timeout`, `content-encoding`, …"""
    status: int
    message: str
    is_judged: bool = False
    """A verdict was known already, and it was not to let the request pass as it is."""


@contextmanager
def stopping(decision: Decision | None) -> Iterator[None]:
    """What fails within is a StoppedError if by `decision`, where there is one yet, nothing passes
    as it is."""
    try:
        yield
    except StoppedError:
        raise
    except BaseException as e:
        if decision is None or decision.action <= Action.WARN:
            raise
        log_place("looking again", e)
        raise StoppedError("what must not leave could not be looked at again") from None


def failure(error: BaseException, language: str) -> Failure:
    """What `error`, raised during an inspection, means to others."""
    reason = _reason(error)
    status = _STATUS.get(reason, 503)
    if status < 500:
        return Failure(reason, status, wording.unreadable(reason, language))
    is_judged = isinstance(error, StoppedError)
    return Failure(reason, status, wording.unchecked(language), is_judged)


def _reason(error: BaseException) -> str:
    match error:
        case UninspectedError():
            # the message is a code, unless someone forgot
            return str(error) if str(error) in _STATUS else "uninspected"
        case ParseError():
            return "malformed"
        case TimeoutError():
            return "timeout"
        case InspectionError():
            return "inspection"
        case _:
            return "error"
