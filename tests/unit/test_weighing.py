"""Both totals told before anything is sent, and what a person lets happen where they differ (entities/weighing)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from extension.entities import rounding
from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import Cannot
from extension.sync.model import Record
from tests.unit.books import (
    D,
    Known,
    created,
    crm_invoice,
    crm_line,
    crm_order,
    part,
    registry,
    settings,
    shop,
    view,
    xero_invoice,
    xero_line,
)

ACCOUNTS = {"rounding_account": {"sales": "260", "purchases": "300"}}
BOOKS = registry(document={**settings(), "documents": ACCOUNTS})
INVOICE = BOOKS.entity("invoice")
OLD = {ZOHO: {"total": D("24.15")}, XERO: {"total": D("24.15")}}


def known() -> Known:
    return Known(*shop(BOOKS))


def ours(total: str = "24.16", **more: Any) -> Record:
    return view(BOOKS, ZOHO, crm_invoice(Grand_Total=D(total), **more), "invoice")


def theirs(*lines: Mapping[str, Any], **more: Any) -> Record:
    return view(BOOKS, XERO, xero_invoice(*lines, **more), "invoice")


def carrying(carries: str, **more: Any) -> dict[str, Any]:
    """A rounding line as Xero keeps it."""
    return {
        "LineItemID": "r1",
        "Description": rounding.WORDS,
        "Quantity": D(1),
        "UnitAmount": D(carries),
        "LineAmount": D(carries),
        "TaxAmount": D(0),
        "TaxType": "NONE",
        "AccountCode": "260",
        **more,
    }


def refused(act: Any) -> Cannot:
    with pytest.raises(Cannot) as why:
        act()
    return why.value


# ------------------------------------------------------------------ new documents


def test_a_cents_difference_is_held_with_both_numbers() -> None:
    why = refused(lambda: created(BOOKS, XERO, ours(), known()))
    assert (why.reason, why.message) == ("total_differs", "The CRM says 24.16, Xero would say 24.15.")
    assert why.values == {"total": (D("24.16"), D("24.15"))}
    there = view(BOOKS, XERO, xero_invoice(Total=D("24.17")), "invoice")
    assert refused(lambda: created(BOOKS, ZOHO, there, known())).values == {"total": (D("24.15"), D("24.17"))}


def test_it_is_sent_anyway_for_exactly_these_two_numbers() -> None:
    resolver = known()
    resolver.says(ours(), "send", D("24.16"), D("24.15"))
    assert rounding.NAME not in created(BOOKS, XERO, ours(), resolver)
    assert refused(lambda: created(BOOKS, XERO, ours("24.17"), resolver)).reason == "total_differs"


@pytest.mark.parametrize(("total", "carries"), [("24.16", "0.01"), ("24.14", "-0.01"), ("24.20", "0.05")])
def test_a_rounding_line_carries_it(total: str, carries: str) -> None:
    source, resolver = ours(total), known()
    resolver.says(source, "round", D(total), D("24.15"))
    fields = created(BOOKS, XERO, source, resolver)
    assert fields[rounding.NAME] == D(carries)
    body: Any = BOOKS.body(XERO, "Invoices", [part("invoice", "create", XERO, fields, source=source)], None)
    line = body["LineItems"][-1]
    assert line == {
        "Description": rounding.WORDS,
        "Quantity": 1,
        "UnitAmount": D(carries),
        "TaxType": "NONE",
        "AccountCode": "260",
    }
    assert len(body["LineItems"]) == 2


def test_an_order_rounds_to_an_account_of_its_own() -> None:
    source, resolver = view(BOOKS, ZOHO, crm_order(Grand_Total=D("24.16")), "purchase_order"), known()
    resolver.says(source, "round", D("24.16"), D("24.15"))
    fields = created(BOOKS, XERO, source, resolver)
    body: Any = BOOKS.body(XERO, "PurchaseOrders", [part("purchase_order", "create", XERO, fields)], None)
    assert body["LineItems"][-1]["AccountCode"] == "300"


def test_without_an_account_it_waits_for_one() -> None:
    books = registry()
    source, resolver = view(books, ZOHO, crm_invoice(Grand_Total=D("24.16")), "invoice"), Known(*shop(books))
    resolver.says(source, "round", D("24.16"), D("24.15"))
    why = refused(lambda: created(books, XERO, source, resolver))
    assert (why.reason, why.values) == ("no_rounding_account", {"total": (D("24.16"), D("24.15"))})


def test_in_the_crm_its_adjustment_carries_it() -> None:
    source, resolver = view(BOOKS, XERO, xero_invoice(Total=D("24.17")), "invoice"), known()
    resolver.says(source, "round", D("24.15"), D("24.17"))
    fields = created(BOOKS, ZOHO, source, resolver)
    body: Any = BOOKS.body(ZOHO, "Invoices", [part("invoice", "create", ZOHO, fields, source=source)], None)
    assert body["Adjustment"] == D("0.02")


# ------------------------------------------------------------------ read back


def test_the_line_is_ours_and_no_line_of_the_document() -> None:
    record = theirs(xero_line(), carrying("0.01"), Total=D("24.16"))
    assert record.fields[rounding.NAME] == D("0.01")
    assert [line["id"] for line in record.fields["lines"]] == ["l1"]
    assert theirs().fields[rounding.NAME] is None


@pytest.mark.parametrize("other", [{"ItemCode": "PEN"}, {"TaxAmount": D("0.01")}, {"Description": "Rounding"}])
def test_what_only_looks_like_it_is_a_line(other: dict[str, Any]) -> None:
    record = theirs(xero_line(), carrying("0.01", **other))
    assert record.fields[rounding.NAME] is None
    assert len(record.fields["lines"]) == 2


def test_it_is_repeated_when_the_lines_are_written() -> None:
    native = xero_invoice(xero_line(), carrying("0.01"))
    read = view(BOOKS, XERO, native, "invoice")
    lines = [{**read.fields["lines"][0], "description": "Green", "from": "71"}]
    body: Any = BOOKS.body(XERO, "Invoices", [part("invoice", "update", XERO, {"lines": lines}, read)], native)
    assert [line["LineItemID"] for line in body["LineItems"]] == ["l1", "r1"]


@pytest.mark.parametrize(("carries", "written"), [(D("0.02"), [D("0.02")]), (None, [])])
def test_it_moves_and_it_goes(carries: Decimal | None, written: list[Decimal]) -> None:
    native = xero_invoice(xero_line(), carrying("0.01", AccountCode="200"))
    read = view(BOOKS, XERO, native, "invoice")
    body: Any = BOOKS.body(XERO, "Invoices", [part("invoice", "update", XERO, {"rounding": carries}, read)], native)
    ours_ = [line for line in body["LineItems"] if line["Description"] == rounding.WORDS]
    assert [line["UnitAmount"] for line in ours_] == written
    assert all((line["LineItemID"], line["AccountCode"]) == ("r1", "200") for line in ours_), "the same line"


# ------------------------------------------------------------------ linked documents


def pair(zoho: Record, xero: Record) -> dict[Side, Record]:
    return {ZOHO: zoho, XERO: xero}


@pytest.mark.parametrize(
    ("total", "carries", "word", "then"),
    [
        ("24.16", None, "", {}),
        ("24.16", None, "round", {XERO: {"rounding": D("0.01")}}),
        ("24.13", "0.01", "", {XERO: {"rounding": D("-0.01")}}),
        ("24.14", "0.01", "", {XERO: {"rounding": None}}),
        ("24.95", "0.01", "", {}),
    ],
    ids=["nobody said so", "as said", "it moves", "it goes", "too much for rounding"],
)
def test_what_brings_two_totals_in_step(
    total: str, carries: str | None, word: str, then: Mapping[Side, Fields]
) -> None:
    lines = [xero_line()] if carries is None else [xero_line(), carrying(carries)]
    assert INVOICE.mend(pair(ours(total), theirs(*lines)), "total", word) == then
    assert INVOICE.mend(pair(ours(total), theirs(*lines)), "tax_total", word) == {}


def test_what_is_locked_in_xero_is_adjusted_in_the_crm() -> None:
    records = pair(ours(Adjustment=D("0.05")), theirs(AmountPaid=D(5)))
    assert INVOICE.mend(records, "total", "round") == {ZOHO: {"adjustment": D("0.04")}}


def test_the_tax_may_differ_by_what_the_line_carries() -> None:
    zoho = ours("24.16", Invoiced_Items=[crm_line(Tax=D("3.16"))])
    assert INVOICE.check(zoho, theirs(xero_line(), carrying("0.01"), Total=D("24.16")), "tax_total") is None
    assert INVOICE.check(zoho, theirs(Total=D("24.16")), "tax_total") is not None
    assert INVOICE.check(zoho, theirs(xero_line(), carrying("0.01"), Total=D("24.15")), "tax_total") is not None


# ------------------------------------------------------------------ lines about to change


def lines_of(record: Record, **changes: Value) -> list[dict[str, Value]]:
    return [{**line, **changes, "from": "there"} for line in record.fields["lines"]]


def weighed(crm: Record, books: Record, resolver: Known | None = None, /, *, base: Any = OLD, **patch: Any) -> Any:
    wanted = {ZOHO: patch.get("zoho", {}), XERO: patch.get("xero", {})}
    return INVOICE.weigh(wanted, pair(crm, books), base, resolver or known())


def test_lines_that_come_to_the_stated_total_go_alone() -> None:
    xero = theirs()
    assert weighed(ours("48.30"), xero, xero={"lines": lines_of(xero, quantity=D(4))}) == {}
    assert weighed(ours("99.00"), xero, xero={"lines": lines_of(xero, description="Green")}) == {}, "no money moves"


def test_lines_that_come_to_another_total_are_held_before_they_are_sent() -> None:
    xero = theirs()
    why = refused(lambda: weighed(ours("48.31"), xero, xero={"lines": lines_of(xero, quantity=D(4))}))
    assert (why.reason, why.values) == ("total_differs", {"total": (D("48.31"), D("48.30"))})
    there = theirs(Total=D("48.31"))
    zoho = ours("24.15")
    why = refused(lambda: weighed(zoho, there, zoho={"lines": lines_of(zoho, quantity=D(4))}))
    assert (why.message, why.values["total"]) == (
        "Xero says 48.31, the CRM would say 48.30.",
        (D("48.30"), D("48.31")),
    )


@pytest.mark.parametrize("total", ["48.30", "48.31"])
@pytest.mark.parametrize("locked", [{"AmountPaid": D(5)}, {"Status": "PAID"}], ids=["paid in part", "paid"])
def test_what_is_locked_is_not_asked_about_a_cent(total: str, locked: dict[str, Any]) -> None:
    """Sending it anyway, or a rounding line, is no way out: Xero takes neither."""
    xero = theirs(**locked)
    why = refused(lambda: weighed(ours(total), xero, xero={"lines": lines_of(xero, quantity=D(4))}))
    assert (why.reason, why.values) == ("locked", {})
    assert weighed(ours("24.15"), xero, xero={"lines": lines_of(xero, description="Green")}) == {}, "no money moves"


@pytest.mark.parametrize(("verb", "then"), [("send", {}), ("round", {XERO: {"rounding": D("0.01")}})])
def test_as_a_person_said_of_these_numbers(verb: str, then: Mapping[Side, Fields]) -> None:
    zoho, xero, resolver = ours("48.31"), theirs(), known()
    resolver.says(zoho, verb, D("48.31"), D("48.30"))
    assert weighed(zoho, xero, resolver, xero={"lines": lines_of(xero, quantity=D(4))}) == then


def test_a_rounding_line_moves_with_the_lines() -> None:
    xero = theirs(xero_line(), carrying("0.01"), Total=D("24.16"))
    assert weighed(ours("48.31"), xero, xero={"lines": lines_of(xero, quantity=D(4))}) == {}, "it still fits"
    assert weighed(ours("48.30"), xero, xero={"lines": lines_of(xero, quantity=D(4))}) == {XERO: {"rounding": None}}


def test_a_difference_that_stands_is_no_news() -> None:
    xero = theirs()
    base = {ZOHO: {"total": D("48.31")}, XERO: {"total": D("48.30")}}
    assert weighed(ours("48.31"), xero, base=base, xero={"lines": lines_of(xero, quantity=D(4))}) == {}


def test_a_tax_that_was_set_by_hand_may_go_or_stay() -> None:
    by_hand = theirs(xero_line(TaxAmount=D("3.10")), Total=D("24.10"))
    assert weighed(ours("48.30"), by_hand, xero={"lines": lines_of(by_hand, quantity=D(4))}) == {}


def test_where_both_sides_lines_change_both_are_foretold() -> None:
    zoho, xero = ours("24.15"), theirs(Total=D("24.15"))
    more = {**lines_of(zoho)[0], "id": None, "quantity": D(1), "tax": "GST 15"}
    same = {**lines_of(xero)[0], "id": None, "quantity": D(1), "tax": "OUTPUT2"}
    both = {"zoho": {"lines": [*lines_of(zoho), more]}, "xero": {"lines": [*lines_of(xero), same]}}
    assert weighed(zoho, xero, **both) == {}
    both["xero"]["lines"][1] = {**same, "tax": "ZERORATED"}
    assert refused(lambda: weighed(zoho, xero, **both)).values == {"total": (D("36.23"), D("34.65"))}


def test_what_cannot_be_foretold_is_compared_afterwards() -> None:
    odd = theirs(xero_line(TaxType="GONE"), xero_line("l2", TaxType="GONE"))
    first, second = lines_of(odd)
    assert weighed(ours("48.31"), odd, xero={"lines": [{**first, "tax": "OUTPUT2"}, second]}) == {}


def test_a_line_that_xero_would_not_tax_is_held() -> None:
    """In a document without tax Xero ignores the TaxType of a line."""
    untaxed = theirs(xero_line(TaxAmount=D(0)), LineAmountTypes="NoTax", Total=D("21.00"), TotalTax=D(0))
    (line,) = lines_of(untaxed)
    assert line["tax"] == "NONE"
    why = refused(
        lambda: weighed(ours("24.15"), untaxed, base={ZOHO: {}, XERO: {}}, xero={"lines": [{**line, "tax": "OUTPUT2"}]})
    )
    assert (why.reason, why.message) == ("total_differs", "The CRM says 24.15, Xero would say 21.00.")
