"""Writes `proxy_addons/canaries.json` from the captures: `-m tests.proxy_addons.golden_canaries`.

For each endpoint of each dialect its smallest captured request, with a made-up card number in every
text that held a person's value.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

from penstock.errors import PenstockError
from penstock.model import Edit
from proxy_addons import canary
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Dialect, Request
from proxy_addons.services import load
from tests.proxy_addons.test_golden import CASES, message, originals, request


def planted(dialect: Dialect, sent: Request, values: dict[str, str]) -> Request | None:
    """`sent` with the number in it; None where it cannot be put there."""
    edits = []
    for text in dialect.parse(sent).texts:
        found = [(text.text.find(value), value) for value in values.values() if value in text.text]
        if found:
            start, value = min(found)
            edits.append(Edit(text.where, start, start + len(value), canary.TEXT))
    if not edits:
        return None
    try:
        return dialect.rewrite(sent, edits)
    except PenstockError:  # what nobody may rewrite can still be written so
        body = sent.body
        for value in values.values():
            body = body.replace(value.encode(), canary.TEXT.encode())
        return replace(sent, body=body) if body != sent.body else None


def rows() -> Iterator[dict[str, str]]:
    """One for each endpoint that the catalogue has for a capture with values in it."""
    services = load()
    smallest: dict[tuple[str, str], tuple[Request, str]] = {}
    for case in CASES:
        name, host = case.parent.name, message(case / "request.http")[1]["host"]
        sent = request(case / "request.http")
        endpoint = services.match(host, sent.method, sent.target)
        found = planted(BY_NAME[name], sent, originals(case))
        if found is None or endpoint is None or endpoint.dialect != name:
            continue
        known = smallest.get((name, endpoint.template))
        if known is None or len(found.body) < len(known[0].body):
            smallest[name, endpoint.template] = found, host
    for (name, _), (found, host) in sorted(smallest.items()):
        yield {
            "dialect": name,
            "host": host,
            "method": found.method,
            "target": found.target,
            "content_type": found.content_type,
            "body": base64.b64encode(found.body).decode(),
        }


def main() -> None:
    """Writes the file."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows())
    canary.SHIPPED.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
