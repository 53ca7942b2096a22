"""Registers what is the company's own: trees of files, git repositories, tables.

Everything is read and hashed first; then, one change at a time, the index takes it in.
"""

import os
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from detectors.fingerprints import index
from detectors.fingerprints.index import Index
from detectors.fingerprints.records import Asked
from detectors.fingerprints.registering import LARGEST, Tree, worth_reading
from detectors.fingerprints.segment import Registered, Segment
from detectors.fingerprints.tables import Rows, Table, table_segment
from penstock import state
from penstock.errors import ConfigError
from penstock.scan import SKIPPED

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_KEY = re.compile(
    rb"-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY(?: BLOCK)?-----[\w+/=:;,.()@<>\s-]*?"
    rb"(?:-----END [A-Z0-9 ]+-----|(?=[^\w+/=:;,.()@<>\s-])|\Z)|PuTTY-User-Key-File-\d:.*",
    re.DOTALL,
)


class TableRules(BaseModel):
    """The file `TABLE.yaml` beside a table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[str, ...]
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """One file of a tree, not yet read."""

    name: str
    """Its path in the tree."""
    path: Path | None
    """None: it is in a bare repository,"""
    blob: str = ""
    """under this id."""
    size_bytes: int = 0

    @classmethod
    def at(cls, path: Path, name: str) -> "File":
        """The file `path`."""
        return cls(name, path, size_bytes=path.stat().st_size)


class Installation:
    """The index of one installation, and its key."""

    def __init__(self, directory: Path) -> None:
        self._directory = state.prepare(directory)
        self.path = directory / index.NAME
        self._secret = state.key(directory, "fingerprints")

    def read(self) -> Index:
        """What is registered now. Raises ConfigError."""
        return index.read(self.path, self._secret)

    def add_tree(
        self, name: str, origin: Path, files: Iterator[tuple[str, bytes]], *, public: bool
    ) -> Registered:
        """Registers a tree in place of what had its name. Raises ConfigError."""
        tree = Tree(self._secret)
        for file, data in files:
            tree.add(file, data)
        if not tree.files:
            raise ConfigError(
                f"{origin}: nothing in it to recognise; name a directory, a git repository or a "
                "document with more than a few lines of text"
            )
        return self._add(tree.segment(name, str(origin.resolve()), _now(), public=public))

    def add_table(
        self,
        name: str,
        path: Path,
        columns: Sequence[str],
        rules: Sequence[str],
        progress: Callable[[Rows, int], Rows] = lambda rows, _: rows,
    ) -> Registered:
        """Registers the rows of a CSV file or workbook in place of what had its name. Raises
        ConfigError."""
        table = Table.of(path)
        columns = tuple(columns)
        table.check(columns)
        rules = tuple(rules) or (f"any 2 of {', '.join(columns)}" if columns[1:] else columns[0],)
        for rule in rules:
            Asked.read(rule, columns, str(path), table.header)
        about = Registered(
            name=name,
            kind="table",
            origin=str(path.resolve()),
            added=_now(),
            size=0,
            entries=0,
            columns=columns,
            rules=rules,
        )
        segment = table_segment(about, table, self._secret, progress)
        if not segment.entries:
            raise ConfigError(f"{path}: no cell in these columns says enough to be looked for")
        return self._add(segment)

    def _add(self, segment: Segment) -> Registered:
        with index.changing(self.path):
            index.write(self.path, self._secret, self.read().with_segment(segment))
        return segment.registered[0]

    def remove(self, name: str) -> Registered:
        """Takes a tree or table out again. Raises ConfigError if there is none of this name."""
        with index.changing(self.path):
            known = self.read()
            for found in known.registered:
                if found.name == name:
                    index.write(self.path, self._secret, known.without(name))
                    return found
        names = ", ".join(r.name for r in known.registered)
        there_is = f"there is {names}" if names else "nothing is"
        raise ConfigError(f"{self.path}: `{name}` is not registered; {there_is}")


def name_for(path: Path, wanted: str) -> str:
    """The name to register under: as asked for, else the file's. Raises ConfigError."""
    path = path.resolve()
    plain = path.stem if path.is_file() else path.name.removesuffix(".git") or path.parent.name
    name = wanted or re.sub(r"[^a-z0-9_-]+", "-", plain.lower()).strip("-_")
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{path}: `{name}` is no name; give one of a-z, 0-9, - and _ by --name")
    return name


def is_table(path: Path) -> bool:
    """Whether a file is registered by its columns: a CSV file, a workbook with rules beside it."""
    suffix = path.suffix.lower()
    return suffix in (".csv", ".tsv") or (
        suffix in (".xlsx", ".xlsm") and path.with_suffix(".yaml").exists()
    )


