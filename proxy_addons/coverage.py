"""What is seen of AI services and not understood, counted: coverage must not decay in silence.

Three kinds: endpoints of inspected hosts whose bodies no dialect claims, likely AI hosts that are
not in the catalogue and pass as tunnels, and canaries that went through unseen. Counts by host and
endpoint only: who sent what, and when, is not kept.
"""

import asyncio
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

NOT_UNDERSTOOD, DISCOVERED, CANARY = "not-understood", "discovered", "canary"
ROWS = 10_000
"""Most rows that are kept; others are not counted."""
FLUSH_S = 30.0
"""How often counts reach the file."""

_FILE = "coverage.sqlite"
_TABLE = """CREATE TABLE IF NOT EXISTS seen (kind TEXT, what TEXT, hint TEXT, count INTEGER,
first TEXT, last TEXT, PRIMARY KEY (kind, what, hint))"""
_ADD = """INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
count = count + excluded.count, last = excluded.last"""

_NAMES = """
    ai aichat anthropic bard chatbot chatgpt claude codeium copilot cursor deepseek gemini genai
    gpt grok huggingface inference llama llm llms mistral moonshot ollama openai openrouter
    perplexity qwen tabnine windsurf
"""
_WORDS = frozenset(_NAMES.split())
"""Parts of host names that AI services have."""
_PARTS = re.compile(r"[a-z]+")
_SHAPES = (
    ("openai_chat", (b'"messages"', b'"role"')),
    ("openai_completions", (b'"prompt"', b'"max_tokens"')),
    ("gemini_generate", (b'"contents"', b'"parts"')),
)
_LOOKED_AT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """One row: a host or an endpoint, and how often."""

    kind: str
    what: str
    hint: str
    """What it looks like: `openai_chat`, `name`."""
    count: int
    first: date
    last: date


class Coverage:
    """The counts of one proxy process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _FILE
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def note(self, kind: str, what: str, hint: str = "") -> None:
        """Once more."""
        key = kind, what[:200], hint
        if key in self._counts or len(self._counts) < ROWS:
            self._counts[key] += 1

    def tunnelled(self, host: str) -> None:
        """A tunnel to a host that is not in the catalogue."""
        if is_likely(host):
            self.note(DISCOVERED, host, "name")

    def not_understood(self, service: str, endpoint: str, body: bytes) -> None:
        """A body that no dialect claims was read by the generic one."""
        self.note(NOT_UNDERSTOOD, f"{service} {endpoint}", shape_of(body))

    def flush(self) -> None:
        """Adds the counts to the file. Blocking."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        today = date.today().isoformat()
        with closing(_open(self._path)) as database, database:
            [[rows]] = database.execute("SELECT COUNT(*) FROM seen")
            known = {tuple(row) for row in database.execute("SELECT kind, what, hint FROM seen")}
            for key, count in counts.items():
                if key in known or rows < ROWS:
                    rows += key not in known
                    database.execute(_ADD, (*key, count, today, today))

    async def keep(self) -> None:
        """Flushes now and then, away from the event loop, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_S)
            await asyncio.to_thread(self.flush)


def read(folder: Path, *kinds: str) -> list[Seen]:
    """The rows of these kinds, most frequent first."""
    path = folder / _FILE
    if not path.exists():
        return []
    with closing(_open(path)) as database:
        found = database.execute("SELECT * FROM seen ORDER BY count DESC, what").fetchall()
    return [
        Seen(kind, what, hint, count, date.fromisoformat(first), date.fromisoformat(last))
        for kind, what, hint, count, first, last in found
        if kind in kinds
    ]


def forget(folder: Path, kind: str) -> None:
    """Removes the rows of a kind."""
    if not (folder / _FILE).exists():
        return
    with closing(_open(folder / _FILE)) as database, database:
        database.execute("DELETE FROM seen WHERE kind = ?", (kind,))


def is_likely(host: str) -> bool:
    """Whether the name of a host is one an AI service may have."""
    *labels, top = host.lower().rstrip(".").split(".")
    if top == "ai" and labels:
        return True
    return any(word in _WORDS or word.endswith("gpt") for word in _PARTS.findall(".".join(labels)))


def shape_of(body: bytes) -> str:
    """The dialect that a body may be in by its members' names; empty if none."""
    head = body[:_LOOKED_AT]
    return next((name for name, marks in _SHAPES if all(m in head for m in marks)), "")


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10)
    database.execute(_TABLE)
    return database
