"""Passwords, keys and tokens that `INSERT INTO t (name, token) VALUES …` puts into such columns.

The rule in `rules/secret_columns.yaml` finds the names of the columns; this reads the rows.
A column that is called `key` and no more counts where the table says what its keys are for:
others are names of settings, of files and of entries in a cache, beside a digest often as not.

Misses: statements without the names of the columns, more than 1,000 rows, rows of more than 20,000
characters; after rows that never end, shorter ones.
"""

import re
from collections.abc import Iterable, Iterator

from detectors.engine import Hit
from detectors.validators import Check
from detectors.validators.passwords import password
from detectors.validators.randomness import random

_PASSWORD = re.compile(r"(?i)(?:\w*[_ ])?(?:\w*passw(?:or)?[dt]|pass|pwd|pw|passphrase|kennwort)")
_KEY = re.compile(
    r"(?i)(?:\w*_)?(?:\w*token|\w*secret|(?:api|access|secret|private|auth|license|signing|master)_?key)"
    r"|\w+(?:Token|Secret|ApiKey|AccessKey|SecretKey|PrivateKey)"
)
_OF_KEYS = re.compile(
    r"(?i)(?:api|access|secret|private|auth|service)_?keys?|tokens?|secrets?|cred"
)
_NAME = re.compile(r"\S{1,80}\s*\(\s*\Z")
_NEXT = re.compile(r"\s*+,?\s*+(?=\()")
_ROW = re.compile(r"\(((?:[nNeE]?'(?:[^'\\]|''|\\.)*+'|\([^()']*+\)|[^()'])*+)\)")
_VALUE = re.compile(r"[nNeE]?'((?:[^'\\]|''|\\.)*)'|[^,'\s][^,']*")
_ROWS = 1000
_LONGEST = 20_000
_SHORTEST = 1000
"""Each row that does not end halves what is read of others, to no less than this."""


def is_list(text: str, heading: Hit) -> bool:
    """Whether a heading is the list of the columns of a statement."""
    return text[heading.start - 1 : heading.start] == "("


def in_rows(text: str, lists: Iterable[Hit]) -> Iterator[tuple[Hit, int, int]]:
    """The places of the values that belong into columns of such names, each with its list."""
    longest = _LONGEST
    for columns in lists:
        kinds = _kinds(text, columns)
        at = text.find("(", columns.end)
        for _ in range(_ROWS):
            begun = _NEXT.match(text, at) if at >= 0 else None
            if begun is None:
                break
            row = _ROW.match(text, begun.end(), begun.end() + longest)
            if row is None:
                longest = max(_SHORTEST, longest // 2)
                break
            at = row.end()
            for kind, value in zip(kinds, _VALUE.finditer(text, *row.span(1)), strict=False):
                if kind and value[1] and kind(value[1]):
                    yield columns, *value.span(1)


def _kinds(text: str, columns: Hit) -> list[Check | None]:
    """What each of the columns holds, if that is secret."""
    table = _NAME.search(text, max(0, columns.start - 100), columns.start)
    keys = table is not None and _OF_KEYS.search(table[0]) is not None
    names = [n.strip("`[]\"' \t\r\n") for n in text[columns.start : columns.end].split(",")]
    return [
        password
        if _PASSWORD.fullmatch(n)
        else _is_key
        if _KEY.fullmatch(n) or (keys and n.lower() == "key")
        else None
        for n in names
    ]


def _is_key(value: str) -> bool:
    return password(value) or (len(value) >= 16 and " " not in value and random(value))
