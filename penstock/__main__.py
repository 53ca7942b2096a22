"""The command, from its first moment: Ctrl-C while the libraries load ends it without a trace."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Runs a command; once it is loaded, it says itself what Ctrl-C does."""
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:  # else somebody has it ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from penstock import cli

    signal.signal(signal.SIGINT, heard)
    cli.main()


if __name__ == "__main__":
    main()
