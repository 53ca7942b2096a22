"""Detectors and policy without a proxy: texts in, results out, on every core.

Everything is loaded once, then as many processes are forked as there are cores (`spread`).
"""

import base64
import json
import os
import secrets
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import detectors
from detectors import documents
from penstock import unread
from penstock.lines import Source, line_and_column, lines_as_they_come
from penstock.model import Action, Finding, Prompt, Sender, Text
from penstock.pipeline import Scanner
from penstock.settings import Settings
from penstock.spread import spread
from penstock.state import KEY_BYTES
from policy.classes import called
from policy.engine import decide, to_redact
from policy.mask import mask
from policy.schema import Policy

SKIPPED = frozenset({".git", ".hg", ".svn", ".venv", "node_modules", "__pycache__"})

_GAP = "\n\n"
"""Between the texts of a document."""

_ESCAPED = 8
"""How many bytes of JSON one byte of text may take, generously: `\\u0001` takes six."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a scan needs, loaded."""

    scanner: Scanner
    policy: Policy
    senders: Mapping[str, Sender]
    """Per service of the catalogue what rules can ask about it: category, approved."""
    limit: int
    """Largest text that is scanned, in bytes of UTF-8."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the policy asks for, for one text."""

    action: Action
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    redacted: str | None = field(default=None, repr=False)
    """The text with its placeholders; only when the action is REDACT."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and where it stands in its file."""

    finding: Finding
    line: int
    """From 1; in a document that of its text."""
    column: int
    member: str = ""
    """In an archive: the file in it."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of one file."""

    name: str
    action: Action = Action.ALLOW
    findings: tuple["Placed", ...] = ()
    rules: tuple[str, ...] = ()
    """Of the policy, that made the action."""
    unread: str = ""
    """Why it was not scanned, or not all of it, and what to do."""
    binary: bool = False
    """Whether the reason is only that it, or a part of it, holds no text."""
    partly: bool = False
    """Whether the rest of it was scanned."""

    @property
    def told(self) -> str:
        """What was left out and why; nothing if nothing was."""
        how = "not all of it scanned" if self.partly else "not scanned"
        return f"{how}: {self.unread}" if self.unread else ""


def scanner(settings: Settings) -> Scanner:
    """Detectors for a command without a proxy, loaded; its fingerprints mean nothing elsewhere."""
    with suppress(OSError):  # what is compiled is kept there; nobody else may read what comes later
        settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = detectors.select(settings.detection, settings.state / "cache", settings.state)
    for detector in found:
        detector.load()
    return Scanner(found, detectors.COMBINATIONS, secrets.token_bytes(KEY_BYTES))


def prompt_of(text: str) -> Prompt:
    """A prompt of one text."""
    return Prompt((Text("", "user", text),))


def scan_text(text: str, sender: Sender, tools: Tools) -> Result:
    """Findings in `text` and what the rules ask for; monitor mode does not hold it back here."""
    prompt = prompt_of(text)
    findings = tools.scanner.scan(prompt)
    decision = decide(tools.policy, sender, findings)
    redacted = None
    if decision.asked is Action.REDACT:
        edits, _ = mask(
            prompt,
            to_redact(tools.policy, sender, findings),
            masks=tools.policy.masks,
            key=tools.scanner.key,
        )
        redacted = text
        for edit in sorted(edits, key=lambda e: -e.start):
            redacted = redacted[: edit.start] + edit.replacement + redacted[edit.end :]
    return Result(decision.asked, decision.rules, findings, redacted)


# ── lines ─────────────────────────────────────────────────────────────────────────────────────


def scan_line(line: bytes | None, number: int, sender: Sender, tools: Tools) -> tuple[bytes, bool]:
    """One input line of `penstock scan --jsonl` to one output line, and whether it was good.

    None stands for a line that is too long.
    """
    try:
        item = _Item.read(line, sender, tools)
    except ValueError as e:
        return _dump({"id": None, "line": number, "error": str(e)}), False
    try:
        result = scan_text(item.text, item.sender, tools)
    except Exception as e:  # whatever a detector does, the lines after it are scanned
        return _dump({"id": item.id, "line": number, "error": _failure(e)}), False
    return _dump({"id": item.id, **as_json(result)}), True


def as_json(result: Result) -> dict[str, Any]:
    """`result` in the form of `penstock scan --jsonl`."""
    document: dict[str, Any] = {
        "action": result.action.word,
        "rules": list(result.rules),
        "findings": [finding_json(f) for f in result.findings],
    }
    if result.redacted is not None:
        document["redacted"] = result.redacted
    return document


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding without place in a file: class, span, confidence, detector, and what it is called,
    as everywhere people read it."""
    document: dict[str, Any] = {
        "class": finding.data_class,
        "start": finding.start,
        "end": finding.end,
        "confidence": round(finding.confidence, 4),
        "detector": finding.detector,
    }
    if finding.placeholder:
        document["placeholder"] = True
    if finding.language:
        document["language"] = finding.language
    if finding.source:
        document["source"] = finding.source
    document["name"] = called(finding.data_class, finding.name)
    return document


@dataclass(frozen=True, slots=True)
class _Item:
    """One line of input."""

    id: Any
    text: str = field(repr=False)
    sender: Sender

    @classmethod
    def read(cls, line: bytes | None, sender: Sender, tools: Tools) -> "_Item":
        """Raises ValueError saying what is wrong, without the line's content."""
        if line is None:
            raise ValueError(f"longer than {_ESCAPED * tools.limit} bytes")
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            raise ValueError("not a JSON object") from None
        if not isinstance(document, dict):
            raise ValueError("not a JSON object")
        match document:
            case {"text": str(text)}:
                pass
            case {"text_b64": str(encoded)}:
                try:
                    text = base64.b64decode(encoded, validate=True).decode("utf-8")
                except ValueError:
                    raise ValueError("`text_b64` is not base64 of UTF-8") from None
            case _:
                raise ValueError("`text` or `text_b64` must be a string")
        groups = document.get("groups", list(sender.groups))
        if not (isinstance(groups, list) and all(isinstance(g, str) for g in groups)):
            raise ValueError("`groups` must be a list of strings")
        values = {
            name: document.get(name, getattr(sender, name))
            for name in ("user", "service", "account")
        }
        for name, value in values.items():
            if not isinstance(value, str):
                raise ValueError(f"`{name}` must be a string")
        known = tools.senders.get(values["service"], Sender(""))
        return cls(document.get("id"), text, replace(known, groups=tuple(groups), **values))


