"""Both services under chosen switches, and the whole installation on top of them: in process, no socket, one clock.

`Rig` connects, synchronises and asks whether everything is where a bookkeeper expects it. People act through `people`;
a test that waits an hour takes no time. Whatever a service fails at by itself (500, something not modelled) fails the
test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import Client

from extension.bootstrap import Connection, House
from extension.config import Settings
from extension.connecting import Connecting, Wishes
from extension.console.demonstration import QUERIES, WRITES, variables
from extension.console.duplicates import made_twice
from extension.remote.transport import Transport
from extension.remote.wsgi import mounted
from extension.store.grants import SqlGrants
from extension.sync.actions import Plan, Report
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where
from extension.sync.errors import Cannot
from extension.sync.judge import Judge, Policy
from extension.sync.memory import MemoryStore
from extension.sync.model import Link, Record, Scope
from extension.sync.ports import Grant, Store
from extension.sync.snapshot import Loader
from sandbox.clock import Clock
from sandbox.faults import Call
from sandbox.seed.company import build
from sandbox.xero import Settings as XeroSettings
from sandbox.xero import Switches as XeroSwitches
from sandbox.xero import XeroService
from sandbox.xero import create_app as create_xero_app
from sandbox.xero.kinds import KINDS as XERO_KINDS
from sandbox.xero.tables import Table
from sandbox.zoho.app import create_app as create_zoho_app
from sandbox.zoho.service import ZohoService
from sandbox.zoho.settings import ZohoSettings
from tests import memories

BEGAN: Final = datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)
URLS: Final[Mapping[Side, str]] = {ZOHO: "http://127.0.0.1:8101", XERO: "http://127.0.0.1:8102"}
LAG: Final = 120.0  # the settle delay and the overlap of every rig
KINDS: Final[Mapping[Side, tuple[str, ...]]] = {
    ZOHO: ("Accounts", "Vendors", "Products", "Contacts", "Invoices", "Purchase_Orders"),
    XERO: ("Contacts", "Items", "Invoices", "PurchaseOrders"),
}
IDS: Final[Mapping[str, str]] = {
    "Contacts": "ContactID",
    "Items": "ItemID",
    "Invoices": "InvoiceID",
    "PurchaseOrders": "PurchaseOrderID",
}
ENDED: Final = ("VOIDED", "DELETED")

Row = dict[str, Any]


class Late(Clock):
    """Another clock of the same world, so many seconds behind (or, negative, ahead)."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._late = clock, timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._clock.now() - self._late


class Remembering(House):
    """Remembers in dicts what an installation keeps in a database: quicker, and by the same contract.

    It counts no calls: its clock goes back and forth, and budgets have tests of their own.
    """

    memory: MemoryStore | None = None

    @cached_property
    def transport(self) -> Transport:
        return Transport(self.addresses.all(), session=self._session, clock=self.clock)

    def store(self, connection: Connection) -> Any:
        if self.memory is None:
            self.memory = MemoryStore(connection.organisations, super().store(connection).start_date())
        return self.memory


@dataclass(frozen=True)
class Moment:
    """Everything as it was: both services, our memory, the clock."""

    services: Mapping[Side, object]
    memory: Mapping[str, Any]
    grants: Mapping[Side, Grant]
    clock: datetime
    report: Report


