"""What is wrong with a file or a field that a person wrote, in that person's words."""

import yaml
from pydantic import ValidationError

from penstock.errors import in_words


def first_wrong(error: ValidationError) -> tuple[list[str], str]:
    """The field, as its path, and what is wrong with it."""
    first = min(error.errors(include_input=False), key=lambda e: e["type"] != "extra_forbidden")
    place = [str(part) for part in first["loc"]]
    return place, in_words(first["type"], first["msg"], first.get("ctx", {}))


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
