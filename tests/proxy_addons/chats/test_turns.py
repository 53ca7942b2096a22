"""A chat is the same one when its turns are, wherever a program has cut it off."""

from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from penstock.model import Finding, Prompt, Text
from proxy_addons.chats.turns import MOST_MARKS, Recognized, recognize

LONG = "Please look through the figures of the last quarter and say which of them stand out to you."


def digest(text: str) -> bytes:
    return blake2b(text.encode(), key=b"key", digest_size=16).digest()


def chat(*texts: str, found: tuple[int, ...] = (), user: str = "erika") -> Recognized:
    """Turns of the person and the model by turns; `found`: those that hold something."""
    prompt = Prompt(
        tuple(
            Text(f"/messages/{i}/content", ("user", "assistant")[i % 2], text)
            for i, text in enumerate(texts)
        )
    )
    findings = tuple(
        Finding(f"/messages/{i}/content", 0, 1, "pii.email", "lab@1", 1.0, "ff") for i in found
    )
    digests = [digest(text.text) for text in prompt.texts]
    return recognize(prompt, digests, findings, user, digest)


def test_a_first_turn_without_findings_says_nothing_about_its_chat() -> None:
    assert chat("hi").marks == ()


def test_a_chat_is_known_again_when_it_goes_on() -> None:
    first = chat("mail a@b.example", found=(0,))
    later = chat("mail a@b.example", "Done.", "thanks", found=(0,))

    assert set(first.marks[first.first_found :]) <= set(later.marks)


def test_a_chat_is_known_again_when_its_oldest_turns_are_dropped() -> None:
    turns = (
        "mail a@b.example",
        "Done.",
        LONG,
        "None of them does.",
        "Sure?",
        "Yes, all are usual.",
    )
    whole, cut = chat(*turns, found=(0,)), chat(*turns[2:], "Thanks")

    assert set(whole.marks) & set(cut.marks)


def test_small_talk_is_of_no_chat_in_particular() -> None:
    one = chat("hello", "hi", "mail a@b.example", "Done.", "thanks", found=(2,))
    other = chat("hello", "hi", "thanks", "You're welcome", "bye")

    assert not set(one.marks) & set(other.marks)


def test_what_was_decided_is_not_known_by_turns_before_the_first_finding() -> None:
    shared = (LONG, "None of them does.")
    one = chat(*shared, "mail a@b.example", found=(2,))
    other = chat(*shared, "What is the weather like?")

    assert set(one.marks) & set(other.marks)
    assert not set(one.marks[one.first_found :]) & set(other.marks)


def test_the_same_words_of_somebody_else_are_another_chat() -> None:
    mine = chat(LONG, LONG, found=(0,))
    theirs = chat(LONG, LONG, found=(0,), user="max")

    assert not set(mine.marks) & set(theirs.marks)


def test_only_what_is_in_the_newest_message_is_new() -> None:
    found = chat("mail a@b.example", "Done.", "and c@d.example", found=(0, 2))

    assert [is_newest for _, is_newest in found.traces] == [False, True]


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=300))
def test_a_long_chat_has_only_so_many_marks(texts: list[str]) -> None:
    assert len(chat(*texts, found=(0,)).marks) <= MOST_MARKS
