"""Files that were put into a document, as OLE wraps them.

Source: [MS-OLEDS] 2.2.4, 2.2.5 and 2.3.6, read 2026-11-29.
"""

from collections.abc import Iterator
from struct import error, unpack_from

from detectors.documents import read, read_anything
from detectors.documents.base import Budget, Document, letters

_SIZE_BYTES = 4
"""Of the length in front of a package in a stream of its own."""


def package(content: bytes, budget: Budget) -> Iterator[Document]:
    """The stream `Ole10Native`: a file's name, two paths, and what is in it."""
    try:
        name, path, rest = content[_SIZE_BYTES + 2 :].split(b"\0", 2)
        (length,) = unpack_from("<I", rest, 4)
        (size,) = unpack_from("<I", rest, 8 + length)
    except (error, ValueError):
        yield Document(letters(content), frozenset({"file"}))
        return
    start = 12 + length
    yield Document((name.decode("cp1252", "replace"), path.decode("cp1252", "replace")))
    yield read_anything(rest[start : start + size], budget)
    yield Document(letters(rest[start + size :]))


def embedded(content: bytes, budget: Budget) -> Iterator[Document]:
    """An object as the first version of OLE keeps it, which is how Rich Text does."""
    try:
        at = 8
        names = []
        for _ in range(3):
            (length,) = unpack_from("<I", content, at)
            names.append(content[at + 4 : at + 4 + length].rstrip(b"\0"))
            at += 4 + length
        (size,) = unpack_from("<I", content, at)
    except error:
        yield Document(letters(content), frozenset({"file"}))
        return
    inside = content[at + 4 : at + 4 + size]
    if names[0] == b"Package":
        yield from package(bytes(_SIZE_BYTES) + inside, budget)
    else:
        yield read(inside, budget) or Document(letters(inside), frozenset({"file"}))
