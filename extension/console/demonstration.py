"""What the demo does: two local companies, one fresh installation, and everything between them once.

Real OAuth, real HTTP, the same engine as anywhere; only the addresses are local. What was made is counted in the
services' own rows, and what was called in their own journals.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from extension.bootstrap import Connection, House
from extension.config import Settings
from extension.connecting import Connecting, Wishes
from extension.console import exits
from extension.console.consent import pass_through
from extension.console.duplicates import Rows, made_twice
from extension.console.progress import Watch
from extension.reporting import planview
from extension.sync.actions import Report
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Scope
from sandbox.world import World
from sandbox.xero.settings import REAL_LIMITS

A_DAY: Final = {"day_limit": REAL_LIMITS["day_limit"]}  # so that pages show what a real Xero would say
WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
QUERIES: Final = ("/oauth/", "/connect/", "/coql")  # POST, but nothing is changed by it
SECONDS: Final = 2.0  # the sandbox's indexes do not lag unless told to, so doubt can be short
WAITS: Final = 30


@dataclass(frozen=True)
class Shown:
    """What came of it."""

    connection: Connection
    addresses: Mapping[Side, str]
    counts: Mapping[str, Mapping[str, int]]
    run: Report
    again: Report
    writes_again: int
    audit: Report
    duplicates: list[str]
    calls: Mapping[Side, int]
    seconds: float

    @property
    def in_step(self) -> bool:
        return exits.of_audit(self.audit) == exits.DONE

    def document(self) -> dict[str, Any]:
        return {
            "connection": self.connection.name,
            "addresses": dict(self.addresses),
            "state": self.run.state,
            "counts": {name: dict(each) for name, each in self.counts.items()},
            "holds": [planview.hold_entry(hold) for hold in self.audit.holds],
            "second_run": {"state": self.again.state, "writes": self.writes_again},
            "in_step": self.in_step,
            "differences": [planview.entry(action) for action in self.audit.plan.work],
            "duplicates": self.duplicates,
            "calls": dict(self.calls),
            "seconds": round(self.seconds, 1),
        }


class Demonstration:
    """A world and an installation of its own, until it is closed. `public_url`: where its portal will be."""

    def __init__(self, records: int, seed: int, public_url: str) -> None:
        self._open = ExitStack()
        self.folder = Path(self._open.enter_context(TemporaryDirectory(prefix="xero2zoho-demo-")))
        self.world = self._open.enter_context(World(records=records, seed=seed))
        self.world.xero.set_switches(A_DAY)
        self.house = House(_settings(self.folder, self.world, public_url))
        self.house.open_log()
        self._open.callback(self.house.close)
        self.world.installed.point(public_url)
        self.addresses: Mapping[Side, str] = {ZOHO: self.world.zoho_url, XERO: self.world.xero_url}

    def close(self) -> None:
        self._open.close()

    def run(self, watch: Watch) -> Shown:
        """Connect, fetch, sync, sync again, audit."""
        began = time.monotonic()
        before = self._rows()
        watch("step", {"text": "Connecting both companies"})
        connection = self._connect()
        fetched = self._run(watch, connection, Scope(full=True, observe_only=True))
        done = self._run(watch, connection, Scope(approve=True))
        watch("step", {"text": "The same again"})
        marks = {side: len(self._calls(side)) for side in SIDES}
        again = self._run(watch, connection, Scope())
        writes = sum(_is_write(call) for side in SIDES for call in self._calls(side)[marks[side] :])
        watch("step", {"text": "Comparing both sides in full"})
        audit = self._run(watch, connection, Scope(full=True, dry_run=True))
        after = self._rows()
        return Shown(
            connection,
            self.addresses,
            _together(fetched, done),
            done,
            again,
            writes,
            audit,
            [line for side in SIDES for line in made_twice(side, before[side], after[side])],
            {side: len(self._calls(side)) for side in SIDES},
            time.monotonic() - began,
        )

    def _connect(self) -> Connection:
        connecting = Connecting(self.house)
        for side in SIDES:
            begun = connecting.begin(side)
            connecting.finish(begun, pass_through(begun.url, begun.redirect_uri))
        return connecting.make(Wishes(start="everything")).connection

    def _run(self, watch: Watch, connection: Connection, scope: Scope) -> Report:
        """To the end: where Xero's minute is used up, wait for the next, as a schedule would."""
        for _ in range(WAITS):
            report = self.house.engine(connection, progress=watch).run(scope)
            if report.until is None:
                break
            left = (report.until - self.house.clock.now()).total_seconds()
            watch("step", {"text": f"Xero allows 60 calls a minute: going on in {max(0, left):.0f} s"})
            time.sleep(max(0.0, left) + 0.5)
        return report

    def _rows(self) -> dict[Side, Rows]:
        return {ZOHO: self.world.zoho.dump(), XERO: self.world.xero.dump()}

    def _calls(self, side: Side) -> list[Any]:
        service = self.world.zoho if side == ZOHO else self.world.xero
        return service.journal.since(0)


def _settings(folder: Path, world: World, public_url: str) -> Settings:
    """Of its own: what the environment says about a real installation has no place in a demonstration."""
    return Settings.load(
        _env_file=None,
        instance_dir=folder,
        database_url="",
        secret_key="",
        encryption_keys=(),
        public_url=public_url,
        settle_seconds=SECONDS,
        overlap_seconds=SECONDS,
        widget_frame_ancestors=" ".join(world.crm_origins),
        widget_sdk_url=f"{world.shell_url}-/static/sdk.js",
        **{name.lower(): value for name, value in variables(world.zoho_url, world.xero_url).items()},
    )


def variables(zoho_url: str, xero_url: str) -> dict[str, str]:
    """The environment that leads to a sandbox."""
    return {
        "ZOHO_ACCOUNTS_URL": zoho_url,
        "ZOHO_API_URL": zoho_url,
        "ZOHO_CLIENT_ID": "sandbox",
        "ZOHO_CLIENT_SECRET": "sandbox",
        "XERO_LOGIN_URL": xero_url,
        "XERO_IDENTITY_URL": xero_url,
        "XERO_API_URL": xero_url,
        "XERO_CLIENT_ID": "sandbox",
        "XERO_CLIENT_SECRET": "sandbox",
    }


def _is_write(call: Any) -> bool:
    return call.method in WRITES and not any(part in call.path for part in QUERIES)


def _together(*reports: Report) -> dict[str, dict[str, int]]:
    """What several runs did, as one."""
    sums: dict[str, Counter[str]] = {}
    for report in reports:
        for entity, counts in report.counts.items():
            sums.setdefault(entity, Counter()).update(counts)
    return {entity: dict(counts) for entity, counts in sums.items()}
