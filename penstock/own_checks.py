"""What `penstock doctor` looks at of a company's own: its rules and words, and its directory."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePath

from detectors import terms
from detectors.engine import Engine
from detectors.fingerprints import index
from detectors.fingerprints.excerpts import CODE, DOCUMENT
from detectors.fingerprints.registering import PROSE
from detectors.fingerprints.segment import Registered
from detectors.rule import load_rules, repeated
from penstock.check import Check
from penstock.registering import Installation
from penstock.settings import Settings
from policy.classes import data_class
from policy.load import load
from proxy_addons.directory import Directory

TEXTS = PROSE | {".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".ods", ".ppt", ".pptx"}
"""Files that people call documents, by the endings of their names."""


def rules(settings: Settings) -> Iterator[Check]:
    """Rules of its own: each is compiled and keeps its promises. Raises ConfigError."""
    if directories := settings.detection.rules:
        own = load_rules(directories)
        Engine((), settings.state / "cache", own=own)
        where = ", ".join(map(str, directories))
        if own:
            yield Check("own rules", "ok", f"{len(own)} in {where}, their hits and misses hold")
            for line in repeated(own):
                detail, _, remedy = line.rpartition("; ")
                yield Check("own rules", "note", detail, remedy)
            yield from _heeded("own rules", {rule.id for rule in own}, settings)
        else:
            detail = f"{where}: no rule is in there"
            yield Check("own rules", "note", detail, "put *.yaml or *.yml files there")


def words(settings: Settings) -> Iterator[Check]:
    """Dictionaries. Raises ConfigError."""
    for dictionary in settings.detection.dictionaries:
        number = sum(1 for _ in terms.lines(dictionary.file))
        said = f"{number:,} of `{dictionary.data_class}` in {dictionary.file}"
        yield Check("own words", "ok", said)
    named = {dictionary.data_class for dictionary in settings.detection.dictionaries}
    yield from _heeded("own words", named, settings)


def registered(settings: Settings) -> Iterator[Check]:
    """What is registered as the company's own. Raises ConfigError."""
    if not (settings.state / index.NAME).exists():
        return
    every = [r for r in Installation(settings.state).read().registered if not r.public]
    if every:
        names = ", ".join(r.name for r in every[:3]) + ", …" * (len(every) > 3)
        yield Check("registered", "ok", f"{len(every)}: {names}")
        yield from _heeded("registered", {_class_of(r) for r in every}, settings)


def _class_of(found: Registered) -> str:
    """What an excerpt of it is found as, or most of its excerpts."""
    if found.kind == "table":
        return f"edm.{found.name}"
    is_code = any(PurePath(file).suffix.lower() not in TEXTS for file in found.files)
    return CODE if is_code else f"{DOCUMENT}{found.name}"


def _heeded(name: str, classes: set[str], settings: Settings) -> Iterator[Check]:
    """What is found and no rule of the policy is about is neither stopped nor recorded."""
    policy = load(settings.policy).policy
    if policy.default != "allow":
        return
    globs = {glob for rule in policy.rules for glob in rule.when.data}
    reported = {c for c in classes if data_class(c) is not None}
    if unheeded := sorted(c for c in reported if not any(fnmatchcase(c, g) for g in globs)):
        yield Check(
            name,
            "note",
            f"no rule of the policy is about {', '.join(f'`{c}`' for c in unheeded)}: what they "
            "find is neither stopped nor recorded",
            f"name them in a rule, as `data: [{unheeded[0]}]`",
        )


def people(settings: Settings) -> Iterator[Check]:
    """The directory that knows people: asked as a person who is not there. Raises ConfigError."""
    if not settings.directory.url:
        return
    if problem := Directory(settings.directory).problem():
        yield Check(
            "directory",
            "wrong",
            f"{settings.directory.url} does not say who signs in: {problem}; while this lasts, "
            "who needs a password gets 503",
            "start it, or correct `directory` in the settings",
        )
    else:
        yield Check("directory", "ok", f"{settings.directory.url} answers over TLS")
