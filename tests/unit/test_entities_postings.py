"""To which account a line is posted, and what Xero would refuse there."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from extension.entities.registry import Registry
from extension.sync.canonical import XERO, ZOHO
from tests.unit.books import (
    D,
    Known,
    created,
    crm_account,
    crm_invoice,
    crm_line,
    crm_product,
    fetched,
    held,
    part,
    registry,
    settings,
    shop,
    view,
    xero_contact,
    xero_invoice,
    xero_item,
    xero_line,
)

CATEGORIES = {"Hardware": {"sales": "260", "purchases": "300"}, "Advice": {"purchases": "310"}}
PICKLIST = [{"display_value": name, "actual_value": name} for name in ("-None-", "Hardware", "Advice")]
PLAIN_ITEM = {"SalesDetails": {"UnitPrice": D("10.5")}}


def chart(**changes: Mapping[str, Any]) -> dict[str, Any]:
    """What was fetched, with these accounts otherwise, and the CRM's categories."""
    facts = copy.deepcopy(fetched())
    facts["zoho"]["fields"]["Products"].append({"api_name": "Product_Category", "pick_list_values": PICKLIST})
    facts["xero"]["accounts"].append({"Code": "310", "Name": "Costs", "Type": "DIRECTCOSTS", "Status": "ACTIVE"})
    for row in facts["xero"]["accounts"]:
        row.update(changes.get("a" + row["Code"], {}))
    return facts


def office(facts: Mapping[str, Any] | None = None, categories: Mapping[str, Any] | None = None) -> Registry:
    facts = facts or chart()
    document = settings(chart())  # as they were chosen before anything changed in Xero
    document["accounts"]["categories"] = CATEGORIES if categories is None else categories
    return registry(facts, document)


def stocked(books: Registry, category: str | None, item: Mapping[str, Any] = PLAIN_ITEM, **crm: Any) -> Known:
    """Acme, and a pen of this category."""
    product = view(books, ZOHO, crm_product(Product_Category=category, **crm), "product")
    return Known(
        (view(books, ZOHO, crm_account(), "account"), view(books, XERO, xero_contact(), "account")),
        (product, view(books, XERO, xero_item(**item), "product")),
    )


def posted(books: Registry, known: Known, **more: Any) -> Any:
    source = view(books, ZOHO, crm_invoice(**more), "invoice")
    return created(books, XERO, source, known)["lines"][0]["account"]


# ------------------------------------------------------------------ which account


def test_the_item_comes_first_then_the_category_then_the_connection() -> None:
    books = office()
    assert posted(books, stocked(books, "Hardware", {})) == "260", "as the item says"
    assert posted(books, stocked(books, "Hardware")) == "260"
    assert posted(books, stocked(books, "Advice")) == "200", "no account for sales of this category"
    assert posted(books, stocked(books, "-None-")) == posted(books, stocked(books, None)) == "200"
    other = office(categories={"Hardware": {"sales": "200"}})
    assert posted(other, stocked(other, "Hardware", {})) == "260", "the item still comes first"


def test_a_line_that_is_added_later_goes_to_the_account_of_its_category() -> None:
    books = office()
    known = stocked(books, "Hardware")
    source = view(books, ZOHO, crm_invoice(), "invoice")
    code = books.entity("invoice").project(XERO, "lines.product", source.fields["lines"][0]["product"], source, known)
    row = xero_invoice()
    read = view(books, XERO, row, "invoice")
    line = {**source.fields["lines"][0], "id": None, "from": "72", "product": code, "tax": "OUTPUT2"}
    write = part("invoice", "update", XERO, {"lines": [*read.fields["lines"], line]}, read)
    body: Any = books.body(XERO, "Invoices", [write], row)
    assert body["LineItems"][1]["AccountCode"] == "260"


def test_the_category_is_read_only_where_it_counts() -> None:
    assert "Product_Category" in office().fields_of("Products", ZOHO)
    assert "Product_Category" not in office(categories={}).fields_of("Products", ZOHO)
    assert "Product_Category" not in registry().fields_of("Products", ZOHO)
    assert "category" not in view(registry(), ZOHO, crm_product(Product_Category="Hardware"), "product").fields


# ------------------------------------------------------------------ what Xero would refuse


