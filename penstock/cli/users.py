"""`penstock users`: lines of the file of people who may use the proxy."""

import sys
from getpass import getpass
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Adds the group."""
    group = typer.Typer(no_args_is_help=True, help="People who may use the proxy.")
    group.command("line")(line)
    app.add_typer(group, name="users")


def line(
    name: Annotated[str, typer.Argument(help="How the person signs in.")],
    groups: Annotated[
        str, typer.Option("--groups", help="Groups of the person, for policies: a,b")
    ] = "",
) -> None:
    """Write the line for the file of `proxy.users`; the password comes from standard input."""
    from proxy_addons import passwords

    if sys.stdin.isatty():
        password = getpass("Password: ", sys.stderr)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise typer.BadParameter("no password was given")
    print(passwords.line(name, password, tuple(g for g in groups.split(",") if g)))
