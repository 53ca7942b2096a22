"""The report as JSON, as `schema.json` beside this package describes it."""

from dataclasses import asdict
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter

from reports.monthly.document import Document


def render(document: Document) -> bytes:
    """UTF-8, indented, keys in the order of `document.py`."""
    return orjson.dumps(asdict(document), option=orjson.OPT_INDENT_2) + b"\n"


def read(data: bytes) -> Document:
    """The Document in a rendered report. Raises ValueError for anything else."""
    return _adapter().validate_json(data)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a report."""
    made = _adapter().json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Penstock monthly report",
        **made,
    }


@cache
def _adapter() -> TypeAdapter[Document]:
    return TypeAdapter(Document)
