"""Zoho's data centres by their hosts' names, for whoever reaches the sandbox under one of them (facts/zoho.md 3.1).

An organisation lives in one data centre; its codes, tokens and records are unknown to the servers of all others. Under
any other name (a loopback port, a proxy) the sandbox is the data centre of its own organisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class DataCentre:
    """One of them: its accounts server and its API."""

    location: str
    accounts: str
    api: str


CENTRES: Final = tuple(
    DataCentre(location, f"accounts.{accounts}", f"www.{api}")
    for location, accounts, api in (
        ("us", "zoho.com", "zohoapis.com"),
        ("eu", "zoho.eu", "zohoapis.eu"),
        ("in", "zoho.in", "zohoapis.in"),
        ("au", "zoho.com.au", "zohoapis.com.au"),
        ("jp", "zoho.jp", "zohoapis.jp"),
        ("cn", "zoho.com.cn", "zohoapis.com.cn"),
        ("ca", "zohocloud.ca", "zohoapis.ca"),
        ("sa", "zoho.sa", "zohoapis.sa"),
    )
)
BY_LOCATION: Final[Mapping[str, DataCentre]] = {centre.location: centre for centre in CENTRES}


def behind(host: str) -> DataCentre | None:
    """Whose host this is; none for an address of no data centre."""
    name = host.partition(":")[0]
    return next((centre for centre in CENTRES if name in (centre.accounts, centre.api)), None)


def elsewhere(host: str, location: str) -> bool:
    """Whether this is a host of another data centre than that of `location`."""
    centre = behind(host)
    return centre is not None and centre.location != location
