"""What of a document could not be read, in words for whoever sent it to be read."""

from collections import defaultdict

from detectors.documents import Document

NO_TEXT = frozenset({"file", "image"})
"""What programs, pictures and other data are; anything else may hide a text."""
_NAMED = 3
"""Files in a document, at most, of which a reason gives the names."""
_WHY = {
    "encrypted": ("encrypted", "remove the password"),
    "damaged": ("damaged", "save or pack it anew; what can be read of it was"),
    "archive": ("too large or packed too deep", "unpack it and name the folder"),
    "image": ("pictures", "`detection.ocr` in penstock.yaml reads what is written in them"),
    "file": ("neither text nor a known document", "save it as text or PDF if it holds any"),
}
NOT_TEXT = ": ".join(_WHY["file"])


def why(document: Document) -> str:
    """Each reason, in which files of the document, and what to do; nothing if all was read."""
    where: defaultdict[str, list[str]] = defaultdict(list)
    for member, kind in sorted(document.missing):
        where[kind] += [member] * bool(member)
    return "; ".join(
        _reason(kind, where[kind], is_part=bool(document.texts)) for kind in sorted(document.unread)
    )


def _reason(kind: str, members: list[str], *, is_part: bool) -> str:
    reason, mend = _WHY.get(kind, (kind, ""))
    if members:
        more = len(members) - _NAMED
        among = ", ".join(members[:_NAMED]) + f" and {more} more" * (more > 0)
        reason += f" ({among} in it)"
    elif is_part:
        reason += " (a part of it)"
    return f"{reason}: {mend}" if mend else reason
