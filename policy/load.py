"""A policy file to a Policy, or a line for each mistake: what is wrong, where, and what to do."""

import difflib
import errno
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from penstock.errors import PolicyError, in_words
from penstock.yaml_text import given_twice, line_of
from policy.classes import data_classes
from policy.schema import Policy, is_id

PACKS = Path(__file__).parent / "packs"
SCHEMA = Path(__file__).with_name("policy.schema.json")
"""What may stand in a policy file, for editors: its JSON Schema, written by `make docs`."""
_SCHEMA_LINE = "# yaml-language-server: $schema="


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
    """The policy in `text`; `name` is what messages call the file. Raises PolicyError, with a line
    for each mistake, in the order of the file."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
        # YAML keeps the last of two equal keys; here the first would silently lose its force
        wrong = [
            (key.start_mark.line + 1, f"`{key.value}` is given twice") for key in given_twice(node)
        ]
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise PolicyError(f"{name}:{line}: not YAML: {e.problem}") from None
    except yaml.YAMLError:
        raise PolicyError(f"{name}:1: not YAML") from None
    except ValueError as e:
        raise PolicyError(f"{name}:1: a date in it is none: {e}") from None
    except RecursionError:
        raise PolicyError(f"{name}:1: an alias in it stands within what it names") from None
    if not isinstance(document, dict):
        raise PolicyError(f"{name}:1: a policy is a mapping with `name`, `rules` and `examples`")
    wrong += _unknown_classes(document, node)
    try:
        policy = Policy.model_validate(document)
    except ValidationError as e:
        wrong += _mistakes(e, node)
    if wrong:
        # sorted by line alone: mistakes of one line stay in the order in which they were found
        said = [f"{name}:{line}: {what}" for line, what in sorted(wrong, key=itemgetter(0))]
        raise PolicyError("\n".join(dict.fromkeys(said)))
    return policy


def check_models(loaded: LoadedPolicy, models: list[str]) -> None:
    """Raises PolicyError, with a line for each, where a rule names an internal model that is none
    of `models`."""
    node = yaml.compose(loaded.path.read_text("utf-8"), Loader=yaml.SafeLoader)
    wrong = [
        f"{loaded.path}:{line_of(node, ['rules', i, 'to'])}: no internal model of the settings is "
        f"called `{model}`{_hint(model, models) or f'; there are {", ".join(models)}'}"
        for i, rule in enumerate(loaded.policy.rules)
        for model in rule.to
        if model not in models
    ]
    if wrong:
        raise PolicyError("\n".join(wrong))


def named_classes(loaded: LoadedPolicy) -> list[tuple[int, str, str]]:
    """Its globs of data classes: the line of each, whether it is of a `rule`, an `exception` or a
    `mask`, and the glob."""
    text = loaded.path.read_text("utf-8")
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    of = {"masks": "mask", "unless": "exception"}
    return [
        (line_of(node, place), of.get(str(place[0 if place[0] == "masks" else 2]), "rule"), glob)
        for glob, place in _globs(yaml.safe_load(text))
        if isinstance(glob, str)
    ]


def start(source: Path, file: Path) -> None:
    """A copy of the policy `source` under a name of its own, and its schema beside it, which its
    first line names. Raises FileExistsError, OSError."""
    lines = [
        f"name: {file.stem}" if line.startswith("name: ") and is_id(file.stem) else line
        for line in source.read_text("utf-8").splitlines()
        if not line.startswith(_SCHEMA_LINE)
    ]
    if file.exists():
        raise FileExistsError(errno.EEXIST, "it is there already", str(file))
    # the schema first: where there is no room, no half a policy is left
    file.with_name(SCHEMA.name).write_bytes(SCHEMA.read_bytes())
    with file.open("x", encoding="utf-8") as copy:
        copy.write("\n".join([f"{_SCHEMA_LINE}{SCHEMA.name}", *lines, ""]))


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


type Wrong = tuple[int, str]
"""A line of the file, and what is wrong there."""


def _mistakes(error: ValidationError, node: yaml.Node | None) -> Iterator[Wrong]:
    every = [(e, tuple(p for p in e["loc"] if p != "__root__")) for e in error.errors()]
    misspelt = set()
    for e, place in every:
        if e["type"] == "extra_forbidden":
            options = _fields_at(place[:-1])
            if near := _near(str(place[-1]), options):
                misspelt.add((*place[:-1], near))
            remedy = f" (did you mean `{near}`?)" if near else f"; there are {', '.join(options)}"
            yield line_of(node, place), f"unknown key `{place[-1]}`{remedy}"
    for e, place in every:
        where = ".".join(_named(node, place))
        if e["type"] == "extra_forbidden" or (e["type"] == "missing" and place in misspelt):
            continue  # a misspelt key shows as one unknown and one missing: the first says more
        if e["type"] == "missing":
            yield line_of(node, place), f"`{where}` is missing"
        else:
            message = in_words(e["type"], e["msg"], e.get("ctx", {}))
            yield line_of(node, place), f"`{where}`: {message}" if where else message


def _named(node: yaml.Node | None, place: Sequence[str | int]) -> Iterator[str]:
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


def _fields_at(place: Sequence[str | int]) -> list[str]:
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


def unknown_class(glob: str) -> str:
    """What to say where `glob` can match no data class; empty where it can."""
    known = list(data_classes())
    if _names_something(glob, known):
        return ""
    families = sorted({k.partition(".")[0] for k in known})
    near = _meant(glob, known, families)
    remedy = f" (did you mean `{near}`?)" if near else f"; classes begin with {', '.join(families)}"
    return f"unknown data class `{glob}`{remedy}"


def _meant(glob: str, known: list[str], families: list[str]) -> str:
    """What somebody who wrote `glob` may have meant, or nothing."""
    stem = glob.lower().removesuffix(".*")
    head, dot, rest = stem.partition(".")
    family = _near(head, families)
    if not dot:  # a family as if it were a class: all of it
        return f"{family}.*" if family else ""
    by_stem = {k.removesuffix(".*"): k for k in known}
    if near := _near(stem, list(by_stem)):
        return by_stem[near]
    other = f"{family}.{rest}"
    return other if family and _names_something(other, known) else ""


def _unknown_classes(document: dict[str, Any], node: yaml.Node | None) -> Iterator[Wrong]:
    """Of `masks` and of the tests of all rules, as far as they have the form of such."""
    for glob, place in _globs(document):
        if isinstance(glob, str) and (problem := unknown_class(glob)):
            yield line_of(node, place), problem


def _globs(document: dict[str, Any]) -> Iterator[tuple[object, list[str | int]]]:
    """Each, and its place."""
    match document:
        case {"masks": dict(masks)}:
            for glob in masks:
                yield glob, ["masks", str(glob)]
    match document:
        case {"rules": list(rules)}:
            for i, rule in enumerate(rules):
                for key, test in rule.items() if isinstance(rule, dict) else ():
                    match test:
                        case {"data": list(globs)}:
                            place = ["rules", i, key, "data"]
                            yield from ((g, [*place, j]) for j, g in enumerate(globs))


def _names_something(glob: str, known: list[str]) -> bool:
    """Whether a class of `known`, or one of a family in it, can match `glob`."""
    for k in known:
        # a family is never found by its own name: `secret` is none of `secret.*`
        if _begins(glob, k[:-1]) if k.endswith(".*") else fnmatchcase(k, glob):
            return True
    # `pii.email.work`, which a rule of somebody's own may find
    return any(glob.startswith(f"{k}.") for k in known if not k.endswith(".*"))


def _begins(glob: str, start: str) -> bool:
    """Whether `glob` can match something longer that begins with `start`."""
    return any(
        fnmatchcase(start, glob[:i]) and (i < len(glob) or glob.endswith("*"))
        for i in range(1, len(glob) + 1)
    )


def _near(word: str, options: list[str]) -> str:
    return next(iter(difflib.get_close_matches(word, options, n=1, cutoff=0.6)), "")


def _hint(word: str, options: list[str]) -> str:
    near = _near(word, options)
    return f" (did you mean `{near}`?)" if near else ""
