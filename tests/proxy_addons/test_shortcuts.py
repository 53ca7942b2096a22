"""What goes a shorter way through mitmproxy comes to the same."""

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.coretypes.multidict import MultiDict
from mitmproxy.http import Headers
from mitmproxy.options import Options
from mitmproxy.proxy.commands import Log, OpenConnection, SendData
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.events import OpenConnectionCompleted
from mitmproxy.proxy.layers.http import HttpRequestHook
from mitmproxy.proxy.layers.tls import TLSLayer
from mitmproxy.test import tflow
from OpenSSL import SSL

from proxy_addons import shortcuts
from tests.proxy_addons.wire import Authority

NAMES = st.sampled_from([b"Host", b"host", b"HOST", b"Hos", b"Host ", b"X-\xff", b"", b"Cookie"])
FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=5)), max_size=5)


@pytest.fixture(autouse=True, scope="module")
def installed() -> None:
    shortcuts.install()


_AS_IT_WAS = """
import mitmproxy.version
from hpack import hpack
from mitmproxy.connection import Connection
from mitmproxy.hooks import Hook
from mitmproxy.http import Headers, MessageData
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.tls import TLSLayer

from proxy_addons import shortcuts

def all_of_it():
    kinds = Headers, Connection, Context, Hook, TLSLayer, MessageData
    return [{**vars(kind)} for kind in kinds], hpack.log

before = all_of_it()
for version in ("12.20.0", "12.3.0", "13.0.0"):
    mitmproxy.version.VERSION = version
    shortcuts.install()
    assert all_of_it() == before, version
mitmproxy.version.VERSION = "12.2.9"
shortcuts.install()
assert all_of_it() != before
"""


def test_a_mitmproxy_they_were_not_written_for_goes_its_own_way() -> None:
    subprocess.run([sys.executable, "-c", _AS_IT_WAS], check=True)


def client() -> Client:
    return Client(peername=("", 0), sockname=("", 0), state=ConnectionState.OPEN)


@given(FIELDS, NAMES)
def test_a_header_is_what_all_fields_of_its_name_say(
    fields: list[tuple[bytes, bytes]], name: bytes
) -> None:
    headers = Headers(fields)
    found = [v.decode("utf-8", "surrogateescape") for v in MultiDict.get_all(headers, name)]
    spelled = name.decode("utf-8", "surrogateescape")
    for asked in (name, spelled, spelled.upper()):
        assert headers.get_all(asked) == found
        assert headers.get(asked, "none") == (", ".join(found) if found else "none")
        assert (asked in headers) is bool(found)
        if found:
            assert headers[asked] == ", ".join(found)
        else:
            with pytest.raises(KeyError):
                headers[asked]
    assert headers.get("none") is None
    assert 1 not in headers


def test_headers_can_still_be_changed() -> None:
    headers = Headers([(b"A", b"1"), (b"a", b"2"), (b"b", b"3")])
    headers["A"] = "4"
    assert headers.pop("B", "") == "3"
    assert headers.pop("c", "none") == "none"
    assert headers.setdefault("d", "5") == "5"
    del headers["a"]
    assert headers.fields == ((b"d", b"5"),)


def test_a_connection_is_itself_and_no_other() -> None:
    one, other = client(), client()
    assert {one: 1, other: 2}[one] == 1
    assert one != other
    assert one == one


def test_a_forked_context_has_layers_of_its_own() -> None:
    context = Context(client(), Options())
    forked = context.fork()
    assert vars(forked) == vars(context)
    assert forked.layers is not context.layers


def test_hooks_and_answers_to_commands_are_made_as_before() -> None:
    flow = tflow.tflow()
    assert HttpRequestHook(flow).args() == [flow]
    asked = OpenConnection(flow.server_conn)
    assert OpenConnectionCompleted(asked, "no").reply == "no"
    assert Log("said").message == "said"


@pytest.mark.parametrize("size", [1, 16_000, 65_000, 65_535, 70_000, 300_000])
def test_all_that_tls_has_written_is_read_at_once(authority: Authority, size: int) -> None:
    authority.server("tls.lab.example")
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    pem = str(authority.folder / "tls.lab.example.pem")
    context.use_certificate_chain_file(pem)
    context.use_privatekey_file(pem)
    server, peer = SSL.Connection(context), SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    server.set_accept_state()
    peer.set_connect_state()
    layer = TLSLayer.__new__(TLSLayer)
    layer.tls, layer.conn = server, client()
    for _ in range(3):
        with suppress(SSL.WantReadError):
            peer.do_handshake()
        with suppress(SSL.WantReadError):
            server.bio_write(peer.bio_read(65_535))
            server.do_handshake()
        for command in layer.tls_interact():
            assert isinstance(command, SendData)
            peer.bio_write(command.data)

    said = bytes(i % 251 for i in range(size))
    server.sendall(said)
    for command in layer.tls_interact():
        assert isinstance(command, SendData)
        peer.bio_write(command.data)
    with pytest.raises(SSL.WantReadError):
        server.bio_read(1)
    heard = b""
    while len(heard) < size:
        heard += peer.recv(65_535)
    assert heard == said
