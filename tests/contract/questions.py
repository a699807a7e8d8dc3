"""What pages, tick, queue, walk and plan ask of the database, by name: asked of one connection, or of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any, Final

import sqlalchemy as sa
from simplejson import loads

from extension.store import (
    EVERYBODY,
    Channels,
    Connections,
    CrmMade,
    Database,
    Ears,
    Mails,
    Previews,
    Proposals,
    Services,
    Sessions,
    SqlBuckets,
    SqlGrants,
    SqlInbox,
    SqlStore,
    Tasks,
    Word,
    losses,
)
from extension.store.changes import Changes
from extension.store.figures import Figures
from extension.store.glances import glances
from extension.store.inventory import inventory, named
from extension.store.itemless import itemless
from extension.store.newest import newest
from extension.store.observed import observed
from extension.store.past import ALL, Chosen, Past
from extension.store.pruning import Pruning, aged
from extension.store.server import server
from extension.store.watched import watched
from extension.sync.budget import Limits
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Entry, Scope
from tests.contract.store_cases import NOW, everything, link, record

Ask = Callable[[Database, int], object]
STALE: Final = timedelta(seconds=30)
LIMITS: Final = Limits(60, 5000)
OF_NO_TABLE: Final = ("set_config", "pg_advisory", "pg_try", "pg_roles", "pg_stat_activity")
IDS: Final = [str(n) for n in range(100)]


def _first(rows: Iterator[Any]) -> object:
    return next(rows, None)


def _write(database: Database, number: int) -> None:
    """A page of a walk and a batch of writes."""
    store = SqlStore(database, number)
    epoch = store.acquire("plans", NOW, 15)
    assert epoch is not None
    with store.write(epoch) as tx:
        tx.put_records([record("p1"), record("p2", XERO)])
        tx.saw(ZOHO, "account", IDS, NOW)
        tx.mark_gone(ZOHO, "account", ["none"], NOW)
        tx.insert_link(link(record("p1"), record("p2", XERO)))
        tx.park([("account", ZOHO, "1")])
        run = tx.start_run(Scope(), NOW)
        tx.add_entries(run, NOW, [Entry("account", "created", zoho_id="1")])
        tx.replace_holds(["account"], [])
        tx.finish_run(run, NOW, "done", {}, "")
    store.renew(epoch, NOW, 15)
    store.release(epoch)


def _speak(database: Database, number: int) -> None:
    with database.writing(number) as transaction:
        word = Word(transaction, number)
        word.undecide(("account", ZOHO, "1"))
        word.forgive([("account", ZOHO, "1")])
        word.approve(["a"])
        word.unpark()


OF_ONE: Final[Mapping[str, Ask]] = {
    "a run reads": lambda db, n: everything(SqlStore(db, n)),
    "a walk and a batch write": _write,
    "plan: what is dirty": lambda db, n: _first(iter(SqlStore(db, n).dirty("invoice"))),
    "plan: a page of records": lambda db, n: SqlStore(db, n).by_id("invoice", ZOHO, IDS),
    "plan: their links": lambda db, n: SqlStore(db, n).links_of("invoice", ZOHO, IDS),
    "audit: every record": lambda db, n: _first(observed(db, n, "invoice", ZOHO)),
    "report: every record": lambda db, n: _first(inventory(db, n, "invoice")),
    "report: new records": lambda db, n: SqlStore(db, n).newcomers([NOW]),
    "list: newest": lambda db, n: newest(db, n, "invoice", ZOHO),
    "list: by words": lambda db, n: named(db, n, "invoice", ZOHO, "title 17", 20),
    "list: without an item": lambda db, n: itemless(db, n, ["invoice"]),
    "history": lambda db, n: Past(db, n).lines(50, ALL),
    "history: one module": lambda db, n: Past(db, n).lines(50, Chosen(entity="invoice")),
    "history: by words": lambda db, n: Past(db, n).lines(50, Chosen(words="title 17")),
    "history: runs": lambda db, n: Past(db, n).runs(20),
    "history: of a record": lambda db, n: Past(db, n).of_record("invoice", {ZOHO: "1", XERO: "1"}, 50),
    "attention": lambda db, n: SqlStore(db, n).holds_page(50),
    "attention: a reason": lambda db, n: SqlStore(db, n).holds_page(50, reason="conflict", words="title"),
    "attention: counts": lambda db, n: (SqlStore(db, n).holds_counts(), SqlStore(db, n).held_records()),
    "preview": lambda db, n: Previews(db).page(n, 1, part="action", kind="create"),
    "preview: counts": lambda db, n: Previews(db).counts(n, 1),
    "match": lambda db, n: Proposals(db).page(n, 50),
    "match: counts": lambda db, n: Proposals(db).count(n, 1000),
    "match: unlinked": lambda db, n: _first(iter(Proposals(db).unlinked(n, "invoice", ZOHO))),
    "dashboard": lambda db, n: (Figures(db, n).days(NOW, UTC), Figures(db, n).money()),
    "settings": lambda db, n: (Connections(db).get(n), Changes(db, n).page(), CrmMade(db, n).all()),
    "signals": lambda db, n: (SqlInbox(db, n).waiting(), Channels(db, n).all()),
    "tasks": lambda db, n: (Tasks(db).open(n), Tasks(db).latest(n), Tasks(db).chosen(n), Tasks(db).last_scheduled([n])),
    "ask for a run": lambda db, n: Tasks(db).ask(n, "record", Scope(), "Ann", NOW),
    "grants": lambda db, n: SqlGrants(db, n).problem(ZOHO),
    "letters": lambda db, n: Mails(db).recent(n),
    "a word": _speak,
    "old history": lambda db, n: Pruning(db, n).prune(NOW - timedelta(days=3000), NOW, batches=1),
    "old tasks": lambda db, n: Pruning(db, n).ended_tasks(NOW - timedelta(days=30), batches=1),
    "quiet runs": lambda db, n: Pruning(db, n).quiet_runs(NOW - timedelta(days=30), batches=1),
}
OF_ALL: Final[Mapping[str, Ask]] = {
    "tick: due": lambda db, n: Connections(db).due(NOW, 100),
    "tick: signals": lambda db, n: Ears(db).told(NOW, 0, 100),
    "tick: letters": lambda db, n: Mails(db).due(NOW),
    "tick: lost accesses": lambda db, n: losses(db, "lost:"),
    "queue: the next": lambda db, n: Tasks(db).take("plans", NOW, STALE),
    "queue: the next of one": lambda db, n: Tasks(db).take("plans", NOW, STALE, of=n),
    "queue: do others wait": lambda db, n: Tasks(db).others_wait(1, NOW, STALE),
    "queue: line up": lambda db, n: Tasks(db).line_up(NOW, STALE),
    "connections": lambda db, n: (Connections(db).some(n, 50), Connections(db).by_organisation(ZOHO, "z7")),
    "connections: glances": lambda db, n: glances(db, range(n, n + 50)),
    "a visit": lambda db, n: Sessions(db).holder("token", NOW),
    "a bucket": lambda db, n: SqlBuckets(db).bucket("zoho:z7", NOW, LIMITS),
    "tick: what is old": lambda db, n: aged(db, range(n, n + 100), NOW - timedelta(days=30), NOW - timedelta(days=30)),
    "notes": lambda db, n: Services(db).note("tick"),
    "watching": lambda db, n: (watched(db, NOW, STALE), server(db)),
}


@dataclass(frozen=True)
class Plan:
    """How one statement was answered. `walks`: tables that were read through; `bare`: those of them that had no row;
    `by`: the indexes; buffers of 8 KB."""

    question: str
    statement: str
    walks: tuple[str, ...]
    bare: tuple[str, ...]
    by: tuple[str, ...]
    rows: int
    buffers: int
    milliseconds: float


def plans(database: Database, name: str, ask: Ask, number: int) -> list[Plan]:
    """Asks, and has each statement explained that went to the server on the way. What is changed is taken back."""
    asked: list[tuple[str, Any]] = []

    def hear(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asks = statement.split(" ", 1)[0] in ("SELECT", "UPDATE", "DELETE", "INSERT")
        if asks and not any(word in statement for word in OF_NO_TABLE):
            asked.append((statement, parameters[0] if isinstance(parameters, list) else parameters))

    sa.event.listen(database.engine, "before_cursor_execute", hear)
    try:
        ask(database, number)
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", hear)
    assert asked, name
    found = dict(asked)
    return [_explained(database, name, statement, found[statement]) for statement in found]


class _TakenBack(Exception):
    """Ends a transaction whose changes nobody wants."""


def _explained(database: Database, name: str, statement: str, parameters: Any) -> Plan:
    told: list[Any] = []
    try:
        with database.writing(EVERYBODY) as transaction:
            explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
            told += transaction.exec_driver_sql(explain, parameters).one()
            raise _TakenBack
    except _TakenBack:
        document = told[0] if isinstance(told[0], list) else loads(told[0])
    top = document[0]
    nodes = list(_nodes(top["Plan"]))
    scans = [node for node in nodes if node["Node Type"] == "Seq Scan" and node["Actual Loops"]]
    walks = {scan["Relation Name"] for scan in scans}
    bare = walks - {
        scan["Relation Name"] for scan in scans if scan["Actual Rows"] or scan.get("Rows Removed by Filter")
    }
    by = {node["Index Name"] for node in nodes if "Index Name" in node}
    buffers = top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"]
    took = round(top["Execution Time"], 1)
    rows = int(top["Plan"]["Actual Rows"])
    text = " ".join(statement.split())
    return Plan(name, text, tuple(sorted(walks)), tuple(sorted(bare)), tuple(sorted(by)), rows, buffers, took)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)
