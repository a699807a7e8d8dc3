"""Xero's adapter where nobody has verified what Xero does or says: right under each answer (facts/xero.md 8)."""

from __future__ import annotations

from typing import Any

import pytest

from extension.sync import errors
from extension.sync.model import Row
from sandbox.xero import Switches
from tests.contract.remote_rig import LINE, XeroRig


def choices(name: str) -> tuple[Any, ...]:
    found: tuple[Any, ...] = Switches.__dataclass_fields__[name].metadata["choices"]
    return found


@pytest.mark.parametrize("order", choices("answer_order"))
def test_documents_know_their_answers_in_whatever_order_they_come(order: str) -> None:
    """3.7: numbers as the CRM gives them, against the alphabet, and one that is refused in their midst."""
    rig = XeroRig(answer_order=order)
    ref = {"ContactID": rig.contact().id}
    for feed, number in (("Invoices", "InvoiceNumber"), ("PurchaseOrders", "PurchaseOrderNumber")):
        bodies = [
            {"Contact": ref, "LineItems": [LINE], number: f"{n}", "Reference": f"CRM {n}"} for n in ("C", "B", "A")
        ]
        bodies[1]["LineItems"] = [{**LINE, "AccountCode": "999"}]
        first, refused, last = rig.create(feed, *bodies)
        assert isinstance(refused, errors.Invalid)
        assert [one.body[number] for one in (first, last)] == ["C", "A"]


@pytest.mark.parametrize("order", choices("answer_order"))
def test_documents_that_xero_numbers_are_told_apart_by_our_reference(order: str) -> None:
    rig = XeroRig(answer_order=order)
    ref = {"ContactID": rig.contact().id}
    bodies: list[dict[str, Any]] = [
        {"Contact": ref, "LineItems": [LINE], "Reference": f"CRM {n}"} for n in ("first", "second", "third")
    ]
    bodies[1]["LineItems"] = [{**LINE, "AccountCode": "999"}]
    first, refused, third = rig.create("Invoices", *bodies)
    assert isinstance(refused, errors.Invalid)
    assert [one.body["Reference"] for one in (first, third)] == ["CRM first", "CRM third"]


@pytest.mark.parametrize("message", choices("due_date_message"))
def test_a_missing_due_date_is_known_by_any_words(message: str) -> None:
    rig = XeroRig(due_date_message=message)
    body = {"Contact": {"ContactID": rig.contact().id}, "LineItems": [LINE], "Status": "AUTHORISED"}
    (answer,) = rig.create("Invoices", body)
    assert isinstance(answer, errors.Invalid)
    assert answer.fields == {"DueDate": message}


def test_a_void_in_a_closed_period_waits_for_whoever_opens_it() -> None:
    rig = XeroRig()
    made = rig.invoice(rig.contact(), Date="2026-09-01", DueDate="2026-09-20", Status="AUTHORISED")
    rig.edit("edit", "Organisation", None, PeriodLockDate="2026-09-10")
    write = rig.write("Invoices", "update", {"Status": "VOIDED"}, made.id)
    (answer,) = (one for call, _ in rig.remote.draft([write]) for one in rig.remote.send(call))
    assert isinstance(answer, errors.Locked)
    assert answer.code == "period_locked"
    rig.edit("edit", "Organisation", None, PeriodLockDate=None)
    (answer,) = (one for call, _ in rig.remote.draft([write]) for one in rig.remote.send(call))
    assert isinstance(answer, Row)
    assert answer.body["Status"] == "VOIDED"


@pytest.mark.parametrize("locked", [True, False])
def test_an_order_in_a_closed_period_is_written_or_waits(locked: bool) -> None:
    rig = XeroRig(orders_locked=locked)
    contact = rig.contact()
    rig.edit("edit", "Organisation", None, PeriodLockDate="2026-09-30")
    body = {"Contact": {"ContactID": contact.id}, "LineItems": [LINE], "Date": "2026-09-14"}
    (answer,) = rig.create("PurchaseOrders", body)
    assert isinstance(answer, errors.Locked if locked else Row)
