"""A form body, `application/x-www-form-urlencoded`, as a JSON object and back.

A field that is there once maps to its value, one that repeats to the list of its values. Source:
WHATWG URL standard, section 5, read 2026-11-21. Misses: `;` between fields, which no service here
takes.
"""

from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

from proxy_addons.dialects import charsets
from proxy_addons.dialects.base import Json


def read(form: str) -> dict[str, Json]:
    """The fields of `form`, in order of their names' first appearance."""
    fields: dict[str, Json] = {}
    for name, value in _pairs(form):
        match fields.setdefault(_text(name), []):
            case list(values):
                values.append(_text(value))
    return {name: v[0] if isinstance(v, list) and len(v) == 1 else v for name, v in fields.items()}


def write(form: str, fields: dict[str, Json]) -> str:
    """`form` with the names and values of `fields`, which is `read(form)` with other strings."""
    new_names = dict(zip(read(form), fields, strict=True))
    values = {name: iter(v if isinstance(v, list) else [v]) for name, v in fields.items()}
    pairs = form.split("&") if form else []
    for i, (name, value) in enumerate(_pairs(form)):
        new_name = new_names[_text(name)]
        new_value = str(next(values[new_name]))
        if new_name != _text(name):
            name = quote(new_name, safe="")
        if new_value != _text(value):
            value = quote(new_value, safe="")
        pairs[i] = f"{name}={value}" if value or "=" in pairs[i] else name
    return "&".join(pairs)


def _pairs(form: str) -> Iterator[tuple[str, str]]:
    for pair in form.split("&") if form else ():
        name, _, value = pair.partition("=")
        yield name, value


def _text(encoded: str) -> str:
    raw = unquote_to_bytes(encoded.replace("+", " "))
    decoded = charsets.decode(raw, "", says_text=True)
    return decoded.text if decoded else raw.decode("latin-1")
