"""What may change without its modified time moving is read again, once a day, and no more than that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from extension.sync.canonical import XERO
from extension.sync.memory import MemoryStore
from extension.sync.model import Record, Row
from extension.sync.observe import Observer
from extension.sync.ports import FeedFacts, Page

NOW = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
FEED = "Bills"
DAY = timedelta(days=1)


@dataclass
class Shop:
    """A service whose rows are open or paid; paying moves no modified time. Tells what it was asked for."""

    paid: dict[str, bool] = field(default_factory=dict)
    facts_of: FeedFacts = field(default_factory=lambda: FeedFacts(restless=True))
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)

    def row(self, id_: str) -> Row:
        return Row(FEED, id_, NOW, {"paid": self.paid[id_]}, read_at=self.now)

    def clock(self) -> datetime:
        return self.now

    def facts(self, feed: str) -> FeedFacts:
        return self.facts_of

    def walk(self, feed: str, since: datetime | None, position: str | None) -> Iterator[Page]:
        yield Page([self.row(id_) for id_ in self.paid if since is None], None, self.now)

    def deleted(self, feed: str, since: datetime | None) -> Iterator[Sequence[Any]]:
        return iter(())

    def restless(self, feed: str) -> Iterator[Page]:
        self.asked.append("open")
        rows = [self.row(id_) for id_, paid in self.paid.items() if not paid]
        yield Page(rows[:1], "2", self.now)
        yield Page(rows[1:], None, self.now)

    def fetch(self, feed: str, ids: Sequence[str]) -> Mapping[str, Row | None]:
        self.asked += ids
        return {id_: self.row(id_) for id_ in ids}


class Views:
    """What is not paid is restless."""

    version = 1

    def views(self, side: str, row: Row, known: Sequence[Record]) -> Sequence[Record]:
        paid = row.body["paid"]
        return [
            Record(
                "bill", XERO, row.id, row.id, FEED, row.modified, {"paid": paid}, read_at=row.read_at, restless=not paid
            )
        ]


@dataclass
class Desk:
    shop: Shop
    store: MemoryStore
    observer: Observer

    def look(self, after: timedelta = timedelta(0), *, full: bool = False, at_once: bool = False) -> list[str]:
        """Walk, and read again what is restless; what the service was asked for besides the walk."""
        self.shop.now += after
        self.shop.asked.clear()
        self.observer.feed(XERO, FEED, full=full)
        self.observer.rouse(XERO, FEED, at_once=at_once)
        return sorted(self.shop.asked)

    def known(self) -> dict[str, bool]:
        return {one.id: one.fields["paid"] for one in self.store.by_id("bill", XERO, list(self.shop.paid))}


@pytest.fixture
def desk() -> Desk:
    shop: Any = Shop({"a": False, "b": False, "c": True})
    store: Any = MemoryStore({"zoho": "crm", "xero": "books"})
    registry: Any = Views()
    here: Any = SimpleNamespace(now=lambda: shop.now)
    epoch = store.acquire("test", NOW, 3600.0)
    return Desk(shop, store, Observer(store, registry, {XERO: shop}, here, epoch, timedelta(minutes=5)))


def test_a_full_scan_has_just_seen_them(desk: Desk) -> None:
    assert desk.look() == []
    assert desk.look(timedelta(hours=1)) == []
    assert desk.look(2 * DAY, full=True) == []


def test_once_a_day_and_each_is_asked_for_that_is_open_no_more(desk: Desk) -> None:
    desk.look()
    desk.shop.paid.update(a=True, c=False)
    assert desk.look(DAY) == ["a", "c", "open"], "a is paid by now; c came back, with a content of the same tick"
    assert desk.known() == desk.shop.paid
    assert desk.look(timedelta(hours=23)) == []
    assert desk.look(timedelta(hours=1)) == ["open"]


def test_at_once_where_somebody_says_that_money_moved(desk: Desk) -> None:
    desk.look()
    desk.shop.paid["a"] = True
    assert desk.look(timedelta(minutes=5)) == []
    assert desk.look(timedelta(minutes=5), at_once=True) == ["a", "open"]
    assert desk.known() == desk.shop.paid
    assert desk.look(timedelta(hours=23)) == []
    assert desk.look(timedelta(minutes=5), full=True, at_once=True) == [], "a full scan has just seen them"


def test_a_look_that_was_cut_short_begins_again(desk: Desk) -> None:
    desk.look()
    desk.shop.paid["b"] = True

    def stop() -> None:
        raise InterruptedError

    desk.shop.now += DAY
    desk.observer.feed(XERO, FEED)
    desk.observer.between = stop
    with pytest.raises(InterruptedError):
        desk.observer.rouse(XERO, FEED)
    desk.observer.between = lambda: None
    assert desk.look(timedelta(minutes=1)) == ["b", "open"]
    assert desk.known() == desk.shop.paid


def test_a_feed_without_such_rows_is_left_alone(desk: Desk) -> None:
    desk.shop.facts_of = FeedFacts()
    desk.look()
    assert desk.look(2 * DAY) == []
