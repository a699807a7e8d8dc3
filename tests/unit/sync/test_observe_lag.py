"""A list of ids lags like any list: what is older than we know, or missing though it lives, is asked for alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Row
from extension.sync.observe import Observer
from tests.unit.sync.samples import NOW, Desk

EARLIER = NOW - timedelta(minutes=1)


class Lagging:
    """Several ids are answered as things stood a minute ago; one alone as it stands."""

    def __init__(self, then: Mapping[str, Row | None], now: Mapping[str, Row | None]) -> None:
        self.then, self.now, self.asked = then, now, list[list[str]]()

    def fetch(self, feed: str, ids: Sequence[str]) -> dict[str, Row | None]:
        self.asked.append(list(ids))
        return {id_: (self.then if len(ids) > 1 else self.now)[id_] for id_ in ids}


def row(id_: str, when: Any, phone: str) -> Row:
    return Row("Parties", id_, when, {"id": id_, "name": f"Firm {id_}", "phone": phone})


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    for n in "12":
        desk.both("firm", n, f"firm {n}")
    return desk


def observer(desk: Desk, remote: Lagging) -> Observer:
    remotes: Any = {ZOHO: remote, XERO: remote}
    clock: Any = SimpleNamespace(now=lambda: NOW)
    return Observer(desk.store, desk.toy, remotes, clock, desk.epoch, timedelta(0))


def test_an_older_version_is_not_believed(desk: Desk) -> None:
    remote = Lagging({"x1": row("x1", EARLIER, "old"), "x2": row("x2", NOW, "2")}, {"x1": row("x1", NOW, "new")})
    found = observer(desk, remote).fetched(XERO, "Parties", ["x1", "x2"])
    assert [each.body["phone"] for each in found.values() if each] == ["new", "2"]
    assert remote.asked == [["x1", "x2"], ["x1"]]


def test_what_is_not_in_it_is_not_gone(desk: Desk) -> None:
    remote = Lagging({"x1": None, "x2": None}, {"x1": row("x1", NOW, "new"), "x2": None})
    observer(desk, remote).rows_by_id(XERO, "Parties", ["x1", "x2"])
    states = [desk.store.by_id("firm", XERO, [id_])[0].state for id_ in ("x1", "x2")]
    assert states == ["active", "gone"]


def test_what_nobody_knows_is_asked_for_once(desk: Desk) -> None:
    remote = Lagging({"x8": None, "x9": row("x9", EARLIER, "1")}, {})
    assert list(observer(desk, remote).fetched(XERO, "Parties", ["x8", "x9"])) == ["x8", "x9"]
    assert len(remote.asked) == 1
