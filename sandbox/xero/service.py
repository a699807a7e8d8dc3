"""The local Xero as a whole: its organisations, its identity service, and what the admin routes ask of it.

All state is in one `State`, behind one lock; freezing it is copying references, because rows are never changed in
place.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandbox import signals
from sandbox.clock import Clock
from sandbox.faults import Faults, Journal
from sandbox.post import Post
from sandbox.xero import people, seeding
from sandbox.xero.idempotency import Memory
from sandbox.xero.identity import Identity
from sandbox.xero.ids import Ids
from sandbox.xero.ledger import Desk, Ledger
from sandbox.xero.limits import PROBLEMS, Limits
from sandbox.xero.settings import Settings
from sandbox.xero.tables import Row
from sandbox.xero.webhooks import Webhooks

ORGANISATIONS = (("Harbour Office Supplies (sandbox)", "!hb0r1"), ("Quayside Rentals (sandbox)", "!qs1d3"))


@dataclass
class State:
    """Everything a snapshot holds."""

    ledgers: dict[str, Ledger]
    identity: Identity
    limits: Limits
    memory: Memory
    ids: Ids
    envelope_ids: Ids
    """Apart, so that reading draws none of the ids that records get."""

    def copy(self) -> State:
        return State(
            {tenant: ledger.copy() for tenant, ledger in self.ledgers.items()},
            self.identity.copy(),
            self.limits.copy(),
            self.memory.copy(),
            self.ids.copy(),
            self.envelope_ids.copy(),
        )


class XeroService:
    """One running sandbox."""

    def __init__(self, clock: Clock | None = None, settings: Settings | None = None) -> None:
        self.clock = clock or Clock()
        self.settings = settings or Settings()
        self.faults = Faults(PROBLEMS)
        self.journal = Journal()
        self.post = Post(self.clock)
        self.webhooks = Webhooks(self.clock, self.post)
        self.lock = threading.RLock()
        self._in_flight: dict[str, int] = {}
        self._unmodelled: set[str] = set()
        ledgers = [Ledger(name, code) for name, code in ORGANISATIONS]
        seed = self.settings.seed
        self.state = State(
            {ledger.id: ledger for ledger in ledgers},
            Identity(Ids(f"{seed}:identity")),
            Limits(),
            Memory(),
            Ids(f"{seed}:records"),
            Ids(f"{seed}:envelopes"),
        )
        self.main_id, self.neighbour_id = (ledger.id for ledger in ledgers)

    @property
    def ledger(self) -> Ledger:
        """The first organisation: the one that is seeded and that scripts connect to."""
        return self.state.ledgers[self.main_id]

    def desk(self, ledger: Ledger, now: datetime | None = None, *, places: int = 2, person: bool = False) -> Desk:
        moment = now or self.clock.now()
        return Desk(ledger, self.settings.switches, self.state.ids, moment, places=places, person=person)

    @contextmanager
    def busy(self, tenant_id: str) -> Iterator[int]:
        """Counts a request while it is in flight; tells how many there are with it."""
        with self.lock:
            self._in_flight[tenant_id] = count = self._in_flight.get(tenant_id, 0) + 1
        try:
            yield count
        finally:
            with self.lock:
                self._in_flight[tenant_id] -= 1

    def note(self, met: str) -> None:
        """Remember something that a client used and that is not modelled."""
        with self.lock:
            self._unmodelled.add(met)
        signals.unmodelled.send(self, what=f"Xero: {met}")

    # What the admin routes ask

    def dump(self) -> dict[str, list[Row]]:
        with self.lock:
            main = seeding.dumped(self.desk(self.ledger, places=4))
            connections = [connection.shown() for connection in self.state.identity.connections.values()]
            return {**main, "Connections": connections}

    def load(self, state: Mapping[str, list[Row]], tenant_id: str | None = None) -> None:
        """Into the first organisation, or the one that is named."""
        with self.lock:
            seeding.load(self.desk(self.state.ledgers[tenant_id or self.main_id], places=4), state)

    def freeze(self) -> object:
        with self.lock:
            return self.state.copy()

    def thaw(self, frozen: object) -> None:
        if not isinstance(frozen, State):
            raise ValueError("not a frozen state of this service")
        with self.lock:
            self.state = frozen.copy()

    def edit(self, do: str, kind: str, record_id: str | None, changes: Mapping[str, Any]) -> str:
        with self.lock:
            if (do, kind) == ("disconnect", "Connections"):
                if not self.state.identity.disconnect(record_id or ""):
                    raise KeyError(record_id)
                return record_id or ""
            desk = self.desk(self.ledger, places=4, person=True)
            done = people.act(desk, do, kind, record_id, changes)
            self.tell(desk)
            return done

    def tell(self, desk: Desk) -> None:
        """What one request wrote goes out to the webhook."""
        switches = self.settings.switches
        credited = desk.credited if switches.credit_webhook else ()
        self.webhooks.tell(desk.ledger, desk.changes, credited, desk.now, payments=switches.payment_webhook)

    def strike(self, kind: str, token: str) -> None:
        """Carry out a fault upon our access (`faults.UPON_ACCESS`); `token` is the access token of a request."""
        with self.lock:
            identity = self.state.identity
            match kind:
                case "expire_token":
                    identity.expire(token, self.clock.now())
                case "revoke_token":
                    identity.access.pop(token, None)
                case "revoke_refresh":
                    identity.refresh.clear()
                case "revoke_grant":
                    identity.withdraw()
                case "disconnect":
                    identity.connections.pop(self.main_id, None)

    def forge(self, given: Mapping[str, Any]) -> None:
        self.webhooks.forge(given)

    def switches(self) -> dict[str, Any]:
        return self.settings.switches.as_dict()

    def set_switches(self, changes: Mapping[str, Any]) -> None:
        with self.lock:
            self.settings = replace(self.settings, switches=self.settings.switches.changed(changes))

    def unmodelled(self) -> list[str]:
        with self.lock:
            return sorted(self._unmodelled)
