"""Which browser a request comes from, and whose handshake is nearest to its own.

Every browser for iOS has Safari's network stack. Edge and other browsers made of Chromium have
Chrome's; the library's own Edge is of 2022.

Source: the targets of curl-impersonate as curl_cffi 0.17 lists them; RFC 9110, section 10.1.5
(User-Agent) and what Chrome, Edge, Firefox and Safari write there, read 2026-11-28.
"""

import re
from dataclasses import dataclass

type _Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Browsers that shake hands alike, by version."""

    written: re.Pattern[str]
    """How they write their version: its parts are the pattern's groups."""
    handshakes: tuple[tuple[_Version, str], ...]
    """Oldest first."""


def _chrome(*versions: int, suffix: str = "") -> tuple[tuple[_Version, str], ...]:
    return tuple(((v,), _NAMES.get(v, f"chrome{v}") + suffix) for v in versions)


_NAMES = {133: "chrome133a"}
_ANDROID = _chrome(99, 131, suffix="_android")
_MACOS = _chrome(151, 152, suffix="_macos")
_DESKTOP = _chrome(
    *(99, 100, 101, 104, 107, 110, 116, 119, 120, 123, 124, 131, 133, 136, 142, 145, 146),
    *(150, 151, 152),
)
_OLDER_MACOS = tuple(row for row in _DESKTOP if row[0] < _MACOS[0][0])

FAMILIES = (
    Family(
        re.compile(r"\((?:iPhone|iPad|iPod)[^)]* OS (\d+)_(\d+)"),
        (
            ((17, 2), "safari172_ios"),
            ((18, 0), "safari180_ios"),
            ((18, 4), "safari184_ios"),
            ((26, 0), "safari260_ios"),
            ((27, 0), "safari270_ios"),
        ),
    ),
    Family(re.compile(r"\(Linux; Android [^)]*\).* Chrome/(\d+)"), _ANDROID),
    Family(re.compile(r"\(Macintosh; [^)]*\).* Chrome/(\d+)"), _OLDER_MACOS + _MACOS),
    Family(re.compile(r"Chrom(?:e|ium)/(\d+)"), _DESKTOP),
    Family(
        re.compile(r"Firefox/(\d+)"),
        tuple(((v,), f"firefox{v}") for v in (133, 135, 144, 147, 153, 154, 155)),
    ),
    Family(
        re.compile(r"Version/(\d+)(?:\.(\d+))?[\d.]* Safari/"),
        (
            ((15, 3), "safari153"),
            ((15, 5), "safari155"),
            ((17, 0), "safari170"),
            ((18, 0), "safari180"),
            ((18, 4), "safari184"),
            ((26, 0), "safari260"),
            ((27, 0), "safari270"),
        ),
    ),
)
"""The first one that a browser's own words fit is its own."""


def handshake_of(user_agent: str) -> str:
    """The name of the handshake that a browser's requests go out with; empty for what is none."""
    if not user_agent.startswith("Mozilla/"):
        return ""
    for family in FAMILIES:
        if found := family.written.search(user_agent):
            return _nearest(tuple(int(part or 0) for part in found.groups()), family.handshakes)
    return ""


def _nearest(version: _Version, known: tuple[tuple[_Version, str], ...]) -> str:
    """The latest that is known and not newer; the oldest for what is older than all."""
    return max((row for row in known if row[0] <= version), default=known[0])[1]
