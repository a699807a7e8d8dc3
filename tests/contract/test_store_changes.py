"""Changes of settings by pages, the lock on what was shown, and lists from which a person picks a record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from extension.store import Connections, Database, SqlStore
from extension.store.changes import MOST_EVENTS, Changes
from extension.store.newest import newest
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import NOW, epoch_of, record

MINUTE = timedelta(minutes=1)


@pytest.fixture
def mine(database: Database) -> int:
    return Connections(database).create(f"changes {next(NUMBERS)}", settings={"a": 1, "b": 1}).id


def test_what_was_saved_at_once_is_one_change(database: Database, mine: int) -> None:
    connections, changes = Connections(database), Changes(database, mine)
    connections.update_settings(mine, {"a": 2, "b": 2}, "ann", NOW)
    connections.update_settings(mine, {"a": 3, "b": 2}, "bea", NOW)
    connections.update_settings(mine, {"a": 3, "b": 2}, "bea", NOW + MINUTE)  # the same again is no change
    newer, older = changes.page()
    assert [(e.object, e.before, e.after) for e in older.events] == [("a", 1, 2), ("b", 1, 2)]
    assert (older.actor, older.at, newer.actor) == ("ann", NOW, "bea")
    assert changes.get(older.id) == older
    for number in (older.events[1].id, newer.id + 1000):
        with pytest.raises(BadInput):
            changes.get(number)


def test_changes_are_read_page_by_page(database: Database, mine: int) -> None:
    connections, changes = Connections(database), Changes(database, mine)
    for n in range(2 * MOST_EVENTS + 5):
        connections.update_settings(mine, {"a": n, "b": -n}, "ann", NOW + n * MINUTE)
    found, before = [], None
    while page := changes.page(before=before, limit=2):
        found += page
        before = page[-1].id
    assert len(found) == 2 * MOST_EVENTS + 5
    assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)


def test_changes_are_the_connections_own(database: Database, mine: int) -> None:
    connections = Connections(database)
    other = connections.create(f"changes {next(NUMBERS)}").id
    connections.update_settings(mine, {"a": 2}, "ann", NOW)
    (change,) = Changes(database, mine).page()
    assert Changes(database, other).page() == []
    with pytest.raises(BadInput):
        Changes(database, other).get(change.id)


def test_settings_that_somebody_else_changed_are_not_overwritten(database: Database, mine: int) -> None:
    connections = Connections(database)
    shown = connections.get(mine).settings
    connections.update_settings(mine, {"a": 2, "b": 1}, "bea", NOW, was=shown)
    with pytest.raises(BadInput) as refused:
        connections.update_settings(mine, {"a": 3, "b": 1}, "ann", NOW, was=shown)
    assert refused.value.code == "changed_meanwhile"
    assert connections.get(mine).settings == {"a": 2, "b": 1}
    assert len(connections.changes(mine)) == 1


def test_records_to_pick_from(database: Database, mine: int) -> None:
    store = SqlStore(database, mine)
    titles = {"1": "Acme Parts", "2": "100% Cotton", "3": "Acme_Tools", "4": "gone"}
    with store.write(epoch_of(store)) as tx:
        tx.put_records([record(id_, title=title) for id_, title in titles.items()])
        tx.put_records([record("4", state="gone"), record("9", XERO, title="Elsewhere")])

    def found(words: str = "", limit: int = 20) -> list[str]:
        return [one.id for one in newest(database, mine, "account", ZOHO, words, limit)]

    assert found() == ["3", "2", "1"]
    assert found(limit=1) == ["3"]
    assert (found("acme"), found("parts ACME"), found("0% c"), found("e_t"), found("\\")) == (
        ["3", "1"],
        ["1"],
        ["2"],
        ["3"],
        [],
    )
    assert newest(database, mine + 1000, "account", ZOHO) == []
