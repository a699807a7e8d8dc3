"""A connection between two empty local services, in process: people type on both sides, a run carries it over.

Everything but the sockets is real: consent, adapters, store and engine are composed by `extension.bootstrap`, and the
services do their own arithmetic. A company that was connected once is put back for every test.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import Client

from extension.bootstrap import House
from extension.config import Settings
from extension.connecting import Connecting, Wishes
from extension.console.demonstration import variables
from extension.remote.wsgi import mounted
from extension.sync.actions import Hold, Report
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope
from sandbox.clock import Clock
from sandbox.xero import XeroService
from sandbox.xero import create_app as create_xero_app
from sandbox.zoho.app import create_app as create_zoho_app
from sandbox.zoho.service import ZohoService
from tests import memories

D = Decimal
START = datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)
ZOHO_URL, XERO_URL = "http://127.0.0.1:8101", "http://127.0.0.1:8102"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
HOUR = 3600


@dataclass
class Services:
    """Both services over one clock, without a record."""

    clock: Clock = field(default_factory=lambda: Clock(START))

    def __post_init__(self) -> None:
        self.zoho, self.xero = ZohoService(self.clock), XeroService(self.clock)
        self.zoho_app, self.xero_app = create_zoho_app(self.zoho), create_xero_app(self.xero)

    def by_side(self) -> dict[Side, Any]:
        return {ZOHO: self.zoho, XERO: self.xero}

    def house(self, folder: Path, settle: int = 0) -> House:
        """`settle`: after how many seconds "not found" is believed of a lost create."""
        named = {name.lower(): value for name, value in variables(ZOHO_URL, XERO_URL).items()}
        kept = {"instance_dir": folder, "database_url": memories.address(folder)}
        settings = Settings.load(_env_file=None, **named, **kept, settle_seconds=settle, overlap_seconds=2)
        apps = {ZOHO_URL: self.zoho_app.wsgi_app, XERO_URL: self.xero_app.wsgi_app}
        return House(settings, session=mounted(apps), clock=self.clock)

    def connect(self, house: House) -> None:
        """Consent on both sides, and the default settings."""
        way = Connecting(house)
        for side in SIDES:
            begun = way.begin(side)
            url = urlsplit(begun.url)
            app = self.zoho_app if side == ZOHO else self.xero_app
            answer = Client(app).get(f"{url.path}?{url.query}&auto=1")
            assert answer.status_code == 302, answer.text
            way.finish(begun, dict(parse_qsl(urlsplit(answer.headers["Location"]).query)))
        way.make(Wishes(start="everything", xero_organisation="Harbour Office Supplies (sandbox)"))


@dataclass
class Connected:
    """The services as they were when they were connected, made once."""

    services: Services
    folder: Path
    zoho: object
    xero: object
    moment: datetime
    switches: dict[Side, dict[str, Any]]

    @staticmethod
    def once(folder: Path, prepare: Callable[[Books], object] = lambda _: None) -> Connected:
        """`prepare`: what is there already when a test begins."""
        services = Services()
        house = services.house(folder)
        try:
            services.connect(house)
            prepare(Books(services, house))
        finally:
            house.close()
        return Connected.now(services, folder)

    @staticmethod
    def now(services: Services, folder: Path) -> Connected:
        """As they are at this moment."""
        switches = {side: service.switches() for side, service in services.by_side().items()}
        frozen = services.zoho.freeze(), services.xero.freeze()
        return Connected(services, folder, *frozen, services.clock.now(), switches)

    def again(self, folder: Path, settle: int = 0) -> Books:
        """The same company at the same moment, nothing typed yet."""
        self.services.clock.set(self.moment)
        self.services.zoho.thaw(self.zoho)
        self.services.xero.thaw(self.xero)
        for side, service in self.services.by_side().items():
            service.set_switches(self.switches[side])
            service.faults.clear()
            service.journal.clear()
        memories.copied(self.folder, folder)
        return Books(self.services, self.services.house(folder, settle))


class Books:
    """What people do on both sides, and what a run makes of it."""

    def __init__(self, services: Services, house: House) -> None:
        self.services, self.house = services, house
        self.zoho, self.xero, self.clock = services.zoho, services.xero, services.clock

    # ------------------------------------------------------------------ people

    def crm(self, kind: str, id_: str | None = None, **fields: Any) -> str:
        """Somebody enters a record in the CRM, ticked, or edits one."""
        if id_ is not None:
            return self._later(lambda: self.zoho.edit("edit", kind, id_, fields))
        return self._later(lambda: self.zoho.edit("create", kind, None, {"Add_to_Xero": True, **fields}))

    def books(self, kind: str, id_: str | None = None, do: str = "edit", **fields: Any) -> str:
        """Somebody enters a record in Xero, edits one, or does something else to it."""
        return self._later(lambda: self.xero.edit("create" if id_ is None else do, kind, id_, fields))

    def gone(self, kind: str, id_: str) -> None:
        """Somebody deletes a record in the CRM."""
        self._later(lambda: self.zoho.edit("delete", kind, id_, {}))

    def _later(self, deed: Callable[[], str]) -> str:
        self.clock.advance(60)
        return deed()

    # ------------------------------------------------------------------ runs

    def sync(self, **scope: Any) -> Report:
        """A run that somebody approves."""
        self.clock.advance(HOUR)
        report = self.house.engine(self.house.connection(None)).run(Scope(approve=True, **scope))
        assert report.state == "done", report
        return report

    def settled(self) -> list[Hold]:
        """Synchronised until nothing moves: a further run, even over everything, writes nothing. What is held."""
        self.sync()
        before = self.writes()
        report = self.sync(full=True)
        assert self.writes() == before, [call for call in self._calls() if call.method in WRITES][before:]
        assert report.plan.work == (), report.plan.work
        return list(report.holds)

    def held(self) -> set[str]:
        """The reasons for which something is held once nothing moves any more."""
        return {hold.reason for hold in self.settled()}

    def writes(self) -> int:
        """Calls so far that may change a record."""
        return sum(call.method in WRITES and "/coql" not in call.path for call in self._calls())

    def _calls(self) -> Sequence[Any]:
        calls: list[Any] = []
        for service, part in ((self.zoho, "/crm/"), (self.xero, "/api.xro/")):
            calls += [call for call in service.journal.since(0) if call.path.startswith(part)]
        return calls

    def settings(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Somebody edits the settings; the mapping has a new version."""
        connection = self.house.connection(None)
        document: dict[str, Any] = copy.deepcopy(dict(connection.settings))
        change(document)
        document["mapping_version"] += 1
        self.house.connections.update_settings(connection.id, document, "a test", self.clock.now())

    # ------------------------------------------------------------------ what is there

    def in_crm(self, kind: str) -> list[dict[str, Any]]:
        return self.zoho.dump()[kind]

    def in_xero(self, kind: str) -> list[dict[str, Any]]:
        return self.xero.dump()[kind]

    def one(self, side: Side, kind: str, **wanted: Any) -> dict[str, Any]:
        """The only record with these values."""
        rows = self.in_crm(kind) if side == ZOHO else self.in_xero(kind)
        (found,) = [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]
        return found

    def linked(self, entity: str) -> list[tuple[str, str]]:
        """(id in the CRM, id in Xero) of every live link."""
        listed = self.house.inventory(self.house.connection(None), entity)
        return sorted((one.id, one.twin) for one in listed if one.side == ZOHO and one.twin)
