"""`penstock policy`: load a policy, run its examples, explain a verdict."""

import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from penstock.cli.options import (
    AsJson,
    Config,
    a_month,
    counted,
    print_json,
    printable,
    settings,
    wrong,
)
from penstock.errors import ConfigError
from penstock.hints import as_run

if TYPE_CHECKING:
    from policy.load import LoadedPolicy

File = Annotated[
    str, typer.Argument(metavar="[FILE|PACK]", help="A policy file or a pack; else the settings'.")
]


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(no_args_is_help=True, help="Policy files: check, test, explain, compare.")
    group.command()(check)
    group.command("test")(run_examples)
    group.command()(explain)
    group.command()(simulate)
    group.command()(diff)
    group.command()(schema)
    group.command()(new)
    group.command()(approve)
    app.add_typer(group, name="policy")


def check(file: File = "", config: Config = None, as_json: AsJson = False) -> None:
    """Load a policy file: is it well formed, are its data classes and models known?

    Its examples are not run: `penstock policy test` does that."""
    from penstock.unreported import unreported
    from policy.load import check_models

    loaded = _load(file, config)
    everything = settings(config).settings
    models = everything.models
    if models:
        check_models(loaded, list(models))
    unknown = sorted({m for r in loaded.policy.rules for m in r.to} - set(models))
    silent = list(unreported(loaded, everything))
    if as_json:
        print_json({**_about(loaded), "unknown_models": unknown, "unreported": silent})
        return
    policy = loaded.policy
    print(
        f"{loaded.path}: fine: {counted(len(policy.rules), 'rule')}, mode {policy.mode}, "
        f"sha256 {loaded.sha256[:12]}…; {counted(len(policy.examples), 'example')} not run"
    )
    if policy.examples:
        print(as_run(f"to run the examples: penstock policy test {file}".rstrip()), file=sys.stderr)
    for model in unknown:
        print(
            f"note: the settings name no internal model yet, so none called `{model}`: rules that "
            "redirect to it answer with their fallback",
            file=sys.stderr,
        )
    for line in silent:
        print(f"note: {line}", file=sys.stderr)


def run_examples(file: File = "", config: Config = None, as_json: AsJson = False) -> None:
    """Run the examples inside a policy file; exit code 1 if one does not hold."""
    from penstock.pipeline import broken_promises
    from penstock.scan import scanner

    loaded = _load(file, config)
    broken = list(broken_promises(loaded.policy, scanner(settings(config).settings)))
    if as_json:
        print_json({**_about(loaded), "broken": broken})
    else:
        for line in broken:
            print(f"{loaded.path}: {line}")
        held = len(loaded.policy.examples) - len(broken)
        print(f"{held} of {len(loaded.policy.examples)} examples hold", file=sys.stderr)
    raise typer.Exit(1 if broken else 0)


