"""Which data classes a policy names that nothing of this installation can report."""

from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase

from detectors.fingerprints import index
from detectors.fingerprints.excerpts import DOCUMENT
from detectors.rule import SHIPPED, load_rules
from detectors.secret_columns import HEADING
from detectors.terms import TEST_CLASS
from penstock.registering import Installation
from penstock.settings import Settings
from policy.classes import data_classes
from policy.load import LoadedPolicy, named_classes


def unreported(loaded: LoadedPolicy, settings: Settings) -> Iterator[str]:
    """A line for each glob of the policy that matches nothing which the rules that ship, or the
    company's own rules, words, tables and documents, report. Raises ConfigError where those cannot
    be read."""
    asked = [named for named in named_classes(loaded) if not _is_plain(named[2], settings)]
    if not asked:
        return  # the rules take a second to read
    reported = set(_reported(settings))
    for line, what, glob in asked:
        if not any(fnmatchcase(name, glob) for name in reported):
            yield (
                f"{loaded.path}:{line}: `{glob}`{_meant(glob, reported)}: no rule reports it: this "
                f"{what} of the policy matches nothing"
            )


def _meant(glob: str, reported: set[str]) -> str:
    """The class of the same family that is written nearly so."""
    family, _, last = glob.rpartition(".")
    lasts = (name.removeprefix(f"{family}.") for name in reported if name.startswith(f"{family}."))
    near = get_close_matches(last, sorted(lasts), n=1, cutoff=0.85)
    return f" (did you mean `{family}.{near[0]}`?)" if near else ""


def _is_plain(glob: str, settings: Settings) -> bool:
    """Whether it names a class that has a row of its own, or a whole family, where there may be
    nothing of it yet."""
    if any(fnmatchcase(row, glob) for row in data_classes()):
        return True
    # what they report as is known to Presidio alone
    return settings.detection.recognizers is not None and glob.startswith("custom.")


def _reported(settings: Settings) -> Iterator[str]:
    for rule in load_rules((SHIPPED, *settings.detection.rules)):
        yield rule.id.replace(HEADING, "secret.", 1)
    yield TEST_CLASS
    yield from (dictionary.data_class for dictionary in settings.detection.dictionaries)
    if (settings.state / index.NAME).exists():
        for found in Installation(settings.state).read().registered:
            yield f"{'edm.' if found.kind == 'table' else DOCUMENT}{found.name}"
