"""Both services with one seeded company, in process or on two loopback ports.

The composition root of the sandbox: the only file that knows both services and the seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.clock import Clock
from sandbox.seed.company import FEWEST, build
from sandbox.server import LOOPBACK, Server
from sandbox.shell.installed import Installed
from sandbox.xero import XeroService
from sandbox.xero import create_app as create_xero_app
from sandbox.zoho.app import create_app as create_zoho_app
from sandbox.zoho.organisation import NEIGHBOURS
from sandbox.zoho.service import ZohoService
from sandbox.zoho.settings import ZohoSettings

# The seeded company invoices abroad, so its CRM has multi-currency on.
COMPANY = {"multi_currency": True}
NEXT_DOOR: Final[Mapping[str, Any]] = {
    "company_name": "Quayside Rentals Ltd (sandbox)",
    "org_id": "5725768000000020005",
    "first_id": 5_725_768_000_000_500_003,
}


class World:
    """A local Zoho CRM and a local Xero over one clock; `with World() as world` starts and stops the servers.

    `records`: how many accounts the seeded company has; 0: nobody has entered anything yet.
    `neighbour`: whether a second company lives on the same two servers, with people and records of its own.
    """

    def __init__(
        self, clock: Clock | None = None, records: int = 60, seed: int = 1, *, neighbour: bool = False
    ) -> None:
        self.clock = clock or Clock()
        self.zoho = ZohoService(self.clock, ZohoSettings(switches=COMPANY))
        self.xero = XeroService(self.clock)
        if records:
            company = build(records, seed, self.clock.now())
            self.zoho.load(company.zoho)
            self.xero.load(company.xero)
        self.neighbour = self._neighbour(seed + 1) if neighbour else None
        self.installed = Installed()
        self.zoho_app = create_zoho_app(self.zoho, *filter(None, (self.neighbour,)), installed=self.installed)
        self.xero_app = create_xero_app(self.xero)
        self._servers: list[Server] = []

    def _neighbour(self, seed: int) -> ZohoService:
        """A small company next door; in Xero it is the second organisation."""
        made = ZohoService(self.clock, ZohoSettings(**NEXT_DOOR, switches=COMPANY), NEIGHBOURS, self.zoho)
        company = build(FEWEST, seed, self.clock.now(), organisation=1)
        made.load(company.zoho)
        self.xero.load(company.xero, self.xero.neighbour_id)
        return made

    def start(self, zoho_port: int = 0, xero_port: int = 0, host: str = LOOPBACK) -> None:
        """Listen, on loopback if nobody says otherwise; port 0 takes a free one."""
        if self._servers:
            raise RuntimeError("this world is already running")
        first = Server(self.zoho_app, host, zoho_port)
        try:
            second = Server(self.xero_app, host, xero_port)
        except OSError:
            first.stop()
            raise
        self._servers = [first, second]
        for server in self._servers:
            server.start()
        self.installed.xero = second.url

    def stop(self) -> None:
        """Hang up; the state stays, and `start` may follow."""
        for server in self._servers:
            server.stop()
        self._servers = []

    @property
    def shell_url(self) -> str:
        """Where a person opens the CRM: by the name of this machine, as the extension is, so that a browser counts both
        as one site. Over plain http it keeps no cookie of a frame of another site."""
        return f"{self.crm_origins[0]}/crm/tab/"

    @property
    def crm_origins(self) -> tuple[str, str]:
        """The CRM's pages by the name of this machine and by its number."""
        return self.zoho_url.replace("127.0.0.1", "localhost", 1), self.zoho_url

    @property
    def zoho_url(self) -> str:
        return self._running()[0].url

    @property
    def xero_url(self) -> str:
        return self._running()[1].url

    def __enter__(self) -> World:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _running(self) -> list[Server]:
        if not self._servers:
            raise RuntimeError("this world has no address until it is started")
        return self._servers
