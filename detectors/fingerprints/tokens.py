"""Texts as rows of codes: code without comments, spacing and names; prose as its words.

One reading for all languages: what matters is that the same source always gives the same codes,
not that they are a grammar's. A name is only its distance to where it stood before, so that code
with other names has the same codes as long as it says the same.
"""

import re
import unicodedata
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.keyed import Words

_CODE = re.compile(
    r"\n[-+>](?=[ \t\w{}()]|$)"  # the margin of a diff or of a quotation
    r"|/\*(?s:.*?)\*/|//[^\n]*|<!--(?s:.*?)-->"
    r"|(?<=[\s+])#[^\n]*|(?<=\s)(?:--[ \t]|;;)[^\n]*"
    r'|"""(?s:.*?)"""|' + r"'''(?s:.*?)'''"
    r'|"(?:[^"\\\n]|\\.)*"|' + r"'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.)*`"
    r"|[^\W\d]\w*|\d[\w.]*"
    r"|[-+*/%&|^!=<>:?~.@$\\]+|[()\[\]{},]",
    re.MULTILINE,
)
_PROSE = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]"
    r"|(?:(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f])\w)+"
)
_KEYWORDS = (
    "abstract and as assert async await begin break case catch class const constructor "
    "continue def default defer del delete do elif else elsif end enum esac except export "
    "extends extern false fi final finally fn for foreach from func function global go goto "
    "if impl implements import in include init instanceof interface is lambda let namespace "
    "new nil none nonlocal not null or override package pass private protected protocol pub "
    "public raise return static struct super switch this throw throws trait true try type "
    "typedef typeof unless until using var void volatile when where while with yield "
)
_RESERVED = frozenset(_KEYWORDS.split())
_WORD, _NUMBER, _STRING, _SIGN = (np.uint64(kind << 32) for kind in (1, 2, 3, 4))
_NAME = 1 << 63
_NAMED = np.uint64(5 << 32)
_NEW = 1 << 20
_TEMPLATE = re.compile(r"[{$%]")
_MOST = 500_000
"""A table of more tokens starts anew: comments are long, and never come again."""


class Table(dict[str, int]):
    """Token -> code: 0 for what does not count, names with their highest bit set."""

    def __missing__(self, token: str) -> int:
        """Works it out once."""
        code = self[token] = self._code(token)
        return code

    def _code(self, token: str) -> int:
        first = token[0]
        if first.isalpha() or first == "_":
            lower = token.lower()
            if lower in _RESERVED:
                return int(_WORD) | crc32(lower.encode())
            return _NAME | crc32(token.encode("utf-8", "replace"))
        if first.isdigit():
            return int(_NUMBER) | crc32(token.lower().encode())
        if first in "\"'`":
            return self._string(token)
        if first in "\n#;" or token.startswith(("//", "/*", "<!--", "-- ", "--\t")):
            return 0
        return int(_SIGN) | crc32(token.encode("utf-8", "replace"))

    def _string(self, token: str) -> int:
        if token[:3] in ('"""', "'''"):
            return 0  # a comment in most languages that have them
        inner = "".join(token[1:-1].split())
        # a template names variables, which may have been renamed
        return int(_STRING) | (
            0 if _TEMPLATE.search(inner) else crc32(inner.encode("utf-8", "replace"))
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One text as codes."""

    codes: Words
    """Names are codes like all others."""
    shape: Words
    """The same, where a name is only how far back it stood before."""
    back: NDArray[np.int32]
    """That distance for each name, 0 for what is none. Names that are new are further back than
    any run is long."""
    tokens: NDArray[np.intp]
    """Which token of the text each code is."""


def code(text: str, table: Table | None = None) -> Row:
    """Source code as codes."""
    table = Table() if table is None else table
    if len(table) > _MOST:
        table.clear()
    tokens = _CODE.findall("\n" + text)
    every = np.fromiter(map(table.__getitem__, tokens), np.uint64, len(tokens))
    kept = np.flatnonzero(every)
    codes = every[kept]
    named = np.flatnonzero(codes >> np.uint64(63))
    order = named[np.argsort(codes[named], kind="stable")]
    back = np.zeros(len(codes), np.int32)
    back[named] = _NEW
    again = codes[order[1:]] == codes[order[:-1]]
    back[order[1:][again]] = (order[1:] - order[:-1])[again]
    shape = codes.copy()
    shape[named] = back[named].astype(np.uint64) | _NAMED
    return Row(codes, shape, back, kept)


def code_places(text: str) -> list[tuple[int, int]]:
    """Start and end of each token of source code."""
    return [(max(0, m.start() - 1), m.end() - 1) for m in _CODE.finditer("\n" + text)]


def prose(text: str) -> Row:
    """The words of a text as codes."""
    words = [unicodedata.normalize("NFKC", w) for w in _PROSE.findall(text.casefold())]
    codes = np.fromiter((crc32(w.encode("utf-8", "replace")) for w in words), np.uint64, len(words))
    return Row(codes, codes, np.zeros(len(words), np.int32), np.arange(len(words)))


def prose_places(text: str) -> list[tuple[int, int]]:
    """Start and end of each word."""
    return [m.span() for m in _PROSE.finditer(text)]
