"""An LDAP directory that knows people and their passwords: OpenLDAP, Active Directory and others.

Whoever can sign in there with a name and password has them. Over TLS alone: `ldaps:`, or `ldap:`
with StartTLS.

Source: RFC 4511 (bind; an empty password signs nobody in, and servers say yes to it), RFC 4513
section 5.1.2, RFC 4515 (filters); memberOf of Active Directory, read 2026-11-28.
"""

import secrets
import ssl
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from ldap3 import BASE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException, LDAPInvalidCredentialsResult
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn, parse_dn

from penstock.errors import ConfigError
from penstock.settings import DirectorySettings
from proxy_addons.passwords import Unreachable, User

_S = 5
"""Longest wait for a connection, and for an answer."""
_LONGEST = 128
"""Of a name."""


class Directory:
    """Asks it."""

    def __init__(self, settings: DirectorySettings) -> None:
        """Raises ConfigError."""
        url = urlsplit(settings.url)
        if url.scheme not in ("ldap", "ldaps") or not url.hostname:
            raise ConfigError("`directory.url`: write it as ldaps://HOST or ldap://HOST")
        if "{}" not in settings.user:
            raise ConfigError("`directory.user`: `{}` is missing, which stands for the name")
        self._settings = settings
        self._starts_tls = url.scheme == "ldap"
        if settings.ca is not None and not settings.ca.is_file():
            raise ConfigError(f"`directory.ca`: {settings.ca}: no such file")
        tls = Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=settings.ca and str(settings.ca))
        self._server = Server(settings.url, tls=tls, connect_timeout=_S, get_info="NO_INFO")

    def find(self, name: str, password: str) -> User | None:
        """Who signs in there so; None if nobody. Raises Unreachable."""
        if not password or not 0 < len(name) <= _LONGEST or not name.isprintable():
            return None
        name = name.casefold()  # directories do not tell `Ada` from `ada`
        is_dn = "=" in self._settings.user
        known_as = self._settings.user.replace("{}", escape_rdn(name) if is_dn else name)
        connection = Connection(
            self._server,
            known_as,
            password,
            receive_timeout=_S,
            raise_exceptions=True,
            read_only=True,
        )
        try:
            if self._starts_tls:
                connection.open()
                connection.start_tls()
            connection.bind()
            groups = tuple(sorted(set(self._groups(connection, known_as, name))))
            return User(name, groups)
        except LDAPInvalidCredentialsResult:
            return None
        except (LDAPException, OSError) as e:
            raise Unreachable(type(e).__name__) from None
        finally:
            _close(connection)

    def problem(self) -> str:
        """Why nobody can sign in now; empty: it answers. It is asked who somebody is that it does
        not know."""
        try:
            self.find("penstock-doctor", secrets.token_hex())
        except Unreachable as e:
            # what the library says holds names of hosts and of people, and no password
            said = " ".join(str(e.__context__ or "").split()) or str(e)
            return "".join(filter(str.isprintable, said))[:300]
        return ""

    def _groups(self, connection: Connection, known_as: str, name: str) -> Iterator[str]:
        """Those that say so below `directory.groups`, and those that the person's entry names."""
        base = self._settings.groups
        if not base:
            return
        me, id = escape_filter_chars(known_as), escape_filter_chars(name)
        asked = f"(|(member={me})(uniqueMember={me})(memberUid={id}))"
        connection.search(base, asked, SUBTREE, attributes=["cn"])
        for entry in connection.response or ():
            yield from map(str, entry.get("attributes", {}).get("cn", ()))
        if "=" in known_as:
            connection.search(known_as, "(objectClass=*)", BASE, attributes=["memberOf"])
        else:
            connection.search(base, f"(userPrincipalName={me})", SUBTREE, attributes=["memberOf"])
        for entry in connection.response or ():
            for group in entry.get("attributes", {}).get("memberOf", ()):
                yield parse_dn(str(group))[0][1]


def _close(connection: Connection) -> None:
    with suppress(LDAPException, OSError):
        connection.unbind()
    if connection.socket is not None:  # stays open where TLS failed
        with suppress(OSError):
            connection.socket.close()
