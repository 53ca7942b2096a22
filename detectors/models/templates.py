"""The word lists and templates of templates.yaml and carriers.yaml, typed."""

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


def _read(name: str) -> Any:
    with Path(__file__).with_name(name).open(encoding="utf-8") as file:
        return yaml.safe_load(file)


_data, _more = _read("templates.yaml"), _read("carriers.yaml")
HONORIFICS: dict[str, list[str]] = _data["honorifics"]
FIELDS: dict[str, dict[str, list[str]]] = _data["fields"]
LAYOUTS = [Layout(**layout) for layout in _data["layouts"]]
SENTENCES: dict[str, list[str]] = _data["sentences"]
HARMLESS: dict[str, list[str]] = {
    lang: [*texts, *_more["harmless"].get(lang, [])] for lang, texts in _data["harmless"].items()
}
OPENERS: dict[str, list[str]] = _more["openers"]
WISHES: dict[str, dict[str, list[str]]] = _more["wishes"]
CLOSERS: dict[str, list[str]] = _more["closers"]
NAMED_AFTER: list[str] = _more["named_after"]
"""What a firm or a house is called after somebody."""
INSTITUTIONS: dict[str, list[str]] = _more["institutions"]
SPEAKERS: list[str] = _more["speakers"]
NAMED_THINGS: list[str] = _data["named_things"]
PRODUCTS: list[str] = _data["products"]
CODE_WORDS: list[str] = _data["code_words"]
