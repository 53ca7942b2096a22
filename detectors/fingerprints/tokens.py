"""Texts as rows of codes: code without comments, spacing and names; prose as its words.

One reading for all languages: what matters is that the same source always gives the same codes,
not that they are a grammar's. A name is only its distance to where it stood before, so that code
with other names has the same codes as long as it says the same.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from detectors.fingerprints.cells import WITHIN, normal_word
from detectors.fingerprints.keyed import Words

_IMPORTS = r"rom[ \t]+[\w.]+[ \t]+import\b[^\n(]*$", r"mport[ \t][^\n=(]*$", r"[ \t]*include[^\n]*$"
_PACKAGE, _USING = r"ackage[ \t][^\n=(]*$", r"sing[ \t][^\n=(]*$"
_STARRED = r"[ \t/][^\n]*"
_SPACE = r"[\s\x1c-\x1f]"
"""Also where `re` reads ASCII only."""
# each begins with a sign, by which `re` passes over it, and only then looks back
_READ = (
    r"\n[-+>](?=[ \t\w{}()]|$)"  # the margin of a diff or of a quotation
    # lines of imports, and what an excerpt has of a comment that it begins in
    rf"|[ \t](?<=\n[ \t])[ \t]*(?:f{_IMPORTS[0]}|i{_IMPORTS[1]}|p{_PACKAGE}|u{_USING}"
    rf"|\#{_IMPORTS[2]}|\*{_STARRED})"
    rf"|f(?<=\nf){_IMPORTS[0]}|i(?<=\ni){_IMPORTS[1]}|p(?<=\np){_PACKAGE}|u(?<=\nu){_USING}"
    rf"|\#(?<=\n\#){_IMPORTS[2]}|\*(?<=\n\*){_STARRED}"
    r"|/\*(?s:.*?)\*/|//[^\n]*|<!--(?s:.*?)-->"
    rf"|\#(?:(?<={_SPACE}\#)|(?<=\+\#))[^\n]*|-(?<={_SPACE}-)-[ \t][^\n]*|;(?<={_SPACE};);[^\n]*"
    r'|"""|' + r"'''"  # what is inside is read like the rest: an excerpt may begin there
    # none begins behind a backslash: a line of such signs would be read to its end for each
    r'|"(?<!\\")[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
    r"|'(?<!\\')[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'|`(?<!\\`)[^`\\\n]*+(?:\\.[^`\\\n]*+)*+`"
    r"|[^\W\d]\w*|\d[\w.]*"
    r"|[-+*/%&|^!=<>:?~.@$\\]+|[()\[\]{},]"
)
_CODE = re.compile(_READ, re.MULTILINE)
_PLAIN_CODE = re.compile(_READ, re.MULTILINE | re.ASCII)
"""The same for what is ASCII, as most code is: faster."""
_UNENDING = str.maketrans("/*<!-", "\ue000\ue001\ue002\ue003\ue004")
"""For the beginning of a comment that has no end, which would be sought to the end of the text:
signs that say nothing in code, and are what they were within a string."""
_AS_WRITTEN = {new: old for old, new in _UNENDING.items()}
_TYPED = str.maketrans("“”„‟‘’‚‛", '""""' + "''''")
"""What programs for letters make of quotation marks."""
_COMMENTS = ("//", "/*", "* ", "*\t", "*/", "<!--", "-- ", "--\t")
_ALONE = r"\u3040-\u309f\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
"""Scripts without spaces between words: each character is read by itself."""
_FOREIGN = r"\u30a0-\u30ff"
"""That of Japanese for words from elsewhere, however long: as many in a row are one."""
_LETTERS = rf"[^\W_{_ALONE}{_FOREIGN}]"
_PROSE = re.compile(
    rf"[{_ALONE}]|[{_FOREIGN}]+"
    rf"|{_LETTERS}+(?:[-\u2010\u2011](?:[ \t]*\r?\n[ \t]*)?{_LETTERS}+"
    rf"|\u00ad[ \t]*\r?\n[ \t]*{_LETTERS}+|[{WITHIN}]+{_LETTERS}*)*"
)
"""Words, also divided at the end of a line: a hyphen within one does not count."""
_PLAIN_PROSE = re.compile(r"[A-Za-z0-9]+(?:-(?:[ \t]*\r?\n[ \t]*)?[A-Za-z0-9]+)*")
"""The same for what is ASCII."""
_KEYWORDS = (
    "abstract and as assert async await break catch class const constructor continue def del "
    "do elif else esac except export extends extern false fi finally for from function if "
    "implements import in instanceof interface is lambda let nil none nonlocal not or pass "
    "pub public raise return static this throw throws true try typedef typeof unless until "
    "var void volatile while with yield None True False "
)
_RESERVED = frozenset(_KEYWORDS.split())
"""Words that are hardly ever a name; what is a keyword here and a name there (`type`, `end`) counts
as a name everywhere, so that it is the same before and after it was renamed."""
_WORD, _NUMBER, _STRING, _SIGN = (np.uint64(kind << 32) for kind in (1, 2, 3, 4))
_NAME = 1 << 63
_NAMED = np.uint64(5 << 32)
NAMED_AFRESH = np.uint64(0xA0761D6478BD642F)
"""The code of a name that stood nowhere near."""
_NEW = 1 << 20
_LENGTH = 40
_TEMPLATE = re.compile(r"\{[^{}]*\}|(?<=%)\([^()]*\)|\$\w+")
_MOST = 500_000
"""A table of more tokens starts anew: comments are long, and never come again."""


