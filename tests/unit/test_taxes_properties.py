"""Whatever is typed: several taxes on a line, and amounts with tax, come to the same cent on both sides or are held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from extension.entities.registry import Registry
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.errors import Cannot
from extension.sync.model import Record
from sandbox.xero.totals import Rounding, document_totals, line_amount, line_taxes
from tests.unit.books import (
    D,
    Known,
    created,
    crm_invoice,
    crm_line,
    fetched,
    part,
    registry,
    settings,
    shop,
    view,
    xero_invoice,
    xero_line,
)

CENT: Final = D("0.01")
PERCENTS: Final[Mapping[str, Sequence[int]]] = {"NONE": [], "OUTPUT2": [15], "TAX003": [5, 7]}
NAMES: Final[Mapping[str, Sequence[tuple[str, int]]]] = {
    "NONE": [],
    "OUTPUT2": [("GST 15", 15)],
    "TAX003": [("PST 7", 7), ("GST 5", 5)],
}
XEROS: Final = Rounding()
HELD: Final = "total_differs"

PRICES = st.decimals(min_value="0", max_value="2000", places=4)
LINES = st.lists(
    st.tuples(st.integers(1, 40), PRICES, st.sampled_from(sorted(PERCENTS)), st.integers(0, 30)), min_size=1, max_size=5
)


def office(amounts: str) -> Registry:
    facts = fetched()
    facts["zoho"]["taxes"] += [
        {"id": str(percent), "name": name, "percentage": D(percent)} for name, percent in NAMES["TAX003"]
    ]
    components = [{"Name": name, "Rate": D(percent)} for name, percent in NAMES["TAX003"]]
    rate = {**facts["xero"]["tax_rates"][4], "TaxType": "TAX003", "EffectiveRate": D(12), "TaxComponents": components}
    facts["xero"]["tax_rates"].append(rate)
    document = settings(facts)
    document["documents"] = {"amounts": {"invoice": amounts}}
    books = registry(facts, document)
    assert books.entity("invoice").settings.taxes["sales"].to_xero("GST 5 + PST 7") == "TAX003"
    return books


BOOKS: Final = {amounts: office(amounts) for amounts in ("Exclusive", "Inclusive")}
SHOPS: Final = {amounts: Known(*shop(books)) for amounts, books in BOOKS.items()}


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def crm_net(quantity: Decimal, price: Decimal, discount: Decimal) -> Decimal:
    return cents(quantity * price) - discount


def crm_total(lines: Sequence[Mapping[str, Any]], adjustment: Decimal) -> Decimal:
    """The CRM's own arithmetic over rows as they are sent: each tax is rounded by itself."""
    total = adjustment
    for line in lines:
        net = crm_net(D(line["Quantity"]), line["List_Price"], line["Discount"])
        total += net + sum((cents(net * tax["percentage"] / 100) for tax in line["Line_Tax"]), D(0))
    return total


def xero_total(body: Mapping[str, Any]) -> Decimal:
    """The sandbox's arithmetic over lines as they are sent: a rate is rounded at once."""
    kind = body["LineAmountTypes"]
    made = []
    for line in body["LineItems"]:
        amount = line_amount(
            D(line["Quantity"]), D(line["UnitAmount"]), XEROS, discount=line.get("DiscountAmount") or None
        )
        percent = D(sum(PERCENTS[line["TaxType"]]))
        made.append((amount, line_taxes(amount, [percent], kind, XEROS)))
    return document_totals(made, kind).total


def born(books: Registry, to: Side, source: Record, known: Known) -> Any:
    """What would be sent; or why nothing is."""
    try:
        fields = created(books, to, source, known)
        return books.body(to, "Invoices", [part("invoice", "create", to, fields, source=source)], None)
    except Cannot as why:
        return why.reason


@given(LINES, st.sampled_from(sorted(BOOKS)))
def test_from_the_crm_to_xero(given_: list[tuple[int, Decimal, str, int]], amounts: str) -> None:
    books, rows = BOOKS[amounts], []
    for n, (quantity, price, rate, off) in enumerate(given_):
        discount = cents(crm_net(D(quantity), price, D(0)) * off / 100)
        levied = [{"name": name, "percentage": percent} for name, percent in NAMES[rate]]
        rows.append(crm_line(str(n), Quantity=quantity, List_Price=price, Discount=discount, Line_Tax=levied))
    total = crm_total(rows, D(0))
    source = view(books, ZOHO, crm_invoice(*rows, Grand_Total=total), "invoice")
    body = born(books, XERO, source, SHOPS[amounts])
    if body == HELD:
        return
    assert (body["LineAmountTypes"], xero_total(body)) == (amounts, total)
    assert [line["TaxType"] for line in body["LineItems"]] == [rate for _, _, rate, _ in given_]


@given(LINES, st.sampled_from(sorted(BOOKS)))
def test_from_xero_to_the_crm(given_: list[tuple[int, Decimal, str, int]], amounts: str) -> None:
    books, rows, made = BOOKS["Exclusive"], [], []
    for n, (quantity, price, rate, off) in enumerate(given_):
        amount = line_amount(D(quantity), price, XEROS, rate=D(off) or None)
        tax = line_taxes(amount, [D(sum(PERCENTS[rate]))], amounts, XEROS)
        more: dict[str, Any] = {"DiscountRate": D(off)} if off else {}
        money = {"Quantity": D(quantity), "UnitAmount": price, "LineAmount": amount, "TaxAmount": tax, "TaxType": rate}
        rows.append(xero_line(f"l{n}", **money, **more))
        made.append((amount, tax))
    sums = document_totals(made, amounts)
    header = {"LineAmountTypes": amounts, "Total": sums.total, "TotalTax": sums.total_tax}
    source = view(books, XERO, xero_invoice(*rows, **header), "invoice")
    body = born(books, ZOHO, source, SHOPS["Exclusive"])
    if body == HELD:
        return
    assert crm_total(body["Invoiced_Items"], body.get("Adjustment") or D(0)) == sums.total
    levied = [sorted(tax["name"] for tax in row["Line_Tax"]) for row in body["Invoiced_Items"]]
    assert levied == [sorted(name for name, _ in NAMES[rate]) for _, _, rate, _ in given_]
