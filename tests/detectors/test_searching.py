"""What is searched without match objects."""

import pytest
import re2

from detectors import searching as module
from detectors.searching import ANYWHERE, RIGHT_THERE, searching, seeking


@pytest.mark.parametrize("is_bare", [True, False])
def test_places_are_those_of_the_data_and_a_group_that_took_no_part_has_none(
    is_bare: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_bare:  # a version of RE2 that has no such part
        monkeypatch.setattr(module, "_ANCHORS", None)
    compiled = re2.compile(rb"pin (?:([0-9]+)|([a-z]+))")
    data = b"pin 4711, pin open"
    assert searching(compiled, ANYWHERE)(data, 1, len(data)) == [(10, 18), (-1, -1), (14, 18)]
    assert searching(compiled, RIGHT_THERE)(data, 1, len(data))[0] == (-1, -1)
    assert searching(compiled, RIGHT_THERE)(data, 0, 6)[0] == (0, 6)  # nothing past the end is seen


def test_an_expression_is_sought_in_text_of_any_script() -> None:
    is_dotted = seeking("…|^x{3}$")
    assert [is_dotted(text) for text in ("pass…", "xxx", "axxx", "", "\ud800…")] == [
        True, True, False, False, True,
    ]  # fmt: skip
