"""Checks of a candidate's value that no regular expression can express, by the name rules use.

A check is a function from the value to bool. A module of this package that wants to add some
registers them with `@check("luhn")`, or `@family("stdnum")` for a name with an argument
(`stdnum:de.idnr`); every module of the package is imported on first use: a new check is one
function in one file. Checks never raise on any string.
"""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from penstock.errors import did_you_mean

type Check = Callable[[str], bool]

_CHECKS: dict[str, Check] = {}
_FAMILIES: dict[str, Callable[[str], Check]] = {}
_QUICK: set[Check] = set()


def check[C: Check](name: str, *, quick: bool = False) -> Callable[[C], C]:
    """Register a check under `name`; a quick one is made before words around are looked for."""

    def register(function: C) -> C:
        _CHECKS[name] = function
        if quick:
            _QUICK.add(function)
        return function

    return register


def family[F: Callable[[str], Check]](name: str) -> Callable[[F], F]:
    """Register a maker of checks: `name:argument` is `maker(argument)`; ValueError refuses it."""

    def register(maker: F) -> F:
        _FAMILIES[name] = maker
        return maker

    return register


@cache
def _import_all() -> None:
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")


@cache
def named_check(name: str) -> Check:
    """The check a rule calls `name`; ValueError where there is none."""
    _import_all()
    if name in _CHECKS:
        return _CHECKS[name]
    for sign in (":", ">="):
        kind, separator, argument = name.partition(sign)
        if not separator or kind not in _FAMILIES:
            continue
        try:
            return _FAMILIES[kind](argument)
        except ValueError:
            if sign == ":":
                raise
            raise ValueError(f"`{name}`: a number stands behind `>=`") from None
    word = re.split(":|>=", name)[0]
    if word in _FAMILIES:
        hint = "; it is written as `entropy>=3`, `length>=20` or `stdnum:de.idnr`"
    else:
        hint = did_you_mean(word, (*_CHECKS, *_FAMILIES)) or "; docs/adding-a-rule.md lists them"
    raise ValueError(f"unknown check `{name}`{hint}")


def is_quick(one: Check) -> bool:
    """Whether it takes less time than to look for a word near the value."""
    return one in _QUICK
