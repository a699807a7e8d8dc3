"""The local Zoho CRM: all state and every room of it, behind one lock.

HTTP lives in `app` and the `routes_*` files; this is also what a test holds in its hands, and what /__admin acts on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sandbox import signals
from sandbox.clock import Clock
from sandbox.faults import Faults, Journal
from sandbox.post import Post
from sandbox.zoho.batches import Batches
from sandbox.zoho.catalogue import Catalogue
from sandbox.zoho.cells import Cells
from sandbox.zoho.channels import Channels
from sandbox.zoho.conversions import Conversions
from sandbox.zoho.describe import field_rows
from sandbox.zoho.limits import PROBLEMS, Limits
from sandbox.zoho.loading import Loader
from sandbox.zoho.metadata import MODULES
from sandbox.zoho.oauth import Accounts
from sandbox.zoho.organisation import USERS, Organisation, User
from sandbox.zoho.paging import PageTokens
from sandbox.zoho.people import People
from sandbox.zoho.reads import Reader
from sandbox.zoho.render import Renderer
from sandbox.zoho.schema import Field, Module
from sandbox.zoho.search import Search
from sandbox.zoho.settings import Switches, ZohoSettings
from sandbox.zoho.store import Store
from sandbox.zoho.writes import Writer

LOAD_FIRST = ("Accounts", "Vendors", "Contacts", "Products")
EVERY_SCOPE = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.READ",
    "ZohoSearch.securesearch.READ",
)


class ZohoService:
    """One organisation of the CRM with its accounts server. Hold `lock` around any use from several threads.

    `beside`: another organisation, whose accounts server, and with it the lock, this one shares.
    """

    def __init__(
        self,
        clock: Clock,
        settings: ZohoSettings | None = None,
        users: tuple[User, ...] = USERS,
        beside: ZohoService | None = None,
    ) -> None:
        self.clock = clock
        self.settings = settings or ZohoSettings()
        self.faults = Faults(
            PROBLEMS, {"disconnect": "whoever removes us from the CRM revokes the grant: revoke_grant"}
        )
        self.journal = Journal()
        self.lock: AbstractContextManager[object] = beside.lock if beside else threading.RLock()
        self.organisation = Organisation(self.settings, users)
        self.switch = Switches()
        self.switch.apply(self.settings.switches)
        self.catalogue = Catalogue(self.switch)
        self.store = Store(MODULES, self.settings.first_id)
        own = (lambda: self.switch.token_limits, lambda: self.switch.token_says_scope)
        self.accounts: Accounts = beside.accounts if beside else Accounts(self.now, *own)
        self.limits = Limits(self.switch, self.now)
        self._tokens = PageTokens()
        self._notices: dict[str, int] = {}
        self.renderer = Renderer(self.store, self.catalogue, self.organisation, self.switch)
        self.post: Post = beside.post if beside else Post(clock)
        self.channels = Channels(self.switch, self.settings.zone, self.post)
        self.writer = Writer(
            self.store, self.catalogue, self.organisation, self.switch, self.now, self.notice, self.channels.note
        )
        self.batches = Batches(self.store, self.writer, self.renderer, self.switch)
        self.reader = Reader(self.store, self.renderer, self._tokens, self.switch, self.now, self.notice)
        self.search = Search(self.renderer, self.reader, self.switch)
        somebody = self.organisation.users[:2][-1].id
        self.conversions = Conversions(self.store, self.catalogue, self.writer, self.channels)
        self._people = People(self.store, self.catalogue, self.writer, self.conversions, somebody)

    def now(self) -> float:
        """Seconds since 1970 by the sandbox's clock."""
        return self.clock.now().timestamp()

    def field_ids(self, module: Module) -> dict[str, Field]:
        """The fields of a module by the ids that its settings show."""
        rows = field_rows(module, "v8", self.organisation)
        return {row["id"]: field for row, field in zip(rows, module.fields, strict=True)}

    def notice(self, what: str) -> None:
        """Remember something that was asked for and is not modelled."""
        self._notices[what] = self._notices.get(what, 0) + 1
        signals.unmodelled.send(self, what=f"Zoho: {what}")

    def access_token(self, scopes: Iterable[str] = EVERY_SCOPE, user: int | None = None) -> str:
        """A token of the administrator, or of another user, with no consent behind it."""
        return self.accounts.hand_out(user or self.organisation.users[0].id, scopes)

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every record as GET by id shows it, and what was deleted."""
        with self.lock:
            state: dict[str, list[dict[str, Any]]] = {}
            gone: list[dict[str, Any]] = []
            for module in self.catalogue.modules():
                table = self.store.tables[module.api_name]
                state[module.api_name] = self.renderer.full_rows(module, [table.live[i] for i in table.ids], "v8")
                gone += [
                    {"module": module.api_name, **self.renderer.deleted_row(module, entry)}
                    for entry in table.deleted.values()
                ]
            return {**state, "deleted": gone}

    def load(self, state: Mapping[str, list[dict[str, Any]]]) -> None:
        """Take native rows as they stand; totals are computed, given ids and times kept. What was deleted stays out."""
        with self.lock:
            if unknown := set(state) - set(self.store.tables) - {"deleted"}:
                raise ValueError(f"the CRM has no module {', '.join(sorted(unknown))}")
            loader = Loader(self.store, self.organisation, Cells(self.organisation, self.switch, lambda *_: True))
            now = self.now()
            for name in sorted(state, key=lambda name: (name not in LOAD_FIRST, name)):
                if table := self.store.tables.get(name):
                    module = self.catalogue.module(name)
                    table.fill(loader.record(module, row, now) for row in state[name])

    def edit(self, do: str, kind: str, record_id: str | None, changes: Mapping[str, Any]) -> str:
        """What a person does on a screen: create, edit, delete, restore, purge, merge or convert."""
        with self.lock:
            done = self._people.do(do, kind, record_id, changes, int(self.now()))
            self.tell()
            return done

    def tell(self) -> None:
        """What one request wrote goes out to whoever asked to hear of it."""
        self.channels.tell(self.now())

    def strike(self, kind: str, token: str) -> None:
        """Carry out a fault upon our access (`faults.UPON_ACCESS`); `token` is the access token of a request. Here a
        refresh token takes its access tokens along."""
        with self.lock:
            if kind in ("expire_token", "revoke_token"):
                self.accounts.expire(token)
            else:
                self.accounts.withdraw()

    def forge(self, given: Mapping[str, Any]) -> None:
        with self.lock:
            self.channels.forge(str(given.get("channel_id")), given, self.now())

    def freeze(self) -> object:
        """The whole state but clock, switches, faults and journal."""
        with self.lock:
            rooms = (self.store, self.accounts, self.limits, self._tokens, self.catalogue.custom, self.channels)
            return tuple(room.freeze() for room in rooms)

    def thaw(self, frozen: object) -> None:
        with self.lock:
            assert isinstance(frozen, tuple)
            store, accounts, limits, tokens, custom, channels = frozen
            self.store.thaw(store)
            self.accounts.thaw(accounts)
            self.limits.thaw(limits)
            self._tokens.thaw(tokens)
            self.catalogue.custom.thaw(custom)
            self.channels.thaw(channels)

    def switches(self) -> dict[str, Any]:
        return self.switch.as_dict()

    def set_switches(self, changes: Mapping[str, Any]) -> None:
        with self.lock:
            self.switch.apply(changes)

    def unmodelled(self) -> list[str]:
        return sorted(self._notices)
