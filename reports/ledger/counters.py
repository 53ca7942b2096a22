"""The month's counters: in Redis for all proxies and the console, or in this process.

Both hold a watermark, the number of the last record that is counted in them. Records are added
only from exactly that number on, in one atomic step together with the new watermark; whoever
finds another watermark than expected reads what is missing from the ledger. So a crash anywhere,
a Redis that lost its memory or two proxies at once change nothing: counters equal the ledger.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from penstock.errors import ConfigError
from reports.ledger.record import Body
from reports.ledger.rollup import cells

TIMEOUT_S = 0.05
"""Longest wait for Redis; it is waited for in a thread of its own, never for a request."""

RETRY_S = 1.0
"""Pause after a failure."""

FAR_BEHIND = 5_000
"""Records behind which reading the roll-ups is quicker than reading the records."""


class Counter(NamedTuple):
    """What is counted: one of `violations findings` in one cell of a month."""

    measure: str
    cut: str
    """`class` and `rule`, `group` (organisational unit), … as in `tables.RollUp`."""
    name: str
    action: str
    outcome: str
    service: str

    @property
    def field(self) -> str:
        """Its name in the Redis hash of the month: `violations|class|pii.email|block|…`."""
        return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in self)

    @classmethod
    def of(cls, field: str) -> "Counter":
        """The counter a field of the Redis hash stands for."""
        return cls(*(p.replace("%7C", "|").replace("%25", "%") for p in field.split("|")))


type Month = str
type Counts = dict[Month, dict[Counter, int]]


class Source(NamedTuple):
    """Where missing records come from."""

    bodies: Callable[[int], Iterator[tuple[int, list[Body]]]]
    """Records after a number, in batches with the number of their last."""
    snapshot: Callable[[], tuple[int, Counts]]
    """All months from the roll-ups, and the last record they hold."""
    ledger: Callable[[], str]
    """The ledger's id."""


def counted(bodies: Iterable[Body]) -> Counts:
    """What `bodies` add to the counters."""
    counts: Counts = {}
    for body in bodies:
        for cell, amount in cells(body):
            month = counts.setdefault(cell.day[:7], {})
            key = (cell.cut, cell.name, cell.action, cell.outcome, cell.service)
            for measure, number in (
                ("violations", amount.violations),
                ("findings", amount.findings),
            ):
                counter = Counter(measure, *key)
                month[counter] = month.get(counter, 0) + number
    return counts


class ProcessCounters:
    """Counters of this process alone; what other processes kept is read when asked."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._seq = -1
        self._counts: Counts = {}

    def advance(self, first: int, last: int, bodies: Iterable[Body]) -> None:
        """Count the records `first` to `last`, unless something before them is missing."""
        with self._lock:
            if self._seq == first - 1 and last >= first:
                self._add(last, counted(bodies))

    def month(self, month: Month) -> Mapping[Counter, int]:
        """The month's counters, up to the last record of the ledger."""
        with self._lock:
            if self._seq < 0:
                self._seq, self._counts = self._source.snapshot()
            for last, bodies in self._source.bodies(self._seq):
                self._add(last, counted(bodies))
            return dict(self._counts.get(month, {}))

    @property
    def state(self) -> str:
        """For the health page."""
        return "in process"

    def close(self) -> None:
        """Nothing to close."""

    def _add(self, last: int, counts: Counts) -> None:
        for month, numbers in counts.items():
            known = self._counts.setdefault(month, {})
            for counter, number in numbers.items():
                known[counter] = known.get(counter, 0) + number
        self._seq = last


_ADVANCE = """
local at = tonumber(redis.call('GET', KEYS[1]) or '-1')
if at ~= tonumber(ARGV[1]) then return at end
local i = 3
while i <= #ARGV do
  redis.call('HINCRBY', KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2])
  i = i + 3
end
redis.call('SET', KEYS[1], ARGV[2])
return tonumber(ARGV[2])
"""
"""KEYS: watermark, months. ARGV: expected and new watermark, then (index of key, field, number).
One round trip; all of it or nothing happens."""


