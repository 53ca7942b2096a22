"""`penstock fingerprint`: register what is the company's own, and look for it."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.options import AsJson, Config, counted, print_json, printable, settings
from penstock.errors import ConfigError
from penstock.hints import as_run

if TYPE_CHECKING:
    from detectors.fingerprints.segment import Registered
    from penstock.registering import Installation


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(
        no_args_is_help=True, help="The company's own source code, documents and tables."
    )
    group.command()(add)
    group.command("list")(list_)
    group.command()(remove)
    group.command()(check)
    app.add_typer(group, name="fingerprint")


def add(
    path: Annotated[
        Path,
        typer.Argument(help="A directory, git repository, document, or table (CSV, Excel)."),
    ],
    name: Annotated[str, typer.Option(help="What findings call it; else the path's name.")] = "",
    public: Annotated[
        bool, typer.Option("--public", help="It is public: what it holds does not count.")
    ] = False,
    columns: Annotated[
        str, typer.Option(help="For a table: the columns to look for, as `surname,city`.")
    ] = "",
    rule: Annotated[
        list[str] | None,
        typer.Option(
            help="For a table: what must stand together, as `surname with any 2 of birth_date, "
            "city`; else any two of the columns."
        ),
    ] = None,
    keys: Annotated[
        bool, typer.Option("--keys", help="Also files that are private keys, else left out.")
    ] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Register a tree, document or table as keyed hashes; again, to bring it up to date.

    For `customers.csv`, columns and rules may stand in `customers.yaml` beside it.
    """
    from detectors.fingerprints.index import size_bytes
    from penstock.registering import (
        contents,
        files_of,
        is_table,
        left_out,
        name_for,
        without_keys,
    )

    if (columns or rule) and public:
        raise typer.BadParameter("`--public` is for trees, `--columns` and `--rule` for tables")
    if not path.exists():
        raise ConfigError(f"{path}: no such file or directory; name what is to be registered")
    ours = _installation(config)
    named = name_for(path, name)
    before = next((r for r in ours.read().registered if r.name == named), None)
    if columns or rule or is_table(path):
        added = _table(ours, named, path, columns, rule or [])
    else:
        files = files_of(path)
        if large := left_out(files):
            _say_left_out(path, large, "larger than 20 MB")
        private: list[str] = []
        read = _progress(contents(path, files), len(files))
        try:
            added = ours.add_tree(
                named, path, read if keys else without_keys(read, private), public=public
            )
        finally:
            if private:
                what = "private keys, which rules find anyway; --keys registers them too"
                _say_left_out(path, private, what)
    if before and before.origin != added.origin:
        print(
            f"{added.name}: took the place of {printable(before.origin)}; to have both, add that "
            "again with --name",
            file=sys.stderr,
        )
    if as_json:
        print_json(_about(added))
    else:
        print(f"{added.name}: {_size(added)}")
        print(f"{ours.path}: {_bytes(size_bytes(ours.path))}", file=sys.stderr)


def list_(config: Config = None, as_json: AsJson = False) -> None:
    """Say what is registered."""
    state = settings(config).settings.state
    registered = _registered(state)
    if as_json:
        print_json([_about(r) for r in registered])
        return
    for r in registered:
        print(f"{r.name:24} {_kind(r):8} {_size(r)}, {r.added[:10]}, {printable(r.origin)}")
    if not registered:
        print(_nothing(state), file=sys.stderr)


