"""Errors of the request path in the log: where they happened, never what was in them."""

import logging

logger = logging.getLogger(__name__)


def log_place(doing: str, error: BaseException) -> None:
    """One line with the kind of `error` and the place in the code, without its message.

    Messages may quote what was being read, and that is a person's prompt.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"
    logger.error("%s failed: %s at %s", doing, type(error).__name__, place)
