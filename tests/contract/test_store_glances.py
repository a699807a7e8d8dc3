"""How several connections stand is asked for all of them at once."""

from __future__ import annotations

from datetime import timedelta

from extension.store import Connections, Database, SqlGrants, SqlStore
from extension.store.glances import Glance, glances
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.model import Scope
from extension.sync.ports import Grant, HoldRow
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import LATER, NOW, epoch_of
from tests.system.test_chores_cost import counted


def made(database: Database, many: int) -> list[int]:
    connections = Connections(database)
    return [connections.create(f"test {next(NUMBERS)}").id for _ in range(many)]


def held(side: Side, reason: str) -> HoldRow:
    return HoldRow(("account", side, "1"), reason, "Two of them.", "Choose.", None, "One")


def test_each_stands_as_it_stands(database: Database) -> None:
    fresh, busy, other = made(database, 3)
    store = SqlStore(database, busy)
    with store.write(epoch_of(store)) as tx:
        tx.finish_run(tx.start_run(Scope(), NOW), NOW, "failed", {}, "")
        tx.start_run(Scope(), LATER)
        tx.replace_holds(None, [held(ZOHO, "conflict"), held(ZOHO, "rejected"), held(XERO, "conflict")])
    grants = SqlGrants(database, other)
    for side in (XERO, ZOHO):
        grants.save(side, Grant("a", "r", NOW + timedelta(hours=1)))
        grants.mark_broken(side, "invalid_grant")
    assert glances(database, [busy, other, fresh]) == {
        busy: Glance("running", LATER, 2, ()),
        other: Glance(None, None, 0, (ZOHO, XERO)),
        fresh: Glance(None, None, 0, ()),
    }
    assert glances(database, []) == {}


def test_many_cost_as_few_statements_as_one(database: Database) -> None:
    numbers = made(database, 20)
    glances(database, numbers)  # from now on a raw connection knows that it is asked about everybody
    with counted(database.engine) as one:
        glances(database, numbers[:1])
    with counted(database.engine) as all_:
        assert len(glances(database, numbers)) == 20
    assert len(one) == len(all_)
