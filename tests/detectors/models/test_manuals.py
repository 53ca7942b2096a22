"""Pages of manuals as material for the code classifier."""

import random

import pytest

from detectors.models.code import drawn, manuals, wrappings

MAN = r""".\" A comment
.TH ROBOT 1 "May 2026"
.SH NAME
robot \- walks
.SH SYNOPSIS
.B robot
[\fIlegs\fR]
.SH OPTIONS
.TP
.BI \-l " legs"
Walk on
.IR legs ,
see
.BR walk (1).
.IP \(bu
Rest \(em it helps.
.SH EXAMPLES
robot_walk();
.SS Inside
.nf
int main(void);
.fi
Then it rests.
"""
MDOC = r""".Dd May 1, 2026
.Sh DESCRIPTION
.Nm robot
walks, see
.Xr walk 1 .
.Bl -tag
.It Fl l Ar legs
On so many legs.
.El
.Bd -literal
robot_walk();
.Ed
"""


def test_a_page_is_shown_without_what_may_be_code() -> None:
    text = "\n".join(manuals.page(MAN))
    assert "NAME\n       robot - walks" in text
    assert "       -l legs\n              Walk on legs, see walk(1)." in text
    assert "       •\n              Rest — it helps." in text
    for code in ("robot_walk", "int main", "[legs]", "comment"):
        assert code not in text


def test_a_page_of_the_other_macros_is_shown_too() -> None:
    text = "\n".join(manuals.page(MDOC))
    assert "DESCRIPTION\n       robot walks, see walk(1) ." in text
    assert "       -l legs\n              On so many legs." in text
    assert "robot_walk" not in text


@pytest.mark.parametrize("seed", range(10))
def test_stretches_are_of_the_page(seed: int) -> None:
    lines = {line.strip() for line in manuals.page(MAN)}
    for text in manuals.stretches(MAN, 8, random.Random(seed)):
        assert {line.strip() for line in text.split("\n")} <= lines


@pytest.mark.timeout(60)
def test_a_page_of_one_megabyte_takes_linear_time() -> None:
    for piece in ('.BR "', "\\f[", "\\*[", ".It Fl Ar ", ".SH\n", "\\(", ".TP\n.B x\n"):
        manuals.page(piece * (1_000_000 // len(piece)))


@pytest.mark.parametrize("seed", range(40))
def test_a_line_in_a_sentence_is_all_of_the_line_and_most_of_the_text(seed: int) -> None:
    code = "def total(items):\n    return sum(i.price for i in items if i.price > 0)"
    text, [(start, end)] = wrappings.within(code, "Python", str, random.Random(seed))
    assert text[start:end] == code.split("\n")[1].strip()
    assert 2 * (end - start) > len(text)


def test_a_command_is_put_in_no_sentence() -> None:
    code = 'for f in *.log; do gzip "$f" && echo "$f"; done'
    for seed in range(40):
        text, _ = wrappings.within(code, "Shell", str, random.Random(seed))
        assert code in text.split("\n")


@pytest.mark.parametrize("seed", range(30))
def test_what_is_drawn_and_talked_has_more_than_blanks(seed: int) -> None:
    r = random.Random(seed)
    some = [f(lambda: "Er ging heim.", r) for f in (drawn.drawing, drawn.equations, drawn.sheets)]
    for text in (*some, drawn.names(r), drawn.talk(lambda: "Er ging heim.", r)):
        assert text.strip()
