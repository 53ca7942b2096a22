"""How wide a match can be, and how many digits it has."""

import pytest

from detectors.width import FAR, size


@pytest.mark.parametrize(
    ("expression", "widest", "digits"),
    [
        ("", 0, 0),
        ("abc", 3, 0),
        (r"\bA[0-9]{3,5}\b", 6, 3),
        ("a|bcd|ef", 3, 0),
        ("(?i)x(?:ab|c)?y{2}", 5, 0),
        (r"(?:a{2}){3}|(?-i:b)", 6, 0),
        (r"[]a]\x{1d400}\pL[^\]]", 4, 0),
        (r"(?m)^a$|\z", 1, 0),
        (r"(?:\d[ .-]?){4}[1-9]", 9, 5),
        (r"19\d{2}|[0-9a-f]{8}1", 9, 1),
        (r"a(?:\d\d)?|1", 3, 0),
        (r"\x41[^0-9]", 2, 0),
        (r"(?:\d+-){2,}\d{3}", FAR, 5),
        ("a{2,}", FAR, 0),
        ("(?:ab)*c", FAR, 0),
        (r"\d(?=b)", FAR, 0),
        (r"(\d", FAR, 0),
    ],
)
def test_what_all_matches_have_in_common(expression: str, widest: int, digits: int) -> None:
    assert size(expression) == (widest, digits)
