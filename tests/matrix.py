"""Writes docs/support-matrix.md from what the tests show: `make matrix`.

A test says what it proves by a marker: `shows(what)` for a capability of a dialect, `tried(client)`
where a real client takes part, `answered(server)` where a real model server does. Only tests that
pass count. Tests that need a browser or a vendor's library take part like all others.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.messages import STAYS_OPEN
from proxy_addons.dialects.socket_page import SocketPage
from proxy_addons.services import load

PAGE = Path(__file__).parents[1] / "docs" / "support-matrix.md"
COLUMNS = ("read", "rewrite", "refuse", "redirect", "restore", "streamed")
FEW = 4
"""Services that are named; of more only the number is told."""

_HEAD = """<!-- Written by `make matrix` from the tests that passed; change those, not this page -->

# Support matrix

What Penstock can do in each wire format, and what stands behind that: every ✔ is a test that
passed when this page was written. *Refuse*: how a person reads it, as a message of the chat or as
the service's own error. *Tried with*: the real clients that took part; where none is named, the
format is known from captures only, and may have drifted. *Answered by*: the real model server that
answered redirected prompts of this format (`make test-models`). The services themselves were never
asked: tests run against stand-ins on loopback.

"""


class Matrix:
    """A pytest plugin that takes down what passes."""

    def __init__(self) -> None:
        self.shown: dict[str, dict[str, str]] = defaultdict(dict)
        self.clients: dict[str, set[str]] = defaultdict(set)
        self.servers: dict[str, set[str]] = defaultdict(set)
        self.failed: list[str] = []

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Only what says that it shows something."""
        marked = ("shows", "tried", "answered")
        items[:] = [i for i in items if any(i.get_closest_marker(m) for m in marked)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Takes down one test."""
        report = yield
        if report.failed:
            self.failed.append(item.nodeid)
        if report.when == "call" and report.passed:
            for marker in item.iter_markers("shows"):
                shown = self.shown[_dialect(item, marker)]
                for what, cell in _as_shown(item, marker.args):
                    shown[what] = cell if shown.get(what) != "message" else "message"
            for marker in item.iter_markers("answered"):
                self.servers[_dialect(item, marker)].add(marker.args[0])
            for marker in item.iter_markers("tried"):
                for dialect, client in _tried(item, marker):
                    self.clients[dialect].add(marker.args[0].format(client))
        return report


def _dialect(item: pytest.Item, marker: pytest.Mark) -> str:
    """The dialect a test is about: named by its marker, or by what it is run with."""
    if named := marker.kwargs.get("dialect"):
        return str(named)
    params = item.callspec.params  # type: ignore[attr-defined]
    if "case" in params:
        return str(params["case"].parent.name)
    return str(params["row"].dialect)


def _tried(item: pytest.Item, marker: pytest.Mark) -> Iterator[tuple[str, str]]:
    """(dialect, client): as the marker lists them by what the test is run with, or for the row."""
    if "of" not in marker.kwargs:
        yield _dialect(item, marker), ""
        return
    for value in item.callspec.params.values():  # type: ignore[attr-defined]
        key = getattr(value, "name", None) or getattr(value, "__name__", value)
        if isinstance(key, str) and key in marker.kwargs["of"]:
            yield marker.kwargs["of"][key]


def _as_shown(item: pytest.Item, what: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    case = getattr(item, "callspec", None) and item.callspec.params.get("case")  # type: ignore[attr-defined]
    for one in what:
        if one == "refuse":
            refusal = json.loads((case / "refusal.json").read_text())
            chats = isinstance(BY_NAME[case.parent.name], SocketPage)
            is_said = refusal["status"] == 200 or (chats and refusal["status"] == STAYS_OPEN)
            yield one, "message" if is_said else "error"
        else:
            yield one, "✔"
        if one == "restore" and not _is_whole(case / "answer.http"):
            yield "streamed", "✔"


def _is_whole(answer: Path) -> bool:
    """Whether a captured answer is one JSON document rather than a stream."""
    head, _, body = answer.read_bytes().partition(b"\r\n\r\n")
    lines = [line for line in body.splitlines() if line.strip()]
    return b"application/json" in head and len(lines) == 1


def page(matrix: Matrix) -> str:
    """The page."""
    services: dict[str, list[str]] = defaultdict(list)
    for row in load():
        for dialect in sorted({*row.endpoints.values(), row.otherwise}):
            services[dialect].append(row.name)
    columns = ("format", "services", *COLUMNS, "tried with", "answered by")
    lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    for name in sorted(BY_NAME):
        shown = matrix.shown.get(name, {})
        cells = [shown.get(column, "–") for column in COLUMNS]
        clients = "; ".join(sorted(matrix.clients.get(name, ()))) or "captures only"
        servers = "; ".join(sorted(matrix.servers.get(name, ()))) or "–"
        row = f"`{name}`", _few(services[name]), *cells, clients, servers
        lines.append(f"| {' | '.join(row)} |")
    return _HEAD + "\n".join(lines) + "\n"


def _few(names: list[str]) -> str:
    if len(names) > FEW:
        return f"{len(names)} services"
    return ", ".join(sorted(names)) or "– (rows of one's own)"


def main() -> int:
    """Runs the tests and writes the page; 1 if one of them failed."""
    matrix = Matrix()
    ended = pytest.main(["-q", "--no-header", *sys.argv[1:]], plugins=[matrix])
    if ended or matrix.failed:
        print(*matrix.failed, sep="\n", file=sys.stderr)
        return 1
    PAGE.write_text(page(matrix), "utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
