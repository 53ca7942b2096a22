"""What a demo prints: in boxes on a terminal, as plain lines elsewhere, or as JSON."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from penstock.demo.authority import key_hash
from penstock.demo.outcome import Outcome
from penstock.demo.running import RunningProxy
from penstock.demo.samples import Trial
from penstock.demo.standins import CHATGPT, CLAUDE_PAGE, GEMINI_PAGE, OPENAI
from penstock.hints import as_run
from penstock.model import Action
from penstock.settings import PREFIX

_SENTENCES = {
    Action.ALLOW: "Nothing sensitive in it: it passes untouched.",
    Action.REDACT: "Personal data: the provider gets placeholders, the answer the originals.",
    Action.REDIRECT: "Source code: the company's own model answers, the provider gets nothing.",
    Action.BLOCK: "A card number: it stays here, and the client says why.",
}
_NOTHING = "nothing, not one byte"
_KEPT = "What the ledger kept of it"


def note(line: str) -> None:
    """Progress, on standard error."""
    print(f"penstock: {line}", file=sys.stderr, flush=True)


def outcome(shown: Outcome) -> None:
    """Everything that happened."""
    console = Console(highlight=False)
    for action in _SENTENCES:
        of_action = [t for t in shown.trials if t.sample.action is action]
        if console.is_terminal:
            console.print(_panel(action, of_action))
        else:
            print("\n".join(_lines(action, of_action)), end="\n\n")
    if console.is_terminal:
        console.print(_table(shown.records))
    else:
        print(f"{_KEPT}:")
        print("\n".join("  " + "  ".join(row) for row in _rows(shown.records)))
    tokens = sum(a["input_tokens"] + a["output_tokens"] for a in shown.answers)
    print(f"\n{len(shown.answers)} answers of the model inside took {tokens} tokens.")
    print(
        f"The ledger holds {shown.made_up:,} made-up violations of the last twelve months as well. "
        "No record holds a word of a prompt."
    )
    for problem in shown.problems:
        console.print(Text(f"FAILED  {problem}", "bold red"), soft_wrap=True)
    if not shown.problems:
        services = len({t.sending.service for t in shown.trials})
        print(f"All four actions happened at all {services} services, by the bytes they received.")


def _panel(action: Action, trials: list[Trial]) -> Panel:
    table = Table(show_edge=False, expand=True, padding=(0, 1))
    table.add_column("service")
    table.add_column("received by the provider", ratio=1, overflow="fold")
    table.add_column("seen at the client", ratio=1, overflow="fold")
    for trial in trials:
        table.add_row(
            ("✘ " if trial.problems else "✔ ") + trial.sending.service,
            Text(_received(trial)),
            Text(trial.saw.strip()),
        )
    sent = Text(trials[0].sample.prompt.strip(), "bold")
    return Panel(
        Group(Text(_SENTENCES[action], "italic"), "", sent, "", table),
        title=f" {action.word} ",
        title_align="left",
    )


def _lines(action: Action, trials: list[Trial]) -> Iterator[str]:
    """The same for a file or a pipe."""
    yield f"{action.word.upper()}: {_SENTENCES[action]}"
    yield from _labelled("sent", trials[0].sample.prompt)
    for trial in trials:
        yield f"  {trial.sending.service}: {'FAILED' if trial.problems else 'ok'}"
        yield from _labelled("  received by the provider", _received(trial))
        yield from _labelled("  seen at the client", trial.saw)


def _labelled(label: str, text: str) -> Iterator[str]:
    first, *more = text.strip().splitlines() or [""]
    yield f"  {label}: {first}"
    yield from (f"    {' ' * len(label)}{line}" for line in more)


def _received(trial: Trial) -> str:
    return "\n".join(map(_readable, trial.received)) or _NOTHING


def _table(records: tuple[dict[str, Any], ...]) -> Table:
    table = Table(title=_KEPT, title_justify="left", show_edge=False)
    for column in ("at (UTC)", "action", "outcome", "service", "data", "person"):
        table.add_column(column)
    for row in _rows(records):
        table.add_row(*row)
    return table


def _rows(records: tuple[dict[str, Any], ...]) -> Iterator[tuple[str, ...]]:
    for record in records:
        yield (
            record["at"][11:19],
            record["action"],
            record["outcome"],
            record["service"],
            ", ".join(f["class"] for f in record["findings"]),
            record["person"],
        )


def document(shown: Outcome) -> dict[str, Any]:
    """The same for other programs."""
    return {
        "ok": not shown.problems,
        "problems": list(shown.problems),
        "trials": [
            {
                "action": trial.sample.action.word,
                "service": trial.sending.service,
                "host": trial.sending.host,
                "endpoint": f"POST {trial.sending.target}",
                "sent": _readable(trial.sending.body),
                "provider_received": [_readable(body) for body in trial.received],
                "provider_received_bytes": len(trial.wire),
                "model_received": [_readable(body) for body in trial.model_received],
                "client_status": trial.status,
                "client_saw": trial.saw,
                "problems": list(trial.problems),
            }
            for trial in shown.trials
        ],
        "records": list(shown.records),
        "answers": list(shown.answers),
        "made_up_violations": shown.made_up,
    }


def how_to_go_on(proxy: RunningProxy) -> None:
    """What to try while it stays up."""
    month = datetime.now(UTC).strftime("%Y-%m")
    body = '{"model":"gpt-demo","messages":[{"role":"user","content":"I am anna@example.com"}]}'
    lines = [
        "",
        f"The proxy stays up at {proxy.address} until Ctrl-C. Try:",
        "",
        f"  curl --proxy http://{proxy.address} --cacert {proxy.ca} \\",
        f"    -H 'content-type: application/json' -d '{body}' \\",
        f"    https://{OPENAI}/v1/chat/completions",
        "",
        "  in a browser, pages of ours that speak as those of ChatGPT, Claude and Gemini do:",
        "",
        f'  chromium --user-data-dir="$(mktemp -d)" --proxy-server=http://{proxy.address} \\',
        f"    --ignore-certificate-errors-spki-list={key_hash(proxy.ca)} \\",
        f"    {' '.join(f'https://{page}' for page in (CHATGPT, CLAUDE_PAGE, GEMINI_PAGE))}",
        "",
        f"  {_alone()}penstock report {month} --config {proxy.config} --out .",
        f"  {_alone()}penstock ledger verify --config {proxy.config}",
        "",
        "The services are stand-ins on this machine; nothing leaves it.",
    ]
    print(as_run("\n".join(lines)), file=sys.stderr, flush=True)


def _alone() -> str:
    """What goes before a command so that the demo's own settings hold: those of the environment
    are stronger than a file."""
    own = [name for name in sorted(os.environ) if name.startswith(PREFIX)]
    return f"env {' '.join(f'-u {name}' for name in own)} " if own else ""


def _readable(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace")
