"""Where rules agree on a value, the class says what is known of it."""

import pytest

from detectors.secrets import find

FIRST, SECOND = "kPq7wZr2Vt9xLm", "nru8CMIIqYBW4d"


def classes(text: str) -> list[tuple[str, str]]:
    return [(m.data_class, text[m.start : m.end]) for m in find(text)]


@pytest.mark.parametrize("before", ["", "DB_HOST=db\n", "export A=1\nexport "])
def test_what_is_assigned_to_a_password_is_one(before: str) -> None:
    assert classes(f"{before}DB_PASSWORD={FIRST}\n") == [("secret.password", FIRST)]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Password", "secret.password"),
        ("API key", "secret.generic_secret"),
        ("token", "secret.generic_secret"),
        ("Secret", "secret.generic_secret"),
    ],
)
@pytest.mark.parametrize(
    "form", ["Host,{0}\nx,{1}\ny,{2}\n", "| Host | {0} |\n|---|---|\n| x | {1} |\n| y | {2} |\n"]
)
def test_a_column_is_of_the_class_of_its_heading(form: str, heading: str, expected: str) -> None:
    found = classes(form.format(heading, FIRST, SECOND))
    assert found == [(expected, FIRST), (expected, SECOND)]


@pytest.mark.parametrize("text", ["ww = 2ri6n0Sa3s", "ww: 2ri6n0Sa3s"])
def test_dutch_has_a_short_word_for_it(text: str) -> None:
    assert classes(text) == [("secret.password", "2ri6n0Sa3s")]
