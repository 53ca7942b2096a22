"""Work on every core: pieces in, results out, in order.

What all pieces need is loaded before the processes are forked, so that they share it. Never more
than a few pieces are under way: memory stays bounded whatever the input's length.
"""

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from penstock.errors import InspectionError
from penstock.orphans import end_with_parent

_shared: Any
"""Set before the processes are forked."""


def spread[W, R, S](
    do: Callable[[W, S], R], work: Iterable[W], shared: S, jobs: int
) -> Iterator[R]:
    """`do` of every piece of `work`, in order, on `jobs` processes. Raises InspectionError if one
    of them is killed."""
    global _shared
    _shared = shared
    if jobs == 1:
        yield from (do(piece, shared) for piece in work)
        return
    parent = os.getpid()
    with ProcessPoolExecutor(jobs, get_context("fork"), _begin, (parent,)) as pool:
        pool.submit(os.getpid).result()  # all processes are forked now, before there is a thread
        waiting: queue.Queue[Future[R] | BaseException | None] = queue.Queue(4 * jobs)
        stopped = threading.Event()
        threading.Thread(
            target=_submit, args=(pool, do, work, waiting, stopped), daemon=True
        ).start()
        try:
            while (future := waiting.get()) is not None:
                if isinstance(future, BaseException):
                    raise future
                yield future.result()
        except BrokenProcessPool:
            raise InspectionError(
                "a scanning process was killed, perhaps for want of memory; "
                "`--jobs 1` shows where, fewer `--jobs` need less"
            ) from None
        finally:
            stopped.set()
            pool.shutdown(cancel_futures=True)


def _submit[W, R, S](
    pool: ProcessPoolExecutor,
    do: Callable[[W, S], R],
    work: Iterable[W],
    waiting: "queue.Queue[Future[R] | BaseException | None]",
    stopped: threading.Event,
) -> None:
    """Reads ahead, as far as `waiting` has room."""
    try:
        for piece in work:
            if stopped.is_set():
                return
            waiting.put(pool.submit(_do, do, piece))
        waiting.put(None)
    except BaseException as e:
        waiting.put(e)


def _begin(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers Ctrl-C for all
    end_with_parent(parent)


def _do[W, R, S](do: Callable[[W, S], R], piece: W) -> R:
    return do(piece, _shared)
