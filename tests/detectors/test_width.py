"""How wide a match can be, how many digits it has, and how long it is without a gap."""

import pytest

from detectors.width import FAR, Run, size


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
    found = size(expression)
    assert (found.widest, found.digits) == (widest, digits)


@pytest.mark.parametrize(
    ("expression", "run"),
    [
        ("", Run(0)),
        ("abc", Run(3)),
        (r"\bab[0-9]{3,5}\b", Run(5)),
        (r"ab c", Run(2, 0, 2)),
        (r"a bc|de f", Run(2, 2, 2)),
        (r"a[ ,]bcd[\s]", Run(3, 2, 1)),
        (r"(?:key|token): [a-z]{9,}", Run(9, 7, 0)),
        (r"key[^\n]*[a-z]{9,}", Run(9, FAR, 0)),
        (r"(?:ab|c|d e)f", Run(2, 2, 0)),
        (r"(?:ab|cde)f{2}", Run(4)),
        (r"[^a]{9}x", Run(1, 9, 0)),
        (r"x[^\s\"\'`(),!#$%&*]{9}", Run(1, 0, 9)),
        (r"[^\x00-+,`]{9}", Run(9)),
        (r".{9}x", Run(1, 9, 0)),
        (r"(?:a[ ]b){2}", Run(1, 2, 3)),
        (r"(?:a[ ])?bcd", Run(3, 2, 0)),
        (r"(?:ab)*cd", Run(2)),
        (r"ключ[=:]\pL{8}", Run(13)),
        (r"(?:a+ ){1,3}", Run(1, 0, FAR + 1)),
        (r"(?:a[ ]b+){2}", Run(1, 2, FAR)),
        (r"\Q[a]{9}\E", Run(0, 0, FAR)),
        (r"\054{9}", Run(0, 0, FAR)),
        (r"\d(?=b)", Run(0, 0, FAR)),
    ],
)
def test_how_long_all_matches_are_without_a_gap(expression: str, run: Run) -> None:
    assert size(expression).run == run
