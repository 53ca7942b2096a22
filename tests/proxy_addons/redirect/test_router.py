"""Which model is asked first, and why."""

import pytest

from penstock.model import Chat, Tool, Turn
from penstock.settings import ModelSettings
from proxy_addons.redirect.router import route, task

PYTHON = "import os\n\ndef size(path):\n    return os.stat(path).st_size\n\nclass Box:\n    pass\n"


def chat(text: str, **more: object) -> Chat:
    return Chat((Turn("user", (text,)),), stream=False, model="m", **more)  # type: ignore[arg-type]


def model(*tasks: str) -> ModelSettings:
    return ModelSettings.model_validate(
        {"base_url": "http://10.0.0.7/v1", "model": "m", "tasks": tasks}
    )


MODELS = {
    "small": model("routine"),
    "large": model("long", "hard"),
    "coder": model("code"),
    "any": model(),
}


@pytest.mark.parametrize(
    ("asked", "expected", "first"),
    [
        (chat("Write a letter to Mr Smith about his contract."), "routine", "small"),
        (chat("x " * 20_000), "long", "large"),
        (chat(f"What does this do?\n{PYTHON}"), "code", "coder"),
        (chat("hello", tools=(Tool("edit_file", "", "{}"),)), "code", "coder"),
        (chat("hello", tools=(Tool("get_weather", "", "{}"),)), "hard", "large"),
        (chat("hello", json_schema="{}"), "hard", "large"),
        (chat("My class is at nine; import duties are due."), "routine", "small"),
    ],
)
def test_a_conversation_goes_to_the_model_that_suits_it(
    asked: Chat, expected: str, first: str
) -> None:
    found = route(asked, ["any", "small", "coder", "large"], MODELS)

    assert task(asked).name == expected
    assert found.names[:2] == (first, "any")
    assert set(found.names) == set(MODELS)
    assert found.because.startswith(f"{expected}: ")


def test_without_tasks_the_order_is_that_of_the_rule() -> None:
    found = route(chat("hello"), ["b", "any", "a"], {"any": model()})

    assert found.names == ("b", "any", "a")
    assert found.because == ""


def test_models_that_a_rule_does_not_name_are_never_asked() -> None:
    assert route(chat("x " * 20_000), ["small"], MODELS).names == ("small",)


def test_the_reason_holds_no_word_of_the_prompt() -> None:
    assert "SECRET" not in route(chat("SECRET"), ["small"], MODELS).because
