"""Values that lie across two pieces of one upload.

Pieces are read one at a time, and may come in any order. The ends of each are kept sealed until its
upload is over, see `threads`; each new piece is looked at together with the ends of the others.
Where all of them are kept anyway, so that a model can be told the file, the file is looked at too
once it is complete.
Misses elsewhere: a value that takes three pieces; bytes that are no text; what only all pieces
together are.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from detectors import documents
from penstock.model import Finding, Prompt, Text
from penstock.pipeline import Scanner

END_CHARACTERS = 256
MOST = 64
"""Other pieces of an upload that one is compared with: of more, the newest, and then it counts as
one that was not inspected."""
WHERE = "pieces#file"
"""Where such values are found: no edit of a request takes them out."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The ends of a piece."""

    upload: str = field(repr=False)
    """The name that all pieces of the upload go by."""
    head: str = field(repr=False)
    tail: str = field(repr=False)


def ends(upload: str, data: bytes) -> Piece | None:
    """The ends of a piece that is text."""
    text = data.decode("utf-8", "replace")
    if not text or "\0" in text:
        return None
    return Piece(upload, text[:END_CHARACTERS], text[-END_CHARACTERS:])


def across(own: Piece, others: Sequence[Piece], scanner: Scanner) -> Iterator[Finding]:
    """What is found where `own` may lie next to one of `others`, and in neither alone."""
    joints = [
        (first.tail + second.head, len(first.tail))
        for other in others
        for first, second in ((other, own), (own, other))
    ]
    texts = tuple(Text(str(i), "user", text) for i, (text, _) in enumerate(joints))
    for finding in scanner.scan(Prompt(texts)):
        if finding.start < joints[int(finding.where)][1] < finding.end:
            yield replace(finding, where=WHERE, start=0, end=0)


def together(
    whole: bytes, known: Collection[tuple[str, str]], scanner: Scanner
) -> Iterator[Finding]:
    """What is found in a file that came in pieces, but for what was found in one of them: `known`,
    by class and fingerprint. Each value once."""
    found = documents.read(whole) or documents.plain(whole)
    texts = tuple(Text(str(i), "user", text) for i, text in enumerate(found.texts))
    told = set(known)
    for finding in scanner.scan(Prompt(texts)):
        if (value := (finding.data_class, finding.fingerprint)) not in told:
            told.add(value)
            yield replace(finding, where=WHERE, start=0, end=0)
