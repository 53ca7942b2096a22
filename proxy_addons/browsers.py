"""Which browser a request comes from, and whose handshake is nearest to its own.

Source: the targets of curl-impersonate as curl_cffi 0.17 lists them; RFC 9110, section 10.1.5
(User-Agent) and what Chrome, Edge, Firefox and Safari write there, read 2026-11-28.
"""

import re

_CHROME = (
    *(99, 100, 101, 104, 107, 110, 116, 119, 120, 123, 124, 131, 133, 136, 142, 145, 146),
    *(150, 151, 152),
)
_FIREFOX = (133, 135, 144, 147, 153, 154, 155)
_SAFARI = {15: "safari15_5", 17: "safari17_0", 18: "safari18_0", 26: "safari260", 27: "safari270"}
_NAMES = {"chrome133": "chrome133a"}

_VERSIONS = (
    ("chrome", _CHROME, re.compile(r"Chrom(?:e|ium)/(\d+)")),
    ("firefox", _FIREFOX, re.compile(r"Firefox/(\d+)")),
)
_OF_SAFARI = re.compile(r"Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/")


def handshake_of(user_agent: str) -> str:
    """The name of the handshake that a browser's requests go out with; empty for what is none."""
    if not user_agent.startswith("Mozilla/"):
        return ""
    for family, versions, pattern in _VERSIONS:
        if found := pattern.search(user_agent):
            name = f"{family}{_nearest(int(found[1]), versions)}"
            return _NAMES.get(name, name)
    if found := _OF_SAFARI.search(user_agent):
        return _SAFARI[_nearest(int(found[1]), tuple(_SAFARI))]
    return ""


def _nearest(version: int, known: tuple[int, ...]) -> int:
    """The latest that is known and not newer; the oldest for what is older than all."""
    return max((v for v in known if v <= version), default=known[0])
