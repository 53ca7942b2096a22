"""Real browsers that look at one page, straight or through a proxy, and close again."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import async_playwright


@dataclass(frozen=True, slots=True)
class Visit:
    """A page on this machine, and the way to it."""

    host: str
    port: int
    proxy: str
    """`host:port`; empty for the straight way."""
    ca: Path
    """The authority to trust."""
    folder: Path
    """For what the browser writes."""


async def chromium(visit: Visit) -> None:
    """Debian's Chromium."""
    straight = f"--host-resolver-rules=MAP {visit.host}:443 127.0.0.1:{visit.port}"
    way = f"--proxy-server=http://{visit.proxy}" if visit.proxy else straight
    async with async_playwright() as play:
        browser = await play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--proxy-bypass-list=<-loopback>", way],
        )
        page = await browser.new_page(ignore_https_errors=True)
        await page.goto(f"https://{visit.host}/")
        assert await page.inner_text("p")
        await browser.close()


async def firefox(visit: Visit) -> None:
    """Debian's Firefox, which looks at nothing else: whatever it wants to ask its vendor is led
    to a port where nobody listens."""
    profile = visit.folder / "profile"
    profile.mkdir()
    trust = ("-A", "-n", "lab", "-t", "C,,", "-i", str(visit.ca), "-d", f"sql:{profile}")
    await _done("certutil", *trust)
    way = f"PROXY {visit.proxy}" if visit.proxy else "DIRECT"
    chooses = f"return host == '{visit.host}' ? '{way}' : 'PROXY 127.0.0.1:1'"
    preferences = {
        "network.proxy.type": 2,
        "network.proxy.autoconfig_url": "data:application/x-ns-proxy-autoconfig,"
        f"function FindProxyForURL(url, host) {{ {chooses} }}",
        "network.dns.forceResolve": "127.0.0.1",
        "network.http.speculative-parallel-limit": 0,  # one connection, and a request on it
    }
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in preferences.items())
    (profile / "user.js").write_text("".join(lines))
    port = "" if visit.proxy else f":{visit.port}"
    picture = ("--screenshot", str(visit.folder / "page.png"), f"https://{visit.host}{port}/")
    await _done("firefox-esr", "--headless", "--profile", str(profile), *picture)


VISITORS: dict[str, tuple[Callable[[Visit], Awaitable[None]], tuple[str, ...]]] = {
    "chromium": (chromium, ("chromium",)),
    "firefox": (firefox, ("firefox-esr", "certutil")),
}
"""Each with the commands it takes."""


async def _done(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 0, said.decode()
