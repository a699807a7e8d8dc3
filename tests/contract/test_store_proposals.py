"""Pairs for a person to decide about: they stand until somebody decided, and nobody's word is asked for twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa

from extension.store import Connections, Database, Proposals, SqlStore
from extension.store.inventory import named
from extension.sync.canonical import XERO, ZOHO
from extension.sync.ports import Decision
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import epoch_of, link, record


@dataclass(frozen=True)
class Found:
    zoho_id: str
    xero_id: str
    score: int = 60
    sure: bool = False
    entity: str = "account"
    reasons: Sequence[str] = ("name",)
    title: str = "Harbour Ltd HARBOUR"


@pytest.fixture
def proposals(database: Database) -> Proposals:
    return Proposals(database)


@pytest.fixture
def mine(database: Database) -> int:
    return Connections(database).create(f"proposals {next(NUMBERS)}").id


def pairs(proposals: Proposals, mine: int, **chosen: Any) -> list[tuple[str, str]]:
    return [(each.zoho_id, each.xero_id) for each in proposals.page(mine, 50, **chosen)]


def test_the_surest_stand_first_page_by_page(proposals: Proposals, mine: int) -> None:
    scores = [60, 95, 70, 70, 88]
    found = [Found(f"z{n}", f"x{n}", score, score == 88) for n, score in enumerate(scores)]
    assert proposals.replace(mine, "account", found) == 5
    whole = proposals.page(mine, 50)
    assert [each.score for each in whole] == [88, 95, 70, 70, 60]
    assert whole[0].reasons == ["name"]
    seen, after = [], ""
    while page := proposals.page(mine, 2, after=after):
        seen += page
        after = page[-1].place
    assert seen == whole
    for odd in ("", "x", "1", "1-", "-1", "1-1-1", "９-９", "9" * 40 + "-1"):
        assert proposals.page(mine, 50, after=odd) in (whole, [])


def test_they_are_found_by_module_and_words(proposals: Proposals, mine: int) -> None:
    proposals.replace(mine, "account", [Found("z1", "x1"), Found("z2", "x2", title="Quay")])
    proposals.replace(mine, "vendor", [Found("z3", "x3", entity="vendor")])
    assert pairs(proposals, mine, entity="vendor") == [("z3", "x3")]
    assert pairs(proposals, mine, words="QUAY") == [("z2", "x2")]
    assert pairs(proposals, mine, words="x3") == [("z3", "x3")]
    assert proposals.count(mine, 2) == 2
    assert proposals.count(mine, 100) == 3


def test_what_is_found_now_takes_the_place_of_what_was(proposals: Proposals, mine: int) -> None:
    proposals.replace(mine, "account", [Found("z1", "x1")])
    proposals.replace(mine, "vendor", [Found("z1", "x1", entity="vendor")])
    proposals.replace(mine, "account", [Found("z2", "x2")])
    assert sorted(pairs(proposals, mine)) == [("z1", "x1"), ("z2", "x2")]


def test_what_was_kept_apart_stays_so(proposals: Proposals, mine: int) -> None:
    proposals.replace(mine, "account", [Found("z1", "x1"), Found("z2", "x2")])
    (first,) = [each.pk for each in proposals.page(mine, 50, words="z1")]
    assert proposals.set_apart(mine, [first], True) == 1
    assert pairs(proposals, mine) == [("z2", "x2")]
    assert proposals.replace(mine, "account", [Found("z1", "x1"), Found("z2", "x2")]) == 1
    assert pairs(proposals, mine) == [("z2", "x2")]
    assert pairs(proposals, mine, apart=True) == [("z1", "x1")]
    assert proposals.some(mine, [first]) == []
    proposals.set_apart(mine, [first], False)
    assert sorted(pairs(proposals, mine)) == [("z1", "x1"), ("z2", "x2")]


def test_what_is_linked_or_decided_is_not_asked_again(database: Database, proposals: Proposals, mine: int) -> None:
    store = SqlStore(database, mine)
    sides = [record(f"z{n}") for n in range(4)] + [record(f"x{n}", XERO) for n in range(4)]
    with store.write(epoch_of(store)) as tx:
        tx.put_records(sides)
        tx.insert_link(link(record("z0"), record("x9", XERO)))
        tx.decide(Decision("ignore", ("account", XERO, "x1")))
        tx.decide(Decision("link", ("account", ZOHO, "z9"), "x2"))
    proposals.replace(mine, "account", [Found(f"z{n}", f"x{n}") for n in range(4)])
    assert pairs(proposals, mine) == [("z3", "x3")]
    assert proposals.count(mine, 100) == 1
    assert [one.id for batch in proposals.unlinked(mine, "account", ZOHO) for one in batch] == ["z1", "z2", "z3"]
    assert [one.id for batch in proposals.unlinked(mine, "account", XERO) for one in batch] == ["x0", "x3"]


def test_only_what_is_active_may_be_paired(database: Database, proposals: Proposals, mine: int) -> None:
    store = SqlStore(database, mine)
    with store.write(epoch_of(store)) as tx:
        tx.put_records([record("z1"), replace(record("z2"), state="gone"), replace(record("z3"), state="out_of_scope")])
    assert [one.id for batch in proposals.unlinked(mine, "account", ZOHO) for one in batch] == ["z1"]


def test_nobody_sees_anothers(database: Database, proposals: Proposals, mine: int) -> None:
    other = Connections(database).create(f"proposals {next(NUMBERS)}").id
    proposals.replace(other, "account", [Found("z1", "x1")])
    (number,) = [each.pk for each in proposals.page(other, 50)]
    assert pairs(proposals, mine) == []
    assert proposals.some(mine, [number]) == []
    assert proposals.set_apart(mine, [number], True) == 0
    proposals.replace(mine, "account", [])
    assert pairs(proposals, other) == [("z1", "x1")]


def test_records_are_found_by_the_words_of_their_title(database: Database, mine: int) -> None:
    store = SqlStore(database, mine)
    titles = ["Harbour Office", "harbour Café", "100% Öl", "Under_score", "Quay"]
    with store.write(epoch_of(store)) as tx:
        tx.put_records([record(f"z{n}", title=title) for n, title in enumerate(titles)])
        tx.put_records([record("x1", XERO, title="Harbour in Xero"), record("z1", entity="vendor", title="Harbour")])
        tx.insert_link(link(record("z0"), record("x1", XERO)))

    def found(words: str, limit: int = 20) -> list[str]:
        return [each.id for each in named(database, mine, "account", ZOHO, words, limit)]

    assert set(found("HARBOUR")) == {"z0", "z1"}
    assert found("office harbour") == ["z0"]
    assert found("CAFÉ") == found("café") == ["z1"]
    assert found("öl") == ["z2"]
    assert found("0%") == ["z2"]
    assert found("r_s") == ["z3"]
    assert found("z4") == ["z4"]
    assert found("") == found("  ") == []
    assert len(found("a", 1)) == 1
    assert [each.twin for each in named(database, mine, "account", ZOHO, "office", 9)] == ["x1"]


@pytest.mark.parametrize("chosen", [{}, {"entity": "account"}])
def test_a_page_reads_no_more_than_a_page(sqlite_database: Database, chosen: dict[str, Any]) -> None:
    """Told by SQLite, whose planner goes by the statement alone; PostgreSQL's needs many rows to choose an index."""
    database = sqlite_database
    mine = Connections(database).create(f"proposals {next(NUMBERS)}").id
    steps: list[str] = []

    def explain(connection: sa.Connection, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT proposal"):
            raw = connection.connection.cursor()
            raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps.extend(str(row[-1]) for row in raw.fetchall())

    sa.event.listen(database.engine, "before_cursor_execute", explain)
    try:
        Proposals(database).page(mine, 50, after="50-7", **chosen)
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", explain)
    assert steps
    assert not any(step.startswith("SCAN") or "TEMP B-TREE" in step for step in steps), steps
