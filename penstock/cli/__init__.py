"""The commands. One module per group; one line here per module.

Exit codes: 0 fine, 1 findings or failed checks, 2 usage, 3 configuration, 4 a needed service is
down, 70 a fault of ours, 130 interrupted. Results go to standard output, everything else to
standard error. Modules import what they need inside their commands, so that each starts at once.
"""

import os
import re
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from penstock.cli.options import located
from penstock.errors import ConfigError, LedgerError, PenstockError, Refused, ServiceDown
from penstock.hints import as_run
from penstock.supervise import tell_why

_MODULES = (
    "run",
    "demo",
    "scan",
    "policy",
    "rules",
    "report",
    "ledger",
    "case",
    "reidentify",
    "fingerprint",
    "services",
    "users",
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
        from importlib.metadata import version

        print(version("penstock"))
        raise typer.Exit


for _name in _MODULES:
    import_module(f"{__name__}.{_name}").register(app)


def main() -> NoReturn:
    """Run a command; whatever is wrong is a line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        # a file name or a finding may hold what the terminal's encoding has no form for
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    try:
        code = app(prog_name="penstock", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as e:
        # typer's own answer to a reader that has seen enough is exit code 1
        code = _unheard() if isinstance(e.__context__, BrokenPipeError) else e.code
    except BrokenPipeError:
        code = _unheard()
    except typer.TyperException as e:
        # a group without a command has shown its help, and has no message
        code = _said(_usage(e), 2) if e.format_message() else 2
    except typer.Abort:
        code = _said("nothing was done", 1)
    except KeyboardInterrupt:
        code = 130
    except (ServiceDown, LedgerError) as e:
        code = _said(str(e), 4)
    except Refused as e:
        code = _said(str(e), 2)
    except ConfigError as e:
        code = _said(str(e), 3)
    except PenstockError as e:
        code = _said(str(e), 1)
    except OSError as e:
        place = f"{e.filename}: " if e.filename else ""
        code = _said(f"{place}{e.strerror or type(e).__name__}", 3)
    except Exception as e:
        if sys.flags.dev_mode:
            raise
        code = _said(_fault(e), 70)
    sys.exit(code or 0)


def _usage(error: typer.TyperException) -> str:
    """What was wrong with the words given, and where the right ones stand."""
    message = " ".join(error.format_message().split()).rstrip(".")
    message = message.removeprefix("Invalid value: ").replace("Value error, ", "")
    message = message.replace("Input should be ", "must be ")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "penstock"
    if command == "penstock" and (misplaced := _MISPLACED.match(message)):
        message = (
            f"`{misplaced[1]}` goes behind the command, as in `penstock scan {misplaced[1]} FILE`"
        )
    return f"{message[:1].lower()}{message[1:]}; see: {command} --help"


_MISPLACED = re.compile("No such option: (--config|-c)")
"""Every command has it, `penstock` itself does not."""


def _fault(error: Exception) -> str:
    """Names the place, never the message: it may hold what was scanned."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"a fault of ours: {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}; "
        "please report it. The whole trace: python -X dev -m penstock.cli …"
    )


def _said(line: str, code: int) -> int:
    line = located(line)
    if tell_why(line):
        return code
    try:
        sys.stdout.flush()
        # a file with several mistakes has a line for each
        said = "".join(f"penstock: {as_run(each)}\n" for each in line.split("\n"))
        print(said, end="", file=sys.stderr, flush=True)
    except OSError:
        _unheard()
    return code


def _unheard() -> int:
    """The reader of our output has seen enough; nothing more may be written to it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            try:
                stream.flush()
            except OSError:
                os.dup2(nowhere, stream.fileno())
    return 0
