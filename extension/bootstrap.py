"""The composition root: from settings to everything that runs. The only file that knows every room.

`House` is one installation in one process. Nothing is opened before it is asked for, so that a wrong setting costs a
sentence and not a start, and a command that needs no service calls none.
"""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import Final

import requests
from flask import Flask

from extension import logs, organisations, theming
from extension.config import Settings
from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS, pairs_of
from extension.entities.currencies import check_base
from extension.entities.deep_links import RecordPages
from extension.entities.own_fields import with_new_fields
from extension.entities.registry import Registry, build
from extension.entities.themes import with_new_themes
from extension.entities.worth import Appraise, appraisals
from extension.jobs.resting import Resting
from extension.keyfiles import private_folder
from extension.memory import Memory
from extension.meters import Meters
from extension.remote.allowance import LIMITS, SHARED
from extension.remote.datacentres import Addresses, by_location
from extension.remote.held import Held
from extension.remote.line import Line
from extension.remote.oauth import App, Authority, Consent
from extension.remote.session import session as plain_session
from extension.remote.transport import Sent, SystemClock, Transport
from extension.remote.wire import redact
from extension.remote.xero import records as xero_records
from extension.remote.xero.authority import XeroGrants
from extension.remote.xero.records import XeroRemote
from extension.remote.zoho import people
from extension.remote.zoho import records as zoho_records
from extension.remote.zoho.authority import ZohoGrants, revoke
from extension.remote.zoho.finding import FINDERS
from extension.remote.zoho.records import ZohoRemote
from extension.remote.zoho.setup import ZohoSetup
from extension.store import (
    Channel,
    Connection,
    Loss,
    MadeThing,
    OAuthState,
    Planned,
    Proposed,
    Signal,
    Task,
)
from extension.store.changes import Saved
from extension.store.channels import found as channel_of
from extension.store.channels import hash_of
from extension.store.inbox import Told
from extension.store.inventory import Listed
from extension.store.moving import in_use
from extension.store.past import Chosen
from extension.store.server import Server
from extension.store.tasks import KINDS
from extension.store.watched import Standing, Watched
from extension.sync.budget import Allowance
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.engine import Engine, Progress, Timing, silent
from extension.sync.errors import BadInput, SyncError
from extension.sync.ports import Clock, Grant, Grants, Remote

__all__ = [
    "LIMITS",
    "SHARED",
    "Authority",
    "Channel",
    "Chosen",
    "Connection",
    "Consent",
    "Held",
    "House",
    "Listed",
    "Loss",
    "MadeThing",
    "OAuthState",
    "Planned",
    "Proposed",
    "Reached",
    "Saved",
    "Server",
    "Signal",
    "Standing",
    "Task",
    "Told",
    "Watched",
    "channel_of",
    "hash_of",
    "house_of",
    "in_use",
]

EXTENSION: Final = "xero2zoho"
NAMED: Final = 20  # connections in one sentence
OBJECTS: Final = 10_000
"""After how many new objects the process looks for cycles among them. A page of 1,000 documents brings 100,000, and
none is in one: by default they were looked through 140 times, in a sixth of all the time that observing took."""
SERVICES: Final[Mapping[Side, str]] = {ZOHO: "Zoho CRM", XERO: "Xero"}


@dataclass(frozen=True)
class Reached:
    """An organisation that a grant reaches."""

    id: str
    name: str = ""


