"""What is held as deleted is asked for again: it may be back with the modified time that it had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.journal import hold_rows
from extension.sync.model import Row
from extension.sync.observe import Observer
from extension.sync.ports import FeedFacts
from tests.unit.sync.samples import NOW, Desk


class Bin:
    """Everybody who is asked for is there, as ever."""

    def __init__(self, bins: bool) -> None:
        self.bins, self.asked = bins, list[list[str]]()

    def facts(self, feed: str) -> FeedFacts:
        return FeedFacts(deletions=self.bins)

    def fetch(self, feed: str, ids: Sequence[str]) -> dict[str, Row | None]:
        self.asked.append(list(ids))
        return {id_: Row(feed, id_, NOW - timedelta(days=9), {"name": id_, "ticked": True}) for id_ in ids}


def looked(desk: Desk, **bins: bool) -> dict[Side, Bin]:
    """The last plan's holds, and then what the observer does about them."""
    with desk.store.write(desk.epoch) as tx:
        tx.replace_holds(None, hold_rows(desk.plan().holds))
    remotes: Any = {side: Bin(bins[side]) for side in SIDES}
    clock: Any = SimpleNamespace(now=lambda: NOW)
    Observer(desk.store, desk.toy, remotes, clock, desk.epoch, timedelta(0)).restored()
    return dict(remotes)


@pytest.fixture
def desk() -> Desk:
    desk = Desk(retire="ask")
    for n in "12":
        desk.both("firm", n, f"firm {n}")
    desk.gone(ZOHO, "firm", "z1")
    desk.gone(XERO, "firm", "x2")
    return desk


def test_the_deleted_end_of_a_hold_is_asked_for_where_there_is_a_bin(desk: Desk) -> None:
    remotes = looked(desk, zoho=True, xero=False)
    assert (remotes[ZOHO].asked, remotes[XERO].asked) == ([["z1"]], [])
    assert desk.store.by_id("firm", ZOHO, ["z1"])[0].live


def test_where_nothing_is_held_as_deleted_nobody_is_asked() -> None:
    desk = Desk(retire="ask")
    desk.both("firm", "1")
    desk.zoho("firm", "z2", None)  # held, because it has no name
    remotes = looked(desk, zoho=True, xero=True)
    assert [bin.asked for bin in remotes.values()] == [[], []]
