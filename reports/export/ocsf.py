"""Open Cybersecurity Schema Framework, class Data Security Finding, as JSON Lines.

Source: schema.ocsf.io/1.4.0/classes/data_security_finding, profile security_control
(read 2026-11).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from reports.export.severity import severity
from reports.ledger import Body

_SEVERITY = {1: (2, "Low"), 2: (3, "Medium"), 3: (4, "High"), 4: (5, "Critical")}
_ACTION = {
    "allow": (1, "Allowed"),
    "warn": (1, "Allowed"),
    "redact": (1, "Allowed"),
    "redirect": (2, "Denied"),
    "block": (2, "Denied"),
}
_DISPOSITION = {
    "allow": (17, "Logged"),
    "warn": (19, "Alert"),
    "redact": (11, "Corrected"),
    "redirect": (7, "Custom Action"),
    "block": (2, "Blocked"),
}
_TYPES = {
    "pii": (1, "Personal"),
    "phi": (1, "Personal"),
    "gdpr9": (1, "Personal"),
    "gdpr10": (1, "Personal"),
    "pci": (3, "Financial"),
    "fin": (3, "Financial"),
    "code": (4, "Business"),
    "doc": (4, "Business"),
    "secret": (6, "Security"),
}


def lines(records: Iterator[tuple[int, str, Body]], _: Mapping[str, int]) -> Iterator[str]:
    """One event a line for each violation, and one for its amendment."""
    for seq, hash_, body in records:
        if body["kind"] in ("violation", "amendment"):
            yield orjson.dumps(event(seq, hash_, body)).decode() + "\n"


def event(seq: int, hash_: str, body: Body) -> dict[str, Any]:
    """The violation, or what became known of it later, as an OCSF event."""
    at = _milliseconds(body["at"])
    is_amended = body["kind"] == "amendment"
    severity_id, severity_name = _SEVERITY[severity(body)]
    action_id, action = _ACTION[body["action"]]
    disposition_id, disposition = _DISPOSITION[body["action"]]
    classes = sorted({f["class"] for f in body["findings"]})
    types = {_TYPES.get(c.partition(".")[0], (99, "Other")) for c in classes} or {(0, "Unknown")}
    type_id, type_name = types.pop() if len(types) == 1 else (99, "Other")
    policy = {"name": body["policy"], "uid": body["policy_sha256"]}
    return {
        "activity_id": 2 if is_amended else 1,
        "activity_name": "Update" if is_amended else "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2006,
        "class_name": "Data Security Finding",
        "type_uid": 200602 if is_amended else 200601,
        "time": _milliseconds(body["amended_at"]) if is_amended else at,
        "severity_id": severity_id,
        "severity": severity_name,
        "count": body.get("repeats", 1),
        "status_id": 1,
        "status": "New",
        "action_id": action_id,
        "action": action,
        "disposition_id": disposition_id,
        "disposition": disposition,
        "is_alert": body["outcome"] != "prevented",
        "message": f"{', '.join(classes) or 'not inspected'}: {body['action']}, {body['outcome']}",
        "metadata": {
            "version": "1.4.0",
            "uid": body["id"],
            "sequence": seq,
            "profiles": ["security_control"],
            "product": {"name": "Penstock", "vendor_name": "Penstock"},
            "labels": ["demo"] if body.get("demo") else [],
        },
        "finding_info": {
            "uid": body.get("violation", body["id"]),
            "title": "Sensitive data to an AI service",
            "types": classes,
            "created_time": at,
        },
        "actor": {
            "user": {
                "uid": body["person"] or "unidentified",
                "groups": [{"name": name} for name in body["groups"]],
            }
        },
        "dst_endpoint": {"hostname": body["host"], "svc_name": body["service"]},
        "data_security": {
            "data_lifecycle_state_id": 2,
            "data_lifecycle_state": "Data in-Transit",
            "detection_system_id": 2,
            "detection_system": "DLP Gateway",
            "data_type_id": type_id,
            "data_type": type_name,
            "policy": policy,
        },
        "policy": policy,
        "unmapped": {
            "outcome": body["outcome"],
            "asked": body["asked"],
            "rules": body["rules"],
            "account": body["account"],
            "endpoint": body["endpoint"],
            "findings": body["findings"],
            "received_bytes": body["received_bytes"],
            "sent_bytes": body["sent_bytes"],
            "sent_sha256": body["sent_sha256"],
            "model": body["model"],
            "unread": body["unread"],
            "record_hash": hash_,
        },
    }


def _milliseconds(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp() * 1000)
