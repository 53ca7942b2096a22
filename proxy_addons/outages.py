"""Tells operators which services cannot be reached: a line for each host, once in a while."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from mitmproxy.http import HTTPFlow

from penstock.model import Action
from proxy_addons.passage import passage_of

logger = logging.getLogger(__name__)

AGAIN_S = 300.0
"""How long nothing more is said of a host."""
MOST_HOSTS = 1000
"""Of a wildcard in the catalogue clients may ask for any number of hosts."""
_OF_THE_CLIENT = ("Client disconnected", "peer closed connection", "stream reset by client")
"""How what mitmproxy says of a client that went while it was judged begins."""


class Outages:
    """An add-on that comes before the guard, which answers what failed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: OrderedDict[str, list[float]] = OrderedDict()
        """By host: when it was said, and how many requests failed since."""

    def error(self, flow: HTTPFlow) -> None:
        """A request has no answer. What was opened and has not left had no connection; why one
        that has left is not answered nobody can tell: clients break off too."""
        passage = passage_of(flow)
        if flow.error is None or not passage.is_open or passage.leaving.has_left:
            return
        if passage.action is not Action.REDIRECT and not flow.error.msg.startswith(_OF_THE_CLIENT):
            self.unreached(passage.host, flow.request.port, flow.error.msg)

    def unreached(self, host: str, port: int, why: str) -> None:
        """There was no connection to `host`."""
        why = why.removeprefix(f"cannot connect to {host}:{port}").removeprefix(": ")
        now = self._clock()
        said = self._said.get(host)
        if said is not None and now - said[0] < AGAIN_S:
            said[1] += 1
            return
        more = f"; {said[1]:.0f} more requests since it was said last" if said and said[1] else ""
        self._said[host] = [now, 0]
        self._said.move_to_end(host)
        if len(self._said) > MOST_HOSTS:
            self._said.popitem(last=False)
        logger.warning("%s cannot be reached%s%s", host, f" ({why})" if why else "", more)
