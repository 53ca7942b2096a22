"""Passwords, keys and tokens that `INSERT INTO t (name, token) VALUES …` puts into such columns.

The rule in `rules/secret_columns.yaml` finds the names of the columns; this reads the rows.
A column that is called `key` and no more counts where the table says what its keys are for:
others are names of settings, of files and of entries in a cache, beside a digest often as not.

Misses: statements without the names of the columns, more than 1,000 rows.
"""

import re
from collections.abc import Iterator

from detectors.engine import Hit
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
_ROW = re.compile(r"\s*,?\s*\(((?:[nNeE]?'(?:[^'\\]|''|\\.)*+'|\([^()']*+\)|[^()'])*+)\)")
_VALUE = re.compile(r"[nNeE]?'((?:[^'\\]|''|\\.)*)'|[^,'\s][^,']*")
_ROWS = 1000
_LONGEST = 20_000


def is_list(text: str, heading: Hit) -> bool:
    """Whether a heading is the list of the columns of a statement."""
    return text[heading.start - 1 : heading.start] == "("


def in_rows(text: str, columns: Hit) -> Iterator[tuple[int, int]]:
    """The places of the values that belong into columns of such names."""
    table = _NAME.search(text, max(0, columns.start - 100), columns.start)
    keys = table is not None and _OF_KEYS.search(table[0]) is not None
    names = [n.strip("`[]\"' \t\r\n") for n in text[columns.start : columns.end].split(",")]
    kinds = [
        password
        if _PASSWORD.fullmatch(n)
        else _is_key
        if _KEY.fullmatch(n) or (keys and n.lower() == "key")
        else None
        for n in names
    ]
    at = text.find("(", columns.end)
    for _ in range(_ROWS):
        row = _ROW.match(text, at, at + _LONGEST) if at >= 0 else None
        if row is None:
            return
        at = row.end()
        for kind, value in zip(kinds, _VALUE.finditer(text, *row.span(1)), strict=False):
            if kind and value[1] and kind(value[1]):
                yield value.span(1)


def _is_key(value: str) -> bool:
    return password(value) or (len(value) >= 16 and " " not in value and random(value))
