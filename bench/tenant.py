"""The product, connected to the services of a bench: an installation of its own in a folder of its own.

Made by the composition root like any other, but for the call budget (it must not wait for a minute's calls) and a
meter on the transport, which tells the time that passed at the services from our own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import SecretStr

from bench.services import Services
from extension.bootstrap import Connection, House
from extension.config import Settings
from extension.connecting import Connecting, Wishes
from extension.console.consent import pass_through
from extension.remote.transport import Sent, Transport
from extension.store import SqlBuckets
from extension.sync.budget import Limits
from extension.sync.canonical import SIDES, XERO, ZOHO, Side

PLENTY: Final[Mapping[Side, Limits]] = {side: Limits(minute=10**9, day=10**9) for side in SIDES}


class Tenant(House):
    """One installation of the bench; `folder` holds its database and keys."""

    def __init__(self, folder: Path, zoho_url: str, xero_url: str) -> None:
        sandbox = SecretStr("sandbox")
        super().__init__(
            Settings.load(
                _env_file=None,
                instance_dir=folder,
                public_url="http://localhost:5000",
                zoho_client_id="sandbox",
                zoho_client_secret=sandbox,
                xero_client_id="sandbox",
                xero_client_secret=sandbox,
                zoho_accounts_url=zoho_url,
                zoho_api_url=zoho_url,
                xero_login_url=xero_url,
                xero_identity_url=xero_url,
                xero_api_url=xero_url,
            )
        )
        self.folder = folder
        self.waited = 0.0
        """Seconds that passed between a request and its answer."""

    @cached_property
    def transport(self) -> Transport:
        buckets = SqlBuckets(self.database)
        return Transport(self.addresses.all(), meter=self._met, buckets=buckets, limits=PLENTY, clock=self.clock)

    def _met(self, sent: Sent) -> None:
        self.waited += sent.seconds

    def connect(self) -> Connection:
        """Both consents, as `flask connect` passes them on this machine; nothing is older than the start."""
        self.database.upgrade()
        steps = Connecting(self)
        for side in (ZOHO, XERO):
            begun = steps.begin(side)
            steps.finish(begun, pass_through(begun.url, begun.redirect_uri))
        return steps.make(Wishes(start="everything")).connection

    @cached_property
    def tenant(self) -> Connection:
        """The connection that `connect` made, perhaps in another process."""
        return self.connection(None)


@contextmanager
def connected(services: Services) -> Iterator[Tenant]:
    """A new installation, connected to these services, for as long as the context lasts."""
    with TemporaryDirectory() as folder:
        tenant = Tenant(Path(folder), services.zoho_url, services.xero_url)
        try:
            tenant.connect()
            yield tenant
        finally:
            tenant.close()