class Rig:
    """One small company on both sides, and one connection between them."""

    def __init__(
        self,
        folder: Path,
        zoho: Mapping[str, Any] | None = None,
        xero: Mapping[str, Any] | None = None,
        *,
        records: int = 10,
        seed: int = 1,
        late: Mapping[Side, float] | None = None,
        began: datetime = BEGAN,
        house: type[House] = Remembering,
    ) -> None:
        self.clock = Clock(began)
        late = late or {}
        clocks = {side: Late(self.clock, late[side]) if side in late else self.clock for side in SIDES}
        self.zoho = ZohoService(clocks[ZOHO], ZohoSettings(switches={"multi_currency": True, **(zoho or {})}))
        self.xero = XeroService(clocks[XERO], XeroSettings(switches=XeroSwitches().changed(xero or {})))
        if records:  # none: people enter what there is
            company = build(records, seed, self.clock.now())
            self.zoho.load(company.zoho)
            self.xero.load(company.xero)
        self.apps = {ZOHO: create_zoho_app(self.zoho), XERO: create_xero_app(self.xero)}
        settings = Settings.load(
            _env_file=None,
            instance_dir=folder,
            database_url=memories.address(folder),
            settle_seconds=LAG,
            overlap_seconds=LAG,
            **{name.lower(): value for name, value in variables(URLS[ZOHO], URLS[XERO]).items()},
        )
        wires = {URLS[side]: app.wsgi_app for side, app in self.apps.items()}
        self.house = house(settings, session=mounted(wires), clock=self.clock)
        self.report = Report(0, "done", Plan())  # of the last run
        self._listed: dict[tuple[Side, str], list[Row]] = {}
        self._linked: dict[str, list[Link]] = {}
        self._begun = {side: self.service(side).switches() for side in SIDES}
        self.connection = self.connect()
        self.registry = self.house.registry(self.connection)

    def close(self) -> None:
        self.house.close()

    def moment(self) -> Moment:
        """To come back to, with the access that we had."""
        assert isinstance(self.house, Remembering)
        services = {side: self.service(side).freeze() for side in SIDES}
        memory = {name: value for name, value in vars(self.store).items() if name != "_lock"}
        grants = {side: grant for side in SIDES if (grant := self.grants.get(side))}
        return Moment(services, deepcopy(memory), grants, self.clock.now(), self.report)

    def back(self, to: Moment, zoho: Mapping[str, Any] | None = None, xero: Mapping[str, Any] | None = None) -> None:
        """To that moment, and from then on under these switches."""
        for side, switches in zip(SIDES, (zoho, xero), strict=True):
            service = self.service(side)
            service.thaw(to.services[side])
            service.journal.clear()
            service.set_switches({**self._begun[side], **(switches or {})})
        vars(self.store).update(deepcopy(dict(to.memory)))
        for side, grant in to.grants.items():
            self.grants.save(side, replace(grant, generation=0))
        self.clock.set(to.clock)
        self.report = to.report
        self._listed.clear()
        self._linked.clear()

    def connect(self) -> Connection:
        """A person gives both consents; again where they did before, which renews them."""
        connecting = Connecting(self.house)
        for side in SIDES:
            begun = connecting.begin(side)
            page = urlsplit(begun.url)
            answer = Client(self.apps[side]).get(f"{page.path}?{page.query}&auto=1")
            connecting.finish(begun, dict(parse_qsl(urlsplit(answer.headers["Location"]).query)))
        return connecting.make(Wishes(start="everything")).connection

    # -------------------------------------------------- time and runs

    def later(self, seconds: float = LAG + 5) -> None:
        self.clock.advance(seconds)

    def sync(self, **scope: Any) -> Report:
        self._listed.clear()
        self._linked.clear()
        report = self.house.engine(self.connection).run(Scope(**{"approve": True, **scope}))
        assert report.state in ("done", "planned"), (report.state, report.code, report.problem)
        self.report = report
        return report

    def audit(self) -> Report:
        return self.sync(full=True, dry_run=True)

    # -------------------------------------------------- the services' side

    def service(self, side: Side) -> Any:
        return self.zoho if side == ZOHO else self.xero

    def rows(self) -> dict[Side, dict[str, list[Row]]]:
        return {side: {kind: self.listed(side, kind) for kind in KINDS[side]} for side in SIDES}

    def listed(self, side: Side, kind: str) -> list[Row]:
        """Everything of one kind, kept until somebody does something there."""
        if (side, kind) not in self._listed:
            ids = self.zoho.store.tables[kind].ids if side == ZOHO else self._table(kind).by_id
            self._listed[side, kind] = [self.row(side, kind, str(id_)) for id_ in ids]
        return self._listed[side, kind]

    def row(self, side: Side, kind: str, id_: str) -> Row:
        """As the service says it now; {} where it is not there."""
        if side == ZOHO:
            record = self.zoho.store.tables[kind].live.get(int(id_))
            module = self.zoho.catalogue.module(kind)
            return self.zoho.renderer.full_rows(module, [record], "v8")[0] if record else {}
        row = self._table(kind).get(id_)
        return XERO_KINDS[kind].read(self.xero.desk(self.xero.ledger, places=4), row) if row else {}

    def _table(self, kind: str) -> Table:
        return XERO_KINDS[kind].table(self.xero.ledger)

    def people(self, side: Side, do: str, kind: str, id_: str | None = None, /, **changes: Any) -> str:
        self._listed.clear()
        return str(self.service(side).edit(do, kind, id_, changes))

    def calls(self) -> list[Call]:
        return [call for side in SIDES for call in self.service(side).journal.since(0)]

    def writes(self) -> list[str]:
        """Calls so far that change something."""
        made = [f"{c.method} {c.path} {c.status}" for c in self.calls() if c.method in WRITES]
        return [call for call in made if not any(part in call for part in QUERIES)]

    # -------------------------------------------------- our side

    @property
    def grants(self) -> SqlGrants:
        return self.house.grants(self.connection.id)

    @property
    def store(self) -> Store:
        return self.house.store(self.connection)

    def reasons(self, report: Report) -> dict[Where, str]:
        """Why what is not linked, or not in step, is not."""
        found = {(s.entity, s.side, s.id): s.reason for s in report.plan.skips}
        return found | {(h.entity, h.side, h.id): h.reason for h in report.holds if h.message}

    def held(self, entity: str, zoho_id: str) -> set[str]:
        """Why the last run held this one."""
        return {h.reason for h in self.report.holds if (h.entity, h.side, h.id) == (entity, ZOHO, zoho_id)}

    def told(self, entity: str, zoho_id: str, change: str) -> list[Any]:
        """What history says of one field of one record."""
        entries = [e for e in self.store.entries(limit=100_000) if (e.entity, e.zoho_id) == (entity, zoho_id)]
        return [list(e.changes[change]) for e in entries if change in e.changes]

    def links(self, entity: str) -> list[Link]:
        """Living ones; only a run makes or ends any."""
        if entity not in self._linked:
            kind = self.registry.entity(entity).feeds[ZOHO]
            ids = [row["id"] for row in self.listed(ZOHO, kind)]
            found = self.store.links_of(entity, ZOHO, ids)
            self._linked[entity] = [link for link in found if link.state == "live"]
        return self._linked[entity]

    def _records(self, side: Side, feed: str) -> list[Record]:
        key = "id" if side == ZOHO else IDS[feed]
        ids = [row[key] for row in self.listed(side, feed)]
        return list(self.store.by_remote(side, feed, ids))

    # -------------------------------------------------- what must hold

    def rests(self) -> Report:
        """One run settles everything; another writes nothing; an audit finds nothing to do. Returns the audit."""
        before = self.rows()
        self.sync()
        self.later()
        written = len(self.writes())
        self.sync()
        assert self.writes()[written:] == []
        self.later()
        audit = self.audit()
        assert [(a.kind, a.entity, a.digest) for a in audit.plan.work] == []
        assert self.writes()[written:] == []
        assert [made for side in SIDES for made in made_twice(side, before[side], self.rows()[side])] == []
        assert self.mailboxes_made_twice(before) == []
        assert self.unaccounted(audit) == []
        assert self.different(audit) == []
        assert self.broken() == []
        return audit

    def broken(self) -> list[str]:
        """What the services failed at, or what nobody modelled."""
        failed = [f"{call.method} {call.path} {call.status}" for call in self.calls() if call.status >= 500]
        return failed + [f"{note}" for side in SIDES for note in self.service(side).unmodelled()]

    def mailboxes_made_twice(self, before: Mapping[Side, Mapping[str, list[Row]]]) -> list[str]:
        """E-mail addresses that two people of one company have now and had not before."""
        old, new = Counter(_mailboxes(before)), Counter(_mailboxes(self.rows()))
        return [" ".join(box) for box, times in sorted(new.items()) if times > max(1, old[box])]

    def unaccounted(self, audit: Report) -> list[str]:
        """Live rows that are neither linked nor held or skipped with a reason."""
        known, found = self.reasons(audit), list[str]()
        for side in SIDES:
            for feed in KINDS[side]:
                records = self._records(side, feed)
                seen = {record.remote for record in records}
                for row in self.listed(side, feed):
                    id_ = row["id" if side == ZOHO else IDS[feed]]
                    if id_ not in seen and row.get("Type") != "ACCPAY":
                        found.append(f"{side} {feed} {id_} was never observed")
                found += [
                    f"{record.where} {record.title}"
                    for record in records
                    if record.state == "active" and record.births and record.where not in known and not self._of(record)
                ]
        return found

    def _of(self, record: Record) -> Link | None:
        links = self.store.links_of(record.entity, record.side, [record.id])
        return next((link for link in links if link.state in ("live", "retired")), None)

    def different(self, audit: Report) -> list[str]:
        """Two-way fields of linked records whose values do not mean the same, whatever our bases say."""
        held = self.reasons(audit)
        registry = self.registry
        names = [entity.name for entity in registry.entities]
        records = [r for side in SIDES for feed in KINDS[side] for r in self._records(side, feed)]
        snap = Loader(self.store, registry).load(names, records)
        judge = Judge(snap, registry, Policy(Scope(), self.clock.now()))
        found = []
        for link in {link.id: link for link in snap.link_of.values() if link.state == "live"}.values():
            pair = {s: snap.records[link.entity, s, link.ids[s]] for s in SIDES}
            if any(record.where in held for record in pair.values()) or any(r.state != "active" for r in pair.values()):
                continue
            found += [f"{link.entity} {pair[ZOHO].title}: {what}" for what in _differing(registry, judge, link, pair)]
        return found


