"""Measure, and print ratios: `python -m benchmarks`. Takes about three minutes.

All proxies run at the same time on loopback and are measured in turn, round after round, so that
what else this machine does hits all of them; each number is the median of its rounds.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.chats import measured
from benchmarks.first_byte import FirstByte
from benchmarks.first_byte import body as redirected
from benchmarks.load import Connection, Http1, Http2, Raw, dial, dial_tls, run
from benchmarks.prompts import body
from benchmarks.proxies import Field, Proxy

SIZE_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians over the rounds."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    """Of the proxy and all its processes, for one request."""


@dataclass(frozen=True, slots=True)
class Floor:
    """One promise about the numbers."""

    says: str
    value: float
    holds: bool | None
    """None: this machine cannot tell."""
    why_not: str = ""


type Connect = Callable[[Proxy], Sequence[Connection]]


def http1(proxy: Proxy) -> Sequence[Connection]:
    """8 connections, one request at a time on each."""
    return [Http1(dial_tls(proxy.port, proxy.target, "http/1.1"), _prompt) for _ in range(8)]


def http2(proxy: Proxy) -> Sequence[Connection]:
    """2 connections, 4 requests at a time on each."""
    return [Http2(dial_tls(proxy.port, proxy.target, "h2"), _prompt) for _ in range(2)]


def few(proxy: Proxy) -> Sequence[Connection]:
    """2 connections, one request at a time: nobody waits for another small prompt."""
    return [Http1(dial_tls(proxy.port, proxy.target, "http/1.1"), _prompt) for _ in range(2)]


def _prompt() -> bytes:
    return body(SIZE_BYTES)


def compare(
    proxies: dict[str, Proxy], connect: Connect, rounds: int, seconds: float
) -> dict[str, Measured]:
    """Each in turn, round after round."""
    found: dict[str, list[Measured]] = {name: [] for name in proxies}
    for _ in range(rounds):
        for name, proxy in proxies.items():
            found[name].append(_measure(proxy, connect, seconds))
    return {name: _middle(each) for name, each in found.items()}


def _middle(each: Sequence[Measured]) -> Measured:
    """The median of each number."""
    return Measured(*(median(getattr(m, f.name) for m in each) for f in fields(Measured)))


def _measure(proxy: Proxy, connect: Connect, seconds: float) -> Measured:
    connections = connect(proxy)
    run(connections, 0.2)  # what a connection costs to open is not measured here
    before = proxy.used_s()
    sample = run(connections, seconds)
    used = proxy.used_s() - before
    for connection in connections:
        connection.close()
    return Measured(
        sample.per_s,
        sample.percentile_ms(50),
        sample.percentile_ms(99),
        1000 * used / len(sample.latencies_s),
    )


def table(title: str, found: dict[str, Measured], against: str) -> None:
    """One block of the print-out; ratios are to the row `against`."""
    base = found[against]
    width = max(map(len, found)) + 2
    print(f"\n{title}")
    print(f"  {'':{width}}   req/s  ratio   p50 ms   p99 ms   CPU ms  ratio")
    for name, m in found.items():
        print(
            f"  {name:{width}}{m.per_s:8.0f}{m.per_s / base.per_s:7.2f}{m.p50_ms:9.2f}"
            f"{m.p99_ms:9.2f}{m.cpu_ms:9.3f}{m.cpu_ms / base.cpu_ms:7.2f}"
        )


def requests(field: Field, rounds: int, seconds: float) -> Iterable[Floor]:
    """What inspecting costs."""
    proxies = {
        "lean master": field.lean(),
        "rules, identifiers": field.rules(),
        "+ source code": field.penstock("code", names=False),
        "+ names: all": field.penstock(),
        "mitmdump -q": field.mitmdump(),
    }
    for says, connect in (("HTTP/1.1", http1), ("HTTP/2", http2)):
        found = compare(proxies, connect, rounds, seconds)
        table(f"{says}, an allowed prompt of 2 KB, every one different", found, "lean master")
        lean = found["lean master"].cpu_ms
        added = found["rules, identifiers"].cpu_ms - lean
        yield Floor(f"{says}: rules and identifiers add at most 0.6 ms", added, added <= 0.6)
        stock = found["mitmdump -q"].cpu_ms
        for name, what in (("rules, identifiers", "that"), ("+ names: all", "all of it")):
            ratio = found[name].cpu_ms / stock
            yield Floor(f"{says}: {what} costs less than mitmdump", ratio, ratio < 1)
    for says in ("+ source code", "+ names: all"):
        yield from while_large(says.strip("+ "), proxies[says], rounds, seconds)


def while_large(says: str, proxy: Proxy, rounds: int, seconds: float) -> Iterable[Floor]:
    """Small prompts while prompts of 5 MB are scanned."""
    alone, beside = [], []
    answers: list[str] = []
    for _ in range(rounds):
        alone.append(_measure(proxy, few, seconds))
        with _large(proxy, answers):
            beside.append(_measure(proxy, few, seconds))
    found = {"alone": _middle(alone), "beside prompts of 5 MB": _middle(beside)}
    table(f"{says}: small prompts, 2 at a time", found, "alone")
    print(f"  answers to the large ones: {', '.join(answers) or 'none came in that time'}")
    ratio = found["beside prompts of 5 MB"].p99_ms / found["alone"].p99_ms
    yield Floor(f"{says}: p99 of small ones beside 5 MB, at most x 1.5", ratio, ratio <= 1.5)


@contextmanager
def _large(proxy: Proxy, answers: list[str]) -> Iterator[None]:
    """Large prompts through `proxy`, the first of them under way; `answers` is what came."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.large", str(proxy.port)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.kill()
        answers += [line.strip() for line in process.stdout if line != "sending\n"]


