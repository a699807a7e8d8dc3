"""Zoho's data centres, as a fixed table (facts/zoho.md 3.1), and the addresses of both services.

What a callback or a token answer says about hosts picks a row of this table and is never used raw: an address taken
from a query string would send the client secret and every token wherever the sender likes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from extension.remote.session import origin
from extension.sync.errors import BadInput


@dataclass(frozen=True, slots=True)
class DataCentre:
    """One row: where people log in, and where the CRM of production and of Zoho's own sandbox answers."""

    location: str
    accounts: str
    api: str
    sandbox: str


def _row(location: str, accounts: str, domain: str) -> DataCentre:
    return DataCentre(location, f"https://{accounts}", f"https://www.{domain}", f"https://sandbox.{domain}")


TABLE: Final = (
    _row("us", "accounts.zoho.com", "zohoapis.com"),
    _row("eu", "accounts.zoho.eu", "zohoapis.eu"),
    _row("in", "accounts.zoho.in", "zohoapis.in"),
    _row("au", "accounts.zoho.com.au", "zohoapis.com.au"),
    _row("jp", "accounts.zoho.jp", "zohoapis.jp"),
    _row("cn", "accounts.zoho.com.cn", "zohoapis.com.cn"),
    _row("ca", "accounts.zohocloud.ca", "zohoapis.ca"),
    _row("sa", "accounts.zoho.sa", "zohoapis.sa"),
    _row("uk", "accounts.zoho.uk", "zohoapis.uk"),  # not verified on a live organisation
)
UNKNOWN: Final = "Zoho answered from a data centre that is not on our list; nothing was sent there."


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the services are. The settings may put others in the place of the real ones (sandbox, proxy)."""

    zoho_accounts: str = "https://accounts.zoho.com"
    zoho_api: str = ""  # "": as the data centre says
    xero_login: str = "https://login.xero.com"
    xero_identity: str = "https://identity.xero.com"
    xero_api: str = "https://api.xero.com"

    def all(self) -> Iterator[str]:
        """Everything the transport may call."""
        for row in TABLE:
            yield from (row.accounts, row.api, row.sandbox)
        yield from filter(None, (self.zoho_accounts, self.zoho_api, self.xero_identity, self.xero_api))

    def consent_origins(self) -> frozenset[str]:
        """Where people log in and give consent: Zoho's own, or what stands in for it, and Xero."""
        own = _match(self.zoho_accounts) is not None
        zoho = [row.accounts for row in TABLE] if own else [self.zoho_accounts]
        return frozenset("{}://{}:{}".format(*origin(url)) for url in (*zoho, self.xero_login))

    def crm_site(self, accounts: str) -> str:
        """Where people of this accounts server open the CRM: accounts.zoho.eu -> crm.zoho.eu; a stand-in is both."""
        row = _match(accounts)
        return row.accounts.replace("//accounts.", "//crm.", 1) if row else self.zoho_accounts

    @property
    def xero_site(self) -> str:
        """Where people open Xero; a stand-in for its login is that, too."""
        return "https://go.xero.com" if self.xero_login == "https://login.xero.com" else self.xero_login

    def accounts_of(self, location: str, accounts_server: str) -> str:
        """The accounts server that a callback names, which must be one of the table, or the configured one."""
        configured = _match(self.zoho_accounts)
        if configured is None:
            # A sandbox or a proxy stands in for all of them: what the callback says cannot lead anywhere else.
            return self.zoho_accounts
        named = by_location(location) if location else None
        server = _match(accounts_server) if accounts_server else None
        if (
            (location and named is None)
            or (accounts_server and server is None)
            or (named and server and named != server)
        ):
            raise BadInput(UNKNOWN, code="unknown_data_centre")
        return (server or named or configured).accounts

    def api_of(self, api_domain: str, accounts: str) -> str:
        """The API host for a grant: the configured one, else the table's row of the accounts server it came from."""
        if self.zoho_api:
            return self.zoho_api.rstrip("/")
        row = _match(accounts)
        if row is None:
            raise BadInput(
                "ZOHO_ACCOUNTS_URL is not one of Zoho's own, so ZOHO_API_URL must be set, too.",
                code="unknown_data_centre",
            )
        for url in (row.api, row.sandbox):
            if not api_domain or _same(api_domain, url):
                return url
        raise BadInput(UNKNOWN, code="unknown_data_centre")


def by_location(location: str) -> DataCentre | None:
    return next((row for row in TABLE if row.location == location.lower()), None)


def _match(accounts: str) -> DataCentre | None:
    return next((row for row in TABLE if _same(accounts, row.accounts)), None)


@lru_cache(maxsize=256)  # asked several times per request, always the same; what a query string says is bounded
def _same(one: str, other: str) -> bool:
    try:
        return origin(one) == origin(other)
    except ValueError:
        return False
