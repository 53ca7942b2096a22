"""Clients that do not trust our authority: they cannot be read, and get nowhere."""

import logging
from collections import OrderedDict

from mitmproxy.tls import TlsData

from proxy_addons import wording
from proxy_addons.outages import MOST_HOSTS
from proxy_addons.records import Records

logger = logging.getLogger(__name__)

_SIGNS = ("unknown ca", "bad certificate", "certificate unknown")
"""What OpenSSL says of such a client."""


class Distrust:
    """Counts them, and tells operators once for each host."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._told: OrderedDict[str, None] = OrderedDict()

    def tls_failed_client(self, data: TlsData) -> None:
        """Programs that bring their own list of authorities end here."""
        host = (data.context.server.address or ("",))[0]
        error = data.conn.error or ""
        if not any(sign in error for sign in _SIGNS):
            return
        self._records.noted("distrust", host)
        if host not in self._told:
            self._told[host] = None
            if len(self._told) > MOST_HOSTS:
                self._told.popitem(last=False)
            logger.warning(wording.DISTRUST, host)