def tunnels(field: Field, rounds: int, seconds: float) -> Iterable[Floor]:
    """What a host that is not inspected costs."""
    target = f"127.0.0.1:{field.upstream.raw}"

    def connect(proxy: Proxy) -> Sequence[Connection]:
        return [Raw(dial(proxy.port, target)) for _ in range(16)]

    proxies = {
        "bare tunnel": field.bare(),
        "penstock": field.penstock(names=False),
        "mitmdump -q, ignored host": field.mitmdump("ignore_hosts=.*"),
    }
    found = compare(proxies, connect, rounds, seconds)
    table(
        "A tunnel to a host that is not inspected, 2 KB there, 400 bytes back", found, "bare tunnel"
    )
    ratio = found["penstock"].per_s / found["bare tunnel"].per_s
    yield Floor("a tunnel keeps at least 0.95 of a bare one", ratio, ratio >= 0.95)


def processes(field: Field, rounds: int, seconds: float) -> Iterable[Floor]:
    """Two proxy processes on one port."""
    proxies = {
        "one proxy process": field.penstock("one", names=False),
        "two": field.penstock("two", workers=2, names=False),
    }
    found = compare(proxies, http1, rounds, seconds)
    table("Proxy processes on one port", found, "one proxy process")
    ratio = found["two"].per_s / found["one proxy process"].per_s
    cores = len(os.sched_getaffinity(0))
    holds = ratio >= 1.5 or (None if cores < 6 else False)
    why = f"{cores} cores also carry client and service"
    yield Floor("two proxy processes serve at least 1.5 times one", ratio, holds, why)


def chats(_: Field, __: int, ___: float) -> Iterable[Floor]:
    """Chats that are resent with every turn."""
    for says, ratio in measured():
        yield Floor(says, ratio, ratio <= 2)


def first_byte(field: Field, rounds: int, seconds: float) -> Iterable[Floor]:
    """The first word of a redirected answer on its way from the model to the person."""
    proxy = field.redirecting()

    def connect(proxy: Proxy) -> Sequence[Connection]:
        return [FirstByte(dial_tls(proxy.port, proxy.target, "http/1.1"), redirected)]

    found = {"redirected": _middle([_measure(proxy, connect, seconds) for _ in range(rounds)])}
    print(
        "\nThe first word of a redirected answer, from the model's sending to the client's reading"
    )
    print(f"  p50 {found['redirected'].p50_ms:.2f} ms, p99 {found['redirected'].p99_ms:.2f} ms")
    way = found["redirected"].p50_ms
    says = "the first word takes at most 20 ms from the model to the client"
    is_busy = os.getloadavg()[0] > 2 * len(os.sched_getaffinity(0))
    yield Floor(says, way, way <= 20 or (None if is_busy else False), "this machine is busy")


PARTS = {
    "requests": requests,
    "tunnels": tunnels,
    "processes": processes,
    "chats": chats,
    "first_byte": first_byte,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all, if none is named")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each stretch of load")
    options = parser.parse_args()
    floors: list[Floor] = []
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print(f"{cores} cores, load {load:.1f} before the start")
    if load > cores / 2:
        print("This machine is busy: CPU ms can be trusted, req/s and ms of waiting cannot.")
    for name in options.parts or PARTS:
        with TemporaryDirectory(prefix="penstock-bench-") as folder, ExitStack() as stack:
            field = Field(Path(folder), stack)
            floors += PARTS[name](field, options.rounds, options.seconds)
    print("\nFloors")
    for floor in floors:
        word = {True: "pass", False: "FAIL", None: "open"}[floor.holds]
        why = f" ({floor.why_not})" if floor.holds is None else ""
        print(f"  {word}  {floor.value:6.2f}  {floor.says}{why}")


if __name__ == "__main__":
    main()
