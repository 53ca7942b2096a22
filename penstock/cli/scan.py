"""`penstock scan`: files, directories, standard input, without a proxy."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track

from penstock.cli.options import AsJson, Config, print_json, settings
from penstock.errors import ConfigError
from penstock.model import Finding, Sender
from penstock.scan import Result, files_under, finding_json, scan_files, scan_lines, scan_text
from policy.classes import data_class, title
from policy.load import load

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("scan")(scan)


def scan(
    paths: Annotated[list[str] | None, typer.Argument(metavar="[PATH…|-]")] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Standard input has one JSON object a line.")
    ] = False,
    as_json: AsJson = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.")] = False,
    policy: Annotated[str, typer.Option(help="A policy file or a pack.")] = "",
    service: Annotated[str, typer.Option(help="To which service, by id.")] = "unknown",
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes.")] = CORES,
    config: Config = None,
) -> None:
    """Find sensitive data in files, directories or standard input; exit code 1 if there is any."""
    from penstock.app import scanner

    loaded = settings(config)
    rules = load(policy or loaded.settings.policy).policy
    sender = Sender("scan", service=service)

    def make() -> Any:
        return scanner(loaded.settings), rules

    if jsonl:
        raise typer.Exit(_jsonl(sender, make, jobs))
    if not paths:
        paths = ["-"]
    results: Iterator[tuple[str, Result | str, str]]
    if paths == ["-"]:
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
        results = iter([("-", scan_text(text, sender, *make()), text)])
    else:
        files = list(files_under(Path(p) for p in paths))
        missing = [f for f in files if not f.exists()]
        if missing:
            raise ConfigError(f"{missing[0]}: cannot be read: no such file or directory")
        limit = loaded.settings.proxy.max_body_bytes
        found = scan_files(files, sender, make, min(jobs, max(1, len(files))), limit)
        shown = track(
            found,
            "scanning",
            total=len(files),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        results = ((str(p), r, t) for p, r, t in shown)
    raise typer.Exit(_report(results, as_json, sarif))


def _jsonl(sender: Sender, make: Any, jobs: int) -> int:
    """Line in, line out; 3 if a line was not an object with a text, else 0."""
    code = 0
    out = sys.stdout.buffer
    for line, good in scan_lines(sys.stdin.buffer, sender, make, jobs):
        out.write(line)
        out.flush()
        if not good:
            code = 3
    return code


def _report(results: Iterator[tuple[str, Result | str, str]], as_json: bool, sarif: bool) -> int:
    found: list[tuple[str, Result, Finding, int, int]] = []
    unread: list[tuple[str, str]] = []
    total = 0
    for name, result, text in results:
        total += 1
        if isinstance(result, str):
            unread.append((name, result))
        else:
            found.extend((name, result, f, *_place(text, f.start)) for f in result.findings)
    if sarif:
        print_json(_sarif(found))
    elif as_json:
        print_json(
            {
                "files": total,
                "unread": [{"file": n, "reason": r} for n, r in unread],
                "findings": [
                    {"file": n, "line": line, "column": column, "action": r.action.word}
                    | finding_json(f)
                    for n, r, f, line, column in found
                ],
            }
        )
    else:
        for name, _, finding, line, column in found:
            what = title(finding.data_class) + (f" ({finding.language})" * bool(finding.language))
            print(f"{name}:{line}:{column}: {finding.data_class}: {what}, {finding.confidence:.2f}")
        for name, reason in unread:
            print(f"{name}: not scanned: {reason}", file=sys.stderr)
        files = len({n for n, *_ in found})
        print(f"{len(found)} findings in {files} of {total} files", file=sys.stderr)
    return 1 if found else 0


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _sarif(found: list[tuple[str, Result, Finding, int, int]]) -> dict[str, Any]:
    """Source: SARIF 2.1.0, OASIS standard, sections 3.27 (result) and 3.49 (rule)."""
    levels = {1: "note", 2: "warning", 3: "error", 4: "error"}
    classes = sorted({f.data_class for _, _, f, _, _ in found})

    def level(name: str) -> str:
        row = data_class(name)
        return levels[row.severity] if row else "warning"

    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "penstock",
                        "rules": [
                            {
                                "id": c,
                                "shortDescription": {"text": title(c)},
                                "defaultConfiguration": {"level": level(c)},
                            }
                            for c in classes
                        ],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    {
                        "ruleId": f.data_class,
                        "level": level(f.data_class),
                        "message": {"text": f"looks like: {title(f.data_class)}"},
                        "partialFingerprints": {"penstock/v1": f.fingerprint},
                        "properties": {"confidence": f.confidence, "detector": f.detector},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": name},
                                    "region": {
                                        "startLine": line,
                                        "startColumn": column,
                                        "charOffset": f.start,
                                        "charLength": f.end - f.start,
                                    },
                                }
                            }
                        ],
                    }
                    for name, _, f, line, column in found
                ],
            }
        ],
    }
