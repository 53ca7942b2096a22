"""What a document comes to, and how much of one is read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from detectors.documents import charset, terminal

MOST_BYTES = 32 * 1024 * 1024
"""Of unpacked content in one upload."""
MOST_FILES = 1_000
LEVELS = 4
"""How deep documents may lie in one another: a PDF in a mail in an archive in an archive."""

_LETTERS = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{6,}")
_WIDE_LETTERS = re.compile(rb"(?:[\t\n\r\x20-\x7e\xa0-\xff][\x00-\x04]){6,}")
_BESIDE = "[Beside the text of the file: its properties, links, alternative texts and the like]"


@dataclass(frozen=True, slots=True)
class Document:
    """The texts of a document, in reading order, and what in it could not be read."""

    texts: tuple[str, ...] = field(default=(), repr=False)
    unread: frozenset[str] = frozenset()
    """`image` (a page that is one picture), `encrypted`, `damaged`, `archive` (too much or too
    deep), `file` (of a kind that is not known)."""
    members: tuple[str, ...] = ()
    """Of an archive, or of a mail with attachments: for each text the file it is from,
    `a.zip!b.docx` in an archive in an archive; of a workbook the sheet; empty for its own. Of
    anything else: nothing."""
    asides: frozenset[int] = frozenset()
    """By their numbers, the texts that stand beside what people read: properties, alternative
    texts, links, scripts."""
    unread_in: frozenset[tuple[str, str]] = frozenset()
    """Files in it that could not be read, each with one of the reasons in `unread`."""

    @property
    def missing(self) -> frozenset[tuple[str, str]]:
        """Each reason in `unread`, and in which file; an empty name for the document itself."""
        named = frozenset(reason for _, reason in self.unread_in)
        return self.unread_in | {("", reason) for reason in self.unread - named}

    @property
    def beside(self) -> "Document":
        """This, as what stands beside a text."""
        return replace(self, asides=frozenset(range(len(self.texts))))

    @property
    def told(self) -> str:
        """What it says, for who sees no page: the text, then what stands beside it, called that."""
        said = [text for i, text in enumerate(self.texts) if i not in self.asides]
        beside = [text for i, text in enumerate(self.texts) if i in self.asides]
        return "\n\n".join((*said, *((_BESIDE, *beside) if beside else ())))

    def within(self, name: str) -> "Document":
        """This, as it lies in an archive under `name`."""
        inner = self.members or ("",) * len(self.texts)
        return replace(
            self,
            members=tuple(_joined(name, one) for one in inner),
            unread_in=frozenset((_joined(name, one), reason) for one, reason in self.missing),
        )


def _joined(name: str, inner: str) -> str:
    return f"{name}!{inner}" if inner else name


@dataclass(slots=True)
class Budget:
    """What may still be unpacked of one upload, however it is nested."""

    size_bytes: int = MOST_BYTES
    files: int = MOST_FILES
    levels: int = LEVELS

    @contextmanager
    def deeper(self) -> Iterator[bool]:
        """Whether one more level may be opened."""
        self.levels -= 1
        try:
            yield self.levels >= 0
        finally:
            self.levels += 1

    def take(self, size_bytes: int, files: int = 1) -> bool:
        """Counts one more file, or another part of one (0); whether it still fits."""
        self.files -= files
        self.size_bytes -= size_bytes
        return self.files >= 0 and self.size_bytes >= 0


def plain(data: bytes) -> Document:
    """A file that is text, or one that cannot be read."""
    try:
        text = charset.decoded(data)
    except UnicodeError:
        return Document(unread=frozenset({"damaged"}))
    if text is None:
        return Document(unread=frozenset({"file"}))
    return Document((terminal.shown(text),) if text else ())


def letters(data: bytes) -> tuple[str, ...]:
    """What can be read among bytes."""
    text = "\n".join(map(_decoded, _LETTERS.findall(data)))
    return (text,) if text else ()


def _decoded(run: bytes) -> str:
    try:
        return run.decode()
    except UnicodeDecodeError:
        return run.decode("cp1252", "replace")


def wide_letters(data: bytes) -> Iterator[str]:
    """The same of letters with two bytes each."""
    for run in _WIDE_LETTERS.findall(data):
        yield run.decode("utf-16-le", "replace")


def together(parts: list[Document]) -> Document:
    """Several documents as one."""
    kept = [
        (text.strip("\n"), member, i in part.asides)
        for part in parts
        for i, (text, member) in enumerate(
            zip(part.texts, part.members or ("",) * len(part.texts), strict=True)
        )
        if text.strip()
    ]
    members = tuple(member for _, member, _ in kept)
    return Document(
        tuple(text for text, _, _ in kept),
        frozenset().union(*(part.unread for part in parts)),
        members if any(members) else (),
        frozenset(i for i, (_, _, is_aside) in enumerate(kept) if is_aside),
        frozenset().union(*(part.unread_in for part in parts)),
    )


def gathered(parts: Iterator[Document]) -> Document:
    """Several documents as one, up to what is wrong with the file.

    What libraries raise for a file that was made to break them is not to be foretold.
    """
    kept: list[Document] = []
    try:
        kept.extend(parts)  # keeps what came before an error
    except Exception:
        kept.append(Document(unread=frozenset({"damaged"})))
    return together(kept)


def xml(data: bytes) -> Element:
    """The root of an XML part. Raises ParseError; entities are not expanded but refused."""
    try:
        root: Element = fromstring(data)
    except ValueError as e:  # what defusedxml refuses
        raise ParseError(type(e).__name__) from None
    return root


def steps(root: Element) -> Iterator[tuple[Element, bool]]:
    """Each element as it begins (True) and as it ends (False), however deep they lie."""
    waiting = [(root, True)]
    while waiting:
        element, begins = waiting.pop()
        yield element, begins
        if begins:
            waiting.append((element, False))
            waiting.extend((child, True) for child in reversed(element))
