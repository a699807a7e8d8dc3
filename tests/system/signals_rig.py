"""An installation that both services can call over sockets: people type, signals come, and a worker works by hand."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from app import create_app
from extension import heeding
from extension.bootstrap import Connection, House, Task
from extension.config import Settings
from extension.console.demonstration import QUERIES, WRITES, variables
from extension.heeding import GATHER
from extension.listening import Listening
from extension.sync.heed import NEWS
from extension.sync.model import Scope
from extension.web.limits import limiter
from sandbox.clock import Clock
from sandbox.server import Server
from sandbox.world import World
from tests import memories
from tests.system.installation import Installation
from tests.web.performed import performed

KEY = "emulator-webhook-signing-key"
SCHEDULE = {"on": True, "times": ["02:00"]}


@dataclass(frozen=True)
class Begun:
    """A company in step over sockets, to come back to."""

    world: World
    folder: Path
    zoho: object
    xero: object
    moment: Any


@contextmanager
def begun(folder: Path) -> Iterator[Begun]:
    """A company in step."""
    with World(Clock(), records=10) as world:
        made = Installation(folder, world)
        assert made.flask("connect", "--start-date", "everything").status == 0
        assert made.flask("sync", "--yes").status in (0, 1)
        assert made.flask("sync", "--yes").status in (0, 1)
        house = made.house()
        connection = house.connection(None)
        settings = {**connection.settings, "schedule": SCHEDULE}
        house.connections.update_settings(connection.id, settings, "a test", house.clock.now())
        made.close()
        yield Begun(world, folder, world.zoho.freeze(), world.xero.freeze(), world.clock.now())


class Served:
    """An installation that both services can call, and its worker by hand."""

    def __init__(self, begun: Begun, folder: Path) -> None:
        self.world, self.clock = begun.world, begun.world.clock
        self.clock.set(begun.moment)
        self.world.zoho.thaw(begun.zoho)
        self.world.xero.thaw(begun.xero)
        for service in (self.world.zoho, self.world.xero):
            service.post.forget()
            service.faults.clear()
            service.journal.clear()
        self.world.xero.webhooks.forget()
        memories.copied(begun.folder, folder)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        named: dict[str, Any] = {k.lower(): v for k, v in variables(self.world.zoho_url, self.world.xero_url).items()}
        named |= {"public_url": f"http://localhost:{port}", "xero_webhook_keys": KEY, "overlap_seconds": 2.0}
        named |= {"instance_dir": folder, "database_url": memories.address(folder), "settle_seconds": 0.5}
        settings = Settings.load(_env_file=None, **named)
        self.house = House(settings, clock=self.clock)
        limiter.reset()
        self.server = Server(create_app(house=self.house), port=port)
        self.server.start()
        self.url = settings.public_url.replace("localhost", "127.0.0.1")

    def close(self) -> None:
        self.server.stop()
        self.house.close()

    @property
    def connection(self) -> Connection:
        return self.house.connection(None)

    @property
    def listening(self) -> Listening:
        return Listening(self.house, self.connection)

    def listen(self) -> None:
        """Both services are asked to tell us."""
        self.listening.set_up()
        assert self.world.xero.webhooks.register(f"{self.url}/hooks/xero", KEY) == "ok"

    # ------------------------------------------------------------------ people

    def crm(self, do: str, kind: str, id_: str | None = None, **fields: Any) -> str:
        return self._told(self.world.zoho.edit(do, kind, id_, fields))

    def books(self, do: str, kind: str, id_: str | None = None, **fields: Any) -> str:
        return self._told(self.world.xero.edit(do, kind, id_, fields))

    def _told(self, done: str) -> str:
        for service in (self.world.zoho, self.world.xero):
            assert service.post.quiet()
        return done

    # ------------------------------------------------------------------ our side

    def waiting(self) -> int:
        return len(self.house.inbox(self.connection).waiting(1_000))

    def tick(self, after: timedelta = GATHER + timedelta(seconds=1)) -> Task | None:
        """What the chore asks for after a while, performed."""
        self.clock.advance(after.total_seconds())
        heeding.looks(self.house)(self.clock.now())
        if not self.house.tasks.open(self.connection.id):
            return None
        done = performed(self.house, self.connection.id)
        self._told("")
        return done

    def rests(self) -> None:
        """Ticks until nothing is asked for any more; whatever echoes of our own writes come writes nothing."""
        before = self.writes()
        for _ in range(4):
            if self.tick(NEWS + timedelta(seconds=1)) is None:
                break
        else:
            raise AssertionError("signals never end")
        assert self.waiting() == 0
        assert self.writes() == before

    def poll(self) -> None:
        self.clock.advance(60)
        report = self.house.engine(self.connection).run(Scope(approve=True))
        assert report.state == "done", report
        self._told("")

    def writes(self) -> int:
        return sum(
            c.method in WRITES and not any(q in c.path for q in QUERIES) and "watch" not in c.path for c in self.calls()
        )

    def calls(self) -> list[Any]:
        both = [*self.world.zoho.journal.since(0), *self.world.xero.journal.since(0)]
        return [call for call in both if "/oauth" not in call.path and "/connect" not in call.path]

    def pair(self, entity: str = "account") -> tuple[str, str]:
        """A linked one, by both ids."""
        listed = self.house.inventory(self.connection, entity)
        return next((one.id, one.twin) for one in listed if one.side == "zoho" and one.twin)

    def crm_row(self, kind: str, id_: str) -> dict[str, Any]:
        return next(row for row in self.world.zoho.dump()[kind] if row["id"] == id_)

    def xero_row(self, kind: str, id_: str) -> dict[str, Any]:
        name = {"Contacts": "ContactID", "Invoices": "InvoiceID"}[kind]
        return next(row for row in self.world.xero.dump()[kind] if row[name] == id_)
