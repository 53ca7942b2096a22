"""Letters as ranges: what they hold, in brackets and outside, and that they stay few."""

import re2

from detectors.letters import in_ranges


def found(expression: str, text: str) -> str | None:
    match = re2.search(in_ranges(expression), text)
    return match and match.group()


def test_letters_of_all_scripts_are_letters() -> None:
    for word in ("Müller", "Łódź", "Ελένη", "Пароль", "סיסמה", "पासवर्ड", "パスワード", "비밀번호"):
        assert found(r"^\pL+$", word) == word
        assert found(r"^[\pL -]{2,}", f"{word} - {word}.") == f"{word} - {word}"


def test_signs_and_digits_are_none() -> None:
    for sign in ("–", "„", "×", " ", "5", "_", "、", "€", "→"):
        assert found(r"\pL", sign) is None
        assert found(r"[^\pL\pN]", sign) == (None if sign == "5" else sign)
    assert found(r"^\pN+$", "42²½") == "42²½"


def test_what_is_escaped_or_in_brackets_stays() -> None:
    assert found(r"[\]\pL]+", "]ü") == "]ü"
    assert found(r"\[\pL\]", "[ü]") == "[ü]"
    assert in_ranges(r"\\pL [a-z]") == r"\\pL [a-z]"


def test_an_expression_stays_small() -> None:
    assert re2.compile(in_ranges(r"(?i)[\pL ]{3,40}")).programsize < 3000
