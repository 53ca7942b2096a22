"""Our mitmproxy master without our add-ons: every request passes, nothing is looked at."""

import asyncio
import sys
from pathlib import Path
from typing import Any, cast

from mitmproxy.http import HTTPFlow

from penstock.settings import load
from proxy_addons import ca, services
from proxy_addons.master import Master, Proxy, Tls
from proxy_addons.passage import begin


class OpenDoor:
    """Opens every passage, so that the second lock lets it through."""

    def requestheaders(self, flow: HTTPFlow) -> None:
        begin(flow).open(flow.request)


async def main(config: str) -> None:
    settings = load(Path(config)).settings
    unused = cast(Any, None)
    proxy = Proxy(settings, services.load(), unused, unused, unused, unused)
    proxy.master = Master(settings, Tls(ca.open_store(settings.state)), OpenDoor())
    proxy._hooks = proxy.master.hooks
    _, port = await proxy.start()
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
