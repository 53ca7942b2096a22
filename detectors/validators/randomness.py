"""Whether a value looks drawn at random, as keys and tokens are."""

from collections import Counter
from math import log2

from detectors.validators import Check, family


def entropy_bits(value: str) -> float:
    """Shannon entropy per character of the value's own letter frequencies, in bits."""
    size = len(value)
    return -sum(n / size * log2(n / size) for n in Counter(value).values())


@family("entropy")
def entropy(minimum: str) -> Check:
    """At least so many bits per character: `entropy>=3.5`."""
    bits = float(minimum)

    def enough(value: str) -> bool:
        return entropy_bits(value) >= bits

    return enough
