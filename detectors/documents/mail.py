"""E-mail as a file: what stands in its headers, its text, and each attachment.

Source: RFC 5322, RFC 2045 to 2049. Misses: S/MIME and OpenPGP bodies, which count as encrypted.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from detectors.documents import picture, read_anything
from detectors.documents.base import Budget, Document, gathered

_HEAD = re.compile(
    rb"\A(?:From [^\r\n]+\r?\n)?(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n(?:[ \t][^\n]*\n)*)+"
)
_NEEDED = re.compile(rb"^(?:mime-version|message-id|received):", re.IGNORECASE | re.MULTILINE)
_SHOWN = ("from", "to", "cc", "bcc", "reply-to", "subject", "date")
_SEALED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")


def is_one(data: bytes) -> bool:
    """Headers at the front, one of which only mail has."""
    head = _HEAD.match(data[:4096])
    return head is not None and _NEEDED.search(head[0]) is not None


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_parts(data, budget))


def _parts(data: bytes, budget: Budget) -> Iterator[Document]:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)  # by its policy
    shown = [f"{name}: {message[name]}" for name in _SHOWN if message[name]]
    yield Document(("\n".join(shown),))
    for part in message.walk():
        if part.get_content_type() in _SEALED:
            yield Document(unread=frozenset({"encrypted"}))
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        if not budget.take(len(content)):
            yield Document(unread=frozenset({"archive"}))
            return
        if name := part.get_filename():
            yield Document((name,))
        if part.get_content_maintype() == "text":
            charset = part.get_content_charset() or "utf-8"
            yield Document((content.decode(charset, "replace"),))
        elif part.get_content_maintype() == "image":
            yield picture.within(content, budget)
        else:
            yield read_anything(content, budget)
