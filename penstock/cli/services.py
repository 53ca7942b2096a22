"""`penstock services`: the catalogue of AI services."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import AsJson, Config, print_json, settings, wrong

if TYPE_CHECKING:
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
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Print every service with its category, vendor and hosts."""
    rows = list(_load(config))
    if category:
        known = sorted({s.category for s in rows})
        if category not in known:
            raise wrong("--category", category, known)
        rows = [s for s in rows if s.category == category]
    if as_json:
        print_json([_row(s) for s in rows])
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("service", "name", "category", "country", "hosts", box=None, header_style="bold")
    for s in rows:
        table.add_row(s.service, s.name, s.category, s.country, ", ".join(s.hosts))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)
    print(f"{len(rows)} services", file=sys.stderr)


def check(config: Config = None, as_json: AsJson = False) -> None:
    """Load the catalogue, own rows included, and say what is in it."""
    services = list(_load(config))
    hosts = sum(len(s.hosts) for s in services)
    generic = sum(1 for s in services if not s.endpoints)
    if as_json:
        print_json({"services": len(services), "hosts": hosts, "read_generically": generic})
        return
    print(
        f"fine: {len(services)} services, {hosts} host patterns; {len(services) - generic} have "
        f"endpoints with a dialect of their own, {generic} are read by the generic one"
    )


def match(
    host: Annotated[str, typer.Argument(help="For instance api.openai.com.")],
    path: Annotated[str, typer.Argument(help="For instance /v1/chat/completions.")],
    method: Annotated[str, typer.Option("--method", "-X")] = "POST",
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Say which service and dialect would read an endpoint; exit code 1 if it is a blind tunnel."""
    try:
        found = _load(config).match(host, method, path)
    except ValueError:
        raise typer.BadParameter(f"`{host[:80]}` is not a host name") from None
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


def _load(config: Config) -> "Services":
    from proxy_addons.services import load

    return load(settings(config).settings.proxy.services)


def _row(service: "Service") -> dict[str, object]:
    return service.model_dump(mode="json")
