"""CSV: a line per violation as it stands after amendments, lists joined by a space. Safe to open in
a spreadsheet."""

import csv
import io
from collections.abc import Iterator, Mapping

from reports.ledger import Body
from reports.monthly.render.csv import safe

COLUMNS = (
    "seq", "id", "at", "action", "asked", "outcome", "rules", "policy", "policy_sha256",
    "service", "host", "endpoint", "dialect", "channel", "country", "transfer_basis",
    "person", "groups", "account", "identified_by",
    "classes", "findings", "repeats", "received_bytes", "sent_bytes", "sent_sha256",
    "model", "unread", "demo", "hash",
)  # fmt: skip


def lines(records: Iterator[tuple[int, str, Body]], unsent: Mapping[str, int]) -> Iterator[str]:
    """RFC 4180 with a header; UTF-8 with a byte order mark, which spreadsheets need."""
    yield "\ufeff" + _line(COLUMNS)
    for seq, hash_, body in records:
        if body["kind"] != "violation":
            continue
        if unsent.get(body["id"], 0) >= body.get("repeats", 1):
            body = body | {"outcome": "prevented", "sent_bytes": 0, "sent_sha256": ""}
        row = body | {
            "seq": seq,
            "hash": hash_,
            "rules": " ".join(body["rules"]),
            "groups": " ".join(body["groups"]),
            "unread": " ".join(body["unread"]),
            "classes": " ".join(sorted({f["class"] for f in body["findings"]})),
            "findings": sum(f["count"] for f in body["findings"]),
            "repeats": body.get("repeats", 1),
            "demo": "demo" if body.get("demo") else "",
        }
        yield _line(tuple(safe(row[name]) for name in COLUMNS))


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
