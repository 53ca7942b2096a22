"""The company's own terms alone, in place of `detectors` in workers."""

from pathlib import Path

from detectors import terms
from detectors.base import Combination, Detector
from penstock.settings import DetectionSettings

COMBINATIONS: tuple[Combination, ...] = ()


def select(
    detection: DetectionSettings, cache_dir: Path | None = None, state: Path | None = None
) -> tuple[Detector, ...]:
    terms.configure(detection.dictionaries)
    return (terms.detector,)
