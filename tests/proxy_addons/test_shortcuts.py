"""What goes a shorter way through mitmproxy comes to the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.coretypes.multidict import MultiDict
from mitmproxy.http import Headers
from mitmproxy.options import Options
from mitmproxy.proxy.commands import Log, OpenConnection
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.events import OpenConnectionCompleted
from mitmproxy.proxy.layers.http import HttpRequestHook
from mitmproxy.test import tflow

from proxy_addons import shortcuts

NAMES = st.sampled_from([b"Host", b"host", b"HOST", b"Hos", b"Host ", b"X-\xff", b"", b"Cookie"])
FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=5)), max_size=5)


@pytest.fixture(autouse=True, scope="module")
def installed() -> None:
    shortcuts.install()


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