@pytest.mark.parametrize(
    ("account", "line", "reason"),
    [
        ({"Status": "ARCHIVED"}, {}, "account_archived"),
        ({"Type": "BANK"}, {}, "account_refused"),
        ({"SystemAccount": "DEBTORS"}, {}, "account_refused"),
        ({"Class": "EXPENSE"}, {}, "tax_refused"),
        ({"Type": "OVERHEADS"}, {}, "tax_refused"),
        ({"Type": "SOMETHING"}, {}, None),
        ({"Class": "ASSET"}, {}, None),
        ({"Class": "EXPENSE"}, {"Line_Tax": [], "Tax": 0}, None),
    ],
)
def test_what_xero_would_refuse_is_said_before_it_is_sent(
    account: Mapping[str, Any], line: Mapping[str, Any], reason: str | None
) -> None:
    facts = chart(a260=account)
    books = office(facts)
    known = stocked(books, None, {})
    total = {"Grand_Total": D(21)} if line else {}
    source = view(books, ZOHO, crm_invoice(crm_line(**{"Tax": D("3.15"), **line}), **total), "invoice")
    if reason is None:
        assert created(books, XERO, source, known)
    else:
        assert held(lambda: created(books, XERO, source, known)) == reason


def test_an_archived_default_keeps_back_only_what_needs_it() -> None:
    books = office(chart(a200={"Status": "ARCHIVED"}))
    assert posted(books, stocked(books, "Hardware")) == "260"
    assert held(lambda: posted(books, stocked(books, None))) == "account_archived"


def test_an_archived_account_of_a_category_is_noticed() -> None:
    books = office(chart(a260={"Status": "ARCHIVED"}))
    assert held(lambda: posted(books, stocked(books, "Hardware"))) == "account_archived"


def test_lines_that_stay_are_sent_again_so_their_accounts_count_too() -> None:
    """Every update carries all lines (facts/xero.md 3.10); but what Xero took once with this tax, it takes again."""
    row = xero_invoice(xero_line("a"), xero_line("b", AccountCode="300"), Total=D("48.3"))
    for account, reason in (({"Status": "ARCHIVED"}, "account_archived"), ({"Class": "EXPENSE"}, None)):
        books = office(chart(a300=account))
        read = view(books, XERO, row, "invoice")
        first, second = read.fields["lines"]
        write = part("invoice", "update", XERO, {"lines": [{**first, "quantity": D(3)}, second]}, read)
        if reason is None:
            body: Any = books.body(XERO, "Invoices", [write], row)
            assert len(body["LineItems"]) == 2
        else:
            assert held(partial(books.body, XERO, "Invoices", [write], row)) == reason


@pytest.mark.parametrize(
    ("account", "change", "reason"),
    [
        ({"Status": "ARCHIVED"}, {"quantity": D(3)}, "account_archived"),
        ({"Class": "EXPENSE"}, {"quantity": D(3)}, None),
        ({"Class": "EXPENSE"}, {"tax": "TAX001"}, None),
        ({"Class": "EXPENSE"}, {"tax": "ZERORATED"}, "tax_refused"),
    ],
)
def test_a_change_of_lines_is_held_when_it_is_planned(
    account: Mapping[str, Any], change: Mapping[str, Any], reason: str | None
) -> None:
    """So a preview tells of it. Only Xero's line changes here, so that what may be posted is held by its total."""
    books = office(chart(a200=account))
    crm, xero = view(books, ZOHO, crm_invoice(), "invoice"), view(books, XERO, xero_invoice(), "invoice")
    known = stocked(books, None)
    line = {**xero.fields["lines"][0], **change, "from": "71"}
    patch: Any = {ZOHO: {}, XERO: {"lines": [line]}}
    sides: Any = {ZOHO: crm, XERO: xero}
    weigh = partial(books.entity("invoice").weigh, patch, sides, {ZOHO: {}, XERO: {}}, known)
    assert held(weigh) == (reason or "total_differs")


def test_what_was_not_fetched_is_not_checked() -> None:
    facts = chart()
    facts["xero"]["accounts"] = []
    books = office(facts)
    assert shop(books)
    assert posted(books, stocked(books, "Hardware")) == "260"
