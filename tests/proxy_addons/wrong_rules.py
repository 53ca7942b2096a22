"""Detectors whose files are wrong, for fault drills: see `drills.py`."""

from detectors.base import Combination, Detector
from penstock.errors import ConfigError


def load() -> None:
    raise ConfigError("acme.yaml:3: a rule is wrong")


ALL = (Detector("wrong", 1, frozenset(), lambda _: (), (), (), load),)
COMBINATIONS: tuple[Combination, ...] = ()