def explain(
    text: Annotated[str, typer.Argument(help="A prompt; `-` reads standard input.")] = "-",
    policy: Annotated[str, typer.Option(help="A policy file or a pack.")] = "",
    service: Annotated[str, typer.Option(help="To which service, by id.")] = "",
    category: Annotated[str, typer.Option(help="Its category, if not the catalogue's.")] = "",
    account: Annotated[
        Literal["corporate", "personal", "free", "unknown"],
        typer.Option(help="Which kind of account is used there."),
    ] = "unknown",
    group: Annotated[list[str] | None, typer.Option(help="A group of the sender.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say what would happen to a prompt, and for each rule why it applies or not."""
    from penstock.clock import today
    from penstock.lines import line_and_column
    from penstock.model import Chat, Sender, Turn
    from penstock.pipeline import explain as explained
    from penstock.scan import prompt_of, scanner
    from policy.classes import called
    from policy.engine import unanswered
    from proxy_addons.redirect.router import route
    from proxy_addons.services import load as load_services

    in_force = _load(policy, config).policy.on(today())
    everything = settings(config).settings
    sender = Sender("explain", tuple(group or ()), service or "unknown", category, account=account)
    if service:
        rows = {row.service: row for row in load_services(everything.proxy.services)}
        if service not in rows:
            raise wrong("--service", service, list(rows), "penstock services list")
        row = rows[service]
        sender = replace(sender, category=category or row.category, approved=row.approved)
    if text != "-" and _is_file(text):
        name = printable(text)
        note = (
            f"note: `{name}` is read as a prompt, not as the file of that name; for what is in it"
        )
        print(as_run(f"{note}: penstock policy explain - < {name}"), file=sys.stderr)
    if text == "-":
        if sys.stdin.isatty():
            print("reading what you type; Ctrl-D ends it", file=sys.stderr)
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    found = explained(prompt_of(text), sender, scanner(everything), in_force)
    instead = unanswered(in_force, found["rules"], everything.models)
    if found["action"] == "redirect":
        asked = Chat((Turn("user", (text,)),), stream=False, model="")
        routed = route(asked, found["to"], everything.models)
        found |= {"to": list(routed.names), "routed": routed.because}
    if found["held"]:
        done, reason = "warn", "monitor mode: only recorded"
    elif instead is not None:
        done, reason = instead[0].word, f"the rules ask for redirect, but {instead[1]}"
    else:
        done, reason = found["action"], ""
    if as_json:
        print_json(found | {"proxy": {"action": done, "because": reason}})
        return
    shown = found["action"] if found["held"] else done
    print(f"action: {shown}{reason and f' ({reason})'}")
    print(f"because of: {', '.join(found['rules']) or 'the default'}")
    if found["action"] == "redirect" and instead is None:
        because = found["routed"] or "the order of the rule"
        print(f"answered by: the first of {', '.join(found['to'])} ({because})")
    for finding in found["findings"]:
        line, column = line_and_column(text[: finding["start"]])
        named = printable(called(finding["class"], finding.get("name", "")))
        print(
            f"  found {finding['class']} ({named}) at {line}:{column}, "
            f"{counted(finding['end'] - finding['start'], 'character')}, "
            f"confidence {finding['confidence']:.2f}, by {_found_by(finding)}"
        )
    for rule in found["considered"]:
        print(f"  rule {rule['id']}: {rule['verdict']}")


def _found_by(finding: dict[str, Any]) -> str:
    """The detector's name and version; of a kind that only the company knows, the rule first: that
    its rules are run by the detector of personal data says nothing to who wrote one."""
    is_own = finding["class"].startswith("custom.") and finding.get("name")
    return f"a rule of your own ({finding['detector']})" if is_own else finding["detector"]


def simulate(
    file: File = "",
    month: Annotated[
        str, typer.Option("--month", "-m", callback=a_month, help="As 2026-11; else all time.")
    ] = "",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Replay what the ledger recorded under another policy: what would it have asked for?"""
    from penstock.app import open_ledger
    from penstock.simulate import Facts, replay, summary
    from proxy_addons.services import load as load_services
    from reports.ledger import Month

    loaded = settings(config).settings
    policy = _load(file, config).policy
    services = {
        row.service: Facts(row.category, row.approved)
        for row in load_services(loaded.proxy.services)
    }
    with open_ledger(loaded) as ledger:
        records = ledger.records(Month(month) if month else None)
        found = summary(replay((body for _, _, body in records), policy, services))
    if as_json:
        print_json(found)
        return
    recorded = counted(found["violations"], "recorded violation")
    print(f"{recorded}, {found['unchanged']:,} decided the same")
    for move in found["moves"]:
        print(f"  {move['then']:8} -> {move['now']:8} {move['violations']:8}")
    print(
        "note: requests that no rule was about left no record and are not in these figures",
        file=sys.stderr,
    )


def diff(
    before: Annotated[str, typer.Argument(help="A policy file or a pack.")],
    after: Annotated[str, typer.Argument(help="The one to compare with it.")],
    as_json: AsJson = False,
) -> None:
    """Say what differs: rules, masks, mode and every other field; exit code 1 if anything does."""
    from policy.diff import changes
    from policy.load import load

    found = changes(load(before).policy, load(after).policy)
    if as_json:
        print_json([asdict(change) for change in found])
    else:
        for change in found:
            values = " -> ".join(printable(v) for v in (change.before, change.after) if v)
            print(f"{change.change:8} {printable(change.what)}{values and f': {values}'}")
        if not found:
            print("no difference", file=sys.stderr)
    raise typer.Exit(1 if found else 0)


def schema(
    _: Annotated[bool, typer.Option("--json", help="It is JSON with and without.")] = False,
) -> None:
    """Print the JSON Schema of policy files, for editors."""
    from policy.load import SCHEMA

    print(SCHEMA.read_text("utf-8"), end="")


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that is written.")],
    pack: Annotated[str, typer.Option("--from", help="A pack or policy file.")] = "default",
) -> None:
    """Begin a policy of your own: a copy of a pack, and its schema beside it for editors."""
    from policy.load import SCHEMA, load, path_of, start

    if file.suffix not in (".yaml", ".yml"):
        raise typer.BadParameter(f"`{printable(file.name)}`: policy files are called `….yaml`")
    load(pack)
    try:
        start(path_of(pack), file)
    except FileExistsError:
        raise typer.BadParameter(f"`{file}` is there already; name another file") from None
    except OSError as e:
        raise ConfigError(f"{e.filename or file}: cannot be written: {e.strerror}") from None
    print(f"{file}: a copy of `{pack}`; editors find {SCHEMA.name} beside it")
    print(
        as_run(
            f"to run its examples: penstock policy test {file}; to have it in force: `policy: "
            f"{file}` in penstock.yaml"
        ),
        file=sys.stderr,
    )


def approve(
    by: Annotated[str, typer.Option("--by", help="Who approves it; it is recorded.")],
    role: Annotated[str, typer.Option("--role", help="In which role; it is recorded.")],
    file: File = "",
    config: Config = None,
) -> None:
    """Keep on record that somebody stands behind a policy file as it is now."""
    from penstock.app import open_ledger
    from reports.ledger.policies import approve as approved

    loaded = _load(file, config)
    with open_ledger(settings(config).settings) as ledger:
        approved(ledger, loaded, by=by, role=role, at=datetime.now(UTC))
    print(f"{loaded.path}: sha256 {loaded.sha256[:12]}… approved by {by} ({role})")


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or no name at all
        return False


def _load(file: str, config: Path | None) -> "LoadedPolicy":
    from policy.load import load

    return load(file or settings(config).settings.policy)


def _about(loaded: "LoadedPolicy") -> dict[str, object]:
    return {
        "file": str(loaded.path),
        "name": loaded.policy.name,
        "mode": loaded.policy.mode,
        "sha256": loaded.sha256,
        "rules": len(loaded.policy.rules),
        "examples": len(loaded.policy.examples),
    }
