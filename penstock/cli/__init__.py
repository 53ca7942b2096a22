"""The commands. One module per group; one line here per module.

Exit codes: 0 fine, 1 findings or failed checks, 2 usage, 3 configuration, 4 a needed service is
down. Results go to standard output, everything else to standard error.
"""

import os
import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated

import typer

from penstock.errors import ConfigError, LedgerError, PenstockError, ServiceDown

_MODULES = (
    "run",
    "demo",
    "scan",
    "policy",
    "report",
    "ledger",
    "services",
    "ca",
    "doctor",
    "config",
)

app = typer.Typer(
    name="penstock",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The gate between a company and public AI.",
)


@app.callback(invoke_without_command=True)
def _main(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    if show_version:
        print(version("penstock"))
        raise typer.Exit


for _name in _MODULES:
    import_module(f"{__name__}.{_name}").register(app)


def main() -> None:
    """Run a command; an error of ours is one line on standard error."""
    try:
        app()
    except (ServiceDown, LedgerError) as e:
        _fail(e, 4)
    except ConfigError as e:
        _fail(e, 3)
    except PenstockError as e:
        _fail(e, 1)
    except BrokenPipeError:
        # the reader of our output has seen enough; nothing more may be written to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(error: Exception, code: int) -> None:
    print(f"penstock: {error}", file=sys.stderr)
    sys.exit(code)
