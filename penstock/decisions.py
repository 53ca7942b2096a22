"""A line for each decision, for whoever watches `penstock run` at a terminal.

Records are the place for what happened; this is for the eye. A terminal may stand still (Ctrl-S, a
selection), and the proxy waits for nobody: a thread of its own writes, and what comes faster than
people read is counted only. A line has what the record has of it and never a word of a prompt.
"""

import threading
from collections import deque
from collections.abc import Callable

from penstock.model import Action, Violation
from proxy_addons.contracts import Recorder

PAUSE_S = 0.5
"""Between two looks at what is to be said."""
MOST = 20
"""Lines at a time; of what is more only the number is said."""
_FLUSH_S = 1.0


class Told:
    """A recorder that tells of each violation once it is kept."""

    def __init__(self, recorder: Recorder, tell: Callable[[Violation], None]) -> None:
        """`tell` returns at once and raises nothing."""
        self._recorder = recorder
        self._tell = tell
        self.unsent = recorder.unsent
        self.again = recorder.again
        self.answered = recorder.answered
        self.held = recorder.held
        self.noted = recorder.noted

    async def record(self, violation: Violation) -> None:
        """As the recorder does, which also says what is raised."""
        await self._recorder.record(violation)
        self._tell(violation)


class Decisions:
    """Says them, by `write`, which may block, in a thread of its own."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._waiting: deque[Violation] = deque()
        self._more = 0
        self._woken = threading.Event()
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    def tell(self, violation: Violation) -> None:
        """Has it said soon. Never waits."""
        with self._lock:
            if len(self._waiting) < MOST:
                self._waiting.append(violation)
            else:
                self._more += 1
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="decisions", daemon=True)
            self._thread.start()
        self._woken.set()

    def close(self) -> None:
        """Says what waits, if that takes no longer than a second."""
        self._ends.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(_FLUSH_S)

    def _run(self) -> None:
        while True:
            self._woken.wait()
            self._woken.clear()
            self._say()
            if self._ends.wait(PAUSE_S):
                return self._say()

    def _say(self) -> None:
        with self._lock:  # for no longer than it takes: who tells would wait
            waiting, more = list(self._waiting), self._more
            self._waiting.clear()
            self._more = 0
        lines = [line(violation) for violation in waiting]
        if more:
            lines.append(f"and {more:,} more decisions")
        if lines:
            self._write("\n".join(lines))


def line(violation: Violation) -> str:
    """`14:02:31 UTC block chatgpt: secret.password; by no-secrets; record 6f1e…`."""
    action = violation.action.word
    if violation.action is Action.REDIRECT and violation.model:
        action += f" to {violation.model}"
    elif violation.asked > violation.action:
        action += f" (asked for: {violation.asked.word})"
    what = list(dict.fromkeys(found.data_class for found in violation.findings))
    if violation.unread:
        what.append(f"not inspected ({', '.join(violation.unread)})")
    parts = [
        f"{violation.at:%H:%M:%S} UTC {action} {violation.service}: {', '.join(what) or 'nothing'}",
        *([f"by {', '.join(violation.rules)}"] if violation.rules else []),
        f"record {violation.id}",
    ]
    return "".join(c if c.isprintable() else "?" for c in "; ".join(parts))
