"""What the guard does to requests, seen from the service's side: in bytes."""

import asyncio
import gzip
import json
import socket
import ssl
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx
import pytest

from penstock.errors import InspectionError, LedgerError, ParseError, UninspectedError
from penstock.model import Action, Outcome, Violation
from proxy_addons.inspection import Inspection, Job
from tests.proxy_addons.lab import HOST, OTHER, Looks, Start, policy
from tests.proxy_addons.wire import Reply

SECRET = "the password is SECRET-42"
MARKER = b"SECRET-42"

h1_and_h2 = pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])


# ── verdicts ──


@h1_and_h2
async def test_an_allowed_prompt_arrives_byte_for_byte_and_leaves_no_record(
    start: Start, http2: bool
) -> None:
    lab = await start()
    body = b'{"messages": [{"role": "user",  "content": "hello"}]}'
    answer = await lab.post("", http2=http2, json=None, content=body)

    assert answer.status_code == 200
    assert answer.http_version == ("HTTP/2" if http2 else "HTTP/1.1")
    assert lab.upstream.bodies == [body]
    assert lab.notebook.violations == []
    assert "penstock-action" not in answer.headers


@h1_and_h2
async def test_a_blocked_prompt_is_recorded_and_never_reaches_the_service(
    start: Start, http2: bool
) -> None:
    lab = await start(policy("block", tell="Ask the security desk."))
    answer = await lab.post(SECRET, http2=http2)

    assert lab.upstream.connections == 0
    assert "Ask the security desk." in answer.text
    assert answer.headers["penstock-action"] == "block"
    [kept] = lab.notebook.violations
    assert (kept.action, kept.outcome, kept.rules) == (
        Action.BLOCK,
        Outcome.PREVENTED,
        ("secrets",),
    )
    assert (kept.host, kept.service, kept.endpoint) == (HOST, "lab-api", "POST /v1/messages")
    assert (kept.dialect, kept.user, kept.identified_by) == (
        "anthropic_messages",
        "127.0.0.1",
        "address",
    )
    assert (kept.sent_bytes, kept.sent_sha256) == (0, "")
    assert kept.received_bytes > 0
    assert [t.data_class for t in kept.findings] == ["secret.password"]


@h1_and_h2
async def test_a_warned_prompt_arrives_unchanged_and_is_recorded_as_disclosed(
    start: Start, http2: bool
) -> None:
    lab = await start(policy("warn"))
    answer = await lab.post(SECRET, http2=http2)

    assert answer.headers["penstock-action"] == "warn"
    [body] = lab.upstream.bodies
    assert MARKER in body
    [kept] = lab.notebook.violations
    assert (kept.action, kept.outcome) == (Action.WARN, Outcome.DISCLOSED)
    assert (kept.sent_bytes, kept.sent_sha256) == (len(body), sha256(body).hexdigest())


def _echo_of(piece: Callable[[str], tuple[bytes, ...]], *coding: str) -> Callable[..., Reply]:
    def reply(method: str, path: str, body: bytes) -> Reply:
        said = json.loads(body)["messages"][0]["content"]
        answer = {"type": "message", "content": [{"type": "text", "text": f"You said: {said}"}]}
        headers = (("content-type", "application/json"), *(("content-encoding", c) for c in coding))
        return Reply(piece(json.dumps(answer)), headers)

    return reply


@h1_and_h2
async def test_a_redacted_prompt_goes_without_the_secret_and_the_answer_comes_back_with_it(
    start: Start, http2: bool
) -> None:
    lab = await start(policy("redact"))
    lab.upstream.reply = _echo_of(lambda text: tuple(bytes([b]) for b in text.encode()))
    answer = await lab.post(SECRET, http2=http2, headers={"accept-encoding": "gzip"})

    [body] = lab.upstream.bodies
    assert MARKER not in lab.upstream.raw
    assert b"the password is [" in body
    assert answer.json()["content"][0]["text"] == f"You said: {SECRET}"
    assert answer.headers["penstock-action"] == "redact"
    [head] = lab.upstream.heads
    assert head[2]["accept-encoding"] == "identity"
    assert head[2]["content-length"] == str(len(body))
    [kept] = lab.notebook.violations
    assert (kept.action, kept.outcome) == (Action.REDACT, Outcome.PREVENTED)
    assert kept.sent_sha256 == sha256(body).hexdigest()


async def test_a_compressed_prompt_is_redacted_and_sent_plain(start: Start) -> None:
    lab = await start(policy("redact"))
    plain = json.dumps({"messages": [{"role": "user", "content": SECRET}]}).encode()
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    await lab.post("", json=None, content=gzip.compress(plain), headers=headers)

    [body] = lab.upstream.bodies
    assert json.loads(body)["messages"][0]["content"].startswith("the password is [")
    assert "content-encoding" not in lab.upstream.heads[0][2]


