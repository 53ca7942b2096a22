"""What has been decided about one request. Carried by its flow from hook to hook."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from mitmproxy.http import Headers, HTTPFlow, Request

from penstock.model import Action, Decision, Sender, Violation
from policy.load import LoadedPolicy
from proxy_addons.chats.chains import Hearing
from proxy_addons.chats.files import Uploading
from proxy_addons.dialects import base
from proxy_addons.identity import Identity
from proxy_addons.room import Held
from proxy_addons.services import Endpoint

_KEY = "penstock"
_NOBODY = Sender("")
_UNKNOWN = Identity("")


@dataclass(frozen=True, slots=True)
class Restoring:
    """What it takes to put a person's values back into an answer."""

    dialect: base.Dialect
    request: base.Request = field(repr=False)
    """As the person sent it."""
    originals: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Filing:
    """An upload that was let through, and why."""

    upload: Uploading = field(repr=False)
    decision: Decision


@dataclass(slots=True)
class Leaving:
    """Something that is recorded as sent, until it is known whether it was: see `settle`."""

    kept: Violation | None = None
    """Its record."""
    is_recorded: bool = False
    """There is a record, of whatever became of it: one is enough."""
    told: Callable[[], Awaitable[None]] | None = None
    """Remembers that its findings have a record; not before something has left."""
    has_left: bool = False
    """It was given to a connection: from here on, nobody knows what of it went out."""


@dataclass(slots=True)
class Passage:
    """One request on its way. INVARIANT: closed until `open` is called."""

    endpoint: Endpoint | None = None
    """None: a host that is not inspected."""
    who: Identity = _UNKNOWN
    sender: Sender = _NOBODY
    host: str = ""
    """As the client named it, in canonical spelling."""
    head: Mapping[bytes, bytes] = field(default_factory=dict, repr=False)
    """The request's headers as they came, see `by_name`."""
    is_socket: bool = False
    """It asks for a WebSocket."""
    policy: LoadedPolicy | None = None
    """The policy the request is judged by; a reload does not change it."""
    is_judged: bool = False
    """There is a verdict: whatever fails from here on, the request does not pass unread."""
    is_refused: bool = False
    """Answered here already."""
    overflow: str = ""
    """Why the rest of the body was not kept: it is larger than what is inspected (`too-large`), or
    there is no room (`overload`)."""
    max_message_bytes: int = 0
    """On a WebSocket: largest message of the client."""
    held: Held | None = None
    """On a WebSocket: what its messages take."""
    action: Action = Action.ALLOW
    """What was done, for the answer's header."""
    leaving: Leaving = field(default_factory=Leaving)
    restoring: Restoring | None = None
    filing: Filing | None = None
    """What its answer gives a name."""
    hearing: Hearing | None = None
    """What others may go on from by its name."""
    joining: base.Filter | None = None
    """Puts what the service does not know into its answer."""
    _way: tuple[str, str, int] | None = None

    def open(self, request: Request) -> None:
        """Lets the request go where it is addressed now, and nowhere else."""
        self._way = (request.scheme, request.host, request.port)

    def leads_to(self, request: Request) -> bool:
        """Whether the request may go where it is addressed now."""
        return self._way == (request.scheme, request.host, request.port)

    def header(self, name: bytes) -> str:
        """A header of the request; empty if there is none."""
        return self.head.get(name, b"").decode("utf-8", "surrogateescape")

    @property
    def gives_names(self) -> bool:
        """Whether names in its answer matter later."""
        return self.filing is not None or self.hearing is not None

    @property
    def is_open(self) -> bool:
        """Whether the request may go anywhere."""
        return self._way is not None


def by_name(headers: Headers) -> dict[bytes, bytes]:
    """Headers by lower-case name, those of one name joined; mitmproxy reads all for each look."""
    found: dict[bytes, bytes] = {}
    for name, value in headers.fields:
        name = name.lower()
        found[name] = found[name] + b", " + value if name in found else value
    return found


def begin(flow: HTTPFlow) -> Passage:
    """A closed passage for a flow that begins."""
    flow.metadata[_KEY] = passage = Passage()
    return passage


def passage_of(flow: HTTPFlow) -> Passage:
    """The flow's passage. One that nobody has begun is closed."""
    found = flow.metadata.get(_KEY)
    return found if isinstance(found, Passage) else begin(flow)
