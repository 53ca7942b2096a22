"""The detectors that are rules: secrets and identifiers. In place of `detectors` in workers."""

from pathlib import Path

import detectors
from detectors.base import Combination, Detector
from penstock.settings import DetectionSettings

COMBINATIONS: tuple[Combination, ...] = ()


def select(
    detection: DetectionSettings, cache_dir: Path | None = None, state: Path | None = None
) -> tuple[Detector, ...]:
    detection = detection.model_copy(update={"names": False})
    return tuple(
        d for d in detectors.select(detection, cache_dir, state) if d.name != "source_code"
    )
