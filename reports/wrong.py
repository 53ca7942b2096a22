"""What is wrong with a file or a field that a person wrote, in that person's words."""

import yaml
from pydantic import ValidationError

_SAID = {
    "missing": "is missing",
    "extra_forbidden": "is no field of this",
    "bool": "is yes or no",
    "date": "is a day, written as `2027-03-01`",
    "datetime": "is a time, written as `2026-11-21T09:30:00+00:00`",
    "timezone": "is a time with its zone, written as `2026-11-21T09:30:00+00:00`",
    "float": "is a number",
    "int": "is a whole number",
    "string": "is text",
    "tuple": "is a list",
    "model": "is a mapping of fields",
    "dict": "is a mapping",
}
"""By what the types of pydantic's errors begin with, the longest first."""


def first_wrong(error: ValidationError) -> tuple[list[str], str]:
    """The field, as its path, and what is wrong with it."""
    first = min(error.errors(include_input=False), key=lambda e: e["type"] != "extra_forbidden")
    place = [str(part) for part in first["loc"]]
    for kind in sorted(_SAID, key=len, reverse=True):
        if first["type"].startswith(kind):
            return place, _SAID[kind]
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return place, message[:1].lower() + message[1:]


def line_of(text: str, place: list[str]) -> int:
    """The line of the deepest part of `place` that a YAML text has."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for part in place:
        match node:
            case yaml.MappingNode():
                found = next((pair for pair in node.value if pair[0].value == part), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            case yaml.SequenceNode() if part.isdigit() and int(part) < len(node.value):
                node = node.value[int(part)]
                line = node.start_mark.line + 1
    return line
