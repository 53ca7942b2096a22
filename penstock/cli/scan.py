"""`penstock scan`: files, directories, standard input, without a proxy."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import AsJson, Config, counted, print_json, printable, settings, wrong
from penstock.errors import ConfigError

if TYPE_CHECKING:
    from penstock.model import Action, Sender
    from penstock.scan import Scanned, Tools
    from penstock.settings import Settings
    from policy.schema import Policy

    type Instead = Callable[[Collection[str]], tuple[Action, str] | None]
    """Ids of rules -> what the proxy does in place of the redirect they ask for, and why."""

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
_STDIN = Path("-")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("scan")(scan)


def scan(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH…|-]", help="Files, directories; `-`: standard input."),
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="The input has one JSON object a line.")
    ] = False,
    as_json: AsJson = False,
    sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0.")] = False,
    policy: Annotated[str, typer.Option(help="A policy file or a pack.")] = "",
    service: Annotated[str, typer.Option(help="To which service, by id.")] = "",
    complete: Annotated[
        bool,
        typer.Option(
            "--complete",
            help="Exit code 3 also where pictures or other data without text were left out.",
        ),
    ] = False,
    jobs: Annotated[
        int,
        typer.Option("--jobs", "-j", min=1, max=256, help="Processes.", show_default="cores"),
    ] = CORES,
    config: Config = None,
) -> None:
    """Find sensitive data in files, directories or standard input; exit code 1 if there is any.

    Without any it is 3 if something was not scanned, or not all of it: what cannot be opened, is
    encrypted, damaged, too large or packed too deep; of pictures and other data without text only
    what was named, or all with --complete. Each is told, with the reason.

    With --jsonl the exit code is 3 if a line was not an object with a text, else 0.
    """
    from policy.engine import unanswered

    named = paths or [_STDIN]
    if jsonl + as_json + sarif > 1:
        raise typer.BadParameter("`--jsonl`, `--json` and `--sarif` exclude each other")
    if len(named) > 1 and (jsonl or _STDIN in named):
        raise typer.BadParameter("standard input and `--jsonl` take one source only")
    if all(p != _STDIN and not p.exists() for p in named):
        raise ConfigError(f"{named[0]}: cannot be read: no such file or directory")
    if named == [_STDIN] and sys.stdin.isatty():
        print("reading what you type; Ctrl-D ends it", file=sys.stderr)
    # libraries that multiply matrices would start threads of their own in every process
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    loaded = settings(config).settings
    tools = _tools(loaded, policy)
    if service and service not in tools.senders:
        raise wrong("--service", service, list(tools.senders), "penstock services list")
    sender = _sender(tools, service)
    instead = partial(unanswered, tools.policy, models=loaded.models)
    if jsonl or sarif:
        _note_redirects(tools.policy, instead)
    if jsonl:
        raise typer.Exit(_jsonl(named[0], sender, tools, jobs))
    files = _files(named, sender, tools, jobs)
    gate = _Gate(frozenset(map(str, named)), is_complete=complete)
    if sarif:
        raise typer.Exit(_sarif(files, gate))
    if as_json:
        raise typer.Exit(_json(files, gate, instead))
    raise typer.Exit(
        _lines(files, gate, tools.policy, instead, "" if policy or service else loaded.policy)
    )


def _note_redirects(policy: "Policy", instead: "Instead") -> None:
    """Where what is printed has the form of other programs, and no room for it."""
    for rule in policy.rules:
        if found := instead((rule.id,)):
            note = f"note: what `{rule.id}` redirects the proxy would {found[0].word}: {found[1]}"
            print(note, file=sys.stderr)


def _tools(settings: "Settings", policy: str) -> "Tools":
    from penstock.clock import today
    from penstock.model import Sender
    from penstock.scan import Tools, scanner
    from policy.load import load
    from proxy_addons.services import load as load_services

    return Tools(
        policy=load(policy or settings.policy).policy.on(today()),
        senders={
            row.service: Sender(
                "scan", service=row.service, category=row.category, approved=row.approved
            )
            for row in load_services(settings.proxy.services)
        },
        scanner=scanner(settings),
        limit=settings.proxy.max_body_bytes,
    )


def _sender(tools: "Tools", service: str) -> "Sender":
    from penstock.model import Sender

    return tools.senders.get(service, Sender("scan"))


def _jsonl(path: Path, sender: "Sender", tools: "Tools", jobs: int) -> int:
    """Line in, line out; 3 if a line was not an object with a text, else 0."""
    from penstock.scan import scan_lines

    code = 0
    # unbuffered: what is there is scanned, and no lock of the stream is held while waiting
    with open(0 if path == _STDIN else path, "rb", buffering=0, closefd=path != _STDIN) as source:
        for line, good in scan_lines(source, sender, tools, jobs):
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            if not good:
                code = 3
    return code


def _files(named: list[Path], sender: "Sender", tools: "Tools", jobs: int) -> Iterator["Scanned"]:
    from rich.console import Console
    from rich.progress import track

    from penstock.scan import files_under, scan_bytes, scan_files

    if named == [_STDIN]:
        yield scan_bytes("-", sys.stdin.buffer.read(tools.limit + 1), sender, tools)
        return
    files = list(files_under(named))
    yield from track(
        scan_files(files, sender, tools, min(jobs, max(1, len(files)))),
        "scanning",
        total=len(files),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


@dataclass(slots=True)
class _Gate:
    """What the exit code says."""

    named: frozenset[str]
    is_complete: bool
    code: int = 0
    """So far: 1 for findings, else 3 for what should have been scanned and was not."""

    def count(self, file: "Scanned") -> None:
        """One more file."""
        if file.findings or self.code == 1:
            self.code = 1
        elif self.is_missed(file):
            self.code = 3

    def is_missed(self, file: "Scanned") -> bool:
        """Whether something was left out; what holds no text only if it was named, or all of it
        counts."""
        return bool(file.unread) and (
            self.is_complete or not file.binary or file.name in self.named
        )

    def said(self, unread: int) -> str:
        """What is added to the counts."""
        left_out = f", {unread} of them not scanned, or not all of it" * bool(unread)
        match self.code:
            case 3:
                return f"{left_out}: exit code 3"
            case 0 if unread:
                return f"{left_out} (no text in what was left out; exit code 3 with --complete)"
            case _:
                return left_out


def _lines(
    files: Iterable["Scanned"],
    gate: _Gate,
    policy: "Policy",
    instead: "Instead",
    file_of_policy: str,
) -> int:
    """A line for each finding, as soon as it is known, and what the policy asks for: of each file
    that was named or has findings a line; where nobody asked about a policy, how many of those with
    findings, and that naming `file_of_policy` shows each."""
    from penstock.model import Action
    from policy.classes import called

    hits = findings = total = unread = 0
    asked_for: Counter[Action] = Counter()
    only_watches = "; the policy only watches" * (policy.mode == "monitor")
    for file in files:
        total += 1
        name = printable(file.name)
        if file.unread:
            unread += 1
            print(f"{name}: {printable(file.told)}", file=sys.stderr)
        for at in file.findings:
            found = at.finding
            place = printable(at.member and f"!{at.member}") + f":{at.line}:{at.column}"
            what = printable(called(found.data_class, found.name))
            what += f" ({found.language})" * bool(found.language)
            published = found.data_class != "pii.ip"
            example = (
                ", a published example" if published else ", an example or of a private network"
            )
            example *= found.placeholder
            print(f"{name}{place}: {found.data_class}: {what}, {found.confidence:.2f}{example}")
        if not file_of_policy and (file.findings or (file.name in gate.named and not file.unread)):
            asked = f"{name}: {file.action.word}, by {', '.join(file.rules) or 'the default'}"
            if only_watches and file.action > Action.WARN:
                asked += only_watches
            elif other := instead(file.rules):
                asked += f"; the proxy would {other[0].word}: {other[1]}"
            print(asked)
        findings += len(file.findings)
        hits += bool(file.findings)
        asked_for[file.action] += bool(file.findings)
        gate.count(file)
    print(
        f"{counted(findings, 'finding')} in {f'{hits} of ' * bool(hits)}{counted(total, 'file')}"
        + gate.said(unread),
        file=sys.stderr,
    )
    if findings and file_of_policy:
        counted_by = sorted(asked_for.items(), reverse=True)
        counts = ", ".join(f"{action.word} {n}" for action, n in counted_by if n)
        passing = ", but it only watches (`mode: monitor`): all would pass" * bool(only_watches)
        print(
            f"if these files were sent, the policy `{policy.name}` would {counts}{passing}; "
            f"what it says of each file: --policy {quote(file_of_policy)}",
            file=sys.stderr,
        )
    return gate.code


def _json(files: Iterable["Scanned"], gate: _Gate, instead: "Instead") -> int:
    from penstock.scan import finding_json

    every = list(files)
    print_json(
        {
            "files": len(every),
            "unread": [{"file": f.name, "reason": f.unread} for f in every if f.unread],
            "actions": [
                {"file": f.name, "action": f.action.word, "rules": list(f.rules)}
                | ({"proxy": found[0].word, "because": found[1]} if found else {})
                for f in every
                if f.findings or (f.name in gate.named and not f.unread)
                for found in (instead(f.rules),)
            ],
            "findings": [
                {"file": f.name}
                | ({"member": at.member} if at.member else {})
                | {"line": at.line, "column": at.column}
                | finding_json(at.finding)
                for f in every
                for at in f.findings
            ],
        }
    )
    return _code(every, gate)


def _sarif(files: Iterable["Scanned"], gate: _Gate) -> int:
    from importlib.metadata import version

    from penstock.sarif import sarif

    every = list(files)
    print_json(sarif(every, version("penstock"), gate.is_missed))
    return _code(every, gate)


def _code(files: list["Scanned"], gate: _Gate) -> int:
    for file in files:
        gate.count(file)
    return gate.code
