"""What is remembered of a socket pairs each question with its own answer."""

import json

import pytest

from proxy_addons import talk
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.messages import Message
from proxy_addons.talk import Talk

DIALECT = BY_NAME["openai_responses_socket"]


def create(text: str) -> Message:
    return Message(json.dumps({"type": "response.create", "input": text}).encode())


def ended(kind: str, id: str) -> Message:
    return Message(json.dumps({"type": kind, "response": {"id": id}}).encode())


@pytest.mark.parametrize(
    "failed",
    [
        ended("response.failed", "resp_1"),
        ended("response.incomplete", "resp_1"),
        Message(b'{"type": "error", "status": 400, "error": {"message": "no"}}'),
    ],
)
def test_an_answer_that_failed_is_not_taken_for_that_to_the_next_question(failed: Message) -> None:
    said = Talk()
    for asked, answer in ((create("one"), failed), (create("two"), ended(OK, "resp_2"))):
        said.asks(DIALECT, asked)
        said.heard(answer)

    known = {e.known_as: e.asked for e in said.past}
    assert known["resp_2"] == create("two").data


def test_questions_that_nobody_answers_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "PAST_BYTES", 1000)
    said = Talk()
    for i in range(100):
        said.asks(DIALECT, create(f"{i} {'x' * 100}"))
    said.heard(ended(OK, "resp_1"))

    [exchange] = said.past
    assert json.loads(exchange.asked)["input"].startswith("9")


OK = "response.completed"
