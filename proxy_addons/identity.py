"""Who is sending, from the connection a request came on. Headers anyone can write mean nothing."""

from functools import lru_cache

from mitmproxy.connection import Client

from penstock.model import Sender
from proxy_addons.names import plain
from proxy_addons.services import Service


def sender_of(client: Client, service: Service) -> Sender:
    """The sender of a request to `service` on this connection."""
    return sender_at(client.peername[0], service)


def sender_at(address: str, service: Service) -> Sender:
    """The sender at a client address, for what has no request yet."""
    return _sender(plain(address), service.service, service.category, service.approved)


@lru_cache(4096)
def _sender(user: str, service: str, category: str, approved: bool) -> Sender:
    return Sender(
        user=user,
        service=service,
        category=category,
        approved=approved,
        identified_by="address",
    )
