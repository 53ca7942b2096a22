"""Independent clients of chat pages read our answers: `make clients`.

They live in an environment of their own, which `PENSTOCK_CLIENTS` names, since their licences are
not ours; without it there is nothing to try.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from penstock.model import Finished, TextDelta
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.messages import STAYS_OPEN, unpack
from tests.proxy_addons.test_golden import request
from tests.proxy_addons.test_pages import GOLDEN

READERS = Path(__file__).with_name("readers.py")
PYTHON = os.environ.get("PENSTOCK_CLIENTS", "")


@dataclass(frozen=True)
class Row:
    """A format, the capture it asks with, and who reads its answer."""

    dialect: str
    case: str
    client: str

    @property
    def sent(self) -> Any:
        return request(GOLDEN / self.dialect / self.case / "request.http")


ROWS = (
    Row("chatgpt_web", "deltas", "g4f"),
    Row("qwen_web", "completions", "g4f"),
    Row("meta_ai", "send_message", "g4f"),
    Row("gemini_web", "stream_generate", "gemini_webapi"),
    Row("claude_web", "completion", "claude-webapi"),
    Row("hugging_chat", "message", "hugchat"),
    Row("character_ai", "turn", "PyCharacterAI"),
    Row("copilot_signalr", "chat", "sydney-py"),
)
TEXT = 'Grüße an Ada 😀\n\n- "eins"\n- zwei'

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="PENSTOCK_CLIENTS names no interpreter"),
    pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r.client} reads {r.dialect}"),
    pytest.mark.tried("an independent client's parser (`make clients`)"),
]


def read(row: Row, status: int, body: bytes) -> str:
    if status == STAYS_OPEN:
        body = json.dumps([message.data.decode() for message in unpack(body)]).encode()
    done = subprocess.run(
        [PYTHON, READERS, row.dialect], input=body, capture_output=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_client_reads_an_answer_from_inside(row: Row) -> None:
    pieces = [TextDelta(TEXT[i : i + 3]) for i in range(0, len(TEXT), 3)]

    dialect: Any = BY_NAME[row.dialect]
    writer = dialect.write_answer(row.sent, "llama")
    body = b"".join(writer.write(event) for event in (*pieces, Finished("stop", 3, 3)))
    assert read(row, writer.status, body) == TEXT


def test_a_client_reads_a_refusal(row: Row) -> None:
    refusal = BY_NAME[row.dialect].refuse(row.sent, "Not with card numbers.")

    assert read(row, refusal.status, refusal.body) == "Not with card numbers."
