"""The session under the transport, and which addresses may be called at all.

Keep-alive and gzip, but nothing that sends twice, follows, remembers, or swaps one credential for another.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.util import Url, parse_url

LOOPBACK: Final = "localhost,127.0.0.1,::1,[::1]"
PRODUCT: Final = "xero2zoho (keeps Zoho CRM and Xero in step)"
"""How every request of ours calls itself: both services ask integrations for a name in their logs."""
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class _AsItIs(requests.auth.AuthBase):
    """Keeps `requests` from replacing our Authorization header by what a .netrc file says."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class _NoCookies(RequestsCookieJar):
    """Remembers nothing: connections of different tenants share one pool."""

    def set_cookie(self, *args: Any, **kw: Any) -> None:
        """Dropped."""


def session() -> requests.Session:
    """Keep-alive and gzip, and nothing that sends twice."""
    made = requests.Session()
    made.mount("https://", HTTPAdapter(pool_connections=16, pool_maxsize=16, max_retries=0))
    made.mount("http://", HTTPAdapter(pool_connections=4, pool_maxsize=16, max_retries=0))
    made.auth = _AsItIs()
    made.cookies = _NoCookies()
    made.headers["User-Agent"] = PRODUCT
    return made


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address that may be called at all; ValueError for any other."""
    if any(c in url for c in "\\@ \t\r\n"):
        raise ValueError("an address with a user, a space or a backslash")
    found: Url = parse_url(url)  # the parser that requests uses: no other may disagree about the host
    scheme, host = (found.scheme or "").lower(), (found.host or "").lower().strip("[]")
    if not host or scheme not in _DEFAULT_PORTS or (scheme == "http" and not _loopback(host)):
        raise ValueError("only https, or http to this machine")
    return scheme, host, found.port or _DEFAULT_PORTS[scheme]


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
