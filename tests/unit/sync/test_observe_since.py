"""From when a feed is walked: from its watermark, also by a process that the service has not answered yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.memory import MemoryStore
from extension.sync.model import Record, Row
from extension.sync.observe import Observer
from extension.sync.ports import Page

NOW = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)


class Silent:
    """A remote that answers one empty page at `NOW`, and remembers since when it was asked."""

    def __init__(self, clock: datetime | None) -> None:
        self._clock = clock
        self.asked: list[datetime | None] = []

    def clock(self) -> datetime | None:
        return self._clock

    def walk(self, feed: str, since: datetime | None, position: str | None) -> Iterator[Page]:
        self.asked.append(since)
        yield Page([], None, NOW)

    def restless(self, feed: str) -> Iterator[Page]:
        return iter(())

    def deleted(self, feed: str, since: datetime | None) -> Iterator[Sequence[Any]]:
        return iter(())


class Nothing:
    """A registry of rows that nobody sees."""

    version = 1

    def views(self, side: str, row: Row, known: Sequence[Record]) -> Sequence[Record]:
        return []


@pytest.mark.parametrize("clock", [NOW - timedelta(seconds=1), None], ids=["answered before", "never answered"])
def test_a_second_walk_begins_at_the_watermark(clock: datetime | None) -> None:
    store: Any = MemoryStore({ZOHO: "crm", XERO: "books"})
    remote: Any = Silent(clock)
    epoch = store.acquire("test", NOW, 60.0)
    here: Any = SimpleNamespace(now=lambda: NOW)
    registry: Any = Nothing()
    observer = Observer(store, registry, {ZOHO: remote, XERO: remote}, here, epoch, OVERLAP)
    observer.feed(ZOHO, "Accounts")
    watermark = store.feed(ZOHO, "Accounts").watermark
    observer.feed(ZOHO, "Accounts")
    assert watermark is not None
    assert remote.asked == [None, watermark - OVERLAP]
