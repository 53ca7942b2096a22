"""What somebody may have written into a request's head: headers that are nobody's, long paths.

Most headers are the programs' own, by name or by length, and are left alone: what they say of a
person is what every request says. Credentials of the service are its own, cookies among them.
A name that says it is a token of some kind counts as one, unless the token shows that it is for
something else: a key of a code host, a cloud or a payment service.
Misses: keys that are spelled like a UUID, another secret in a header with such a name, one in
`Authorization`, a word with fewer than 16 bytes that is neither an address nor mostly digits.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from proxy_addons.dialects.upload_steps import Extent
from proxy_addons.dialects.words import UUID

SHORTEST = 16
"""Bytes of a value worth a look, whatever it is."""
_SPELLED = r"(?:[2-7][0-9a-f]|[cd][0-9a-f][89ab][0-9a-f]|0a)+"
_MIXED = r"(?=(?:\d*[a-f]){4})(?=(?:[a-f]*\d){4})"
_HEX = rf"(?!{_SPELLED}(?![0-9a-f])){_MIXED}[0-9a-f]{{16,64}}"
"""A hash or an id in hexadecimal: no text, no word, and more letters than account numbers have."""
_MADE = re.compile(
    # what stands after an id, as in those of VS Code's sessions, is a time: milliseconds since 1970
    rf'{UUID}(?:1[5-9]\d{{11}}(?!\d))?|^{_HEX}$|((?:hash|commit|sha|id)"\s*:\s*"){_HEX}(?=")'
    r'|((?:_ms|_ns|_at|time|timestamp)"\s*:\s*)1[5-9]\d{8,17}(?=\s*[,}])'
)
"""In a header: what machines make, and what one in JSON is called."""
_MADE_SEGMENTS = re.compile(rf"{UUID}|(?<=[/_]){_HEX}(?=/|$)")
_NUMBER = re.compile(rb"@|(?:\d\D?){6}")
"""In a shorter one: what telephone numbers, dates of birth and addresses have."""
_OWN = re.compile(
    r"^(?:accept|access-control|cache|cf|connection|content(?!-disposition)|cookie|dnt|expect|forwarded|from|grpc"
    r"|host|if|keep|oai|openai|anthropic|origin|pragma|priority|proxy|range|referer|sec|sentry|te"
    r"|traceparent|tracestate|baggage|trailer|transfer|upgrade|user-agent|via|warning"
    r"|x-(?:(?:amz|goog|ms)(?!-meta)|amzn|client|cloud|codex-turn-state|datadog|forwarded|google|requested"
    r"|stainless|title|vercel|b3|content|http))(?:$|-)"
    r"|(?:^|-)(?:auth\w*|\w*key|token|tokens|secret|signature|session|csrf\w*|xsrf\w*|csrftoken"
    r"|trace\w*|span|id|ids|uuid|nonce|challenge|captcha|pow|proof|sentinel|statsig|fingerprint"
    r"|device|version|build|release|sdk|runtime|timezone|language|locale|time|timestamp|sampled"
    r"|idempotency|encoding|etag|hash|checksum|md5|sha256)(?:-|$)"
)
_FOREIGN = (
    r"gh[pousr]_|github_pat_|glpat-|(?:AKIA|ASIA)[0-9A-Z]{16}|xox[abeprs]-|xapp-|[sr]k_live_|npm_|pypi-"
    r"|dop_v1_|shp(?:at|ca|pa|ss)_|ATATT|hvs\.|glsa_|SG\.[\w-]{16}|-----BEGIN "
)
"""How keys begin that no AI service gives to its users."""
_ELSEWHERE = re.compile(_FOREIGN.encode())
_SEGMENT = re.compile(rf"[^/]{{40}}|[ #%&+;=@]|[^\0-\x7f]|(?:\d[.-]?){{9}}|/(?:{_FOREIGN})")
"""In a path: longer than an id, with characters that no name of an endpoint has, or with what
telephone numbers, accounts, addresses and keys have."""
_SENT = b"authorization"
"""Says who sends the request: Copilot's are GitHub's."""


def notes(head: Mapping[bytes, bytes]) -> tuple[tuple[str, str], ...]:
    """Name and value of the headers to look at, of a head by lower-case names. Values come without
    ids made by a machine: command lines send half a dozen, and some look like an address."""
    return tuple(
        [
            (name.decode("latin-1"), _MADE.sub(r"\1\2", value.decode("utf-8", "replace")))
            for name, value in head.items()
            if (
                len(value) >= SHORTEST and name != _SENT and _ELSEWHERE.match(value)
                if _is_own(name)
                else len(value) >= SHORTEST or _NUMBER.search(value)
            )
        ]
    )


def tells(path: str) -> bool:
    """Whether a path without a query may say more than which endpoint is meant."""
    return bool(_SEGMENT.search(path)) and bool(_SEGMENT.search(_MADE_SEGMENTS.sub("", path)))


def extent(head: Mapping[bytes, bytes]) -> Extent:
    """Which part of what is uploaded a body is, in a head by lower-case names.
    Source: RFC 9110, section 14.4 (ranges); Google's resumable uploads."""
    command = head.get(b"x-goog-upload-command", b"finalize")
    starts = head.get(b"x-goog-upload-offset", b"0").strip()
    ranged = head.get(b"content-range")
    if ranged is not None:
        starts = ranged.strip().lower().removeprefix(b"bytes").partition(b"-")[0].strip()
    is_read = starts.isdigit() and len(starts) < 19
    return Extent(
        int(starts) if is_read else 0,
        is_last=b"finalize" in command,
        is_known=is_read and ranged is None,
        is_start=command.strip() == b"start",
    )


@lru_cache(4096)
def _is_own(name: bytes) -> bool:
    return _OWN.search(name.decode("latin-1")) is not None
