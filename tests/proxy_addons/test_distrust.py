"""What operators read of clients that do not trust our authority."""

from pathlib import Path

import pytest
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.options import Options
from mitmproxy.proxy.context import Context
from mitmproxy.tls import TlsData

from policy.load import LoadedPolicy
from proxy_addons import distrust
from proxy_addons.chats.chats import Chats
from proxy_addons.distrust import Distrust
from proxy_addons.records import Records
from tests.proxy_addons.lab import Looks, Notebook, policy


def refused(host: str) -> TlsData:
    """A handshake that a client broke off."""
    client = Client(peername=("", 0), sockname=("", 0), state=ConnectionState.OPEN)
    client.error = "the client does not trust: unknown ca"
    context = Context(client, Options())
    context.server.address = (host, 443)
    return TlsData(client, context)


def test_each_host_is_one_line_and_only_so_many_are_remembered(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distrust, "MOST_HOSTS", 2)
    notebook = Notebook()
    loaded = LoadedPolicy(policy(), Path("test.yaml"), "0" * 64)
    told = Distrust(Records(notebook, lambda: loaded, Chats(Looks(policy()), 5).retries))
    for host in ("a.ai", "a.ai", "b.ai", "b.ai", "c.ai", "a.ai"):
        told.tls_failed_client(refused(host))

    hosts = [record.args[0] for record in caplog.records if isinstance(record.args, tuple)]
    assert hosts == ["a.ai", "b.ai", "c.ai", "a.ai"]
    assert len(notebook.notes) == 6
