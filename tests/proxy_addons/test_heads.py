"""What is written into headers and paths is inspected like what is in a body."""

import json
from uuid import uuid4

import pytest
from mitmproxy.http import Request

from penstock.model import Action, Outcome
from proxy_addons import heads, judging
from proxy_addons.passage import Passage
from tests.proxy_addons.lab import CATALOGUE, HOST, Start, policy

NOTE = "the password is SECRET-42"


@pytest.mark.parametrize(
    "name",
    [
        *("authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key", "user-agent"),
        *("accept-language", "sec-ch-ua-platform", "x-stainless-runtime-version", "if-none-match"),
        *("openai-organization", "oai-device-id", "openai-sentinel-proof-token", "x-statsig-id"),
        *("traceparent", "x-csrf-token", "x-amz-security-token", "idempotency-key", "poe-formkey"),
        *("content-type", "x-goog-upload-protocol", "x-ms-blob-type", "x-codex-turn-state"),
        *("x-amz-content-sha256", "x-amz-date"),
    ],
)
def test_what_programs_and_services_say_for_themselves_is_left_alone(name: str) -> None:
    assert heads.notes({name.encode(): b"a value of some length"}) == ()


@pytest.mark.parametrize(
    "name",
    [
        *("x-note", "comment", "x-prompt", "x-user-email", "subject"),
        *("content-disposition", "x-amz-meta-title", "x-goog-meta-title", "x-ms-meta-title"),
    ],
)
def test_any_other_header_of_some_length_is_looked_at(name: str) -> None:
    assert heads.notes({name.encode(): b"a value of some length"}) == (
        (name, "a value of some length"),
    )
    assert heads.notes({name.encode(): b"a short one"}) == ()


@pytest.mark.parametrize(
    ("value", "is_looked_at"),
    [
        *((b"ada@lab.example", True), (b"+49 30 901820", True), (b"078-05-1120", True)),
        *((b"12.05.1980", True), (b"378282246310005", True)),
        *((b"vscode/1.95.0", False), (b"u=1, i", False), (b"cli", False), (b"2026", False)),
    ],
)
def test_a_short_header_is_looked_at_for_numbers_and_addresses(
    value: bytes, is_looked_at: bool
) -> None:
    assert bool(heads.notes({b"x-customer": value})) is is_looked_at
    assert heads.notes({b"x-request-id": value}) == ()


def test_ids_of_machines_in_a_header_are_not_looked_at() -> None:
    session, note = str(uuid4()), "the password is SECRET-42"
    told = {"installation_id": str(uuid4()), "window_id": f"{session}:0", "note": note}
    [(_, value)] = heads.notes({b"x-codex-turn-metadata": json.dumps(told).encode()})

    assert json.loads(value) == {"installation_id": "", "window_id": ":0", "note": note}


COMMIT = "7b1e64fa0c39d2587fe5a1b6c09d48e3f2a7c651"


def test_hashes_and_ids_in_hexadecimal_are_not_looked_at() -> None:
    assert heads.notes({b"x-correlation": COMMIT.encode()}) == (("x-correlation", ""),)
    told = json.dumps({"latest_git_commit_hash": COMMIT, "has_changes": True})
    [(_, value)] = heads.notes({b"x-turn-metadata": told.encode()})
    assert json.loads(value) == {"latest_git_commit_hash": "", "has_changes": True}


def test_times_that_programs_tell_are_not_looked_at() -> None:
    told = b'{"turn_started_at_unix_ms": 1764458823501, "phone_at_home": 491764458823, "time":1}'
    [(_, value)] = heads.notes({b"x-codex-turn-metadata": told})
    assert value == told.decode().replace("1764458823501", "")
    session = f"{uuid4()}1764458823501".encode()
    assert heads.notes({b"vscode-sessionid": session}) == (("vscode-sessionid", ""),)


@pytest.mark.parametrize(
    "value",
    [
        *("de89370400440532013000", "be68539007547034", "4012888888881881"),
        *(NOTE.encode().hex(), "Jürgen Müller, Köln".encode().hex()),
        *(f"password {COMMIT}", json.dumps({"api_key": COMMIT})),
    ],
)
def test_accounts_keys_and_texts_in_hexadecimal_are_looked_at(value: str) -> None:
    assert heads.notes({b"x-note": value.encode()}) == (("x-note", value),)


KEY = b"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"


