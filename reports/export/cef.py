"""ArcSight Common Event Format, one event a line, to be carried by syslog or a file.

Source: OpenText, ArcSight Common Event Format implementation standard, version 27 (read 2026-11).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from reports.export.severity import severity
from reports.ledger import Body

_SEVERITY = {1: 3, 2: 5, 3: 7, 4: 9}
"""Ours, 1 to 4, on CEF's scale of 0 to 10."""


def lines(records: Iterator[tuple[int, str, Body]], _: Mapping[str, int]) -> Iterator[str]:
    """`CEF:0|Penstock|Penstock|1|block|…` for each violation, and once more for its amendment, with
    the same `externalId`."""
    for seq, _hash, body in records:
        if body["kind"] in ("violation", "amendment"):
            yield _event(seq, body) + "\n"


def _event(seq: int, body: Body) -> str:
    classes = " ".join(sorted({f["class"] for f in body["findings"]}))
    name = f"Sensitive data to an AI service: {body['action']}"
    if body["kind"] == "amendment":
        name += ", sent again" if body["reason"] == "sent-again" else ", not sent"
    header = "|".join(_header(part) for part in ("Penstock", "Penstock", "1", body["action"], name))
    at = datetime.fromisoformat(body["at"])
    extension = {
        "rt": str(int(at.timestamp() * 1000)),
        "externalId": body.get("violation", body["id"]),
        "act": body["action"],
        "outcome": body["outcome"],
        "suser": body["person"],
        "dhost": body["host"],
        "request": body["endpoint"],
        "in": str(body["received_bytes"]),
        "out": str(body["sent_bytes"]),
        "cnt": str(sum(f["count"] for f in body["findings"])),
    }
    custom = {
        "dataClasses": classes,
        "rules": " ".join(body["rules"]),
        "service": body["service"],
        "policySha256": body["policy_sha256"],
        "account": body["account"],
        "notInspected": " ".join(body["unread"]),
    }
    for place, (label, value) in enumerate(custom.items(), 1):
        if value:
            extension |= {f"cs{place}Label": label, f"cs{place}": value}
    extension |= {"cn1Label": "ledgerRecord", "cn1": str(seq)}
    if body.get("demo"):
        extension["msg"] = "demo data"
    pairs = " ".join(f"{key}={_value(value)}" for key, value in extension.items() if value)
    return f"CEF:0|{header}|{_SEVERITY[severity(body)]}|{pairs}"


def _header(text: str) -> str:
    return _one_line(text.replace("\\", "\\\\").replace("|", "\\|"))


def _value(text: str) -> str:
    return _one_line(text.replace("\\", "\\\\").replace("=", "\\="))


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")
