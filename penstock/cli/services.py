"""`penstock services`: the catalogue of AI services."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from penstock.cli.options import AsJson, Config, print_json, printable, settings, wrong

_SHOWN = 20

if TYPE_CHECKING:
    from proxy_addons.coverage import Seen
    from proxy_addons.services import Service, Services


def register(app: typer.Typer) -> None:
    """Add the group to `app`."""
    group = typer.Typer(no_args_is_help=True, help="The AI services that are inspected.")
    group.command("list")(listed)
    group.command()(check)
    group.command()(match)
    app.add_typer(group, name="services")


def listed(
    category: Annotated[str, typer.Option(help="Only this category.")] = "",
    discovered: Annotated[
        bool, typer.Option("--discovered", help="Likely AI hosts that are in no row.")
    ] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Print every service with its category, country and hosts.

    Where a program reads it: one line for each, with its first host; `--json` has all.
    """
    if discovered:
        return _discovered(config, as_json)
    rows = list(_load(config))
    if category:
        known = sorted({s.category for s in rows})
        if category not in known:
            raise wrong("--category", category, known)
        rows = [s for s in rows if s.category == category]
    if as_json:
        print_json([_row(s) for s in rows])
        return
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*_COLUMNS, box=None, header_style="bold")
        for s in rows:
            table.add_row(s.service, s.name, s.category, s.country, ", ".join(s.hosts))
        Console().print(table)
    else:
        for line in _lines(rows):
            print(line)
    print(f"{len(rows)} services", file=sys.stderr)


def check(
    config: Config = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Forget canaries that passed, if none does now.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send a made-up card number through the proxy in every dialect; exit code 1 if one passes.

    A proxy of its own is started on loopback with these settings; what leaves it arrives at a sink,
    never at a service. Says as well what is in the catalogue, own rows included, and which
    endpoints of inspected hosts no dialect understands.
    """
    import asyncio

    from penstock.scan import scanner
    from policy.load import load
    from proxy_addons import canary, coverage
    from proxy_addons.inspection import Inspection, Job, run
    from proxy_addons.watch import unseen

    found = settings(config).settings
    catalogue = _load(config)
    services = list(catalogue)
    hosts = sum(len(s.hosts) for s in services)
    generic = sum(1 for s in services if not s.endpoints)
    # names are no card numbers, and the model that finds them takes the most time
    without_names = found.detection.model_copy(update={"names": False})
    detectors = scanner(found.model_copy(update={"detection": without_names}))
    loaded = load(found.policy)

    async def inspect(job: Job) -> Inspection:
        return await asyncio.to_thread(run, job, detectors, loaded.policy, found.language)

    passed = asyncio.run(unseen(found, catalogue, inspect, lambda: loaded))
    dialects = len({shape.dialect for _, shape in canary.places(catalogue)})
    if clear and not passed:
        coverage.forget(found.state, coverage.CANARY)
    rows = coverage.read(found.state, coverage.NOT_UNDERSTOOD)
    if as_json:
        print_json(
            {
                "services": len(services),
                "hosts": hosts,
                "read_generically": generic,
                "dialects": dialects,
                "passed": [str(tried) for tried in passed],
                "not_understood": [_seen(row) for row in rows],
            }
        )
        raise typer.Exit(1 if passed else 0)
    print(
        f"{'wrong' if passed else 'fine'}: {len(services)} services, {hosts} host patterns; "
        f"{len(services) - generic} have endpoints with a dialect of their own, {generic} are "
        f"read by the generic one; canaries in {dialects} dialects, {len(passed)} not held"
    )
    for tried in passed:
        print(f"  not held: {tried}")
    for row in rows[:_SHOWN]:
        like = f", looks like {row.hint}" if row.hint else ""
        print(f"  seen, not understood: {row.what} ({row.count} times{like})")
    raise typer.Exit(1 if passed else 0)


def match(
    host: Annotated[str, typer.Argument(help="For instance api.openai.com, or a whole URL.")],
    path: Annotated[
        str, typer.Argument(help="For instance /v1/chat/completions; else the URL's.")
    ] = "",
    method: Annotated[str, typer.Option("--method", "-X")] = "POST",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say which service and dialect would read an endpoint; exit code 1 if it is a blind tunnel."""
    try:
        url = urlsplit(host if "://" in host else f"//{host}")
        host = url.hostname or ""
        path = path or url.path
        found = _load(config).match(host, method, path if path.startswith("/") else f"/{path}")
    except ValueError:
        raise typer.BadParameter(f"`{printable(host[:80])}` is not a host name") from None
    if as_json:
        print_json(
            None
            if found is None
            else {
                "service": found.service.service,
                "dialect": found.dialect,
                "endpoint": found.template,
            }
        )
    elif found is None:
        print(f"{host} is not in the catalogue: a blind tunnel, nothing is read")
    else:
        print(f"{found.service.service}: {found.template} is read by {found.dialect}")
    raise typer.Exit(0 if found else 1)


_COLUMNS = ("service", "name", "category", "country", "hosts")


def _lines(services: "list[Service]") -> Iterator[str]:
    rows = [_COLUMNS, *((s.service, s.name, s.category, s.country, _hosts(s)) for s in services)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _hosts(service: "Service") -> str:
    first, *more = service.hosts
    return f"{first}, {len(more)} more" if more else first


def _discovered(config: Config, as_json: bool) -> None:
    from proxy_addons import coverage

    services = _load(config)
    state = settings(config).settings.state
    rows = [
        row for row in coverage.read(state, coverage.DISCOVERED) if services.at(row.what) is None
    ]
    if as_json:
        print_json([_seen(row) for row in rows])
        return
    for row in rows:
        print(f"{row.what}  {row.count} tunnels, {row.first} to {row.last}")
    print(
        f"{len(rows)} likely AI hosts are in no row: they pass unread; to inspect one, add a row "
        "to the file that `proxy.services` names",
        file=sys.stderr,
    )


def _seen(row: "Seen") -> dict[str, object]:
    return {
        "what": row.what,
        "looks_like": row.hint,
        "count": row.count,
        "first": row.first.isoformat(),
        "last": row.last.isoformat(),
    }


def _load(config: Config) -> "Services":
    from proxy_addons.services import load

    return load(settings(config).settings.proxy.services)


def _row(service: "Service") -> dict[str, object]:
    return service.model_dump(mode="json")
