"""What went wrong with an inspection, in the words of records and of people."""

from dataclasses import dataclass

from penstock.errors import InspectionError, ParseError, UninspectedError
from proxy_addons import wording

TOO_LARGE = "too-large"
TRAILERS = "trailers"

_STATUS = {
    TOO_LARGE: 413,
    "ratio": 413,
    "content-encoding": 415,
    "transfer-encoding": 400,
    "corrupt": 400,
    "malformed": 400,
    TRAILERS: 400,
}
"""For requests that cannot be read, by reason. Any other failure is ours: 503."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed inspection."""

    reason: str
    """For the record: `timeout`, `content-encoding`, …"""
    status: int
    message: str


def failure(error: BaseException, language: str) -> Failure:
    """What `error`, raised during an inspection, means to others."""
    reason = _reason(error)
    if reason in _STATUS:
        return Failure(reason, _STATUS[reason], wording.unreadable(reason, language))
    return Failure(reason, 503, wording.unchecked(language))


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
