"""The naive test: does a marked word reach the service, whatever it is wrapped in?

Every captured request of every dialect, in every content coding and framing, messages of sockets
too; then the tricks that get past add-ons which search `flow.request.text`. Judged by what arrives
at the service.
"""

import gzip
import json
import re
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard
from websockets.exceptions import ConnectionClosed

from penstock.errors import ParseError
from penstock.model import Edit
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Request
from proxy_addons.dialects.messages import METHOD
from proxy_addons.services import Service, Services
from tests.proxy_addons.lab import HOST, OTHER, Lab, Start
from tests.proxy_addons.sockets import serving
from tests.proxy_addons.test_golden import CASES, originals, request
from tests.proxy_addons.wire import Authority

MARK = "SECRET-4711"


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(body)


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": _zstd,
    "gzip, br": lambda body: brotli.compress(gzip.compress(body)),
}


def marked(case: Path) -> Request | None:
    """A captured request with the mark in place of each value that must not leave."""
    dialect, sent = BY_NAME[case.parent.name], request(case / "request.http")
    values = originals(case).values()
    edits = [
        Edit(text.where, found.start(), found.end(), MARK)
        for text in dialect.parse(sent).texts
        for found in re.finditer("|".join(map(re.escape, values)) or "(?!)", text.text)
    ]
    if not edits:
        return None
    try:
        return dialect.rewrite(sent, edits)
    except ParseError:  # what is signed can still be written so
        body = sent.body
        for value in values:
            body = body.replace(value.encode(), MARK.encode())
        return replace(sent, body=body)


MARKED = {case: sent for case in CASES if (sent := marked(case))}


def test_every_dialect_takes_part() -> None:
    assert {case.parent.name for case in MARKED} == set(BY_NAME)


def reading(dialect: str) -> Services:
    """A catalogue in which one dialect reads everything."""
    row = Service(
        service="lab-api", name="Lab API", category="api", hosts=(HOST,), otherwise=dialect
    )
    return Services([row])


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    """As httpx sends it chunked."""
    for i in range(0, len(body), 50):
        yield body[i : i + 50]


async def send(lab: Lab, client: httpx.AsyncClient, sent: Request, coding: str, how: str) -> None:
    headers = {"content-type": sent.content_type, "user-agent": sent.user_agent or "test"}
    if coding:
        headers["content-encoding"] = coding
    body = CODINGS[coding](sent.body)
    content = pieces(body) if how == "chunked" else body
    url = f"https://{HOST}{sent.target}"
    answer = await client.request(sent.method, url, headers=headers, content=content)

    # some pages hear of a refusal in an answer of their own, which counts as answered here
    action = answer.headers.get("penstock-action")
    assert action in ("block", "redirect"), (sent.target, coding, how)


def of(dialect: str, *, on_sockets: bool) -> list[Request]:
    """The marked requests of a dialect."""
    found = [sent for case, sent in MARKED.items() if case.parent.name == dialect]
    return [sent for sent in found if (sent.method == METHOD) is on_sockets]


@pytest.mark.parametrize("dialect", [d for d in BY_NAME if of(d, on_sockets=False)])
async def test_no_mark_passes_in_any_coding_or_framing(dialect: str, start: Start) -> None:
    requests = of(dialect, on_sockets=False)
    lab = await start(catalogue=reading(dialect))
    http1, http2 = lab.http(), lab.http(http2=True)

    for sent in requests:
        for coding in CODINGS if sent.body else ("",):
            await send(lab, http1, sent, coding, "whole")
        await send(lab, http2, sent, "", "whole")
        if sent.body:
            await send(lab, http1, sent, "gzip", "chunked")

    assert lab.upstream.heads == []
    assert MARK.encode() not in lab.upstream.raw


@pytest.mark.parametrize("dialect", [d for d in BY_NAME if of(d, on_sockets=True)])
async def test_no_mark_passes_in_a_message_however_it_is_framed(
    dialect: str, start: Start, authority: Authority
) -> None:
    async with serving(start, authority, catalogue=reading(dialect)) as service:
        for sent in of(dialect, on_sockets=True):
            said = text_of(sent.body)
            for coding in ("deflate", None):
                for message in (said, sent.body, [said[:9], said[9:20], said[20:]]):
                    async with service.client(sent.target, compression=coding) as socket:
                        await socket.send(message)
                        with suppress(ConnectionClosed):
                            await socket.recv()

    assert service.heard == []


