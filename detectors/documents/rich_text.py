"""Rich Text Format. Source: RTF specification 1.9.1. Misses: embedded objects and pictures."""

from striprtf.striprtf import rtf_to_text

from detectors.documents.base import Budget, Document


def is_one(data: bytes) -> bool:
    """By its first group."""
    return data.startswith(b"{\\rtf")


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    if not budget.take(len(data)):
        return Document(unread=frozenset({"archive"}))
    try:
        text: str = rtf_to_text(data.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, IndexError):
        return Document(unread=frozenset({"damaged"}))
    is_partial = b"\\objdata" in data
    return Document((text,), frozenset({"file"}) if is_partial else frozenset())
