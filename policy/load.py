"""A policy file to a Policy, or one line that says what is wrong, where, and what to do."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from penstock.errors import PolicyError, in_words
from policy.classes import data_classes
from policy.schema import Policy

PACKS = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class LoadedPolicy:
    """A policy and what proves later which one it was."""

    policy: Policy
    path: Path
    sha256: str
    """Of the file's bytes, hex."""


def load(name: str) -> LoadedPolicy:
    """The pack called `name`, or the policy file at that path. Raises PolicyError.

    The examples inside are not run here: that takes detectors, see `pipeline.broken_promises`.
    """
    path = path_of(name)
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        reason = e.strerror if isinstance(e, OSError) else "it is not UTF-8"
        raise PolicyError(f"{path}: cannot be read: {reason}") from None
    return LoadedPolicy(parse(text, str(path)), path, sha256(raw).hexdigest())


def parse(text: str, name: str) -> Policy:
    """The policy in `text`; `name` is what messages call the file. Raises PolicyError."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_repeated_keys(node, name)
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise PolicyError(f"{name}:{line}: not YAML: {e.problem}") from None
    except yaml.YAMLError:
        raise PolicyError(f"{name}:1: not YAML") from None
    if not isinstance(document, dict):
        raise PolicyError(f"{name}:1: a policy is a mapping with `name`, `rules` and `examples`")
    try:
        policy = Policy.model_validate(document)
    except ValidationError as e:
        raise PolicyError(_first_error(e, node, name)) from None
    _check_classes(policy, node, name)
    return policy


def check_models(loaded: LoadedPolicy, models: list[str]) -> None:
    """Raises PolicyError where a rule names an internal model that is none of `models`."""
    for i, rule in enumerate(loaded.policy.rules):
        for model in rule.to:
            if model not in models:
                node = yaml.compose(loaded.path.read_text("utf-8"), Loader=yaml.SafeLoader)
                line = _line(node, ["rules", i, "to"])
                remedy = _hint(model, models) or f"; there are {', '.join(models)}"
                raise PolicyError(
                    f"{loaded.path}:{line}: no internal model of the settings is called "
                    f"`{model}`{remedy}"
                )


def path_of(name: str) -> Path:
    """The file of the pack called `name`, or at that path. Raises PolicyError for no such pack."""
    if "/" not in name and not name.endswith((".yaml", ".yml")):
        path = PACKS / f"{name}.yaml"
        if not path.is_file():
            packs = sorted(p.stem for p in PACKS.glob("*.yaml"))
            remedy = _hint(name, packs) or f"; there are {', '.join(packs)}, or name a .yaml file"
            raise PolicyError(f"no policy pack is called `{name}`{remedy}")
        return path
    return Path(name)


def _refuse_repeated_keys(node: yaml.Node | None, name: str) -> None:
    """YAML keeps the last of two equal keys; here the first would silently lose its force."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise PolicyError(f"{name}:{line}: `{key.value}` is given twice")
            seen.add(key.value)
            _refuse_repeated_keys(value, name)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_repeated_keys(child, name)


def _first_error(error: ValidationError, node: yaml.Node | None, name: str) -> str:
    # a misspelt key shows as one unknown and one missing: the unknown one says more
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    place = [part for part in first["loc"] if part != "__root__"]
    line = _line(node, place)
    where = ".".join(_named(node, place))
    if first["type"] == "extra_forbidden":
        options = _fields_at(place[:-1])
        return f"{name}:{line}: unknown key `{place[-1]}`{_hint(str(place[-1]), options)}"
    if first["type"] == "missing":
        return f"{name}:{line}: `{where}` is missing"
    message = in_words(first["type"], first["msg"], first.get("ctx", {}))
    return f"{name}:{line}: `{where}`: {message}" if where else f"{name}:{line}: {message}"


def _named(node: yaml.Node | None, place: list[Any]) -> Iterator[str]:
    """The parts of `place`, an entry of a list by its `id` if it has one, else counted from 1."""
    for part in place:
        members = node.value if isinstance(node, yaml.MappingNode | yaml.SequenceNode) else []
        node = None
        if isinstance(part, str):
            node = next((value for key, value in members if key.value == part), None)
        elif part < len(members):
            node = members[part]
        yield part if isinstance(part, str) else _id(node) or str(part + 1)


def _id(node: yaml.Node | None) -> str:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    ids = (value.value for key, value in pairs if key.value == "id")
    return next((id for id in ids if isinstance(id, str)), "")


def _fields_at(place: list[Any]) -> list[str]:
    from policy import schema

    kind: type[Any] = Policy
    for part in place:
        match part:
            case "rules":
                kind = schema.Rule
            case "examples":
                kind = schema.Example
            case "when":
                kind = schema.When
            case "unless":
                kind = schema.Unless
    return list(kind.model_fields)


def _line(node: yaml.Node | None, place: list[Any]) -> int:
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


def _check_classes(policy: Policy, node: yaml.Node | None, name: str) -> None:
    known = list(data_classes())
    for glob in policy.masks:
        if not _names_something(glob, known):
            hint = _hint(glob, [k.removesuffix(".*") for k in known])
            line = _line(node, ["masks", glob])
            raise PolicyError(f"{name}:{line}: unknown data class `{glob}`{hint}")
    for i, rule in enumerate(policy.rules):
        for key, when in (("when", rule.when), ("unless", rule.unless)):
            for glob in when.data if when else ():
                if not _names_something(glob, known):
                    line = _line(node, ["rules", i, key, "data"])
                    hint = _hint(glob, [k.removesuffix(".*") for k in known])
                    raise PolicyError(f"{name}:{line}: unknown data class `{glob}`{hint}")


def _names_something(glob: str, known: list[str]) -> bool:
    """Whether a class of `known`, or one of a family in it, can match `glob`."""
    if glob == "*":
        return True
    for k in known:
        if fnmatchcase(k, glob) or fnmatchcase(k.removesuffix(".*"), glob):
            return True
        if k.endswith(".*") and glob.startswith(k[:-1]):
            return True
    # `pii.national_id.pl_pesel` where the file has the row `pii.national_id`
    return any(glob.startswith(f"{k}.") for k in known if not k.endswith(".*"))


def _hint(word: str, options: list[str]) -> str:
    near = difflib.get_close_matches(word, options, n=1, cutoff=0.6)
    return f" (did you mean `{near[0]}`?)" if near else ""