class RedisCounters:
    """Counters that every proxy and the console share. Redis never delays or fails a record."""

    def __init__(self, url: str, source: Source) -> None:
        """Raises ConfigError for a URL that is none of Redis."""
        options = {"retry": Retry(NoBackoff(), 0), "decode_responses": True}
        quick = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
        try:
            self._redis = redis.Redis.from_url(url, **quick, **options)
            # A rebuild sends much at once; it happens in our own thread and may take longer.
            self._patient = redis.Redis.from_url(
                url, socket_timeout=5.0, socket_connect_timeout=TIMEOUT_S, **options
            )
        except ValueError as error:
            raise ConfigError(f"redis: {error}") from None
        self._source = source
        self._advance = self._redis.register_script(_ADVANCE)
        self._queue: queue.Queue[tuple[int, int, list[Body]] | None] = queue.Queue(1000)
        self._failure = ""
        self._behind = True
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger-counters", daemon=True)
        self._thread.start()

    def advance(self, first: int, last: int, bodies: Iterable[Body]) -> None:
        """Have the records `first` to `last` counted soon. Returns at once."""
        try:
            self._queue.put_nowait((first, last, list(bodies)))
        except queue.Full:
            self._behind = True  # they will be read from the ledger

    def month(self, month: Month) -> Mapping[Counter, int]:
        """The month's counters as Redis has them now, or from the roll-ups where it is away."""
        try:
            fields = self._redis.hgetall(self._key(month))
            seq = self._redis.get(self._key("seq"))
        except redis.RedisError as e:
            self._failure, seq = type(e).__name__, None
        if seq is None:
            return self._source.snapshot()[1].get(month, {})
        return {Counter.of(str(field)): int(number) for field, number in fields.items()}

    @property
    def state(self) -> str:
        """For the health page: `redis`, or what is wrong with it."""
        return f"redis is away: {self._failure}" if self._failure else "redis"

    def close(self) -> None:
        """Count what is waiting, if Redis answers, and stop."""
        self._stop.set()
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)
        self._thread.join(2.0)
        self._redis.close()
        self._patient.close()

    def _run(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=RETRY_S)
            except queue.Empty:
                item = (0, -1, [])
            if item is None:
                return
            try:
                self._count(*item)
                self._failure = ""
            except (redis.RedisError, OSError) as error:
                self._failure = str(error).splitlines()[0] if str(error) else type(error).__name__
                self._behind = True
                self._drop_waiting()
                self._stop.wait(RETRY_S)
            except Exception as error:
                # The database is away: nothing to catch up from until it is back.
                self._failure, self._behind = type(error).__name__, True

    def _count(self, first: int, last: int, bodies: list[Body]) -> None:
        ledger = self._source.ledger()
        if not ledger:
            return
        if not self._behind and last < first:
            return
        if not self._behind and self._step(first - 1, last, bodies) >= last:
            return
        self._catch_up(last)
        self._behind = False

    def _step(self, expected: int, last: int, bodies: Iterable[Body]) -> int:
        """Returns the watermark after it, `last` if it happened."""
        keys = [self._key("seq")]
        arguments: list[str | int] = [expected, last]
        for month, numbers in counted(bodies).items():
            keys.append(self._key(month))
            for counter, number in numbers.items():
                arguments += [len(keys), counter.field, number]
        return int(self._advance(keys=keys, args=arguments))

    def _catch_up(self, last: int) -> None:
        at = int(self._redis.get(self._key("seq")) or -1)
        if at < 0 or last - at > FAR_BEHIND:
            at = self._rebuild()
        for seq, bodies in self._source.bodies(at):
            if self._step(at, seq, bodies) != seq:
                # Another process catches up as well; whichever is ahead, look again.
                return self._catch_up_again(last)
            at = seq
        return None

    def _catch_up_again(self, last: int) -> None:
        time.sleep(0.005)
        if not self._stop.is_set():
            self._catch_up(last)

    def _rebuild(self) -> int:
        """All months anew, in one transaction that gives way to any other."""
        with self._patient.pipeline() as pipeline:
            while True:
                try:
                    pipeline.watch(self._key("seq"))  # type: ignore[no-untyped-call]
                    old = list(self._patient.scan_iter(self._key("*"), count=1000))
                    seq, counts = self._source.snapshot()
                    pipeline.multi()
                    if old:
                        pipeline.delete(*old)
                    for month, numbers in counts.items():
                        fields = [x for c, number in numbers.items() for x in (c.field, number)]
                        pipeline.hset(self._key(month), items=fields)
                    pipeline.set(self._key("seq"), seq)
                    pipeline.execute()
                except redis.WatchError:
                    continue
                return seq

    def _key(self, name: str) -> str:
        """`penstock:{<ledger>}:2026-11`; the braces keep one ledger on one node of a cluster."""
        return f"penstock:{{{self._source.ledger()}}}:{name}"

    def _drop_waiting(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                if self._queue.get_nowait() is None:
                    self._queue.put(None)
                    return