def _differing(registry: Any, judge: Judge, link: Link, pair: Mapping[Side, Record]) -> Iterator[str]:
    entity = registry.entity(link.entity)
    for rule in entity.rules.values():
        if rule.direction == "derived" or any(rule.name not in pair[s].fields for s in SIDES):
            continue
        values = {s: pair[s].fields[rule.name] for s in SIDES}
        if not rule.lines:
            if not _agree(entity, judge, rule.name, values, pair):
                yield f"{rule.name} {values}"
            continue
        lines = {s: {line["id"]: line for line in values[s]} for s in SIDES}
        pairs = [(z, x) for z, x in link.pairs if z in lines[ZOHO] and x in lines[XERO]]
        if not len(pairs) == len(lines[ZOHO]) == len(lines[XERO]):
            yield f"lines unpaired: {link.pairs} {[list(lines[s]) for s in SIDES]}"
            continue
        for zoho_id, xero_id in pairs:
            for name, line_rule in entity.line_rules.items():
                two = {ZOHO: lines[ZOHO][zoho_id].get(name), XERO: lines[XERO][xero_id].get(name)}
                if name == "description" and two[ZOHO] is None:
                    continue  # Xero takes no line without one, and gets a substitute
                if line_rule.direction != "derived" and not _agree(entity, judge, f"lines.{name}", two, pair):
                    yield f"line {name} {two}"


def _agree(entity: Any, judge: Judge, name: str, values: Mapping[Side, Any], pair: Mapping[Side, Record]) -> bool:
    for to in SIDES:
        source = XERO if to == ZOHO else ZOHO
        try:
            if entity.project(to, name, values[source], pair[source], judge) == values[to]:
                return True
        except Cannot:
            continue
    return False


def _mailboxes(rows: Mapping[Side, Mapping[str, list[Row]]]) -> Iterator[tuple[str, str, str]]:
    for person in rows[ZOHO]["Contacts"]:
        if person["Email"] and person["Account_Name"]:
            yield ZOHO, person["Account_Name"]["id"], person["Email"].casefold()
    for contact in rows[XERO]["Contacts"]:
        for person in (contact, *contact["ContactPersons"]):
            if person.get("EmailAddress"):
                yield XERO, contact["ContactID"], person["EmailAddress"].casefold()
