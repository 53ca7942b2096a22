"""Passages of a text: where what was pasted begins and ends."""

import re
from itertools import islice

_BORDER = re.compile(r"\n[ \t>+-]*\n|^[^\w\n]*```[^\n]*$|^@@ [^\n]*$", re.MULTILINE)
"""Between two passages: a blank line, a fence, the head of a piece of a diff."""
_SAID = re.compile(r"[ \t]*(?:[^\W\d_]+['’,.:;!?]*[ \t]+){2,}[^\W\d_]+[^\w\n]*|[ \t]*")
"""A line of words, which is no code."""
_ENDS = re.compile(r"[.:!?…](?=\s|$)")
"""What a sentence ends with."""
_STATEMENT = re.compile(
    r"[;{}](?=\s|\Z)|(?<=\s)[-+*/|&:]?=(?=\s)"
    r"|[)\]][ \t]+(?!(?:and|or|if|else|in|is|not|for|as|of|from|import|instanceof)\b)(?=[^\W\d])"
    r"|(?:^|(?<=\s))(?:return|raise|throw|if|elif|else|try|except|catch|finally|for|foreach|while|do"
    r"|switch|case|with|def|class|func|fn|function|end|del|pass|break|continue|yield|assert|goto)\b"
)
"""What a statement begins or ends with, or has one of: lines need not divide them."""
_SEVERAL, _WIDE, _WIDE_MORE = 3, 130, 60
"""Statements; characters of one line, and so many more for two."""
_BESIDE = 400
"""Characters of its passage looked at on either side of an excerpt."""

type Span = tuple[int, int]


def beside(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after these characters in their passage."""
    before = text[max(0, start - _BESIDE) : start]
    after = text[end : end + _BESIDE]
    last = max((found.end() for found in _BORDER.finditer(before)), default=0)
    first = _BORDER.search(after)
    return before[last:], after[: first.start()] if first else after


def sentences(before: str, after: str) -> tuple[str, str]:
    """What of it is of the same sentences as what stands between."""
    begins = max((found.end() for found in _ENDS.finditer(before)), default=0)
    ends = _ENDS.search(after)
    return before[begins:].lstrip(), after[: ends.end()].rstrip() if ends else after.rstrip()


def joined(code: str) -> bool:
    """Whether a line or two of code hold what hardly anybody writes on so few: several statements,
    or more than fits a line."""
    if len(code) > _WIDE + code.count("\n") * _WIDE_MORE:
        return True
    return len(list(islice(_STATEMENT.finditer(code), _SEVERAL))) == _SEVERAL


def goes_on(lines: list[str]) -> int:
    """Length of the lines beside an excerpt, nearest first, that may be of it."""
    said = next((i for i, line in enumerate(lines) if _SAID.fullmatch(line)), len(lines))
    return sum(len(line) + 1 for line in lines[:said])


def whole_lines(text: str, first: Span, second: Span, last_but_one: Span, last: Span) -> Span:
    """The whole lines of these tokens, whose places count from a line break before the text. A
    token that is alone on the first or last line of an excerpt has got there by chance."""
    if "\n" in text[first[1] - 1 : second[0] - 1]:
        first = second
    if "\n" in text[last_but_one[1] - 1 : last[0] - 1]:
        last = last_but_one
    start = text.rfind("\n", 0, max(0, first[0] - 1)) + 1
    end = text.find("\n", last[1] - 1)
    return start, len(text) if end < 0 else end
