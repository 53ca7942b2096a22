"""What looking at one thing of a set-up found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    verdict: str
    """`ok`, `note` or `wrong`."""
    detail: str
    remedy: str = ""
