"""What is known of files that went to a service earlier: what was found in them, not what they say.

A file stands on the same shelf as chats, under keyed hashes of the names its service gives it. A
request that refers to it takes what was found into its own decision.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from penstock.model import Decision, Finding
from proxy_addons.chats.pieces import Piece
from proxy_addons.chats.shelf import Fact
from proxy_addons.dialects.upload_steps import Step
from proxy_addons.dialects.uploads import File

MOST_FOUND = 2_000
"""Different values of one file that are kept: more change no decision."""
UNREAD = "file"
"""What a prompt holds, in `Prompt.unread`, that refers to something nobody knows here."""


@dataclass(frozen=True, slots=True)
class Referred:
    """A name in a request that stands for something sent before."""

    where: str
    mark: bytes
    """Keyed hash of service and name."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What is known of what a name stands for."""

    where: str
    """Of the name in the request, with `#file`; its findings are there."""
    findings: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uploading:
    """What a request uploads, as far as the names in its answer are to stand for it."""

    key: bytes
    """What names are hashed with; of one service."""
    marks: tuple[bytes, ...]
    """Names it goes by already."""
    brings: bool
    """Whether it holds bytes, or only opens or closes an upload."""
    counts: bool = False
    """Whether its upload is counted by it: once, however many requests it takes."""
    findings: tuple[Finding, ...] = ()
    """What is left in what was sent."""
    unread: tuple[str, ...] = ()
    file: File | None = field(default=None, repr=False)
    """What it says, where a model may be asked about it."""
    piece: Piece | None = None
    """The ends of it, if it is one piece of several."""
    step: Step | None = None
    """What it does in an upload of several requests, where a model may be asked about the file."""
    originals: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Placeholder -> value of what was taken out of it."""

    @property
    def is_followed(self) -> bool:
        """Whether it may belong to an upload that other requests began or go on with."""
        is_about_one = bool(self.marks) and not self.brings
        return is_about_one or self.piece is not None or self.step is not None

    @property
    def can_stay(self) -> bool:
        """Whether it can be kept here instead of sent."""
        if self.step is not None and not self.step.is_last:
            return True
        return self.file is not None and self.file.told is not None


def mark(key: bytes, name: str) -> bytes:
    """What a file is looked up by."""
    return blake2b(name.encode("utf-8", "surrogatepass"), key=key, digest_size=16).digest()


def facts(upload: Uploading) -> list[Fact]:
    """What is kept of an upload that has been inspected."""
    if not upload.brings:
        return []
    found = {(f.data_class, f.fingerprint): f for f in upload.findings}
    rows: list[Fact] = [("read", b"", "")]
    rows += [("unread", kind.encode(), "") for kind in upload.unread]
    for (data_class, fingerprint), f in list(found.items())[:MOST_FOUND]:
        key = blake2b(f"{data_class} {fingerprint}".encode(), digest_size=16).digest()
        value = [data_class, f.detector, f.confidence, fingerprint, f.language, f.placeholder]
        rows.append(("found", key, json.dumps(value)))
    return rows


def filed(where: str, rows: Iterable[Fact]) -> Filed:
    """What `facts` say of the file that `where` refers to. Raises ValueError, TypeError."""
    where = f"{where}#file"
    findings: list[Finding] = []
    unread: set[str] = set()
    is_read = False
    for kind, key, value in rows:
        match kind:
            case "read":
                is_read = True
            case "unread":
                unread.add(key.decode())
            case "found":
                data_class, detector, confidence, fingerprint, language, placeholder = json.loads(
                    value
                )
                findings.append(
                    Finding(
                        where,
                        0,
                        0,
                        data_class,
                        detector,
                        confidence,
                        fingerprint,
                        language,
                        placeholder=placeholder,
                    )
                )
    if not is_read:
        unread.add(UNREAD)
    return Filed(where, tuple(findings), tuple(sorted(unread)))


def told(finding: Finding, decision: Decision, service: str) -> bytes:
    """By what it is known that a record tells of what was found in a file."""
    return _key(f"{finding.data_class} {finding.fingerprint}", decision, service)


def told_unread(kind: str, decision: Decision, service: str) -> bytes:
    """The same of what could not be read in it."""
    return _key(f"unread {kind}", decision, service)


def news(
    files: Iterable[Filed], decision: Decision, service: str, known: frozenset[bytes]
) -> tuple[tuple[Finding, ...], bool]:
    """The findings in `files` that no record tells of yet, and whether something unread is new."""
    findings = tuple(
        f for file in files for f in file.findings if told(f, decision, service) not in known
    )
    kinds = {kind for file in files for kind in file.unread}
    return findings, any(told_unread(kind, decision, service) not in known for kind in kinds)


def telling(files: Sequence[Filed], decision: Decision, service: str) -> list[Fact]:
    """What is kept of a record about files."""
    keys = [told(f, decision, service) for file in files for f in file.findings]
    keys += [told_unread(kind, decision, service) for file in files for kind in file.unread]
    return [("told", key, "") for key in dict.fromkeys(keys)]


def _key(what: str, decision: Decision, service: str) -> bytes:
    said = f"{what} {service} {decision.action.word}"
    return blake2b(said.encode(), digest_size=16).digest()
