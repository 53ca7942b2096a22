"""E-mail as a file, or several in one: their headers that people write, texts and attachments.

Source: RFC 5322, RFC 2045 to 2049, RFC 4155. Misses: S/MIME and OpenPGP bodies, which count as
encrypted; headers that only programs write.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message

from detectors.documents import picture, read_anything
from detectors.documents import read as read_document
from detectors.documents.base import Budget, Document, gathered, plain

_HEAD = re.compile(
    rb"(?:From [^\r\n]+(?:\r\n?|\n))?"
    rb"(?:[A-Za-z][\w.-]*:[^\r\n]*(?:\r\n?|\n)(?:[ \t][^\r\n]*(?:\r\n?|\n))*+)++"
)
_HEAD_BYTES = 1 << 16
_NEEDED = re.compile(
    rb"(?:\A|[\r\n])(?:mime-version|message-id|received|content-transfer-encoding):",
    re.IGNORECASE,
)
_BEFORE = b"\xef\xbb\xbf\r\n"
"""What editors leave in front."""
_NEXT = re.compile(rb"\n(?=From [^\r\n]+\r?\n[A-Za-z][A-Za-z0-9-]*:)")
"""Between mails in one file, where the first begins so."""
_WRITTEN = (
    *("from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "comments", "keywords"),
    *("organization", "content-description", "resent-from", "resent-to", "resent-cc", "newsgroups"),
)
_BY_PROGRAMS = re.compile(
    r"(?:arc|authentication|auto|autocrypt|content|delivered|dkim|domainkey|envelope|errors|feedback"
    r"|importance|in-reply|lines|list|message|mime|old|original|path|precedence|priority|received"
    r"|references|return|status|thread-index|user-agent|xref|x(?!.*(?:auth|key|passw|secret|token)))"
    r"(?:-.*)?",
    re.IGNORECASE,
)
"""Headers of which nobody writes the value."""
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*(?:=\s*){0,2}", re.ASCII)
_LINE = 76
"""Letters of base64 on a line."""
_SEALED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_TOO_MUCH = Document(unread=frozenset({"archive"}))


def is_one(data: bytes) -> bool:
    """Headers at the front, one of which only mail has."""
    head = _HEAD.match(data[:_HEAD_BYTES].lstrip(_BEFORE))
    return head is not None and _NEEDED.search(head[0]) is not None


def read(data: bytes, budget: Budget) -> Document:
    """See `detectors.documents`."""
    return gathered(_mails(data, budget))


def _mails(data: bytes, budget: Budget) -> Iterator[Document]:
    data = data.lstrip(_BEFORE)
    for mail in _NEXT.split(data) if data.startswith(b"From ") else [data]:
        # the policy that parses addresses takes time that grows with the square of a header
        yield gathered(_parts(message_from_bytes(mail, policy=policy.compat32), budget))


def _parts(message: Message, budget: Budget) -> Iterator[Document]:
    for part in message.walk():
        shown = [f"{k}: {_header(v)}" for k, v in part.raw_items() if k.lower() in _WRITTEN]
        others = [f"{k}: {_header(v)}" for k, v in part.raw_items() if not _is_known(k)]
        yield Document(("\n".join(shown),))
        yield Document(("\n".join(others),)).beside
        if part.get_content_type() in _SEALED:
            yield Document(unread=frozenset({"encrypted"}))
        if part.is_multipart():
            yield Document(tuple(_raw(text) for text in (part.preamble, part.epilogue) if text))
            _unwrap(part)
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        if (raw := _left_over(part)) is not None:
            yield Document((raw,), frozenset({"damaged"}))
        elif _is_base64(part) and len(line := str(part.get_payload()).strip()) <= _LINE:
            yield Document((line,)).beside  # a word or two may be base64 as well
        if not budget.take(len(content)):
            yield _TOO_MUCH
            return
        found = _content(part, content, budget)
        if name := part.get_filename():
            yield Document((_header(name),))
            found = found.within(_header(name))
        yield found


def _is_known(header: str) -> bool:
    """Whether it is shown anyway, or by a program; a list of settings begins as a mail does."""
    return header.lower() in _WRITTEN or _BY_PROGRAMS.fullmatch(header) is not None


def _unwrap(part: Message) -> None:
    """A mail in a mail may be base64, which the library takes for the text of the inner one."""
    if part.get_content_maintype() == "message" and _is_base64(part):
        for inner in part.walk():
            if not inner.keys():
                inner["Content-Transfer-Encoding"] = "base64"


def _is_base64(part: Message) -> bool:
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"


def _left_over(part: Message) -> str | None:
    """A body that says it is base64 and is not, or goes on after its end, where the library
    stops."""
    if not _is_base64(part):
        return None
    raw = str(part.get_payload())
    has_blanks = len(raw.split()) > len(raw.splitlines())
    return _raw(raw) if has_blanks or not _BASE64.fullmatch(raw) else None


def _content(part: Message, content: bytes, budget: Budget) -> Document:
    """What it is shows in its first bytes; else it is what it is declared to be."""
    match part.get_content_maintype():
        case "text":
            return read_document(content, budget) or _text(part, content)
        case "image":
            return picture.within(content, budget)
        case _:
            return read_anything(content, budget)


def _text(part: Message, content: bytes) -> Document:
    named = part.get_content_charset() or "utf-8"
    try:
        return Document((content.decode(named),))
    except (LookupError, UnicodeError):  # it is not what it is declared to be
        found = plain(content)
    return found if found.texts else Document((content.decode("utf-8", "replace"),))


def _header(value: str) -> str:
    """Its words on one line, however they are written."""
    line = re.sub(r"\r?\n[ \t]*", " ", _raw(value))
    try:
        return str(make_header(decode_header(line)))
    except (LookupError, ValueError):
        return line


def _raw(text: str) -> str:
    """With letters where the parser left bytes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
