"""Finished months are built once, and whoever wants to know is told."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from penstock.errors import ConfigError, ServiceDown
from reports.bundle import verify_bundle
from reports.ledger import Ledger
from reports.ledger.retention import Retention, retain
from reports.schedule import GRACE, Plan, build_finished, tell
from tests.reports.samples import NOON, violation
from tests.reports.servers import free_port

DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


def test_a_month_is_built_once_and_only_when_it_is_over(ledger: Ledger, tmp_path: Path) -> None:
    ledger.append([violation(1), violation(2, at=NOON - timedelta(days=30))])
    plan = Plan(tmp_path / "out", "1", formats=("json",))

    assert [p.name for p in build_finished(ledger, plan, NOON)] == ["penstock-2026-10.zip"]
    assert build_finished(ledger, plan, DECEMBER + GRACE - timedelta(seconds=1)) == ()
    (path,) = build_finished(ledger, plan, DECEMBER + GRACE)
    assert path.name == "penstock-2026-11.zip"
    assert build_finished(ledger, plan, DECEMBER + GRACE) == ()
    assert verify_bundle(path, ledger.public_key).intact


def test_a_month_of_which_figures_were_deleted_does_not_keep_the_others_from_being_built(
    ledger: Ledger, tmp_path: Path
) -> None:
    late = violation(1, at=NOON - timedelta(days=120))
    ledger.append([violation(2), violation(3, at=NOON - timedelta(days=150))])
    retain(ledger, Retention(events_days=28, evidence_days=28, aggregates_months=1), NOON)
    ledger.append([late])  # it waited in a spool
    plan = Plan(tmp_path / "out", "1", formats=("json",))
    assert [p.name for p in build_finished(ledger, plan, DECEMBER + GRACE)] == [
        "penstock-2026-11.zip"
    ]


def test_a_webhook_hears_of_it_and_learns_nothing_else(ledger: Ledger, tmp_path: Path) -> None:
    ledger.append([violation(1, user="ada@acme.example")])
    with webhook() as (url, heard):
        plan = Plan(tmp_path / "out", "1", formats=("json",), tell=(url,))
        build_finished(ledger, plan, DECEMBER + GRACE)
    (message,) = heard
    assert message["month"] == "2026-11"
    assert message["violations"] == 1
    assert set(message) == {"month", "report", "violations", "demo", "file", "sha256"}


def test_a_mail_says_the_same() -> None:
    with mail_server() as (port, heard):
        tell(f"smtp://127.0.0.1:{port}?from=a@acme.example&to=b@acme.example", {"month": "2026-11"})
    text = "".join(heard)
    assert "Subject: Penstock: the report of 2026-11 is there" in text
    assert "To: b@acme.example" in text


@pytest.mark.parametrize("url", ["ftp://x", "smtp://x", "smtp://x?to=b", "nonsense"])
def test_an_impossible_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"smtp://"):
        tell(url, {"month": "2026-11"})


def test_an_address_that_does_not_answer_is_said() -> None:
    port = free_port()
    for url in (f"http://127.0.0.1:{port}/", f"smtp://127.0.0.1:{port}?from=a&to=b"):
        with pytest.raises(ServiceDown, match=r"127\.0\.0\.1"):
            tell(url, {"month": "2026-11"})


@contextmanager
def webhook() -> Iterator[tuple[str, list[dict[str, object]]]]:
    heard: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}/hook", heard


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    heard: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            in_mail = False
            for raw in self.rfile:
                line = raw.decode()
                if in_mail:
                    heard.append(line)
                    in_mail = line != ".\r\n"
                    if not in_mail:
                        self.wfile.write(b"250 kept\r\n")
                elif line.upper().startswith("DATA"):
                    in_mail = True
                    self.wfile.write(b"354 go on\r\n")
                else:
                    ends = line.upper().startswith("QUIT")
                    self.wfile.write(b"221 bye\r\n" if ends else b"250 fine\r\n")
                    if ends:
                        return

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, heard


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
