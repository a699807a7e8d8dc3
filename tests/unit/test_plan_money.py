"""The money of a plan, and its held documents with numbers and ways out (reporting/plan_money)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from extension.console import planscreen
from extension.console.screen import Screen
from extension.entities.worth import appraisals
from extension.reporting.plan_money import held, sums, ways
from extension.sync.actions import Create, Hold, Plan, Report, Update
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Link
from tests.unit.books import D, crm_invoice, crm_order, registry, view, xero_invoice

BOOKS = registry()
WORTHS = appraisals(BOOKS)
OURS = view(BOOKS, ZOHO, crm_invoice(), "invoice")
ORDER = view(BOOKS, ZOHO, crm_order(Status="Created", Grand_Total=D("10.00")), "purchase_order")
CRM = view(BOOKS, ZOHO, crm_invoice(Grand_Total=D("24.15")), "invoice")
BOOK = view(BOOKS, XERO, xero_invoice(Total=D("30.00"), Status="PAID"), "invoice")
LINK = Link(1, "invoice", {ZOHO: CRM.id, XERO: BOOK.id}, {ZOHO: {}, XERO: {}})
APART = Hold(
    "invoice",
    ZOHO,
    "1",
    "total_differs",
    "The CRM says 24.16, Xero would say 24.15.",
    "Correct one.",
    title="INV-1",
    values={"total": (D("24.16"), D("24.15"))},
)


def test_totals_by_currency_and_status_of_what_would_be_done() -> None:
    plan = Plan(
        (
            Create("invoice", XERO, OURS, {}),
            Create("invoice", XERO, CRM, {}),
            Create("purchase_order", XERO, ORDER, {}),
            Update("invoice", LINK, {ZOHO: {"status": "Paid"}, XERO: {}}, {ZOHO: CRM, XERO: BOOK}),
            Update("invoice", LINK, {ZOHO: {}, XERO: {"lines": []}}, {ZOHO: CRM, XERO: BOOK}),
        )
    )
    assert [tuple(row.values()) for row in sums(plan, WORTHS)] == [
        ("create", "invoice", "NZD", "AUTHORISED", 2, D("48.30")),
        ("create", "purchase_order", "NZD", "DRAFT", 1, D("10.00")),
        ("update", "invoice", "NZD", "AUTHORISED", 1, D("24.15")),
        ("update", "invoice", "NZD", "PAID", 1, D("30.00")),
    ]
    assert sum((row["total"] for row in sums(Plan(), WORTHS)), Decimal(0)) == 0


def test_what_is_held_stands_there_with_its_numbers_and_ways_out() -> None:
    other = Hold("account", ZOHO, "2", "ambiguous", "Two of them.")
    (one,) = held([APART, other], WORTHS)
    assert one["values"] == {"total": [D("24.16"), D("24.15")]}
    assert one["ways"] == ["Send anyway", "Add a rounding line", "Correct one."]
    conflict = Hold("invoice", ZOHO, "1", "conflict", "Both.", "Choose.", field="date")
    assert ways(conflict) == ["Take the CRM's value", "Take Xero's value", "Choose."]


def test_the_screen_names_every_held_document(capsys: pytest.CaptureFixture[str]) -> None:
    money = {"documents": sums(Plan((Create("invoice", XERO, OURS, {}),)), WORTHS), "held": held([APART], WORTHS)}
    found = {"connection": "Main", "counts": {}, "actions": [], "cost": {}, "stops": [], **money}
    planscreen.page(Screen(), found, Report(1, "planned", Plan()), "flask sync --yes")
    said = capsys.readouterr().out
    assert "invoice “INV-1”: The CRM says 24.16, Xero would say 24.15." in said
    assert "Send anyway / Add a rounding line / Correct one." in said
    assert "authorised" in said
    assert "24.15" in said
