"""The word lists and templates of templates.yaml, typed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Layout:
    """How a form is laid out."""

    row: str
    between: str
    before: str = ""
    after: str = ""


def _read() -> Any:
    with Path(__file__).with_name("templates.yaml").open(encoding="utf-8") as file:
        return yaml.safe_load(file)


_data = _read()
HONORIFICS: dict[str, list[str]] = _data["honorifics"]
FIELDS: dict[str, dict[str, list[str]]] = _data["fields"]
LAYOUTS = [Layout(**layout) for layout in _data["layouts"]]
SENTENCES: dict[str, list[str]] = _data["sentences"]
HARMLESS: dict[str, list[str]] = _data["harmless"]
NAMED_THINGS: list[str] = _data["named_things"]
PRODUCTS: list[str] = _data["products"]
CODE_WORDS: list[str] = _data["code_words"]
