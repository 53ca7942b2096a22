"""A few words around a find, with every find in them masked: what a person needs to judge it."""

from collections.abc import Iterable

AROUND = 20
"""Code points shown on either side."""

LONGEST = 40
"""Code points of the find itself."""

LONG_ENOUGH = 8
"""A shorter find would be told by its first letter."""


def excerpt(text: str, start: int, end: int, finds: Iterable[tuple[int, int]]) -> str:
    """`…ease write to j•••.•••@••••.••• about the…`: letters and digits of all `finds` are dots,
    but for the first of the find itself; so are all digits, found or not.
    """
    low, high = max(0, start - AROUND), min(len(text), min(end, start + LONGEST) + AROUND)
    shown = ["•" if c.isdigit() else c if c.isprintable() else " " for c in text[low:high]]
    for first, last in finds:
        for i in range(max(first, low), min(last, high)):
            if text[i].isalnum():
                shown[i - low] = "•"
    if end - start >= LONG_ENOUGH and text[start].isalpha():
        shown[start - low] = text[start]
    return f"{'…' * (low > 0)}{''.join(shown)}{'…' * (high < len(text))}"
