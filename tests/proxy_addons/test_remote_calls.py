"""Calls by gRPC and Connect through the proxy: read, cleaned, restored, refused as calls are."""

import gzip
from typing import Any

import pytest

from penstock.model import Action
from proxy_addons.dialects import envelopes
from tests.proxy_addons.lab import OTHER, Start, policy
from tests.proxy_addons.test_binary import field
from tests.proxy_addons.wire import Reply

SECRET = "the password is SECRET-42"
PATH = f"https://{OTHER}/aiserver.v1.ChatService/StreamChat"


def asked(text: str, *, packed: bool = False) -> bytes:
    message = field(1, field(1, field(1, text) + field(2, 1)))
    return envelopes.pack(1, gzip.compress(message)) if packed else envelopes.pack(0, message)


@pytest.mark.parametrize("packed", [False, True], ids=["", "gzip"])
@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
@pytest.mark.parametrize("kind", ["application/grpc", "application/connect+proto"])
async def test_a_redacted_call_goes_without_the_secret_and_its_answer_comes_back_with_it(
    start: Start, kind: str, http2: bool, packed: bool
) -> None:
    def reply(method: str, path: str, body: bytes) -> Reply:
        pieces = (envelopes.pack(0, field(2, field(1, t))) for t in ("you said [PASS", "WORD_1]"))
        return Reply((*pieces, envelopes.pack(2, b"{}")), (("content-type", kind),))

    lab = await start(policy("redact"))
    lab.upstream.reply = reply
    answer = await lab.http(http2=http2).post(
        PATH, content=asked(SECRET, packed=packed), headers={"content-type": kind}
    )

    assert lab.upstream.bodies == [asked("the password is [PASSWORD_1]")]
    found = envelopes.split(answer.content)
    assert found is not None
    assert b"".join(e.message for e in found[:-1]).count(b"SECRET-42") == 1
    assert found[-1].message == b"{}"


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("application/connect+proto", 200, b'"code":"permission_denied"'),
        ("application/grpc-web+proto", 200, b"grpc-status: 7"),
        ("application/proto", 403, b'"code":"permission_denied"'),
        ("application/grpc", 200, b""),
    ],
)
async def test_a_blocked_call_gets_an_error_of_its_own_kind(
    start: Start, kind: str, status: int, said: bytes
) -> None:
    lab = await start(policy("block"))
    message = field(1, field(1, SECRET))
    body: Any = message if kind == "application/proto" else envelopes.pack(0, message)
    answer = await lab.http(http2=True).post(PATH, content=body, headers={"content-type": kind})

    assert answer.status_code == status
    assert said in answer.content
    if "grpc" in kind:
        assert answer.headers["grpc-status"] == "7"
    assert lab.upstream.connections == 0
    assert [v.action for v in lab.notebook.violations] == [Action.BLOCK]


async def test_what_can_be_read_and_not_written_is_not_sent(start: Start) -> None:
    lab = await start(policy("redact"))
    packed = field(1, gzip.compress(field(1, SECRET)))
    await lab.http().post(PATH, content=packed, headers={"content-type": "application/proto"})

    assert lab.upstream.connections == 0
    [kept] = lab.notebook.violations
    assert kept.action is Action.BLOCK
    assert [t.data_class for t in kept.findings] == ["secret.password"]
