"""Texts in, matches out. One module per detector; one line here per module."""

from importlib import import_module

from detectors.base import Combination, Detector

_MODULES: tuple[str, ...] = ("secrets", "source_code")
_COMBINATIONS: tuple[str, ...] = ()

ALL: tuple[Detector, ...] = tuple(import_module(f"{__name__}.{m}").detector for m in _MODULES)
COMBINATIONS: tuple[Combination, ...] = tuple(
    import_module(f"{__name__}.{m}").combination for m in _COMBINATIONS
)
