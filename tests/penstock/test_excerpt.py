"""Excerpts show where a find was, not what it was."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Detector, Match
from penstock.excerpt import AROUND, LONGEST, excerpt
from penstock.model import Prompt, Text
from penstock.pipeline import Scanner

SENT = "Please write to john.doe@acme.example today, or call +49 30 1234567, ok?"
MAIL = (SENT.index("john"), SENT.index(" today"))


def test_the_find_is_masked_and_so_are_its_neighbours() -> None:
    phone = (SENT.index("+49"), SENT.index(", ok"))
    assert (
        excerpt(SENT, *MAIL, [MAIL, phone])
        == "Please write to j•••.•••@••••.••••••• today, or call +•• …"
    )


@given(text=st.text(max_size=200), data=st.data())
def test_nothing_of_any_find_but_a_first_letter_is_shown(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = excerpt(text, start, end, [(start, end)]).strip("…")
    low = max(0, start - AROUND)
    masked = shown[start - low : min(end, start + LONGEST) - low]
    assert not any(c.isalnum() for c in masked[1:])
    assert not any(c.isdigit() for c in shown)
    assert len(shown) <= LONGEST + 2 * AROUND


def scanner(*evidence: str) -> Scanner:
    found = (Match("pii.email", *MAIL, 0.9), Match("secret.password", 0, 6, 0.9))
    detector = Detector("two", 1, frozenset({"pii.email"}), lambda _: found, (), ())
    return Scanner((detector,), (), b"k" * 32, evidence=evidence)


def excerpts(scan: Scanner) -> dict[str, bool]:
    findings = scan.scan(Prompt((Text("", "user", SENT),)))
    return {finding.data_class: bool(finding.excerpt) for finding in findings}


def test_only_classes_that_were_asked_for_have_excerpts_and_some_never() -> None:
    assert excerpts(scanner()) == {"secret.password": False, "pii.email": False}
    assert excerpts(scanner("pii.*", "secret.*")) == {"secret.password": False, "pii.email": True}
