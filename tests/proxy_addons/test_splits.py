"""Where an answer is cut on its way means nothing: neither to what is restored nor to what is read.

Each captured answer is fed byte by byte, cut in two at every byte (of a long one at every 31st
from there on), and cut into random pieces.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from penstock.model import AnswerEvent, Chat
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import ModelDialect
from tests.proxy_addons.test_golden import CASES, having, message, originals, request

CHAT = Chat((), True, "m")
READ = [
    case
    for case in CASES
    if isinstance(BY_NAME[case.parent.name], ModelDialect) and (case / "answer.http").exists()
]
LONG = 200


def cuts(body: bytes) -> Iterator[list[bytes]]:
    yield [body[i : i + 1] for i in range(len(body))]
    for at in (*range(min(LONG, len(body))), *range(LONG, len(body) + 1, 31)):
        yield [body[:at], body[at:]]
    chance = Random(body)
    for _ in range(20):
        places = sorted(chance.choices(range(len(body) + 1), k=chance.randrange(2, 9)))
        yield [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]


@having("restored.http")
def test_any_cut_restores_the_same_bytes(case: Path) -> None:
    _, headers, body = message(case / "answer.http")
    dialect, sent = BY_NAME[case.parent.name], request(case / "request.http")
    values = originals(case)
    whole = message(case / "restored.http")[2]

    for pieces in cuts(body):
        answer = dialect.restore(sent, headers["content-type"], values)
        restored = b"".join(map(answer.feed, pieces)) + answer.finish()
        assert restored == whole, [len(piece) for piece in pieces]


@pytest.mark.parametrize("case", READ, ids=lambda c: f"{c.parent.name}/{c.name}")
def test_any_cut_is_read_as_the_same_answer(case: Path) -> None:
    _, headers, body = message(case / "answer.http")
    dialect = BY_NAME[case.parent.name]
    assert isinstance(dialect, ModelDialect)

    def events(pieces: list[bytes]) -> list[AnswerEvent]:
        reader = dialect.read_answer(CHAT, headers["content-type"])
        return [e for piece in pieces for e in reader.feed(piece)] + [*reader.finish()]

    whole = events([body])
    assert whole
    for pieces in cuts(body):
        assert events(pieces) == whole, [len(piece) for piece in pieces]
