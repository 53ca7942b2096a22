"""curl through the proxy, by the command line that `penstock run` prints."""

import gzip
import json
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import brotli
import pytest
import zstandard

from penstock.demo.running import RunningProxy
from penstock.demo.standins import CHATGPT, ELSEWHERE, MODEL_SAYS, OPENAI, SERVICE_SAYS

MAIL = "erika.mustermann@kunde-gmbh.de"
CARD = "4111 1111 1111 1111"
CODE = (
    "def total(items: list[Item]) -> Decimal:\n"
    "    subtotal = sum(item.price * item.quantity for item in items)\n"
    '    if subtotal > Decimal("100"):\n'
    '        return subtotal * Decimal("0.95")\n'
    "    return subtotal\n"
)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    version: str


type Curl = Callable[..., Answer]


@pytest.fixture(params=["--http1.1", "--http2"])
def curl(request: pytest.FixtureRequest, proxy: RunningProxy) -> Curl:
    def run(url: str, body: bytes | None = None, *more: str) -> Answer:
        command = ["curl", "--silent", "--show-error", "--no-buffer", request.param]
        command += ["--proxy", f"http://{proxy.address}", "--cacert", str(proxy.ca)]
        command += ["--dump-header", "/dev/stderr", "--suppress-connect-headers", *more]
        if body is not None:
            command += ["--header", "content-type: application/json", "--data-binary", "@-"]
        done = subprocess.run([*command, url], input=body, capture_output=True, timeout=240)
        assert done.returncode == 0, done.stderr.decode()
        start, *lines = done.stderr.decode().strip().splitlines()
        version, status, *_ = start.split()
        headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        return Answer(int(status), headers, done.stdout, version)

    return run


def chat(prompt: str, *, stream: bool) -> bytes:
    messages = [{"role": "user", "content": prompt}]
    return json.dumps({"model": "gpt-demo", "stream": stream, "messages": messages}).encode()


def said(answer: Answer) -> str:
    if answer.headers["content-type"].startswith("application/json"):
        document = json.loads(answer.body)
        if "error" in document:
            return str(document["error"]["message"])
        return str(document["choices"][0]["message"]["content"])
    events = [line[6:] for line in answer.body.decode().splitlines() if line.startswith("data: ")]
    assert events.pop() == "[DONE]"
    choices = [c for event in events for c in json.loads(event)["choices"]]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "br": brotli.compress,
    "zstd": lambda body: zstandard.ZstdCompressor().compress(body),
    "deflate": zlib.compress,
}

URL = f"https://{OPENAI}/v1/chat/completions"


@pytest.mark.parametrize("stream", [False, True])
def test_allowed(curl: Curl, stream: bool, arrived: Any) -> None:
    body = chat("What is the capital of France?", stream=stream)

    answer = curl(URL, body)

    assert answer.status == 200
    assert said(answer) == SERVICE_SAYS + "What is the capital of France?"
    assert [r.body for r in arrived.at(OPENAI)] == [body]
    assert "penstock-action" not in answer.headers


@pytest.mark.parametrize("stream", [False, True])
def test_redacted(curl: Curl, stream: bool, arrived: Any) -> None:
    answer = curl(URL, chat(f"write to {MAIL} please", stream=stream))

    assert said(answer) == f"{SERVICE_SAYS}write to {MAIL} please"
    assert [r.body for r in arrived.at(OPENAI)] == [
        chat("write to [EMAIL_1] please", stream=stream)
    ]
    assert MAIL.encode() not in arrived.everything
    assert answer.headers["penstock-action"] == "redact"


@pytest.mark.parametrize("stream", [False, True])
def test_redirected(curl: Curl, stream: bool, arrived: Any) -> None:
    answer = curl(URL, chat(CODE, stream=stream))

    assert said(answer).endswith(MODEL_SAYS + CODE)
    assert answer.headers["penstock-action"] == "redirect"
    assert answer.headers["penstock-answered-by"] == "internal"
    assert arrived.everything == b""
    assert len(arrived.at_model) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_blocked(curl: Curl, stream: bool, arrived: Any) -> None:
    answer = curl(URL, chat(f"charge {CARD} please", stream=stream))

    assert "Card numbers may not be sent to AI services." in said(answer)
    assert answer.headers["penstock-action"] == "block"
    assert arrived.everything == b""
    assert arrived.at_model == []


def test_the_version_of_http_is_kept(curl: Curl, arrived: Any) -> None:
    answer = curl(URL, chat("hello", stream=False))

    assert arrived.wire(OPENAI).startswith(b"PRI * HTTP/2.0") == (answer.version == "HTTP/2")


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_a_packed_body_is_read_all_the_same(curl: Curl, coding: str, arrived: Any) -> None:
    answer = curl(
        URL,
        PACKED[coding](chat(f"charge {CARD} please", stream=False)),
        "--header",
        f"content-encoding: {coding}",
    )

    assert answer.headers["penstock-action"] == "block"
    assert arrived.everything == b""


def test_a_page_that_no_dialect_names_is_read_as_well(curl: Curl, arrived: Any) -> None:
    body = json.dumps({"new": {"field": [f"charge {CARD} please"]}}).encode()

    answer = curl(f"https://{CHATGPT}/backend-api/tomorrow", body)

    assert answer.headers["penstock-action"] == "block"
    assert arrived.everything == b""


def test_a_host_that_is_no_ai_service_is_not_decrypted(
    curl: Curl, standins: Any, tmp_path: Any, arrived: Any
) -> None:
    trust = tmp_path / "standins.pem"
    trust.write_bytes(standins.ca_pem)

    answer = curl(
        f"https://{ELSEWHERE}/",
        f"charge {CARD}".encode(),
        "--cacert",
        str(trust),
        "--request",
        "POST",
    )

    # the stand-in's own certificate was trusted, so nobody stood in between
    assert answer.status in (200, 400)
    assert CARD.encode() in arrived.wire(ELSEWHERE)


def test_an_upload_in_a_form_is_read(curl: Curl, arrived: Any, tmp_path: Any) -> None:
    file = tmp_path / "customers.txt"
    file.write_text(f"card {CARD}\n")

    answer = curl(f"https://{OPENAI}/v1/files", None, "--form", f"file=@{file}")

    assert answer.headers["penstock-action"] == "block"
    assert arrived.everything == b""
