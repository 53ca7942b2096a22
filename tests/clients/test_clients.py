"""Independent clients of chat pages read our answers: `make clients`.

They live in an environment of their own, which `PENSTOCK_CLIENTS` names, since their licences are
not ours; without it there is nothing to try.
"""

import os
import subprocess
from pathlib import Path

import pytest

from penstock.model import Finished, TextDelta
from tests.proxy_addons.test_pages import ROWS, Row, written

READERS = Path(__file__).with_name("readers.py")
PYTHON = os.environ.get("PENSTOCK_CLIENTS", "")
TRIED = {
    "chatgpt_web": "g4f",
    "qwen_web": "g4f",
    "meta_ai": "g4f",
    "gemini_web": "gemini_webapi",
}
TEXT = 'Grüße an Ada 😀\n\n- "eins"\n- zwei'

pytestmark = [
    pytest.mark.skipif(not PYTHON, reason="PENSTOCK_CLIENTS names no interpreter"),
    pytest.mark.parametrize(
        "row",
        [r for r in ROWS if r.dialect in TRIED and r.case != "anonymous_snapshots"],
        ids=lambda r: r.dialect,
    ),
    pytest.mark.tried("an independent client's parser (`make clients`)"),
]


def read(row: Row, body: bytes) -> str:
    done = subprocess.run(
        [PYTHON, READERS, row.dialect], input=body, capture_output=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_client_reads_an_answer_from_inside(row: Row) -> None:
    pieces = [TextDelta(TEXT[i : i + 3]) for i in range(0, len(TEXT), 3)]

    assert read(row, written(row, *pieces, Finished("stop", 3, 3))) == TEXT


def test_a_client_reads_a_refusal(row: Row) -> None:
    refusal = row.page.refuse(row.sent, "Not with card numbers.")

    assert read(row, refusal.body) == "Not with card numbers."
