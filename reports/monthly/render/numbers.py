"""How values are written in each language."""

from datetime import datetime

from reports.monthly.document import Kind, Value

_MARKS = {
    "en": (",", "."),
    "de": (".", ","),
    "fr": ("\N{NARROW NO-BREAK SPACE}", ","),
    "es": (".", ","),
}
"""Thousands and decimal mark."""

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio "
    "julio agosto septiembre octubre noviembre diciembre",
}

UNKNOWN = "–"


def written(value: Value, kind: Kind, language: str) -> str:
    """A value as people of that language write it."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return moment(value) if kind == "time" else value
    gap = "" if language == "en" else "\N{NO-BREAK SPACE}"
    match kind:
        case "share":
            # what is not all is never written as all, and something never as nothing
            percent = min(value * 100, 99.9) if value < 1 else value * 100
            if 0 < percent < 0.05:
                return f"<\N{NO-BREAK SPACE}{number(0.1, language, 1)}{gap}%"
            return f"{number(percent, language, 1)}{gap}%"
        case "hours":
            return number(value, language, 1)
        case "ms":
            return f"{number(value, language, int(value < 100))}\N{NO-BREAK SPACE}ms"
        case "money" | "rate":
            return number(value, language, 2)
        case "bytes":
            return size(value, language)
        case _:
            return number(value, language)


def cell(value: Value, kind: Kind, language: str) -> str:
    """The same within a table, where a time needs no zone: every time is UTC."""
    text = written(value, kind, language)
    return text.removesuffix(" UTC") if kind == "time" else text


def short(value: float, language: str) -> str:
    """A number for the axis of a chart: `3.7 M`."""
    for limit, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            text = number(value / limit, language, 1)
            return f"{text.removesuffix('.0').removesuffix(',0')}\N{NO-BREAK SPACE}{mark}"
    return number(value, language)


def number(value: float, language: str, digits: int = 0) -> str:
    """`1,234.5` in English."""
    thousands, decimal = _MARKS[language]
    text = f"{value:,.{digits}f}"
    return text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)


def lasting(hours: float, language: str) -> str:
    """A time in its two largest units: `26 h 5 min`, `12 min 3 s`, `40 s`."""
    minutes, seconds = divmod(round(hours * 3600), 60)
    of_hours, of_minutes = divmod(minutes, 60)
    parts = ((of_hours, "h"), (of_minutes, "min"), (0 if of_hours else seconds, "s"))
    said = [f"{number(n, language)}\N{NO-BREAK SPACE}{unit}" for n, unit in parts if n]
    return " ".join(said) or "0\N{NO-BREAK SPACE}s"


def size(value: float, language: str) -> str:
    """Bytes in the decimal unit that fits."""
    units = ["B", "kB", "MB", "GB", "TB"]
    while abs(value) >= 1000 and len(units) > 1:
        value /= 1000
        del units[0]
    return f"{number(value, language, int(units[0] != 'B'))}\N{NO-BREAK SPACE}{units[0]}"


def moment(value: str) -> str:
    """`2026-11-21 09:30 UTC`"""
    return datetime.fromisoformat(value).strftime("%Y-%m-%d %H:%M UTC")


def month(name: str, language: str) -> str:
    """`November 2026`, for `2026-11`."""
    word = _MONTHS[language].split()[int(name[5:7]) - 1]
    of = " de " if language == "es" else " "
    return f"{word}{of}{name[:4]}"
