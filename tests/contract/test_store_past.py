"""History as pages ask for it, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from extension.store import Connections, Database, SqlStore
from extension.store.past import Chosen, Past
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Entry, Outcome, Scope
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import NOW, epoch_of

KINDS: tuple[tuple[str, Outcome], ...] = (("account", "created"), ("account", "held"), ("invoice", "updated"))


@pytest.fixture
def past(database: Database) -> Past:
    """Three runs of ten entries an hour apart, beside a connection that has some, too."""
    for name in ("elsewhere", "here"):
        number = Connections(database).create(f"{name} {next(NUMBERS)}").id
        store = SqlStore(database, number)
        epoch = epoch_of(store)
        for hour in range(3):
            at = NOW + timedelta(hours=hour)
            with store.write(epoch) as tx:
                run = tx.start_run(Scope(), at)
                tx.add_entries(run, at, [entry(hour * 10 + n) for n in range(10)])
                tx.finish_run(run, at, "done", {}, "")
    return Past(database, number)


def entry(n: int) -> Entry:
    entity, outcome = KINDS[n % 3]
    return Entry(entity, outcome, f"z{n}", f"x{n}" if n % 2 else None, XERO, title=f"Ōtāhuhu 100% {n}")


def titles(past: Past, limit: int = 100, **chosen: Any) -> list[int]:
    """The numbers in the titles of a page."""
    return [int(line.entry.title.split()[-1]) for line in past.lines(limit, Chosen(**chosen))]


def test_everything_newest_first(past: Past) -> None:
    assert titles(past) == list(reversed(range(30)))
    assert titles(past, 5) == [29, 28, 27, 26, 25]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"entity": "invoice"}, [n for n in range(30) if n % 3 == 2]),
        ({"entity": "account"}, [n for n in range(30) if n % 3 != 2]),
        ({"outcome": "held"}, [n for n in range(30) if n % 3 == 1]),
        ({"entity": "account", "outcome": "created"}, [n for n in range(30) if n % 3 == 0]),
        ({"entity": "invoice", "outcome": "created"}, []),
        ({"entity": "vendor"}, []),
        ({"since": NOW + timedelta(hours=1)}, range(10, 30)),
        ({"until": NOW + timedelta(hours=1)}, range(10)),
        ({"since": NOW + timedelta(minutes=1), "until": NOW + timedelta(hours=2)}, range(10, 20)),
        ({"since": NOW + timedelta(days=1)}, []),
        ({"words": "ŌTĀHUHU 7"}, [7, 17, 27]),
        ({"words": "100%"}, range(30)),
        ({"words": "1_0"}, []),
        ({"words": "z7"}, [7]),
        ({"words": "x9", "entity": "account"}, [9]),
        ({"words": "x9", "entity": "invoice"}, []),
        ({"words": "x8"}, []),
    ],
)
def test_filters(past: Past, chosen: dict[str, Any], expected: list[int]) -> None:
    assert titles(past, **chosen) == sorted(expected, reverse=True)


@pytest.mark.parametrize("chosen", [Chosen(), Chosen(entity="account"), Chosen(words="otāhuhu".replace("o", "ō"))])
def test_pages_leave_nothing_out(past: Past, chosen: Chosen) -> None:
    whole = past.lines(100, chosen)
    found = past.lines(7, chosen)
    while len(found) < len(whole):
        found += past.lines(7, chosen, before=found[-1].number)
    assert found == whole == list(past.every(chosen))
    assert past.lines(7, chosen, before=found[-1].number) == []


def test_one_record_under_either_id(past: Past) -> None:
    (line,) = past.of_record("account", {ZOHO: "z7", XERO: "x7"}, 10)
    assert line.entry.title.endswith(" 7")
    assert past.of_record("account", {ZOHO: None, XERO: "x7"}, 10) == [line]
    assert past.of_record("invoice", {ZOHO: "z7", XERO: None}, 10) == []
    assert past.of_record("account", {ZOHO: None, XERO: None}, 10) == []


def test_runs_by_pages(past: Past) -> None:
    runs = past.runs(10)
    assert [run["state"] for run in runs] == ["done"] * 3
    assert past.runs(2) + past.runs(2, before=runs[1]["id"]) == runs
    assert past.run(runs[1]["id"]) == runs[1]
    assert len(past.lines(100, Chosen(run=runs[1]["id"]))) == 10


def test_another_connection_has_no_such_run(past: Past, database: Database) -> None:
    number = past.runs(1)[0]["id"]
    stranger = Past(database, Connections(database).create(f"stranger {next(NUMBERS)}").id)
    assert stranger.run(number) is None
    assert stranger.run(0) is None
    assert stranger.lines(10, Chosen(run=number)) == []
    assert stranger.runs(10) == []


def test_a_search_gives_up_where_nobody_would_look(past: Past) -> None:
    assert past.lines(10, Chosen(words="Ōtāhuhu 7"), furthest=5)[0].entry.title.endswith(" 27")
    assert past.lines(10, Chosen(words="Ōtāhuhu 12"), furthest=5) == []
