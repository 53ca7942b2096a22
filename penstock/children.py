"""Modules of ours as processes of their own, which import nothing from where one stands."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

SAFE_PYTHON = (sys.executable, "-P")
"""Without the working directory among the places where modules are looked for: a `typing.py` that
lies in it is somebody's file and no part of this program."""


def module(name: str, *arguments: str) -> list[str]:
    """The command line that runs the module."""
    return [*SAFE_PYTHON, "-m", name, *arguments]


def environment(**more: str) -> Mapping[str, str]:
    """This process's, with `more`, in which the package is found whether it is installed or not."""
    ours, given = str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")
    places = [ours, *(place for place in given.split(os.pathsep) if place not in ("", ours))]
    return os.environ | more | {"PYTHONPATH": os.pathsep.join(places)}