def rules_beside(path: Path) -> TableRules | None:
    """What `TABLE.yaml` beside `TABLE.csv` says, if it is there. Raises ConfigError."""
    beside = path.with_suffix(".yaml")
    try:
        return TableRules.model_validate(yaml.safe_load(beside.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except OSError as e:
        raise ConfigError(f"{beside}: cannot be read: {e.strerror}") from None
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise ConfigError(f"{beside}:{line}: not YAML: {e.problem}") from None
    except (ValidationError, UnicodeDecodeError):
        raise ConfigError(
            f"{beside}: write `columns: [surname, city]` and `rules: [surname and city]`"
        ) from None


# ── trees ─────────────────────────────────────────────────────────────────────────────────────


def files_of(path: Path) -> list[File]:
    """The files of a tree: what git knows of, else all that are there. Raises ConfigError."""
    if not path.exists():
        raise ConfigError(f"{path}: no such file or directory; name what is to be registered")
    if path.is_file():
        return [File.at(path, path.name)]
    if (path / "HEAD").is_file() and (path / "objects").is_dir():
        return [file for file in _committed(path) if worth_reading(file.name)]
    if (path / ".git").exists():
        names: list[str] | None = None
        with suppress(ConfigError):
            names = _git(path, "ls-files", "-z", "--recurse-submodules")
        if names == []:
            raise ConfigError(f"{path}: git tracks no file in it; see: git -C {path} add")
        if names:
            return [File.at(path / n, n) for n in names if worth_reading(n) and _is_file(path / n)]
    return [f for f in _walk(path) if worth_reading(f.name)]


def left_out(files: Sequence[File]) -> list[str]:
    """Names of those that are too large to be read."""
    return [file.name for file in files if file.size_bytes > LARGEST]


def contents(path: Path, files: Sequence[File]) -> Iterator[tuple[str, bytes]]:
    """Each file with what is in it; one that cannot be read is an error, as half a tree is none."""
    if files and files[0].path is None:
        yield from _from_git(path, files)
        return
    for file in files:
        assert file.path is not None
        try:
            with file.path.open("rb") as opened:
                yield file.name, opened.read(LARGEST + 1)
        except OSError as e:
            raise ConfigError(
                f"{file.path}: cannot be read: {e.strerror}; make it readable, or move it away"
            ) from None


def without_keys(
    some: Iterator[tuple[str, bytes]], left_out: list[str]
) -> Iterator[tuple[str, bytes]]:
    """Those files that are not a private key and little else; the names of the others go to
    `left_out`. A hash of a key is better nowhere, and rules find keys wherever they stand."""
    for name, data in some:
        if b"PRIVATE KEY" in data or data.startswith(b"PuTTY-User-Key-File-"):
            rest = len(b"".join(_KEY.sub(b"", data).split()))
            if 2 * rest < len(b"".join(data.split())):
                left_out.append(name)
                continue
        yield name, data


def _walk(path: Path) -> Iterator[File]:
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        for name in sorted(names):
            if _is_file(found := Path(folder, name)):
                yield File.at(found, str(found.relative_to(path)))


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _git(path: Path, *arguments: str) -> list[str]:
    try:
        done = subprocess.run(
            ["git", "-C", str(path), *arguments], capture_output=True, check=False
        )
    except OSError:
        raise ConfigError(f"{path}: git is needed to read a repository; install it") from None
    if done.returncode:
        said = os.fsdecode(done.stderr).strip().rpartition("\n")[2]
        raise ConfigError(f"{path}: git cannot read it: {said.removeprefix('fatal: ')}")
    return [os.fsdecode(n) for n in done.stdout.split(b"\0") if n]


def _committed(path: Path) -> Iterator[File]:
    """The files of the last commit of a bare repository: no links, no repositories within it."""
    for line in _git(path, "ls-tree", "-r", "-z", "-l", "HEAD"):
        about, _, name = line.partition("\t")
        mode, _, blob, size = about.split()
        if mode.startswith("100"):
            yield File(name, None, blob, int(size))


def _from_git(path: Path, files: Sequence[File]) -> Iterator[tuple[str, bytes]]:
    with subprocess.Popen(
        ["git", "-C", str(path), "cat-file", "--batch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as git:
        assert git.stdin is not None
        assert git.stdout is not None
        for file in files:
            # by its id: a name may have a line break
            git.stdin.write(f"{file.blob}\n".encode())
            git.stdin.flush()
            about = git.stdout.readline().split()
            if len(about) < 3:
                raise ConfigError(f"{path}: git cannot read {file.name!r}; see: git -C {path} fsck")
            data = git.stdout.read(int(about[2]))
            git.stdout.read(1)
            yield file.name, data


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
