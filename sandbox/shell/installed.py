"""What an administrator set up in this CRM by hand: where the extension's widgets are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass
class Installed:
    """`widgets`: the base address of the extension, "" while there is none. `xero`: where this machine's Xero shows
    what links to go.xero.com lead to."""

    widgets: str = ""
    xero: str = ""

    def point(self, address: str) -> None:
        """Sets the base address; "" takes the widgets away."""
        found = urlsplit(address.strip())
        if address.strip() and (found.scheme not in ("http", "https") or not found.hostname or found.query):
            raise ValueError("The base address is something like http://localhost:5000.")
        self.widgets = address.strip().rstrip("/")

    def page(self, name: str) -> str:
        """The address of one widget; "" while there is none."""
        return f"{self.widgets}/widget/{name}" if self.widgets else ""

    def here(self, link: str) -> str:
        """Where a link to Xero leads on this machine."""
        return link.replace("https://go.xero.com", self.xero, 1) if self.xero else link