class House(Memory):
    """One installation."""

    def __init__(
        self,
        settings: Settings,
        *,
        session: Callable[[], requests.Session] = plain_session,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(settings, clock or SystemClock())
        gc.set_threshold(OBJECTS)
        self._session = session
        self.log_file = settings.instance_dir / "log" / "extension.log"

    # -------------------------------------------------- the services

    @property
    def addresses(self) -> Addresses:
        """Where the services are now; the data centre may be chosen in the portal while we run."""
        given = self.settings
        return Addresses(
            self._zoho_accounts(),
            given.zoho_api_url,
            given.xero_login_url,
            given.xero_identity_url,
            given.xero_api_url,
        )

    def _zoho_accounts(self) -> str:
        """ZOHO_ACCOUNTS_URL, where it was set; else where the registered app's organisation lives."""
        stored = None if self.settings.chooses_data_centre else self.services.get(ZOHO)
        centre = by_location(stored.data_centre) if stored else None
        return centre.accounts if centre else self.settings.zoho_accounts_url

    @cached_property
    def meters(self) -> Meters:
        """What this process has done so far."""
        return Meters(KINDS, PAIRS)

    @cached_property
    def resting(self) -> Resting:
        """Plans that this process goes on with."""
        return Resting()

    @cached_property
    def transport(self) -> Transport:

        def meter(sent: Sent) -> None:
            self.meters.call(sent.side, sent.kind, sent.status, sent.seconds)

        return Transport(
            self.addresses.all(),
            session=self._session,
            meter=meter,
            buckets=self.buckets,
            limits=LIMITS,
            shared=SHARED,
            clock=self.clock,
        )

    @property
    def consent_origins(self) -> frozenset[str]:
        """Where people give consent, as far as a browser must be allowed to go there."""
        return self.addresses.consent_origins()

    def spent(self, connection: Connection) -> Mapping[Side, int]:
        """Calls that this process made for a connection so far."""
        counted = self.transport.spent
        return {side: counted.get(f"{side}:{connection.organisations[side]}", 0) for side in SERVICES}

    def budget(self, connection: Connection) -> Mapping[Side, Allowance]:
        """Calls that both organisations still grant."""
        return self.budgets([connection])[connection.id]

    def budgets(self, connections: Sequence[Connection]) -> Mapping[int, Mapping[Side, Allowance]]:
        """The same of many, by one question."""
        keys = {f"{side}:{org}": side for each in connections for side, org in each.organisations.items()}
        held = self.buckets.held(list(keys), self.clock.now(), {key: LIMITS[side] for key, side in keys.items()})
        return {
            each.id: {
                side: Allowance.of(held[f"{side}:{org}"], LIMITS[side]) for side, org in each.organisations.items()
            }
            for each in connections
        }

    def count_money(self, connection: Connection) -> None:
        """What the documents of both sides come to now, kept for the pages; by one walk, so after a run."""
        self.figures(connection).count_money(self.appraisals(connection), self.clock.now())

    @property
    def mail_ready(self) -> bool:
        """Whether letters can leave: without SMTP_URL they wait."""
        return bool(self.settings.smtp_url.get_secret_value())

    def redirect_uri(self, side: Side) -> str:
        """Where a service sends the browser after consent; it must be registered with our app there."""
        return f"{self.settings.public_url}/connect/{side}/callback"

    def app(self, side: Side) -> App:
        """Our registration with a service: from the environment, else from the portal. Raises BadInput without."""
        if given := self.settings.registration(side):
            return App(*given, self.redirect_uri(side))
        stored = self.services.get(side)
        if stored is None:
            word = side.upper()
            raise BadInput(
                f"{word}_CLIENT_ID and {word}_CLIENT_SECRET are not both set.",
                code="no_credentials",
                hint=f"Register an app with {SERVICES[side]} (README.md says how), and put both into .env, or enter "
                "them under Web Service Settings.",
            )
        return App(stored.client_id, stored.secret, self.redirect_uri(side))

    def authority(self, side: Side, grants: Grants) -> Authority:
        """Consent and tokens of one side."""
        provider = ZohoGrants(self.addresses) if side == ZOHO else XeroGrants(self.addresses)
        return Authority(self.transport, provider, self.app(side), grants, renewed=self.meters.refreshed)

    def line(self, side: Side, grants: Grants, organisation: str) -> Line:
        make = zoho_records.line if side == ZOHO else xero_records.line
        return make(self.transport, self.authority(side, grants), organisation)

    def reached(self, side: Side, grants: Grants) -> list[Reached]:
        """The organisations that a grant reaches."""
        way = self.line(side, grants, "consent")
        if side == ZOHO:
            return [Reached(*people.organisation(way))]
        return [Reached(each.id, each.name) for each in xero_records.tenants(way)]

    def give_back(self, grant: Grant | None) -> None:
        """Tells Zoho that a grant is not needed any more: it keeps 20 of a person and drops the first for the next.
        Xero is not told, because that would end everything that the person connected (facts/xero.md 3.2)."""
        if grant is not None:
            with suppress(SyncError):  # nobody keeps it
                revoke(self.transport, self.addresses, grant)

    def fetched(self, grants: Grants, organisation: Mapping[Side, str]) -> organisations.Document:
        """What both organisations say about their set-up, now."""
        zoho, xero = (self.line(side, grants, organisation[side]) for side in (ZOHO, XERO))
        return organisations.fetch(zoho, xero, organisation[XERO])

    # -------------------------------------------------- one connection

    def connection(self, name: str | None) -> Connection:
        """The one that is called so; without a name the only one."""
        if name is not None and (found := self.connections.called(name)) is not None:
            return found
        known = self.connections.some(0, NAMED + 1)
        if not known:
            raise BadInput("There is no connection yet.", code="no_connection", hint="Make one: `flask connect`.")
        if name is None and len(known) == 1:
            return known[0]
        names = ", ".join(each.name for each in known[:NAMED]) + " and others" * (len(known) > NAMED)
        if name is None:
            raise BadInput(f"There are several connections: {names}.", hint="Say which with --connection NAME.")
        raise BadInput(f"There is no connection “{name}”.", hint=f"There are: {names}.")

    def refreshed(self, connection: Connection, actor: str = "Data fetch") -> Connection:
        """The connection with what both organisations say about their set-up now; fields of ours that are new in the
        CRM are mapped, and new themes of Xero become values of the pick list that the set-up made."""
        fetched = self.fetched(self.grants(connection.id), connection.organisations)
        made = {each.remote for each in self.crm_made(connection).all()}
        if made and theming.add_values(self.crm_setup(connection), made, fetched):
            fetched = self.fetched(self.grants(connection.id), connection.organisations)
        check_base(fetched_facts.read(fetched))
        settings = with_new_themes(with_new_fields(connection.settings, connection.fetched, fetched), fetched)
        self.connections.set_fetched(connection.id, fetched)
        if settings != connection.settings:
            now, was = self.clock.now(), connection.settings
            self.connections.update_settings(connection.id, settings, actor, now, was=was)
        return self.connections.get(connection.id)

    def crm_setup(self, connection: Connection) -> ZohoSetup:
        """The settings of this connection's CRM."""
        return ZohoSetup(self.line(ZOHO, self.grants(connection.id), connection.organisations[ZOHO]))

    def record_pages(self, connection: Connection) -> RecordPages:
        """Where a person opens this connection's records in their own services."""
        crm = self.crm_site(connection)
        pairs = pairs_of(connection.settings)
        return RecordPages(crm, self.addresses.xero_site, fetched_facts.read(connection.fetched).short_code, pairs)

    def appraisals(self, connection: Connection) -> Mapping[str, Appraise]:
        """Module -> currency, status and total of one of its documents."""
        return appraisals(self.registry(connection))

    def crm_site(self, connection: Connection) -> str:
        """Where people open this connection's CRM."""
        grant = self.grants(connection.id).get(ZOHO)
        return self.addresses.crm_site(grant.extra.get("accounts_url", "") if grant else self.addresses.zoho_accounts)

    def organisation_name(self, connection: Connection, side: Side) -> str:
        return organisations.name_of(connection.fetched, side) or connection.organisations[side]

    def zone(self, connection: Connection) -> tzinfo:
        """The organisation's own time zone."""
        return organisations.zone(connection.fetched)

    def ledger_zone(self, connection: Connection) -> tzinfo:
        """The time zone whose days the dates in Xero are."""
        return organisations.ledger_zone(connection.fetched)

    def registry(self, connection: Connection) -> Registry:
        """What this connection synchronises. Raises BadInput where its map is half configured."""
        return build(connection.settings, connection.fetched, self.crm_site(connection))

    def remotes(self, connection: Connection, registry: Registry, *, background: bool = False) -> Mapping[Side, Remote]:
        kept = self.grants(connection.id)
        zoho = ZohoRemote(
            self.transport,
            self.authority(ZOHO, kept),
            connection.organisations[ZOHO],
            lambda feed: registry.fields_of(feed, ZOHO),
            {feed: registry.stamp_unique(feed) for feed in FINDERS},
            background,
            finders={feed: replace(finder, stamp=registry.stamp_field(feed)) for feed, finder in FINDERS.items()},
        )
        xero = XeroRemote(
            self.transport,
            self.authority(XERO, kept),
            connection.organisations[XERO],
            background,
            types={feed: registry.types(feed) for feed in registry.feeds(XERO, [e.name for e in registry.entities])},
        )
        return {ZOHO: zoho, XERO: xero}

    def engine(
        self,
        connection: Connection,
        *,
        progress: Progress = silent,
        between: Callable[[], None] = lambda: None,
        background: bool = False,
        walked: Mapping[tuple[Side, str], datetime] | None = None,
        again: int | None = None,
    ) -> Engine:
        """The one that runs any scope of this connection. `walked`, `again`: as Engine has them."""
        registry = self.registry(connection)
        timing = Timing(
            timedelta(seconds=self.settings.overlap_seconds), timedelta(seconds=self.settings.settle_seconds)
        )
        return Engine(
            self.store(connection),
            registry,
            self.remotes(connection, registry, background=background),
            self.clock,
            owner=f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}",
            timing=timing,
            progress=progress,
            between=between,
            walked=walked or {},
            again=again,
            about=lambda run: logs.about(connection=connection.id, run=run),
            document_limit=registry.document_limit,
        )

    # -------------------------------------------------- the log

    def open_log(self) -> None:
        """From now on everything that any room logs goes to the log file, or to whoever collects it."""
        if self.settings.log_to == "file":
            private_folder(self.log_file.parent)
        known = self.settings.known_secrets
        logs.configure(self.log_file if self.settings.log_to == "file" else None, lambda text: redact(text, *known))
        self._open.callback(logs.close)


def house_of(app: Flask) -> House:
    """The installation that an application serves; the first call reads the settings."""
    make: Callable[[], House] = app.extensions[EXTENSION]
    return make()