async def test_a_service_that_compresses_all_the_same_is_restored_too(start: Start) -> None:
    lab = await start(policy("redact"))
    lab.upstream.reply = _echo_of(
        lambda text: (gzip.compress(text.encode())[:9], gzip.compress(text.encode())[9:]), "gzip"
    )
    answer = await lab.post(SECRET)

    assert answer.json()["content"][0]["text"] == f"You said: {SECRET}"
    assert "content-encoding" not in answer.headers


@h1_and_h2
async def test_an_answer_that_cannot_be_unpacked_ends_the_stream_and_does_not_hang(
    start: Start, http2: bool
) -> None:
    lab = await start(policy("redact"))
    lab.upstream.reply = Reply(
        (b"this", b"is no gzip"),
        (("content-type", "application/json"), ("content-encoding", "gzip")),
        held=asyncio.Event(),
    )
    with pytest.raises(httpx.RemoteProtocolError):
        await lab.post(SECRET, http2=http2)
    lab.upstream.reply = Reply()
    assert (await lab.post("hello", http2=http2)).status_code == 200


@h1_and_h2
@pytest.mark.parametrize(
    "reply",
    [
        Reply((), (), 204),
        Reply((), (("etag", '"1"'),), 304),
        Reply((), (("content-length", "0"),)),
        Reply((), ()),
    ],
    ids=["204", "304", "length 0", "no pieces"],
)
async def test_an_empty_answer_to_a_redacted_prompt_is_an_empty_answer(
    start: Start, reply: Reply, http2: bool
) -> None:
    lab = await start(policy("redact"))
    lab.upstream.reply = reply
    client = lab.http(http2=http2)
    body = {"messages": [{"role": "user", "content": SECRET}]}
    for _ in range(2):
        answer = await client.post(f"https://{HOST}/v1/messages", json=body)
        assert (answer.status_code, answer.content) == (reply.status, b"")
    assert lab.upstream.connections == 1


