"""xero-node 20, Xero's own client for Node, at its own addresses (facts/xero.md 5.4 no. 3)."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest

from tests.outsiders import at_work
from tests.outsiders.at_work import Seen
from tests.outsiders.at_xero import worked

pytestmark = pytest.mark.outsider("xero-node 20")


@cache
def work() -> Seen:
    """What it told after all of its work, done once."""
    return worked(at_work.node, "xero_node_at_work.js")


@pytest.fixture
def seen() -> Seen:
    """Asked for by a test and not by the module, so that the judges hear of it."""
    return work()


@pytest.mark.behaviour("xero", 5, 7, 8)
def test_it_pages_and_asks_for_some(seen: Seen) -> None:
    contacts = seen["contacts"]
    assert contacts["pages"] == [["Acme", "Contact 0"], ["Contact 1", "Contact 2"], ["Contact 3"]]
    assert contacts["later"] == 0
    assert contacts["person"] == "Tama"


@pytest.mark.behaviour("xero", 6)
def test_it_reads_the_dates(seen: Seen) -> None:
    """Its models turn `/Date(ms)/` into moments; what they cannot read they leave as it is."""
    assert seen["contacts"]["updated"].startswith("2026-09-14T09:")
    assert seen["documents"]["invoice"][2] == "2026-09-01T00:00:00.000Z"


@pytest.mark.behaviour("xero", 11, 15)
def test_it_creates(seen: Seen) -> None:
    assert (seen["contacts"]["made"], seen["contacts"]["kept"]) == (5, True), "the same key, the same answer"
    assert seen["documents"]["price"] == Decimal("1.2345")
    assert seen["documents"]["invoice"][:2] == ["AUTHORISED", Decimal("15.76")]
    assert seen["documents"]["order"] == ["PO-0001", 9]


@pytest.mark.behaviour("xero", 9)
def test_it_updates_by_id_name_and_number(seen: Seen) -> None:
    assert seen["contacts"]["changed"] == ["Acme", "C-1", True]
    assert seen["contacts"]["upserted"] == [True, False], "of two, one was there"
    assert seen["documents"]["again"] == [True, "CRM 1", Decimal("15.76")]


@pytest.mark.behaviour("xero", 10, 16, 18)
def test_it_is_told_what_is_refused(seen: Seen) -> None:
    refusals = seen["refusals"]
    assert refusals["mixed"] == [["ERROR", True], ["OK", False]]
    assert "already assigned to another contact" in refusals["told"]
    assert refusals["summarised"] == [400, 10, 1]
    assert refusals["missing"] == 404


@pytest.mark.behaviour("xero", 2, 3)
def test_it_signs_in_and_refreshes(seen: Seen) -> None:
    assert seen["tenant"] == [seen["main"], "NZD"]
    assert seen["refreshed"] == {"other": 3, "works": "NZD"}, "twice, in both of its ways"
