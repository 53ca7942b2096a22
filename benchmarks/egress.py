"""What the handshake of a browser costs a request: `python -m benchmarks.egress`.

The same prompts through the same master, once on the ordinary way and once through the egress
that presents a browser's handshake, in turn, round after round.
"""

import asyncio
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, cast

from mitmproxy.http import HTTPFlow

from benchmarks.load import dial_tls
from benchmarks.prompts import body
from benchmarks.proxies import Field, Proxy
from benchmarks.upstream import ANSWER, HOST
from penstock.settings import load
from proxy_addons import ca, services
from proxy_addons.browser_egress import BrowserEgress
from proxy_addons.master import Master, Tls
from proxy_addons.master import Proxy as Served
from proxy_addons.outages import Outages
from proxy_addons.passage import begin

ROUNDS = 7
REQUESTS = 100
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/152.0.0.0"


class OpenDoor:
    """Opens every passage of a service that is so marked, when its body is there."""

    def __init__(self, egress: str) -> None:
        row = services.load().at(HOST)
        assert row is not None
        self._row = row.model_copy(update={"egress": egress})

    def requestheaders(self, flow: HTTPFlow) -> None:
        passage = begin(flow)
        passage.endpoint = self._row.endpoint(flow.request.method, flow.request.path)

    async def request(self, flow: HTTPFlow) -> None:
        flow.metadata["penstock"].open(flow.request)

    def responseheaders(self, flow: HTTPFlow) -> None:
        assert flow.response is not None
        flow.response.stream = True


async def serve(config: str, egress: str) -> None:
    settings = load(Path(config)).settings
    unused = cast(Any, None)
    proxy = Served(settings, services.load(), unused, unused, unused, unused)
    door = OpenDoor("browser" if egress == "browser" else "")
    roots = ca.roots(settings.state, settings.proxy.upstream_ca)
    own = BrowserEgress(proxy._destinations, roots, proxy._records, Outages(), "en")
    proxy.master = Master(settings, Tls(ca.open_store(settings.state)), door, own)
    proxy._hooks = proxy.master.hooks
    _, port = await proxy.start()
    print(port, flush=True)
    await asyncio.Event().wait()


def measure(proxy: Proxy) -> tuple[float, float]:
    """Median milliseconds and CPU milliseconds of a request; its connection is open."""
    sock = dial_tls(proxy.port, proxy.target, "http/1.1")
    prompt = body(2048)
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: {AGENT}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(prompt)}\r\n\r\n"
    ).encode()
    took: list[float] = []
    before = 0.0
    for number in range(REQUESTS + 1):
        began = time.perf_counter()
        sock.sendall(head + prompt)
        answer = b""
        while ANSWER not in answer or not answer.endswith((ANSWER, b"0\r\n\r\n")):
            data = sock.recv(65536)
            if not data:
                raise RuntimeError(f"no answer: {answer[-200:]!r}")
            answer += data
        took.append(time.perf_counter() - began)
        if number == 0:  # opens the connection to the service
            before = proxy.used_s()
    sock.close()
    return 1000 * median(took[1:]), 1000 * (proxy.used_s() - before) / REQUESTS


def main() -> None:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        field = Field(Path(folder), stack)
        proxies = {
            way: field._own(["-m", "benchmarks.egress", str(field._config(way)), way])
            for way in ("ordinary", "browser")
        }
        found: dict[str, list[tuple[float, float]]] = {way: [] for way in proxies}
        for _ in range(ROUNDS):
            for way, proxy in proxies.items():
                found[way].append(measure(proxy))
    print("           p50 ms   CPU ms")
    for way, each in found.items():
        print(f"  {way:9}{median(m[0] for m in each):7.2f}{median(m[1] for m in each):9.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(serve(*sys.argv[1:]))
    else:
        main()
