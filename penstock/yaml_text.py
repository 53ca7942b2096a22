"""The text of a YAML file: reading it, and the lines in which something stands."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from penstock.errors import ConfigError


def yaml_files(directory: Path) -> list[Path]:
    """The `*.yaml` and `*.yml` in it, by name; of a file, itself. Raises ConfigError."""
    try:
        if directory.is_file():
            return [directory]
        if not directory.is_dir():
            raise ConfigError(f"{directory}: no such directory")
        return sorted(path for path in directory.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as error:
        raise ConfigError(f"{directory}: cannot be read: {error.strerror}") from None


def text_of(path: Path) -> str:
    """The text of a file. Raises ConfigError."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8; save it as UTF-8") from None


def given_twice(node: yaml.Node | None) -> Iterator[yaml.ScalarNode]:
    """Keys of a mapping that it had before: the earlier value would silently not count."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    yield key
                seen.add(key.value)
            yield from given_twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from given_twice(one)


def line_of(node: yaml.Node | None, place: Sequence[str | int]) -> int:
    """The line of the deepest part of `place` that the file has."""
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                break
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