def scan_lines(
    source: Source, sender: Sender, tools: Tools, jobs: int
) -> Iterator[tuple[bytes, bool]]:
    """`scan_line` over every line of `source`, in order, on `jobs` processes.

    A line that has come is answered without waiting for the next one.
    """
    pieces = lines_as_they_come(source, _ESCAPED * tools.limit)
    for results in spread(_scan_lines, ((lines, sender) for lines in pieces), tools, jobs):
        yield from results


def _scan_lines(
    work: tuple[list[tuple[int, bytes | None]], Sender], tools: Tools
) -> list[tuple[bytes, bool]]:
    lines, sender = work
    return [scan_line(line, number, sender, tools) for number, line in lines]


# ── files ─────────────────────────────────────────────────────────────────────────────────────


def files_under(paths: Iterable[Path]) -> Iterator[Path | Scanned]:
    """The files named, and those below the directories named, in a stable order.

    A directory that cannot be read comes as what became of it.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        refused: list[OSError] = []
        for folder, folders, names in os.walk(path, onerror=refused.append):
            folders[:] = sorted(f for f in folders if f not in SKIPPED)
            # what is no regular file (a socket, a pipe) holds no document, and may never end
            yield from (p for name in sorted(names) if (p := Path(folder, name)).is_file())
            while refused:
                e = refused.pop()
                yield Scanned(str(e.filename), unread=e.strerror or type(e).__name__)
        yield from (Scanned(str(e.filename), unread=e.strerror or "unreadable") for e in refused)


def scan_files(
    paths: Iterable[Path | Scanned], sender: Sender, tools: Tools, jobs: int
) -> Iterator[Scanned]:
    """What became of each file, in the order of `paths`."""
    return spread(_scan_file, ((path, sender) for path in paths), tools, jobs)


def scan_bytes(name: str, raw: bytes, sender: Sender, tools: Tools) -> Scanned:
    """What the content of one file holds."""
    if len(raw) > tools.limit:
        return Scanned(name, unread=f"larger than {tools.limit} bytes (`proxy.max_body_bytes`)")
    document = documents.read(raw)
    text = _decoded(raw) if document is None else _GAP.join(document.texts)
    if text is None:
        return Scanned(name, unread=unread.NOT_TEXT, binary=True)
    try:
        result = scan_text(text, sender, tools)
    except Exception as e:  # whatever a detector does, the files after it are scanned
        return Scanned(name, unread=_failure(e))
    members = _members(document) if document else [(0, "")]
    places = tuple(_placed(f, text, members) for f in result.findings)
    scanned = Scanned(name, result.action, places, result.rules)
    if document is None or not document.unread:
        return scanned
    return replace(
        scanned,
        unread=unread.why(document),
        binary=document.unread <= unread.NO_TEXT,
        partly=bool(document.texts),
    )


def _members(document: documents.Document) -> list[tuple[int, str]]:
    """Where each file of an archive begins in the joined text, and its name."""
    found, at = [(0, "")], 0
    for text, member in zip(
        document.texts, document.members or ("",) * len(document.texts), strict=True
    ):
        if member != found[-1][1]:
            found.append((at, member))
        at += len(text) + len(_GAP)
    return found


def _placed(finding: Finding, text: str, members: list[tuple[int, str]]) -> Placed:
    begins, member = members[bisect_right(members, finding.start, key=itemgetter(0)) - 1]
    return Placed(finding, *line_and_column(text[begins : finding.start]), member)


def _scan_file(work: tuple[Path | Scanned, Sender], tools: Tools) -> Scanned:
    path, sender = work
    if isinstance(path, Scanned):
        return path
    try:
        with path.open("rb") as file:
            raw = file.read(tools.limit + 1)
    except OSError as e:
        return Scanned(str(path), unread=e.strerror or type(e).__name__)
    return scan_bytes(str(path), raw, sender, tools)


def _decoded(raw: bytes) -> str | None:
    """Text in UTF-8, or UTF-16/32 with a byte order mark; None for binary data."""
    for mark, encoding in (
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"", "utf-8-sig"),
    ):
        if raw.startswith(mark):
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                break
            return None if "\0" in text else text
    # old text files are in one of the 8-bit encodings; binary data holds NUL bytes
    return None if b"\0" in raw else raw.decode("latin-1")


def _failure(error: Exception) -> str:
    """Without the message: it may hold what was scanned."""
    return f"the inspection failed: {type(error).__name__}"


def _dump(document: dict[str, Any]) -> bytes:
    # ASCII only, so that lone surrogates of the input survive
    return json.dumps(document).encode() + b"\n"
