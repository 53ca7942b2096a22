"""The report as PDF/A-3 with its CSV and JSON inside: what is signed off and kept.

Source: ISO 19005-3; WeasyPrint 70 documentation (read 2026-11). Needs Pango on the system.
"""

from collections.abc import Callable
from typing import Any

from penstock.errors import ServiceDown
from reports.monthly.document import Document
from reports.monthly.render import csv, html, json


def render(document: Document) -> bytes:
    """Raises ServiceDown where Pango is not installed."""
    try:
        # Imported here: it takes a second that no other command should wait for.
        import weasyprint
    except OSError as error:
        raise ServiceDown(
            f"PDF needs Pango, which is not installed ({str(error).splitlines()[0]}); "
            "on Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from None
    attachments = [
        weasyprint.Attachment(
            string=make(document),
            name=f"penstock-{document.month}.{name}",
            description=f"The same report as {name.upper()}",
            relationship="Data",
        )
        for name, make in _ATTACHED.items()
    ]
    page = weasyprint.HTML(
        string=html.page(document, "report.pdf.j2"),
        base_url="about:blank",
        url_fetcher=_refuse,
    )
    made: bytes = page.write_pdf(
        pdf_variant="pdf/a-3u",
        attachments=attachments,
        custom_metadata=True,
        pdf_tags=True,
    )
    return made


_ATTACHED: dict[str, Callable[[Document], bytes]] = {"csv": csv.render, "json": json.render}


def _refuse(url: str, *_: Any, **__: Any) -> Any:
    """A report refers to nothing; were it made to, nothing would be fetched."""
    raise ValueError(f"not fetched: {url[:100]}")
