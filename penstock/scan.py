"""Detectors and policy without a proxy: texts in, results out, on every core."""

import base64
import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from penstock.model import Action, Finding, Prompt, Sender, Text
from penstock.pipeline import Scanner
from policy.engine import decide, to_redact
from policy.mask import mask
from policy.schema import Policy

BATCH = 64
SKIPPED = frozenset({".git", ".hg", ".svn", ".venv", "node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class Result:
    """What the policy asks for, for one text."""

    action: Action
    rules: tuple[str, ...]
    findings: tuple[Finding, ...]
    redacted: str | None = field(default=None, repr=False)
    """The text with its placeholders; only when the action is REDACT."""


def prompt_of(text: str) -> Prompt:
    """A prompt of one text."""
    return Prompt((Text("", "user", text),))


def scan_text(text: str, sender: Sender, scanner: Scanner, policy: Policy) -> Result:
    """Findings in `text` and what the rules ask for; monitor mode does not hold it back here."""
    prompt = prompt_of(text)
    findings = scanner.scan(prompt)
    decision = decide(policy, sender, findings)
    redacted = None
    if decision.asked is Action.REDACT:
        edits, _ = mask(prompt, to_redact(policy, sender, findings))
        redacted = text
        for edit in sorted(edits, key=lambda e: -e.start):
            redacted = redacted[: edit.start] + edit.replacement + redacted[edit.end :]
    return Result(decision.asked, decision.rules, findings, redacted)


def scan_line(
    line: bytes, number: int, sender: Sender, scanner: Scanner, policy: Policy
) -> tuple[bytes, bool]:
    """One input line of `penstock scan --jsonl` to one output line, and whether it was good."""
    try:
        item = _Item.read(line, sender)
    except ValueError as e:
        return _dump({"id": None, "line": number, "error": str(e)}), False
    result = scan_text(item.text, item.sender, scanner, policy)
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
    """A finding without place in a file: class, span, confidence, detector."""
    document: dict[str, Any] = {
        "class": finding.data_class,
        "start": finding.start,
        "end": finding.end,
        "confidence": round(finding.confidence, 4),
        "detector": finding.detector,
    }
    if finding.language:
        document["language"] = finding.language
    return document


@dataclass(frozen=True, slots=True)
class _Item:
    """One line of input."""

    id: Any
    text: str = field(repr=False)
    sender: Sender

    @classmethod
    def read(cls, line: bytes, sender: Sender) -> "_Item":
        """Raises ValueError saying what is wrong, without the line's content."""
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
        return cls(document.get("id"), text, Sender(groups=tuple(groups), **values))


# ── many cores ────────────────────────────────────────────────────────────────────────────────

type Make = Callable[[], tuple[Scanner, Policy]]
"""Builds what a worker needs; called once in each."""

_here: tuple[Scanner, Policy]


def scan_lines(
    lines: Iterable[bytes], sender: Sender, make: Make, jobs: int
) -> Iterator[tuple[bytes, bool]]:
    """`scan_line` over many lines, results in order, on `jobs` processes."""
    numbered = ((n, line) for n, line in enumerate(lines, 1))
    work = ([(line, n, sender) for n, line in batch] for batch in batched(numbered, BATCH))
    for results in _spread(_scan_batch, work, make, jobs):
        yield from results


def scan_files(
    paths: Iterable[Path], sender: Sender, make: Make, jobs: int, limit: int
) -> Iterator[tuple[Path, Result | str, str]]:
    """For each file its path, its result or why it could not be read, and its text."""
    work = ((path, sender, limit) for path in paths)
    yield from _spread(_scan_file, work, make, jobs)


def files_under(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those below the directories named, in a stable order."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(f for f in folders if f not in SKIPPED)
            yield from (Path(folder) / name for name in sorted(names))


def _spread[W, R](do: Callable[[W], R], work: Iterable[W], make: Make, jobs: int) -> Iterator[R]:
    if jobs == 1:
        _start(make)
        yield from map(do, work)
        return
    # workers are forked: what `make` loads in each is then private, what is imported is shared
    context = get_context("fork")
    with ProcessPoolExecutor(jobs, context, _start, (make,)) as pool:
        waiting: list[Future[R]] = []
        for piece in work:
            waiting.append(pool.submit(do, piece))
            # results are passed on as they come, in order, and the queue stays short
            while waiting and (waiting[0].done() or len(waiting) > 4 * jobs):
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()


def _start(make: Make) -> None:
    global _here
    _here = make()


def _scan_batch(batch: list[tuple[bytes, int, Sender]]) -> list[tuple[bytes, bool]]:
    return [scan_line(line, number, sender, *_here) for line, number, sender in batch]


def _scan_file(work: tuple[Path, Sender, int]) -> tuple[Path, Result | str, str]:
    path, sender, limit = work
    try:
        if path.stat().st_size > limit:
            return path, f"larger than {limit} bytes", ""
        raw = path.read_bytes()
    except OSError as e:
        return path, e.strerror or type(e).__name__, ""
    text = _decoded(raw)
    if text is None:
        return path, "not text", ""
    return path, scan_text(text, sender, *_here), text


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


def _dump(document: dict[str, Any]) -> bytes:
    # ASCII only, so that lone surrogates of the input survive
    return json.dumps(document).encode() + b"\n"
