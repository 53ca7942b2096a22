"""Which sentences the language model is shown."""

from itertools import pairwise

import pytest

from detectors.name_passages import openers, passages


def shown(text: str) -> list[str]:
    return [text[start:end] for start, end in passages(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Please explain this.",
        "yes please",
        "I think I can do it, and then I'm done.",
        "Wir haben das. Er ist auch da?",
        "- the first point\n- another one\n",
        "Est-ce que tu es là ?",
        "123 456",
        "",
        "Can you suggest a better title?",
        "We Need the Second Draft of this.",
        "1. Please shorten it.\n2. Explain why.",
        "see PostHogPageView and MAX_LENGTH there",
    ],
)
def test_what_names_nobody_is_not_shown(text: str) -> None:
    assert shown(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Ask Kowalski.",
        "Kowalski called.",
        "my colleague katarzyna said so",
        "it is in Łódź",
        "he lives at 12 mill lane",
        "IBAN please",
        "Dr. Brown is here.",
        "the I-Team of Ada",
        "please ask Can about it",
        "yes, Mr. Strange, it is",
        "«dietmar» said so",
    ],
)
def test_what_may_name_somebody_is_shown(text: str) -> None:
    assert shown(text) == [text]


def test_only_the_sentence_with_the_name_is_shown() -> None:
    text = "Please look at all of what is written in this. Ada Lovelace said so. What do you think?"
    assert shown(text) == ["Ada Lovelace said so. "]


def test_a_short_sentence_before_it_is_shown_too() -> None:
    text = "Please look at all of what is written in this. What's your name?\n\nArcuri"
    assert shown(text) == ["What's your name?\n\nArcuri"]


def test_a_title_ends_no_sentence() -> None:
    text = "I met with Mrs. Brown and Prof. Dr. med. Long at noon."
    assert shown(text) == [text]


def test_neighbours_are_shown_together() -> None:
    text = "Kind regards\nAda Lovelace\nHead of Planning, Acme\n"
    assert "".join(shown(text)).endswith("Ada Lovelace\nHead of Planning, Acme\n")


def test_passages_are_short_and_in_order() -> None:
    text = "Ada wrote to Bob and Eve " * 200 + "\n" + "Ada. " * 300
    found = list(passages(text))
    assert all(0 < end - start <= 280 for start, end in found)
    assert all(a[1] <= b[0] for a, b in pairwise(found))
    assert "".join(shown(text)).count("Ada") == text.count("Ada")


def test_words_that_begin_sentences_are_no_names() -> None:
    assert {"the", "der", "la", "please"} <= openers()
    assert not {"anna", "mark", "rose", "smith", "nowak", "paris"} & openers()
