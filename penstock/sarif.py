"""What a scan found, for code hosts and editors.

Source: SARIF 2.1.0, OASIS standard, sections 3.19 (tool), 3.27 (result), 3.30 (region), 3.49
(rule), 3.58 (notification); https://docs.oasis-open.org/sarif/sarif/v2.1.0/, read 2026-11-20.
"""

from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from penstock.scan import Placed, Scanned
from policy.classes import called, data_class, title

_LEVELS = {1: "note", 2: "warning", 3: "error", 4: "error"}
"""By severity of the data class."""


def sarif(
    files: Iterable[Scanned], version: str, is_missed: Callable[[Scanned], bool]
) -> dict[str, Any]:
    """One run over `files` by `version` of Penstock; `is_missed`: whether what was left out of one
    makes it a run that failed."""
    files = tuple(files)
    classes = sorted({at.finding.data_class for file in files for at in file.findings})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "penstock",
                        "version": version,
                        "rules": [_rule(name) for name in classes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": not any(map(is_missed, files)),
                        "toolExecutionNotifications": [
                            {
                                "level": "error" if is_missed(f) else "note",
                                "message": {"text": f.told},
                                "locations": [{"physicalLocation": _artifact(f.name)}],
                            }
                            for f in files
                            if f.unread
                        ],
                    }
                ],
                "results": [_result(file.name, at) for file in files for at in file.findings],
            }
        ],
    }


def _rule(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": title(name)},
        "defaultConfiguration": {"level": _level(name)},
    }


def _result(name: str, at: Placed) -> dict[str, Any]:
    finding = at.finding
    region = {
        "startLine": at.line,
        "startColumn": at.column,
        "charOffset": finding.start,
        "charLength": finding.end - finding.start,
    }
    return {
        "ruleId": finding.data_class,
        "level": _level(finding.data_class),
        "message": {"text": f"looks like: {called(finding.data_class, finding.name)}"},
        "properties": {"confidence": finding.confidence, "detector": finding.detector},
        "locations": [
            {"physicalLocation": {**_artifact(name), "region": region}}
            | ({"logicalLocations": [{"fullyQualifiedName": at.member}]} if at.member else {})
        ],
    }


def _artifact(name: str) -> dict[str, Any]:
    path = PurePath(name)
    posix = quote(path.as_posix().encode("utf-8", "surrogateescape"))
    return {"artifactLocation": {"uri": f"file://{posix}" if path.is_absolute() else posix}}


def _level(name: str) -> str:
    row = data_class(name)
    return _LEVELS[row.severity] if row else "warning"
