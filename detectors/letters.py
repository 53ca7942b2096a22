r"""Letters and digits of all scripts as a few ranges, for expressions.

`\pL` names some hundred and forty thousand characters in 650 ranges, and an expression is compiled
with all of them wherever it says so: `\pL{3,40}` has more states than RE2 keeps, so that it falls
back to its slow way. The ranges here are those of the Unicode blocks that hold letters.

Source: Unicode 16, Blocks.txt.

Misses: the marks and signs within those blocks count as letters; mathematical letters do not.
"""

import re

_RANGES = {
    r"\pL": r"A-Za-zªµºÀ-ÖØ-öø-\x{2AF}\x{370}-\x{1FFF}\x{2C00}-\x{2DFF}\x{3040}-\x{D7FF}"
    r"\x{F900}-\x{FDFF}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{FF66}-\x{FFDC}\x{20000}-\x{323AF}",
    r"\pN": r"0-9²³¹¼-¾\x{2070}-\x{2089}\x{2150}-\x{218B}\x{2460}-\x{249B}\x{FF10}-\x{FF19}",
}
_PART = re.compile(r"\\p[LN]|\\.|\[\^?|\]", re.DOTALL)


def in_ranges(expression: str) -> str:
    """The expression with `\\pL` and `\\pN` written as ranges, in brackets and outside."""
    inside = False

    def part(found: re.Match[str]) -> str:
        nonlocal inside
        text = found[0]
        if ranges := _RANGES.get(text):
            return ranges if inside else f"[{ranges}]"
        if text[0] != "\\":
            inside = text != "]"
        return text

    return _PART.sub(part, expression) if r"\p" in expression else expression
