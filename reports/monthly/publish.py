"""A Document in a format, and as files whose names we choose."""

import os
import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from penstock.errors import ConfigError
from reports.monthly.document import Document
from reports.monthly.render import csv, focus, html, json, pdf, xlsx
from reports.seal import Seal

FORMATS: dict[str, Callable[[Document], bytes]] = {
    "html": html.render,
    "pdf": pdf.render,
    "csv": csv.render,
    "xlsx": xlsx.render,
    "json": json.render,
    "focus": focus.render,
}
"""Format -> what makes it. A new one is one file and one line here."""

_ENDINGS = {"focus": "focus.csv"}
"""Where they are not the format's name."""


def named(month: str, format: str) -> str:
    """The name of the file: `penstock-2026-11.html`."""
    return f"penstock-{month}.{_ENDINGS.get(format, format)}"


def render(document: Document, format: str, seal: Seal | None = None) -> bytes:
    """The report as one file; a PDF is signed with `seal`. Raises ConfigError for a format there is
    not, ServiceDown where a PDF cannot be made or signed."""
    if format not in FORMATS:
        raise ConfigError(f"no format `{format[:20]}`; there are {', '.join(FORMATS)}")
    made = FORMATS[format](document)
    return seal.sign(made) if seal and format == "pdf" else made


def write(
    document: Document,
    directory: Path,
    formats: Iterable[str],
    progress: Callable[[str], None] = lambda _: None,
    seal: Seal | None = None,
) -> tuple[Path, ...]:
    """Write the report in `formats` to `directory` and return the paths; `progress` hears each file
    as it is begun.

    Names are ours alone, `penstock-2026-11.html`; an existing file is replaced whole or not at
    all. Raises ConfigError for an unknown format or a directory that cannot be written.
    """
    rendered = {}
    for format in dict.fromkeys(formats):
        progress(named(document.month, format))
        rendered[format] = render(document, format, seal)
    if not re.fullmatch(r"\d{4}-\d{2}", document.month):
        raise ConfigError("a report needs a month for its name")
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return tuple(
            _replace(directory / named(document.month, format), data)
            for format, data in rendered.items()
        )
    except OSError as error:
        raise ConfigError(f"{error.filename or directory}: {error.strerror}") from None


def _replace(path: Path, data: bytes) -> Path:
    # A new file put in the place of the old: a symbolic link there is replaced, not followed.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.replace(temporary, path)
    return path
