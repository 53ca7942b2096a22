"""Detectors whose files are wrong, for fault drills: see `drills.py`."""

from pathlib import Path

from detectors.base import Combination, Detector
from penstock.errors import ConfigError
from penstock.settings import DetectionSettings

COMBINATIONS: tuple[Combination, ...] = ()


def select(
    detection: DetectionSettings, cache_dir: Path | None = None, state: Path | None = None
) -> tuple[Detector, ...]:
    raise ConfigError("acme.yaml:3: a rule is wrong")
