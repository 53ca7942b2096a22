"""Which account a request is sent with: the company's own, somebody's own, or a free one.

A client's word counts only where the service goes by the same word, so that a false one gets
nothing but a refusal there. Claims of tokens are read and not verified, for the same reason.

Sources: OpenAI and Anthropic help centres and Microsoft, Google and GitHub documentation on
restricting tenants, read 2026-01; headers and claims as clients send them.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from mitmproxy.http import Headers

from penstock.errors import ConfigError
from penstock.settings import AccountSettings
from proxy_addons.services import Service

_MOST_TOKEN = 16 * 1024
_CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of all personal Microsoft accounts."""
_FREE = frozenset({"free", "anonymous"})
_OWN = frozenset({"plus", "pro", "go", "individual"})
_MAIL_FOR_ALL = frozenset(
    [
        "aol.com",
        "free.fr",
        "gmail.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "me.com",
        "orange.fr",
        "outlook.com",
        "proton.me",
        "protonmail.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
    ]
)
_SIGN_IN = {
    "google-sign-in": ("accounts.google.com",),
    "microsoft-sign-in": (
        "login.microsoftonline.com",
        "login.microsoft.com",
        "login.windows.net",
        "login.live.com",
    ),
}
_MICROSOFT = _SIGN_IN["microsoft-sign-in"]
RESTRICTIONS = {
    "chatgpt-allowed-workspace-id": ("chatgpt.com",),
    "openai-allowed-organization-ids": ("api.openai.com",),
    "anthropic-allowed-org-ids": ("claude.ai", "claude.com", "anthropic.com"),
    "x-googapps-allowed-domains": ("google.com",),
    "x-geminicodeassist-allowed-domains": ("cloudcode-pa.googleapis.com",),
    "sec-restrict-tenant-access-policy": _MICROSOFT,
    "restrict-access-to-tenants": _MICROSOFT,
    "restrict-access-context": _MICROSOFT,
    "sec-github-allowed-enterprise": ("github.com", "githubcopilot.com"),
}
"""Headers by which services keep other accounts out -> where they are to be sent, and below."""

type Head = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Signs:
    """What a request shows of its account."""

    place: str = ""
    """Organisation, workspace, tenant or resource."""
    plan: str = ""
    mail: str = ""
    """The domain of the person's address there."""


class Accounts:
    """Knows the company's own accounts."""

    def __init__(self, settings: AccountSettings) -> None:
        """Raises ConfigError for a header that no service knows."""
        self._own = frozenset(word.lower() for word in settings.corporate)
        self._restrict = {name.lower(): value for name, value in settings.restrict.items()}
        for name, value in self._restrict.items():
            if name not in RESTRICTIONS:
                known = ", ".join(sorted(RESTRICTIONS))
                raise ConfigError(f"`accounts.restrict`: `{name}` is none of {known}")
            if not value.isascii() or not value.isprintable():
                raise ConfigError(f"`accounts.restrict`: the value of `{name}` is no header")

    def of(self, host: str, target: str, head: Head) -> str:
        """`corporate`, `personal`, `free` or `unknown`."""
        read = _reader(host)
        if read is None:
            return "unknown"
        signs = read(host, target, head)
        if signs.place.lower() in self._own:
            return "corporate"
        if signs.plan in _FREE:
            return "free"
        if signs.plan in _OWN or signs.place == _CONSUMERS:
            return "personal"
        if signs.place and self._own:
            return "personal"  # of somebody else, whoever that is
        if signs.mail in self._own:
            return "corporate"
        if signs.mail and (self._own or signs.mail in _MAIL_FOR_ALL):
            return "personal"
        return "unknown"

    def restrict(self, host: str, headers: Headers) -> None:
        """Has the service keep other accounts out. A client's own such header is replaced."""
        for name, value in self._restrict.items():
            if _is_below(host, RESTRICTIONS[name]):
                headers[name] = value

    def sign_in(self) -> Iterator[Service]:
        """Pages for signing in that have to be opened for it. Nothing there is read."""
        for id_, hosts in _SIGN_IN.items():
            if any(_is_below(hosts[0], RESTRICTIONS[name]) for name in self._restrict):
                yield Service(service=id_, name=id_, category="sign-in", hosts=hosts, is_read=False)


def _openai(_: str, target: str, head: Head) -> Signs:
    claims = _claims(head)
    auth = _mapping(claims.get("https://api.openai.com/auth"))
    profile = _mapping(claims.get("https://api.openai.com/profile"))
    named = _text(head, b"chatgpt-account-id") or _text(head, b"openai-organization")
    place = named if named not in ("", "default") else str(auth.get("chatgpt_account_id", ""))
    plan = "" if named not in ("", "default") else str(auth.get("chatgpt_plan_type", "")).lower()
    if target.startswith("/backend-anon/"):
        return Signs(plan="anonymous")
    return Signs(place, plan, _domain(profile.get("email")))


def _anthropic(_: str, target: str, head: Head) -> Signs:
    found = re.match(r"/api/organizations/([0-9a-f-]{36})(?:[/?]|$)", target)
    return Signs(found[1] if found else "")


def _microsoft(host: str, target: str, head: Head) -> Signs:
    found = re.search(r"[0-9a-f-]{36}(?:@|%40)([0-9a-f-]{36})", target)
    claims = _claims(head)
    name = claims.get("upn") or claims.get("preferred_username")
    place = found[1] if found else str(claims.get("tid", ""))
    return Signs(place, "", _domain(name))


def _azure(host: str, target: str, head: Head) -> Signs:
    return Signs(host)


def _google(_: str, target: str, head: Head) -> Signs:
    claims = _claims(head)
    return Signs("", "", str(claims.get("hd") or _domain(claims.get("email"))))


def _copilot(host: str, target: str, head: Head) -> Signs:
    return Signs(plan="individual" if ".individual." in f".{host}" else "")


type _Read = Callable[[str, str, Head], Signs]
_READERS: dict[str, _Read] = {
    "api.openai.com": _openai,
    "chatgpt.com": _openai,
    "claude.ai": _anthropic,
    "openai.azure.com": _azure,
    "services.ai.azure.com": _azure,
    "cognitiveservices.azure.com": _azure,
    "substrate.office.com": _microsoft,
    "m365.cloud.microsoft": _microsoft,
    "googleapis.com": _google,
    "githubcopilot.com": _copilot,
}


def _reader(host: str) -> _Read | None:
    while host:
        if (found := _READERS.get(host)) is not None:
            return found
        host = host.partition(".")[2]
    return None


def _claims(head: Head) -> Mapping[str, Any]:
    """What a bearer token says, if it is one that can be read."""
    scheme, _, token = head.get(b"authorization", b"").partition(b" ")
    parts = token.strip().split(b".")
    if scheme.lower() != b"bearer" or len(parts) != 3 or len(token) > _MOST_TOKEN:
        return {}
    try:
        found = orjson.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return _mapping(found)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(head: Head, name: bytes) -> str:
    return head.get(name, b"").decode("latin-1").strip()


def _domain(address: object) -> str:
    return address.rpartition("@")[2].lower() if isinstance(address, str) else ""


def _is_below(host: str, places: tuple[str, ...]) -> bool:
    return any(host == place or host.endswith(f".{place}") for place in places)
