"""Prompts as people at work write them, none like another, with nothing in them to object to."""

import json
from collections.abc import Callable
from itertools import count
from random import Random

_TEXT = """
Please rewrite the following paragraph so that it reads well for people who are new to the topic.
The meeting moved to the afternoon because the large room was taken in the morning.
We would like to compare both drafts and keep the parts that are easier to understand.
Our customers often ask how long a delivery takes and what happens when nobody is at home.
The new heating uses about a third less energy than the old one did in a normal winter.
Can you suggest a better title for the chapter about planning and one for the chapter on risks?
The numbers in the second table are rounded, so they do not add up to exactly one hundred percent.
I would prefer short sentences, plain words and one example for every rule.
When a machine stops, the operator first checks the belt, then the sensor and finally the fuse.
The survey shows that most people read the summary and look at the charts only.
Explain in two or three steps how the team can find out which version is installed.
It rained for most of the week, so the work on the roof will take a little longer.
The training has four parts: safety, tools, documentation and a small test at the end.
Many of the questions were about parking, lunch and the opening hours of the library.
Draft a friendly reply that thanks them for the idea and says that we will look into it.
The warehouse counts its stock twice a year and writes every difference into a list.
A good report says first what was decided, then why, and only then how it will be done.
Which of these three layouts works best on a small screen, and what would you change?
The supplier promises a lighter frame, although the price stays the same for now.
After the update the start page loads faster, but the search still feels slow.
Make a list of ten questions that a new colleague could ask during the first week.
The garden behind the office gets little sun, so we need plants that like shade.
Some departments plan by quarter, others by month, which makes a common calendar difficult.
Translate the instructions into simple language and keep the order of the steps.
The old process needed five forms; the new one needs one form and a short conversation.
"""
_SENTENCES = _TEXT.strip().splitlines()
_INNER = sorted({word for line in _SENTENCES for word in line.split()[1:-1] if word.isalpha()})
_SYSTEM = "You are a careful assistant who answers briefly."

_random = Random(20261)
_unseeded = Random()  # what a proxy saw in an earlier round, it does not look at again
_serial = count()


def prompt(size_bytes: int) -> str:
    """About so many characters that no earlier prompt was, in sentences that hardly any was."""
    parts, size = [f"Note {_word(next(_serial))}."], 0
    while size < size_bytes:
        words = _random.choice(_SENTENCES).split()
        for at in _random.sample(range(1, len(words) - 1), 2):
            words[at] = _random.choice(_INNER)
        parts.append(" ".join(words))
        size += len(parts[-1]) + 1
    return " ".join(parts)[:size_bytes]


def unseen(size_bytes: int) -> str:
    """The same in sentences that no earlier prompt had either, only its words."""
    words = _unseeded.choices(_TEXT.split(), k=size_bytes // 5)
    lines = (" ".join(words[i : i + 12]) for i in range(0, len(words), 12))
    return "\n".join(lines)[:size_bytes]


def body(size_bytes: int, write: Callable[[int], str] = prompt) -> bytes:
    """A chat completion request with such a prompt."""
    messages = [
        {"role": "system", "content": _SYSTEM},
        {"role": "user", "content": write(size_bytes)},
    ]
    return json.dumps({"model": "gpt-5", "messages": messages}).encode()


def _word(number: int) -> str:
    letters = ""
    while number:
        number, digit = divmod(number, 26)
        letters += "abcdefghijklmnopqrstuvwxyz"[digit]
    return letters or "a"