@pytest.mark.parametrize("name", [b"x-github-token", b"deploy-key", b"x-api-key"])
def test_a_key_for_something_else_is_looked_at_whatever_the_header_is_called(name: bytes) -> None:
    assert heads.notes({name: KEY}) == ((name.decode(), KEY.decode()),)
    for own in (b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", b"sk-proj-" + b"a1" * 20):
        assert heads.notes({name: own, b"authorization": b"Bearer " + KEY}) == ()
    assert heads.notes({b"authorization": KEY}) == ()


@pytest.mark.parametrize(
    ("path", "tells"),
    [
        ("/v1/models", False),
        ("/backend-api/conversation/0c7d8a4e-1f2b-4c3d-9e8f-001122334455", False),
        ("/v1/models/gpt-5-mini-2026-03-01-preview", False),
        ("/v1/models/claude-sonnet-20260301", False),
        ("/_next/static/chunks/8712-4f0c9d1e2b3a4567.js", False),
        (f"/v1/responses/resp_{COMMIT}7f/input_items", False),
        (f"/v1/jobs/{COMMIT}", False),
        (f"/v1/notes/{NOTE.encode().hex()}", True),
        ("/v1/the%20password", True),
        ("/v1/" + "a" * 40, True),
        *((f"/v1/ada{sign}1815", True) for sign in (" ", "#", "&", "+", ";", "=", "é")),
        ("/v1/models/gemini-3-pro:streamGenerateContent", False),
        ("/v1/users/ada@lab.example", True),
        ("/v1/customers/4012-8888-8888-1881/notes", True),
        ("/v1/customers/078-05-1120", True),
        ("/v1/accounts/GB33BUKB20201555555555", True),
        (f"/v1/keys/{'AKIA' + 'Q3EGRTZ7XK2LMN4P'}", True),
    ],
)
def test_a_path_with_more_than_names_is_looked_at(path: str, tells: bool) -> None:
    assert heads.tells(path) is tells


@pytest.mark.parametrize("http2", [False, True], ids=["h1", "h2"])
@pytest.mark.parametrize("then", ["block", "redact"])
async def test_a_secret_in_a_header_does_not_leave(start: Start, http2: bool, then: str) -> None:
    lab = await start(policy(then))
    client = lab.http(http2=http2)
    headers = {"X-Note": NOTE, "Authorization": "Bearer SECRET-1", "Cookie": "s=SECRET-2"}
    for method, body in (("GET", None), ("POST", b'{"messages": []}')):
        answer = await client.request(
            method, f"https://{HOST}/v1/messages", headers=headers, content=body
        )
        assert answer.headers["penstock-action"] == "block"

    assert lab.upstream.connections == 0
    [first, second] = lab.notebook.violations
    assert first.action is second.action is Action.BLOCK
    assert [t.count for t in first.findings] == [1]


async def test_a_warned_header_is_recorded_as_disclosed(start: Start) -> None:
    lab = await start(policy("warn"))
    answer = await lab.http().get(f"https://{HOST}/v1/models", headers={"X-Note": NOTE})

    assert answer.headers["penstock-action"] == "warn"
    assert b"SECRET-42" in lab.upstream.raw
    [kept] = lab.notebook.violations
    assert (kept.outcome, kept.sent_bytes) == (Outcome.DISCLOSED, 0)


async def test_a_secret_in_a_path_does_not_leave(start: Start) -> None:
    lab = await start()
    client = lab.http()
    for path in ("/v1/models/the%20password%20is%20SECRET-42", f"/v1/{'a' * 40}-SECRET-42"):
        answer = await client.get(f"https://{HOST}{path}")
        assert answer.headers["penstock-action"] == "block"
    assert lab.upstream.connections == 0


async def test_a_plain_request_needs_no_look(start: Start) -> None:
    lab = await start()
    await lab.http().get(f"https://{HOST}/v1/models", headers={"Cookie": f"s={NOTE}"})

    assert lab.upstream.heads[0][:2] == ("GET", "/v1/models")
    assert lab.notebook.violations == []


def test_a_header_that_stays_here_is_not_looked_at() -> None:
    passage = Passage(endpoint=CATALOGUE.at(HOST).endpoint("GET", "/v1/models"))  # type: ignore[union-attr]
    passage.head = {b"x-remote-person": NOTE.encode(), b"x-note": NOTE.encode()}
    request = Request.make("GET", f"https://{HOST}/v1/models", headers={"X-Note": NOTE})
    seen = judging.job(passage, request, b"", max_body_bytes=1)
    assert seen.notes == (("x-note", NOTE),)
