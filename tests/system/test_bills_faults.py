"""A bill is sent and its answer is lost: there is never a second one of ours, and nobody else's is taken for it.

Xero refuses no bill for its number (facts/xero.md 3.8). What protects is the key of the call while Xero surely keeps
it, then looking for the bill once the lists have caught up, and a person where neither tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extension.sync.canonical import XERO
from sandbox.faults import Rule
from tests.system.live_books import Connected, D
from tests.system.live_desk import Desk

SETTLE = 120
SOON, LATE = 60, 900  # the key is surely kept; it is forgotten, and the lists have caught up
OTHERWISE = {"Quantity": 9}


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Desk.opened)


@pytest.fixture(params=[True, False], ids=["linked", "bare"])
def links(request: pytest.FixtureRequest) -> bool:
    """Whether new bills carry the link to the CRM, by which ours are known whatever anybody made of them since."""
    return bool(request.param)


@pytest.fixture
def books(connected: Connected, tmp_path: Path, links: bool) -> Iterator[Desk]:
    made = connected.again(tmp_path / "instance", SETTLE)
    made.settings(lambda document: document.update(documents={"crm_links": links}))
    made.sync()
    yield Desk(made)
    made.xero.set_switches({"list_lag_seconds": 0.0})
    made.house.close()


def lost(books: Desk, kind: str, **params: Any) -> None:
    """The next bill that is sent has no answer."""
    books.xero.faults.add(Rule(method="PUT", path="/Invoices$", kind=kind, params=params))
    books.run()
    books.xero.faults.clear()


def in_step(books: Desk, n: int = 1) -> None:
    """So many bills, each linked to an order of its own; nothing is left to do."""
    assert books.held() == set()
    assert len(books.bills) == n
    assert {xero for _, xero in books.linked("purchase_order")} == {row["InvoiceID"] for row in books.bills}


FAULTS = [
    ("cut_before", {}),
    ("cut_after", {}),
    ("status_before", {"status": 503}),
    ("status_after", {"status": 500}),
]


@pytest.mark.parametrize("gap", [20, SOON, LATE])
@pytest.mark.parametrize(("kind", "params"), FAULTS)
def test_a_lost_answer_makes_no_second_bill(books: Desk, kind: str, params: dict[str, Any], gap: int) -> None:
    books.order()
    lost(books, kind, **params)
    assert len(books.bills) == (1 if kind.endswith("after") else 0)
    books.run(gap)
    assert len(books.bills) == 1
    in_step(books)


@pytest.mark.parametrize("gap", [20, SOON, LATE])
@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
def test_lists_that_lag_make_no_second_bill(books: Desk, kind: str, gap: int) -> None:
    """What a lost create made is not seen by looking at once."""
    books.xero.set_switches({"list_lag_seconds": 100.0})
    books.order()
    lost(books, kind)
    for after in (gap, 30, 30, 60):
        books.run(after)
        assert len(books.bills) <= 1
    in_step(books)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
@pytest.mark.parametrize("gap", [SOON, LATE])
def test_a_whole_batch_is_lost(books: Desk, kind: str, gap: int) -> None:
    for n in range(3):
        books.order(PO_Number=f"PO-{n}", Subject=f"Pens {n}")
    lost(books, kind)
    books.run(gap)
    in_step(books, 3)


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
@pytest.mark.parametrize("gap", [20, LATE])
def test_the_second_try_is_lost_as_well(books: Desk, kind: str, gap: int) -> None:
    books.order()
    lost(books, kind)
    lost(books, "cut_after")
    books.run(gap)
    in_step(books)


def test_the_same_number_at_another_supplier_is_another_bill(books: Desk) -> None:
    other = books.books("Contacts", Name="Somebody else")
    theirs = books.payable(InvoiceNumber="PO-77", Contact={"ContactID": other}, Status="DRAFT")
    books.sync()
    books.order()
    assert books.held() == set()
    assert len(books.bills) == 2
    pairs = dict(books.linked("purchase_order"))
    mine = next(row for row in books.in_crm("Purchase_Orders") if row["Vendor_Name"]["id"] == books.vendor)
    assert pairs[mine["id"]] != theirs


@pytest.mark.parametrize("kind", ["cut_before", "cut_after"])
@pytest.mark.parametrize("gap", [SOON, LATE])
def test_somebody_elses_bill_with_that_number_is_never_taken(books: Desk, kind: str, gap: int) -> None:
    """Entered by a person after we sent ours: of the same number and supplier, and of another sum."""
    order = books.order()
    lost(books, kind)
    theirs = books.payable(OTHERWISE, InvoiceNumber="PO-77")
    books.run(gap)
    held = books.held()
    assert theirs not in dict(books.linked("purchase_order")).values()
    ours = [row for row in books.bills if row["InvoiceID"] != theirs]
    assert len(ours) == (1 if kind == "cut_after" else 0)
    assert held == {"ambiguous" if ours else "totals_apart"}
    if ours:
        assert books.linked("purchase_order") == [(order, ours[0]["InvoiceID"])]


def test_somebody_elses_bill_that_was_there_before_is_never_taken(books: Desk) -> None:
    """It is of another sum, so the two are held; then it is the CRM's order that is changed to say the same."""
    theirs = books.payable(OTHERWISE, InvoiceNumber="PO-77")
    order = books.order()
    assert books.held() == {"totals_apart"}
    assert len(books.bills) == 1
    (row,) = books.in_crm("Purchase_Orders")
    books.crm("Purchase_Orders", order, Purchase_Items=[{"id": books.line(row)["id"], **OTHERWISE}])
    assert books.held() == set()
    assert books.linked("purchase_order") == [(order, theirs)], "number, supplier and sum are the same: it is that bill"
    assert len(books.bills) == 1


