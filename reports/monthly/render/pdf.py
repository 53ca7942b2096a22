"""The report as PDF/A-3 with its CSV and JSON inside: what is signed off and kept.

Made in a process of its own, with a limit of time: laying out pages is the heaviest thing this
product does, and nothing else should share its memory. Needs Pango on the system.
Source: ISO 19005-3; WeasyPrint 70 documentation (read 2026-11).
"""

import base64
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import orjson

from penstock.children import SAFE_PYTHON, environment, module
from penstock.errors import ServiceDown
from reports.monthly.document import Document
from reports.monthly.render import csv, html, json

LIMIT_S = 300
"""Longest a report may take; a usual one takes a few seconds."""

PANGO = "on Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
"""How to get what it needs from the system."""

_ATTACHED: dict[str, Callable[[Document], bytes]] = {"csv": csv.render, "json": json.render}


def render(document: Document) -> bytes:
    """Raises ServiceDown where Pango is not installed."""
    order = {
        "html": html.page(document, "report.pdf.j2"),
        "attachments": [
            {
                "name": f"penstock-{document.month}.{name}",
                "description": f"The same report as {name.upper()}",
                "data": base64.b64encode(make(document)).decode(),
            }
            for name, make in _ATTACHED.items()
        ],
    }
    try:
        done = subprocess.run(
            module(__name__),
            env=environment(),
            input=orjson.dumps(order),
            capture_output=True,
            timeout=LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        raise ServiceDown(f"the PDF was not ready after {LIMIT_S} s; try the HTML") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise ServiceDown(f"the PDF could not be made ({said[-1][:200]}); it needs Pango, {PANGO}")
    return done.stdout


def problem() -> str:
    """Why this machine makes no PDF, in a few words; empty: it does. Takes about a second."""
    try:
        done = subprocess.run(
            [*SAFE_PYTHON, "-c", "import weasyprint"], capture_output=True, timeout=LIMIT_S
        )
    except subprocess.TimeoutExpired:
        return f"its library was not loaded after {LIMIT_S} s"
    return "Pango is not installed" if done.returncode else ""


def _make(order: dict[str, Any]) -> bytes:
    """In the process of its own."""
    import weasyprint

    attachments = [
        weasyprint.Attachment(
            string=base64.b64decode(one["data"]),
            name=one["name"],
            description=one["description"],
            relationship="Data",
        )
        for one in order["attachments"]
    ]
    page = weasyprint.HTML(string=order["html"], base_url="about:blank", url_fetcher=_refuse)
    made: bytes = page.write_pdf(pdf_variant="pdf/a-3u", attachments=attachments, pdf_tags=True)
    return made


def _refuse(url: str, *_: Any, **__: Any) -> Any:
    """A report refers to nothing; were it made to, nothing would be fetched."""
    raise ValueError(f"not fetched: {url[:100]}")


if __name__ == "__main__":
    sys.stdout.buffer.write(_make(orjson.loads(sys.stdin.buffer.read())))