def remove(
    name: Annotated[str, typer.Argument(help="As `penstock fingerprint list` shows it.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take a tree, document or table out again."""
    gone = _installation(config).remove(name)
    if as_json:
        print_json(_about(gone))
    else:
        print(f"{gone.name}: removed, {_size(gone)}")


def check(
    path: Annotated[Path, typer.Argument(help="A file or document; `-`: standard input.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say what of a text is registered, and where it is from; exit code 1 if anything is."""
    from detectors import documents, registered
    from penstock.unread import why

    state = settings(config).settings.state
    is_any = bool(_registered(state))
    detector = registered.of(state)
    detector.load()
    try:
        data = sys.stdin.buffer.read() if path == Path("-") else path.read_bytes()
    except OSError as e:
        raise ConfigError(f"{path}: cannot be read: {e.strerror}; name a text file") from None
    document = documents.read(data) or documents.plain(data)
    members = document.members or ("",) * len(document.texts)
    found = [
        {
            "class": match.data_class,
            **({"member": member} if member else {}),
            "line": text.count("\n", 0, match.start) + 1,
            "last_line": text.count("\n", 0, match.end) + 1,
            "start": match.start,
            "end": match.end,
            "confidence": match.confidence,
            "source": match.source,
        }
        for text, member in zip(document.texts, members, strict=True)
        for match in sorted(detector.find(text), key=lambda m: m.start)
    ]
    if as_json:
        print_json({"file": str(path), "findings": found, "unread": sorted(document.unread)})
    else:
        for row in found:
            within = f"!{row['member']}" if "member" in row else ""
            print(
                f"{printable(str(path) + within)}:{row['line']}-{row['last_line']}: "
                f"{row['class']}: {printable(str(row['source']))}, {row['confidence']:.2f}"
            )
        if document.unread:
            how = "not all of it read" if document.texts else "not read"
            print(f"{printable(str(path))}: {how}: {printable(why(document))}", file=sys.stderr)
        elif not found:
            print("nothing in it is registered" if is_any else _nothing(state), file=sys.stderr)
    raise typer.Exit(1 if found else 0)


def _registered(state: Path) -> tuple["Registered", ...]:
    """What is; only asking makes no key."""
    from detectors.fingerprints import index
    from penstock.registering import Installation

    is_there = Path(index.list_of(state / index.NAME)).exists()
    return Installation(state).read().registered if is_there else ()


def _nothing(state: Path) -> str:
    said = f"nothing is registered in the state directory {printable(str(state))}; "
    return as_run(f"{said}see: penstock fingerprint add --help")


def _say_left_out(path: Path, names: list[str], why: str) -> None:
    some = ", ".join(map(printable, names[:3])) + ", …" * (len(names) > 3)
    said = f"{printable(str(path))}: {counted(len(names), 'file')} left out, {why}: {some}"
    print(said, file=sys.stderr)


def _installation(config: Path | None) -> "Installation":
    from penstock.registering import Installation

    return Installation(settings(config).settings.state)


def _table(
    ours: "Installation", name: str, path: Path, columns: str, rules: list[str]
) -> "Registered":
    from penstock.registering import rules_beside

    named = [c.strip() for c in columns.split(",") if c.strip()]
    beside = None if named else rules_beside(path)
    if beside is not None:
        named, rules = list(beside.columns), rules or list(beside.rules)
    if not named:
        raise ConfigError(
            f"{path}: which columns? name them by --columns, or in {path.with_suffix('.yaml')}"
        )
    return ours.add_table(name, path, named, rules, _progress)


def _progress[T](read: Iterable[T], total: int) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track

    yield from track(
        read,
        "registering",
        total=total,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _size(r: "Registered") -> str:
    if r.kind == "table":
        return f"{counted(r.size, 'row')}, rules: {'; '.join(r.rules)}"
    files = "" if _kind(r) == "document" else f"{counted(len(r.files), 'file')}, "
    return f"{files}{counted(r.lines, 'line')}" + ", public" * r.public


def _kind(r: "Registered") -> str:
    """A tree of the index that was one file is a document to people."""
    return "document" if r.kind == "tree" and r.files == (Path(r.origin).name,) else r.kind


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} KB"


def _about(r: "Registered") -> dict[str, Any]:
    about = {"name": r.name, "kind": r.kind, "origin": r.origin, "added": r.added}
    if r.kind == "table":
        return about | {"rows": r.size, "columns": r.columns, "dates": r.dates, "rules": r.rules}
    return about | {"files": len(r.files), "lines": r.lines, "public": r.public}