async def test_a_client_of_http_1_0_gets_its_values_back_too(start: Start) -> None:
    lab = await start(policy("redact"))
    lab.upstream.reply = _echo_of(lambda text: (text.encode(),))
    client = await lab.inside()
    body = json.dumps({"messages": [{"role": "user", "content": SECRET}]}).encode()
    await client.send(
        b"POST /v1/messages HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    head, _, answer = (await client.rest()).partition(b"\r\n\r\n")

    assert b"transfer-encoding" not in head.lower()
    assert json.loads(answer)["content"][0]["text"] == f"You said: {SECRET}"


async def test_a_coding_of_the_answer_that_nobody_knows_ends_the_request(start: Start) -> None:
    lab = await start(policy("redact"))
    lab.upstream.reply = Reply((b"x",), (("content-encoding", "rot13"),))
    with pytest.raises(httpx.RemoteProtocolError):
        await lab.post(SECRET)


@h1_and_h2
async def test_answers_are_passed_on_piece_by_piece(start: Start, http2: bool) -> None:
    lab = await start()
    held = asyncio.Event()
    events = (("content-type", "text/event-stream"),)
    lab.upstream.reply = Reply((b"data: 1\n\n", b"data: 2\n\n"), events, held=held)
    client = lab.http(http2=http2)
    content = b'{"messages": []}'
    async with client.stream("POST", f"https://{HOST}/v1/messages", content=content) as answer:
        pieces = answer.aiter_bytes()
        assert await anext(pieces) == b"data: 1\n\n"  # the service still holds the second
        held.set()
        assert await anext(pieces) == b"data: 2\n\n"


async def test_alternative_services_are_not_offered(start: Start) -> None:
    lab = await start()
    lab.upstream.reply = Reply(headers=(("alt-svc", 'h3=":443"'), ("x-other", "kept")))
    answer = await lab.post("hello")

    assert "alt-svc" not in answer.headers
    assert answer.headers["x-other"] == "kept"


async def test_services_cannot_speak_in_our_name(start: Start) -> None:
    lab = await start()
    lab.upstream.reply = Reply(
        headers=(("penstock-action", "redirect"), ("penstock-answered-by", "inside"))
    )
    answer = await lab.post("hello")

    assert "penstock-action" not in answer.headers
    assert "penstock-answered-by" not in answer.headers


INTERIM = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"


@h1_and_h2
@pytest.mark.parametrize(
    "raw",
    [
        CHUNKED + b"x-trailer: 1\r\n\r\n",
        INTERIM + CHUNKED + b"\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nok",
    ],
    ids=["trailers", "interim answers", "until the end"],
)
@pytest.mark.parametrize("then", ["warn", "redact"])
async def test_answers_of_every_shape_come_through(
    start: Start, raw: bytes, then: str, http2: bool
) -> None:
    lab = await start(policy(then), alpn=("http/1.1",))
    lab.upstream.reply = Reply(raw=raw)
    answer = await lab.post(SECRET, http2=http2)

    assert (answer.status_code, answer.content) == (200, b"ok")


@h1_and_h2
async def test_an_answer_that_breaks_off_is_seen_to_break_off(start: Start, http2: bool) -> None:
    lab = await start(alpn=("http/1.1",))
    lab.upstream.reply = Reply(raw=CHUNKED[:-5])
    with pytest.raises(httpx.RemoteProtocolError):
        await lab.post("hello", http2=http2)


async def test_a_prompt_that_comes_back_from_an_internal_model_goes_no_further(
    start: Start,
) -> None:
    lab = await start()
    answer = await lab.post("hello", headers={"penstock-redirected": "1"})

    assert answer.status_code == 508
    assert lab.upstream.connections == 0


async def test_how_long_an_inspected_request_waited_is_counted(start: Start) -> None:
    lab = await start(policy("block"))
    began = time.perf_counter()
    await lab.post("hello")
    await lab.post(SECRET)
    took = time.perf_counter() - began
    await lab.http().get(f"https://{HOST}/v1/models")

    assert len(lab.notebook.waits) == 2
    assert 0 < sum(lab.notebook.waits) < took


async def test_requests_without_a_body_pass_uninspected_and_queries_do_not(start: Start) -> None:
    looks = Looks(policy())
    lab = await start(inspector=looks)
    http = lab.http()

    assert (await http.get(f"https://{HOST}/v1/models")).status_code == 200
    assert looks.jobs == []
    answer = await http.get(f"https://{OTHER}/search", params={"q": SECRET})
    assert answer.headers["penstock-action"] == "block"
    assert len(looks.jobs) == 1
    assert MARKER not in lab.upstream.raw


async def test_the_sender_has_the_services_row(start: Start) -> None:
    looks = Looks(policy())
    lab = await start(inspector=looks)
    await lab.http().post(f"https://{OTHER}/anything", json={"text": "hello"})

    [job] = looks.jobs
    assert (job.service, job.dialect, job.target) == ("lab-chat", "generic", "/anything")
    assert (job.sender.service, job.sender.category, job.sender.approved) == (
        "lab-chat",
        "chat",
        True,
    )


# ── failures ──


FOREVER = object()


class Fails:
    """An inspector with a defect."""

    def __init__(self, how: Any) -> None:
        self.how = how

    async def inspect(self, job: Job) -> Inspection:
        if isinstance(self.how, BaseException):
            raise self.how
        if self.how is FOREVER:
            await asyncio.Event().wait()
        result: Inspection = self.how
        return result


FAULTS = [
    pytest.param(ValueError(SECRET), 503, "error", id="exception"),
    pytest.param(asyncio.CancelledError(), 503, "error", id="cancelled"),
    pytest.param(RecursionError(), 503, "error", id="recursion"),
    pytest.param(SystemExit(1), 503, "error", id="exit"),
    pytest.param(KeyboardInterrupt(), 503, "error", id="interrupt"),
    pytest.param(MemoryError(), 503, "error", id="memory"),
    pytest.param(InspectionError("a worker was lost"), 503, "inspection", id="worker lost"),
    pytest.param(FOREVER, 503, "timeout", id="hangs"),
    pytest.param(None, 503, "inspection", id="nothing"),
    pytest.param("allow", 503, "inspection", id="garbage"),
    pytest.param(ParseError("not JSON"), 400, "malformed", id="malformed"),
    pytest.param(UninspectedError("content-encoding"), 415, "content-encoding", id="coding"),
    pytest.param(UninspectedError("ratio"), 413, "ratio", id="bomb"),
]


def soon(fault: object) -> dict[str, float]:
    """Settings: who hangs is cut soon, everybody else has time."""
    return {"limit_s": 0.2} if fault is FOREVER else {}


async def test_a_failure_is_told_as_the_service_itself_would_tell_it(start: Start) -> None:
    lab = await start(inspector=Fails(InspectionError("a crash")))
    answer = await lab.post(SECRET)

    assert answer.status_code == 503
    told = answer.json()["error"]
    assert answer.json() == {"type": "error", "error": told}
    assert told["type"] == "api_error"
    assert told["message"].startswith("Not sent: ")
    assert answer.headers["retry-after"] == "1"
    assert "x-should-retry" not in answer.headers


@h1_and_h2
@pytest.mark.parametrize(("fault", "status", "reason"), FAULTS)
async def test_whatever_fails_the_request_is_refused_and_recorded(
    start: Start, fault: object, status: int, reason: str, http2: bool
) -> None:
    lab = await start(inspector=Fails(fault), detection=soon(fault))
    answer = await lab.post(SECRET, http2=http2)

    assert lab.upstream.connections == 0
    assert answer.status_code == status
    assert answer.headers["penstock-action"] == "block"
    assert answer.json()["error"]["message"].startswith("Not sent: ")
    [kept] = lab.notebook.violations
    assert (kept.action, kept.outcome, kept.rules) == (
        Action.BLOCK,
        Outcome.PREVENTED,
        ("on-error",),
    )
    assert kept.unread == (reason,)


@pytest.mark.parametrize(("fault", "status", "reason"), FAULTS)
async def test_where_the_policy_says_so_what_failed_passes_with_a_record(
    start: Start, fault: object, status: int, reason: str
) -> None:
    lab = await start(policy(on_error="warn"), inspector=Fails(fault), detection=soon(fault))
    answer = await lab.post(SECRET)

    assert answer.status_code == 200
    assert answer.headers["penstock-action"] == "warn"
    [body] = lab.upstream.bodies
    [kept] = lab.notebook.violations
    assert (kept.action, kept.outcome, kept.unread) == (Action.WARN, Outcome.UNKNOWN, (reason,))
    assert kept.sent_sha256 == sha256(body).hexdigest()


@pytest.mark.parametrize("then", ["warn", "redact", "block"])
@pytest.mark.parametrize(
    "fault", [LedgerError("disk full"), OSError(), asyncio.CancelledError(), SystemExit(1)]
)
async def test_what_cannot_be_recorded_is_refused(
    start: Start, then: str, fault: BaseException
) -> None:
    lab = await start(policy(then, on_error="warn"))

    def fail(_: Violation) -> None:
        raise fault

    lab.notebook.before = fail
    answer = await lab.post(SECRET)

    assert lab.upstream.connections == 0
    assert answer.status_code == 503
    assert answer.headers["penstock-action"] == "block"
    assert lab.notebook.notes == [("unrecorded", "")]


async def test_a_record_is_kept_before_anything_leaves(start: Start) -> None:
    lab = await start(policy("warn"))
    kept = asyncio.Event()

    async def check(_: Violation) -> None:
        assert lab.upstream.connections == 0
        kept.set()

    lab.notebook.before = check
    await lab.post(SECRET)

    assert kept.is_set()
    assert len(lab.upstream.bodies) == 1


async def test_a_verdict_that_cannot_be_carried_out_never_passes(start: Start) -> None:
    """Not even where the policy lets pass what failed: that there is a secret is known."""

    class Forgets(Looks):
        async def inspect(self, job: Job) -> Inspection:
            seen = await super().inspect(job)
            return Inspection(seen.verdict, seen.received_bytes)

    rules = policy("redact", on_error="warn")
    lab = await start(rules, inspector=Forgets(rules))
    answer = await lab.post(SECRET)

    assert lab.upstream.connections == 0
    assert answer.status_code == 503
    assert [v.action for v in lab.notebook.violations] == [Action.BLOCK]


async def test_the_next_request_is_inspected_again(start: Start) -> None:
    lab = await start(inspector=Fails(asyncio.CancelledError()))
    client = lab.http()
    content = b'{"messages": []}'
    for _ in range(3):
        answer = await client.post(f"https://{HOST}/v1/messages", content=content)
        assert answer.status_code == 503
    assert len(lab.notebook.violations) == 3


async def test_a_client_that_does_not_trust_us_is_in_the_log_once(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    lab = await start()
    for _ in range(2):
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.to_thread(_distrust, lab.address)
    async with asyncio.timeout(30):
        while len(lab.notebook.notes) < 2:  # the client is gone before its alert is read
            await asyncio.sleep(0.01)
    await lab.proxy.stop(0)

    [said] = [r.getMessage() for r in caplog.records if r.name.startswith("proxy_addons")]
    assert said.startswith(f"a client does not trust the CA: its requests to {HOST} fail; ")
    assert "penstock ca install" in said
    assert lab.notebook.notes == [("distrust", HOST)] * 2


def _distrust(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as plain:
        plain.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode())
        plain.recv(65536)
        ssl.create_default_context().wrap_socket(plain, server_hostname=HOST)


async def test_no_prompt_is_in_the_log(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    lab = await start(inspector=Fails(ValueError(SECRET)))
    await lab.post(SECRET, headers={"authorization": "Bearer very-secret-token"})
    cut = await lab.inside()
    await cut.send(b"POST /v1/messages HTTP/1.1\r\nAuthorization: Bearer very-secret-token\r\n")
    await cut.close()
    await lab.proxy.stop(0)

    assert "ValueError" in caplog.text
    assert "SECRET-42" not in caplog.text
    assert "very-secret-token" not in caplog.text
