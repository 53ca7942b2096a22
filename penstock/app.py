"""Composition: the one place that knows every part and puts them together."""

import secrets

from penstock.pipeline import Scanner
from penstock.settings import Settings


def scanner(settings: Settings) -> Scanner:
    """Detectors for a command without a proxy, loaded; its fingerprints mean nothing elsewhere."""
    import detectors

    for detector in detectors.ALL:
        detector.load()
    return Scanner(detectors.ALL, detectors.COMBINATIONS, secrets.token_bytes(32))