def text_of(body: bytes) -> str | bytes:
    """A message as it is sent: as text where it is some."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


# ── tricks ────────────────────────────────────────────────────────────────────────────────────

BODY = json.dumps({"messages": [{"role": "user", "content": MARK}]}).encode()
ESCAPED = BODY.replace(b"SECRET", b"\\u0053\\u0045CRET")


def http(body: bytes = BODY, *lines: str, target: str = "/v1/x", length: bool = True) -> bytes:
    own = [f"Content-Length: {len(body)}"] if length else []
    if not any(line.startswith("Connection") for line in lines):
        own.append("Connection: close")
    head = [f"POST {target} HTTP/1.1", f"Host: {HOST}", *own, *lines, "", ""]
    return "\r\n".join(head).encode() + body


def chunked(body: bytes, size: int, *lines: str, end: bytes = b"0\r\n\r\n") -> bytes:
    cut = [body[i : i + size] for i in range(0, len(body), size)]
    framed = b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in cut) + end
    return http(framed, "Transfer-Encoding: chunked", *lines, length=False)


JSON = "Content-Type: application/json"
TRICKS = {
    "nested gzip": http(gzip.compress(gzip.compress(BODY)), "Content-Encoding: gzip, gzip"),
    "x-gzip": http(gzip.compress(BODY), "Content-Encoding: x-gzip"),
    "rot13 as a coding": http(BODY, "Content-Encoding: rot13"),
    "utf8 as a coding": http(BODY, "Content-Encoding: utf8"),
    "gzip that is none": http(BODY, "Content-Encoding: gzip"),
    "two members of gzip": http(
        gzip.compress(b"{}\n") + gzip.compress(BODY), "Content-Encoding: gzip"
    ),
    "two frames of zstd": http(_zstd(b"{}\n") + _zstd(BODY), "Content-Encoding: zstd"),
    "codings in two headers": http(
        gzip.compress(gzip.compress(BODY)), "Content-Encoding: gzip", "Content-Encoding: gzip"
    ),
    "an unknown charset": http(BODY, "Content-Type: application/json; charset=bogus"),
    "rot13 as a charset": http(BODY, "Content-Type: text/plain; charset=rot13"),
    "broken UTF-8": http(BODY.replace(b'"user"', b'"\xff\xfe"'), JSON),
    "escapes of JSON": http(ESCAPED, JSON),
    "UTF-16": http(BODY.decode().encode("utf-16"), JSON),
    "UTF-16 without a mark": http(BODY.decode().encode("utf-16-be"), JSON),
    "UTF-16 as text": http(BODY.decode().encode("utf-16-le"), "Content-Type: text/plain"),
    "a long body": http(BODY.replace(b'"user"', b'"' + b"x " * 1_500_000 + b'"'), JSON),
    "a query": http(b"", target=f"/v1/x?q={MARK}"),
    "a quoted query": http(b"", target="/v1/x?q=%53%45CRET%2D4711"),
    "a path before a query": http(b"", target=f"/v1/files/{MARK}?x=1"),
    "chunks": chunked(BODY, 1000, JSON),
    "chunks of one byte": chunked(BODY, 1, JSON),
    "a trailer": chunked(b"{}", 9, "Trailer: X-Note", end=f"0\r\nX-Note: {MARK}\r\n\r\n".encode()),
    "length and chunks": chunked(BODY, 1000, "Content-Length: 5"),
    "two lengths": http(BODY, "Content-Length: 5"),
    "100-continue": http(BODY, "Expect: 100-continue"),
    "h2c": http(
        BODY, "Connection: Upgrade, HTTP2-Settings, close", "Upgrade: h2c", "HTTP2-Settings: AAAA"
    ),
    "no HTTP at all": f"{MARK}\r\n\r\n".encode(),
    "another host": http(BODY).replace(HOST.encode(), OTHER.encode()),
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_mark_passes_by_a_trick(trick: str, start: Start) -> None:
    lab = await start(catalogue=reading("openai_chat"))
    client = await lab.inside()
    await client.send(TRICKS[trick])

    said = await client.rest()

    assert MARK.encode() not in said
    assert lab.upstream.heads == []
    assert lab.upstream.bodies == []
    assert MARK.encode() not in lab.upstream.raw


async def test_a_second_request_behind_the_first_is_read_too(start: Start) -> None:
    lab = await start(catalogue=reading("openai_chat"))
    client = await lab.inside()
    harmless = http(BODY.replace(MARK.encode(), b"hello"), JSON, "Connection: keep-alive")
    await client.send(harmless + http(BODY, JSON))

    said = await client.rest()

    assert said.count(b"HTTP/1.1 ") == 2
    assert len(lab.upstream.heads) == 1
    assert MARK.encode() not in lab.upstream.raw


async def test_what_is_no_tls_within_a_tunnel_goes_nowhere(start: Start) -> None:
    lab = await start(catalogue=reading("openai_chat"))
    client = await lab.raw()
    await client.tunnel(f"{HOST}:443")
    await client.send(http(BODY))

    await client.rest()

    assert lab.upstream.connections == 0
