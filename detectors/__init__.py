"""Texts in, matches out. One module per detector; one line here per module."""

from importlib import import_module
from pathlib import Path
from typing import Any, cast

from detectors.base import Combination, Detector
from penstock.settings import DetectionSettings

_MODULES: tuple[str, ...] = (
    "secrets",
    "source_code",
    "personal_data",
    "registered",
    "terms",
)
_COMBINATIONS: tuple[str, ...] = ("regulated",)

ALL: tuple[Detector, ...]
COMBINATIONS: tuple[Combination, ...]


def __getattr__(name: str) -> Any:
    """`ALL` and `COMBINATIONS`, loaded when they are first asked for: most commands need none."""
    match name:
        case "ALL":
            found = tuple(import_module(f"{__name__}.{m}").detector for m in _MODULES)
        case "COMBINATIONS":
            found = tuple(import_module(f"{__name__}.{m}").combination for m in _COMBINATIONS)
        case _:
            raise AttributeError(name)
    globals()[name] = found
    return found


def select(
    detection: DetectionSettings, cache_dir: Path | None = None, state: Path | None = None
) -> tuple[Detector, ...]:
    """The detectors that these settings ask for, not yet loaded.

    Reads the company's own rules; compiled rules are kept in `cache_dir`, and what was registered
    is looked up in the `state` directory. Raises ConfigError for a faulty rule.
    """
    from detectors import engine, personal_data, registered, terms
    from detectors.documents import picture

    engine.load_shared(detection.rules, cache_dir)
    personal_data.configure(names=detection.names, recognizers=detection.recognizers)
    terms.configure(detection.dictionaries)
    picture.configure(detection.ocr)
    every = cast(tuple[Detector, ...], __getattr__("ALL"))
    if state is None:
        return every
    return tuple(registered.of(state) if d is registered.detector else d for d in every)
