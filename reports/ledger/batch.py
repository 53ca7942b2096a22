"""Group commit: many waiting coroutines share one write of a thread."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence

from penstock.errors import LedgerError
from reports.ledger.record import Draft

LARGEST = 256
"""Records written at once."""

WAITING = 10_000
"""Records that may wait; further ones are refused at once."""

type _Item = tuple[Draft, asyncio.Future[None]]


class Batcher:
    """A thread that hands whatever has gathered to `write`, and calls `idle` between.

    `write` raises to refuse the whole batch: every waiter gets that exception.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[Sequence[Draft]], None],
        idle: Callable[[], None] = lambda: None,
        idle_s: float = 1.0,
    ) -> None:
        self._write = write
        self._idle = idle
        self._idle_s = idle_s
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, draft: Draft) -> asyncio.Future[None]:
        """Done once `draft` is written. Call on the loop that waits. Raises LedgerError."""
        if self._queue.qsize() >= WAITING:
            raise LedgerError("more records are waiting than can be written")
        future = asyncio.get_running_loop().create_future()
        self._queue.put((draft, future))
        return future

    def close(self, limit_s: float) -> None:
        """Write what is waiting and stop. Gives up after `limit_s`."""
        self._queue.put(None)
        self._thread.join(limit_s)

    def _run(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=self._idle_s)
            except queue.Empty:
                self._idle()
                continue
            batch: list[_Item] = []
            while item is not None:
                batch.append(item)
                if len(batch) == LARGEST:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            if batch:
                self._hand_over(batch)
            if item is None:
                return

    def _hand_over(self, batch: list[_Item]) -> None:
        error: BaseException | None = None
        try:
            self._write([draft for draft, _ in batch])
        except BaseException as e:
            # Whatever it was, somebody waits for an answer, and the next batch for this thread.
            error = e
        loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
        for _, future in batch:
            loops.setdefault(future.get_loop(), []).append(future)
        for loop, futures in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, futures, error)


def _resolve(futures: list[asyncio.Future[None]], error: BaseException | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
