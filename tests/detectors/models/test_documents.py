"""Documentation and test data of packages as material for the code classifier."""

import json
import random

import pytest

from detectors.models.code import documents

LANGUAGES = frozenset({"Python", "Rust"})
MARKDOWN = """# Robots

A robot has `legs`.

```python
robot.legs = 4
robot.walk()
```

    indented_and_unclear()

```console
$ robot --walk
```

It walks (see *walking*).
"""
STRUCTURED = """Robots
======

They walk::

    perhaps_code()

.. code-block:: python
   :caption: walking

   robot.walk()

Then they rest.
"""


def test_code_of_a_document_is_what_its_tags_name() -> None:
    assert documents.pieces(MARKDOWN, "md", LANGUAGES) == [
        ("", "# Robots\n\nA robot has `legs`."),
        ("Python", "robot.legs = 4\nrobot.walk()"),
        ("", "It walks (see *walking*)."),
    ]


def test_code_of_structured_text_is_what_its_directives_name() -> None:
    found = documents.pieces(STRUCTURED, "rst", LANGUAGES)
    assert ("Python", "robot.walk()") in found
    assert "perhaps_code" not in str(found)
    assert found[-1] == ("", "Then they rest.")


@pytest.mark.parametrize("seed", range(20))
def test_an_excerpt_says_where_its_code_is(seed: int) -> None:
    found = documents.pieces(MARKDOWN, "md", LANGUAGES)
    made = documents.excerpt(found, random.Random(seed))
    assert made is not None
    text, [(start, end)] = made
    assert text[start:end].split() == ["robot.legs", "=", "4", "robot.walk()"]
    assert "walk()" not in documents.prose(found, random.Random(seed))


def test_a_document_without_code_has_no_excerpt() -> None:
    assert documents.excerpt([("", "Robots walk.")], random.Random(1)) is None


def test_tables_of_a_session_are_told_from_its_queries() -> None:
    session = "SELECT 1 AS a;\n a \n---\n 1\n(1 row)\n\nDROP TABLE t;\n"
    assert list(documents.tables(session)) == [" a \n---\n 1\n(1 row)"]


def test_rows_keep_the_cells_of_a_file() -> None:
    text = "name,legs\nArto,4\nBert,2\nCleo,6\nDora,1\n"
    for seed in range(30):
        shown = documents.rows(text, random.Random(seed))
        assert "Arto" in shown or "Bert" in shown or "Cleo" in shown
        assert documents.rows("one column\nof\nprose\n", random.Random(seed)) == ""


def test_a_notebook_is_read_for_its_prose() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Robots\n", "walk"]},
        {"cell_type": "code", "source": ["x = 1"]},
    ]
    assert documents.cells(json.dumps({"cells": cells})) == "# Robots\nwalk"
    assert documents.cells("no notebook") == ""


def test_formulas_are_set_as_latex_sets_them() -> None:
    text = "For :math:`x` let\n\n.. math::\n\n   \\frac{x}{2}\n\nbe half of it.\n"
    for seed in range(10):
        shown = documents.typeset(text, random.Random(seed))
        assert ":math:" not in shown
        assert ".. math::" not in shown
        assert "\\frac{x}{2}" in shown
        assert "be half of it." in shown
