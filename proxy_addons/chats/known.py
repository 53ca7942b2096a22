"""What is known of a chat from its earlier requests. Hashes, names of rules and models; no text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from penstock.model import Action, Decision

STAYS_INSIDE = "stays-inside"
"""The rule that is named for a turn that stays inside because an earlier one did."""


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier requests of a chat came to."""

    chat: bytes = b""
    """Its own random name; empty for a chat that nothing is known of."""
    marks: frozenset[bytes] = frozenset()
    """Those by which it was recognised."""
    kept: Decision | None = None
    """The decision by which it stays inside, once a part of it did."""
    told: frozenset[bytes] = frozenset()
    """What has a record already, by findings, service and action."""
    named: Mapping[str, str] = field(default_factory=dict)
    """Placeholder -> keyed hash of the value it stands for, in hex."""
    rest: tuple[tuple[str, bytes, str], ...] = ()
    """What else is known: of files, see `files`."""
    only_files: bool = False
    """Whether what could not be read of a request is in files it refers to, all of it."""


NOTHING = Known()


def written(decision: Decision) -> str:
    """What is kept of the decision by which a chat was redirected."""
    return json.dumps({"to": decision.to, "because": decision.rules})


def inside(text: str) -> Decision:
    """The decision that keeps a chat inside. Its history never leaves later, so where no model
    answers it is refused."""
    document = json.loads(text)
    return Decision(
        Action.REDIRECT,
        (STAYS_INSIDE,),
        asked=Action.REDIRECT,
        to=tuple(document["to"]),
        fallback=Action.BLOCK,
    )
