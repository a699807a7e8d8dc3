"""pyxero 0.9.5, which nobody at Xero wrote and thousands use, at its own addresses (facts/xero.md 5.4 no. 3).

It writes XML, pages by number, reads dates by a rule of its own, and does its own OAuth.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest

from tests.outsiders import at_work
from tests.outsiders.at_work import Seen
from tests.outsiders.at_xero import worked

pytestmark = pytest.mark.outsider("pyxero 0.9.5")


@cache
def work() -> Seen:
    """What it told after all of its work, done once."""
    return worked(at_work.python, "pyxero_at_work.py")


@pytest.fixture
def seen() -> Seen:
    """Asked for by a test and not by the module, so that the judges hear of it."""
    return work()


@pytest.mark.behaviour("xero", 5)
def test_it_pages(seen: Seen) -> None:
    assert seen["contacts"]["pages"] == [["Acme", "Contact 0"], ["Contact 1", "Contact 2"], ["Contact 3"]]
    assert (seen["contacts"]["all"], seen["contacts"]["later"]) == (6, 0)


@pytest.mark.behaviour("xero", 7, 8)
def test_it_asks_for_some(seen: Seen) -> None:
    """Its filters become `where`, and its `since` is an RFC 1123 date."""
    assert (seen["contacts"]["named"], seen["contacts"]["later"]) == (["acme"], 0)


@pytest.mark.behaviour("xero", 15)
def test_it_creates_in_xml(seen: Seen) -> None:
    contacts, documents = seen["contacts"], seen["documents"]
    assert contacts["made"] == 5
    assert (contacts["person"], contacts["included"]) == ("Tama", True), "texts became what they mean"
    assert contacts["street"] == "1 Quay & Sons <rear>"
    assert documents["price"] == Decimal("1.2345")
    assert documents["invoice"] == ["AUTHORISED", Decimal("15.76"), "2026-09-01 00:00:00+00:00", "North"]
    assert documents["order"] == ["PO-0001", 9]
    assert documents["note"] == "Seen by pyxero"


@pytest.mark.behaviour("xero", 9)
def test_it_updates_by_id_name_and_number(seen: Seen) -> None:
    assert seen["contacts"]["changed"] == ["Acme", "C-1", True]
    assert seen["contacts"]["upserted"] == [True, False], "of two, one was there"
    assert seen["documents"]["again"] == [True, "CRM 1", Decimal("15.76")], "the lines that it did not send stay"


@pytest.mark.behaviour("xero", 10, 16, 18)
def test_it_is_told_what_is_refused(seen: Seen) -> None:
    refusals = seen["refusals"]
    taken = refusals["told"]
    assert "already assigned to another contact" in taken
    assert refusals["mixed"] == [["ERROR", True], ["OK", False]]
    assert refusals["summarised"] == [10, [taken]]
    assert refusals["unknown"] == [14, []], "a name that Xero does not know is refused in XML"
    assert refusals["missing"]


@pytest.mark.behaviour("xero", 2, 3)
def test_it_signs_in_and_refreshes(seen: Seen) -> None:
    assert seen["refreshed"] == {"other": [True, True], "expired": False, "works": "NZD"}
