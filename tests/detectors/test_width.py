"""How wide a match can be."""

import pytest

from detectors.width import FAR, width


@pytest.mark.parametrize(
    ("expression", "widest"),
    [
        ("", 0),
        ("abc", 3),
        (r"\bA[0-9]{3,5}\b", 6),
        ("a|bcd|ef", 3),
        ("(?i)x(?:ab|c)?y{2}", 5),
        (r"(?:a{2}){3}|(?-i:b)", 6),
        (r"[]a]\x{1d400}\pL[^\]]", 4),
        (r"(?m)^a$|\z", 1),
        ("a{2,}", FAR),
        ("(?:ab)*c", FAR),
        ("a(?=b)", FAR),
        ("(a", FAR),
    ],
)
def test_the_most_characters_a_match_can_have(expression: str, widest: int) -> None:
    assert width(expression) == widest