@pytest.mark.parametrize("gap", [SOON, LATE])
def test_what_a_person_changed_before_we_found_it_is_no_second_one(books: Desk, gap: int) -> None:
    """Number, supplier and sum say that it is this one; and the change travels."""
    books.order()
    lost(books, "cut_after")
    (made,) = books.bills
    books.books("Invoices", made["InvoiceID"], DueDate="2026-12-01")
    books.run(gap)
    in_step(books)
    assert books.ordered()["Due_Date"] == "2026-12-01"


@pytest.mark.parametrize("gap", [SOON, LATE])
def test_whose_sum_a_person_changed_before_we_found_it_is_no_second_one(books: Desk, gap: int, links: bool) -> None:
    books.order()
    lost(books, "cut_after")
    (made,) = books.bills
    books.books("Invoices", made["InvoiceID"], LineItems=[{**books.kept(made), **OTHERWISE}])
    books.run(gap)
    if links:
        in_step(books)
        assert books.line(books.ordered())["Quantity"] == OTHERWISE["Quantity"]
        return
    assert books.held() == {"totals_apart"}
    assert len(books.bills) == 1
    assert books.linked("purchase_order") == []


@pytest.mark.parametrize("number", ["PO-77", "Z-1"])
def test_that_a_person_moved_to_another_supplier_is_no_second_one(books: Desk, links: bool, number: str) -> None:
    """Without the link nothing tells whether it is ours: a person must say, and nothing is made once more."""
    books.order()
    lost(books, "cut_after")
    (made,) = books.bills
    other = books.books("Contacts", Name="Somebody else")
    books.books("Invoices", made["InvoiceID"], Contact={"ContactID": other}, InvoiceNumber=number)
    books.run(LATE)
    if links and number == "PO-77":  # looked for by its number, known by its link: then the move is an edit
        in_step(books)
        return
    if not links and number == "Z-1":  # nothing is left by which anybody could know it: that is what the links are for
        assert len(books.bills) == 2
        return
    held = books.held()
    assert "party_differs" in held if links else "ambiguous" in held
    assert len(books.bills) == 1


def test_one_number_twice_at_one_supplier_is_held(books: Desk) -> None:
    books.order(Subject="One")
    books.order(Subject="Two")
    assert books.held() == {"ambiguous"}
    assert books.bills == []


def test_one_number_twice_at_one_supplier_in_xero_is_held(books: Desk) -> None:
    books.payable(InvoiceNumber="PO-77")
    books.payable(InvoiceNumber="PO-77")
    books.order()
    assert books.held() == {"ambiguous"}
    assert len(books.bills) == 2
    assert len(books.in_crm("Purchase_Orders")) == 1
    assert books.linked("purchase_order") == []


def test_somebody_enters_it_between_plan_and_sending(books: Desk) -> None:
    """The same bill exactly: then it is that one, and none is made."""
    books.order(Due_Date="2026-09-20")
    books.payable(InvoiceNumber="PO-77")
    in_step(books)


def test_a_bill_without_a_number_is_not_sent(books: Desk) -> None:
    books.order(PO_Number=None)
    assert books.held() == {"no_number"}
    assert books.bills == []


def test_the_numbers_of_sales_invoices_and_bills_do_not_meet(books: Desk) -> None:
    """They share one collection of Xero."""
    number = books.one(XERO, "Invoices", InvoiceID=books.bill())["InvoiceNumber"]
    books.order(PO_Number=number)
    in_step(books)
    assert len(books.in_crm("Invoices")) == 1


def test_a_price_of_four_decimals_comes_back_as_it_went(books: Desk) -> None:
    books.order({"Quantity": 7, "List_Price": D("0.1234")})
    in_step(books)
    assert books.line(books.owed())["UnitAmount"] == D("0.1234")