class Table(dict[str, int]):
    """Token -> code: 0 for what does not count; else from the low end a hash (32 bits), the kind
    (3), the length of a name, string or number (8 from the 40th); names have the highest bit."""

    def __missing__(self, token: str) -> int:
        """Works it out once."""
        code = self[token] = self._code(token)
        return code

    def _code(self, token: str) -> int:
        token = token.translate(_AS_WRITTEN)
        first = token[0]
        if first in " \t\n#;" or token.startswith(_COMMENTS):
            return 0
        if first.isalpha() or first == "_":
            if " " in token or "\t" in token:
                return 0  # a line of imports
            if token in _RESERVED:
                return int(_WORD) | crc32(token.encode())
            return _NAME | _length(token) | crc32(token.encode("utf-8", "replace"))
        if first.isdigit():
            return int(_NUMBER) | _length(token) | crc32(token.lower().encode())
        if first in "\"'`":
            return self._string(token)
        return int(_SIGN) | crc32(token.encode("utf-8", "replace"))

    def _string(self, token: str) -> int:
        if token in ('"""', "'''"):
            return 0
        # a template names variables, which may have been renamed
        inner = _TEMPLATE.sub("{}", "".join(token[1:-1].split()))
        return int(_STRING) | _length(inner) | crc32(inner.encode("utf-8", "replace"))


def _length(token: str) -> int:
    return min(len(token), 255) << _LENGTH


CHARACTER = 1 << 32
_EAST = "\u0e00"


class WordTable(dict[str, int]):
    """Word -> code: a hash; a character that was read by itself has one bit more."""

    def __missing__(self, word: str) -> int:
        """Works it out once."""
        plain = "".join(filter(str.isalnum, normal_word(word)))
        code = crc32(plain.encode("utf-8", "replace"))
        if len(word) == 1 and word >= _EAST:
            code |= CHARACTER
        self[word] = code
        return code


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
    named: NDArray[np.bool_]
    """Which are names."""
    tokens: NDArray[np.intp]
    """Which token of the text each code is."""
    parts: list[str] = field(repr=False)
    """The tokens."""
    read: str = field(repr=False)
    """What they are of, each where it was in the text."""


_COMMA, *_CLOSES = (np.uint64(Table()[sign]) for sign in ",)]}")


def code(text: str, table: Table) -> Row:
    """Source code as codes; what was read is the text after a line break."""
    read, tokens = _tokens(text, table)
    every = np.fromiter(map(table.__getitem__, tokens), np.uint64, len(tokens))
    kept = every.nonzero()[0]
    codes = every[kept]
    # a comma before what closes is what formatters put there or take away
    commas = (codes[:-1] == _COMMA).nonzero()[0]
    after = codes[commas + 1]
    last = commas[(after == _CLOSES[0]) | (after == _CLOSES[1]) | (after == _CLOSES[2])]
    if len(last):
        kept = np.delete(kept, last)
        codes = every[kept]
    is_name = codes >= _NAME
    named = is_name.nonzero()[0]
    order = named[codes[named].argsort(kind="stable")]
    back = np.zeros(len(codes), np.int32)
    back[named] = _NEW
    sorted_ = codes[order]
    again = sorted_[1:] == sorted_[:-1]
    back[order[1:][again]] = (order[1:] - order[:-1])[again]
    shape = codes.copy()
    shape[named] = back[named].astype(np.uint64) | _NAMED
    return Row(codes, shape, back, is_name, kept, tokens, read)


def count(text: str, table: Table) -> int:
    """How many codes a text of source code is."""
    return sum(map(bool, map(table.__getitem__, _tokens(text, table)[1])))


def _tokens(text: str, table: Table) -> tuple[str, list[str]]:
    """What is read of a text, and its tokens."""
    if len(table) > _MOST:
        table.clear()
    plain = text.isascii()
    if not plain:
        text = text.translate(_TYPED)
    read = _closed(_closed("\n" + text, "/*", "*/"), "<!--", "-->")
    return read, (_PLAIN_CODE if plain and read.isascii() else _CODE).findall(read)


def _closed(text: str, opens: str, closes: str) -> str:
    """The text, as long as it is, with other signs for what opens comments that never end."""
    last = max(0, text.rfind(closes) + 1 - len(opens))
    if text.find(opens, last) < 0:
        return text
    return text[:last] + text[last:].replace(opens, opens.translate(_UNENDING))


def prose(text: str, table: WordTable) -> Row:
    """The words of a text as codes."""
    if len(table) > _MOST:
        table.clear()
    words = (_PLAIN_PROSE if text.isascii() else _PROSE).findall(text)
    codes = np.fromiter(map(table.__getitem__, words), np.uint64, len(words))
    none = np.zeros(len(words), np.int32)
    return Row(codes, codes, none, none > 0, np.arange(len(words)), words, text)


def words(text: str) -> int:
    """How many words a text has."""
    return len(_PROSE.findall(text))


def places(row: Row, wanted: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Start and end of some codes in what was read."""
    spans: dict[int, tuple[int, int]] = {}
    find = row.read.index
    end = after = 0
    for i in sorted({*wanted}):
        number = int(row.tokens[i])
        for token in row.parts[after : number + 1]:
            end = find(token, end) + len(token)
        after = number + 1
        spans[i] = (end - len(row.parts[number]), end)
    return spans
