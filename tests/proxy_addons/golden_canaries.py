"""Writes `proxy_addons/canaries.json` from the captures: `-m tests.proxy_addons.golden_canaries`.

For each dialect its smallest captured request, with a made-up card number in every text that held
a person's value.
"""

import base64
import json
from collections.abc import Iterator

from penstock.errors import PenstockError
from penstock.model import Edit
from proxy_addons import canary
from proxy_addons.dialects import BY_NAME
from proxy_addons.dialects.base import Dialect, Request
from tests.proxy_addons.test_golden import CASES, originals, request


def planted(dialect: Dialect, sent: Request, values: dict[str, str]) -> Request | None:
    """`sent` with the number in it; None where it cannot be put there."""
    edits = []
    for text in dialect.parse(sent).texts:
        found = [(text.text.find(value), value) for value in values.values() if value in text.text]
        if found:
            start, value = min(found)
            edits.append(Edit(text.where, start, start + len(value), canary.TEXT))
    try:
        return dialect.rewrite(sent, edits) if edits else None
    except PenstockError:
        return None


def rows() -> Iterator[dict[str, str]]:
    """One for each dialect that has a capture with values in it."""
    smallest: dict[str, Request] = {}
    for case in CASES:
        name = case.parent.name
        found = planted(BY_NAME[name], request(case / "request.http"), originals(case))
        if found is not None and len(found.body) < len(smallest.get(name, _LARGE).body):
            smallest[name] = found
    for name, found in sorted(smallest.items()):
        yield {
            "dialect": name,
            "method": found.method,
            "target": found.target,
            "content_type": found.content_type,
            "body": base64.b64encode(found.body).decode(),
        }


_LARGE = Request("", "", "", bytes(1 << 20))


def main() -> None:
    """Writes the file."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows())
    canary.SHIPPED.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
