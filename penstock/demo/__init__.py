"""See the four actions happen: the real proxy between stand-in services and real clients."""

from penstock.demo.demo import run

__all__ = ["run"]
