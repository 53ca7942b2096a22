"""A clock that stands still until a test moves it."""

from dataclasses import dataclass


@dataclass
class Clock:
    now: float = 0.0
    """In seconds."""

    def __call__(self) -> float:
        return self.now
