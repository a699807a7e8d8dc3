"""A warm process whose children synchronise and may be killed: everything is imported once, each order is a fork.

Speaks lines of JSON. In: {"do": "connect" | "sync", ...}. Out: {"pid": n} as soon as the child lives, then
{"said": {...}} when it is gone; null says that it died without a word. A child has a process of its own to lose and
nothing of its parent's but imported modules: no thread, no socket, no open file.
"""

from __future__ import annotations

import copy
import gc
import json
import os
import pkgutil
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import extension
from extension.bootstrap import House
from extension.config import Settings
from extension.connecting import Connecting, Wishes
from extension.console.consent import pass_through
from extension.console.demonstration import variables
from extension.entities.becoming import turned
from extension.sync.canonical import SIDES
from extension.sync.errors import SyncError
from extension.sync.model import Scope
from tests.system.kill_database import furnish
from tests.system.kill_queue import served

Order = Mapping[str, Any]
OUT = os.fdopen(os.dup(sys.stdout.fileno()), "w")
UNTOUCHED = "extension.store.migrations.env"  # runs at import, inside Alembic only


class Ahead:
    """Our own time, as far from the real one as the sandbox's is. `leap`: after so many looks at it, it jumps by so
    many seconds."""

    def __init__(self, seconds: float, leap: tuple[int, float] | None = None) -> None:
        self._ahead = timedelta(seconds=seconds)
        self._looks, self._leap = count(1), leap

    def now(self) -> datetime:
        leapt = self._leap is not None and next(self._looks) > self._leap[0]
        return datetime.now(UTC) + self._ahead + timedelta(seconds=self._leap[1] if self._leap and leapt else 0)


def connect(house: House, bills: bool, retire: Mapping[str, str]) -> dict[str, Any]:
    """Consent on both sides, then the first fetch. `bills`: purchase orders become bills in Xero. `retire`: what
    becomes of a record whose counterpart is gone, by module."""
    connecting = Connecting(house)
    for side in SIDES:
        begun = connecting.begin(side)
        connecting.finish(begun, pass_through(begun.url, begun.redirect_uri))
    connection = connecting.make(Wishes(start="everything")).connection
    if bills or retire:
        document = copy.deepcopy(dict(connection.settings))
        if bills:
            document = turned(document, "bills", connection.fetched)
        document["policies"]["retire"].update(retire)
        connection = house.connections.update_settings(connection.id, document, "a test", house.clock.now())
    report = house.engine(connection).run(Scope(full=True, observe_only=True))
    return {"state": report.state, "problem": report.problem}


def sync(house: House, approve: bool, full: bool, queue: str) -> dict[str, Any]:
    """One run, and what it left open. `queue`: who serves it; "": it is called by hand."""
    (connection,) = house.connections.list()
    scope, store = Scope(approve=approve, full=full), house.store(connection)
    if queue:
        said = served(house, queue, scope)
        holds = [f"{hold.where[0]} {hold.title}: {hold.reason}" for hold in store.holds()]
    else:
        report = house.engine(connection).run(scope)
        counts = {entity: dict(each) for entity, each in report.counts.items()}
        said = {"state": report.state, "problem": report.problem, "counts": counts}
        holds = [f"{hold.entity} {hold.title}: {hold.reason}" for hold in report.holds]
    links = {entity.name: store.count_links(entity.name) for entity in house.registry(connection).entities}
    return {
        **said,
        "open": sum(len(call.intents) for call in store.open_calls()),
        "holds": sorted(holds),
        "links": links,
    }


def carry_out(order: Order) -> dict[str, Any]:
    settings = Settings.load(
        _env_file=None,
        instance_dir=Path(order["folder"]),
        database_url=order["address"],
        secret_key="",
        encryption_keys=(),
        public_url="http://localhost:5000",
        **{name.lower(): value for name, value in variables(order["zoho"], order["xero"]).items()},
    )
    house = House(settings, clock=Ahead(order["ahead"], order["leap"]))
    statements = furnish(house.database.engine, **order.get("database", {}))
    try:
        said = (
            connect(house, order["bills"], order["retire"])
            if order["do"] == "connect"
            else sync(house, order["approve"], order["full"], order["queue"])
        )
        return {**said, "statements": statements.met}
    finally:
        house.close()


def child(order: Order, out: int) -> NoReturn:
    try:
        said = carry_out(order)
    except SyncError as told:  # what the command line would tell a person
        said = {"state": told.code, "problem": told.message, "hint": told.hint, "open": None}
    except BaseException:  # whatever it was, the test must see it
        said = {"state": "broke", "problem": traceback.format_exc(limit=-6)}
    with os.fdopen(out, "w") as pipe:
        json.dump(said, pipe, default=str)
    os._exit(0)


def obey(order: Order) -> None:
    """One order, from its birth to its end."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        child(order, write)
    os.close(write)
    say({"pid": pid})
    with os.fdopen(read) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    say({"said": json.loads(said) if said else None})


def say(words: Mapping[str, Any]) -> None:
    OUT.write(json.dumps(words) + "\n")
    OUT.flush()


def main() -> None:
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a log that nobody opened writes there: not into our lines
    for module in pkgutil.walk_packages(extension.__path__, "extension."):
        if module.name != UNTOUCHED:
            import_module(module.name)
    gc.collect()
    gc.freeze()  # what is here stays: a child need neither look at it nor copy it
    for line in sys.stdin:
        obey(json.loads(line))


if __name__ == "__main__":
    main()
