"""Writing to Xero through our adapter: exact bytes, keys, one answer per element (facts/xero.md 3.7 to 3.13)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from extension.remote.xero.feeds import ZERO
from extension.remote.xero.writing import LARGEST
from extension.sync import errors
from extension.sync.actions import Call, Write
from extension.sync.model import Row
from extension.sync.ports import Answer
from tests.contract.remote_rig import LINE, XeroRig


def draft(rig: XeroRig, *writes: Write) -> Call:
    ((call, _),) = rig.remote.draft(writes)
    return call


def send(rig: XeroRig, *writes: Write) -> list[Answer]:
    return [answer for call, _ in rig.remote.draft(writes) for answer in rig.remote.send(call)]


def contact(rig: XeroRig, name: str, **more: Any) -> Write:
    return rig.write("Contacts", "create", {"Name": name, **more})


def invoice(rig: XeroRig, **more: Any) -> Write:
    buyer = more.pop("Contact", None) or {"ContactID": rig.contact(f"Buyer {len(rig.journal())}").id}
    return rig.write("Invoices", "create", {"Contact": buyer, "LineItems": [LINE], **more})


def row(answer: Answer) -> Row:
    assert isinstance(answer, Row), answer
    return answer


def stored(rig: XeroRig, feed: str) -> list[Row]:
    return [one for page in rig.remote.walk(feed, None, None) for one in page.rows]


# ------------------------------------------------------------------ drafts


def test_a_draft_is_exact_bytes_with_its_id_as_the_key() -> None:
    """xero-python would make floats of Decimals (2.4); it sees our bytes and passes them through."""
    rig = XeroRig()
    write = rig.write("Items", "create", {"Code": "Ā", "SalesDetails": {"UnitPrice": Decimal("12345678.1234")}})
    call = draft(rig, write)
    assert call.body == b'{"Items":[{"Code":"\\u0100","SalesDetails":{"UnitPrice":12345678.1234}}]}'
    assert (call.method, call.path) == ("PUT", "/api.xro/2.0/Items?summarizeErrors=false&unitdp=4")
    assert call.headers["Idempotency-Key"] == call.id
    assert call.headers["xero-tenant-id"] == rig.tenant
    assert not [name for name in call.headers if name.lower() == "authorization"]
    assert draft(rig, write).id != call.id


def test_creates_are_put_and_updates_are_post_with_an_id() -> None:
    """POST without one overwrites by name or number (3.8)."""
    rig = XeroRig()
    made = rig.contact("Acme")
    update = draft(rig, rig.write("Contacts", "update", {"Name": "Acme 2"}, made.id))
    assert (update.method, json.loads(update.body)) == (
        "POST",
        {"Contacts": [{"ContactID": made.id, "Name": "Acme 2"}]},
    )
    create = draft(rig, rig.write("Contacts", "create", {"Name": "B", "ContactID": "chosen by us"}))
    assert (create.method, json.loads(create.body)) == ("PUT", {"Contacts": [{"Name": "B"}]})
    retire = draft(rig, rig.write("Contacts", "retire", {"ContactStatus": "ARCHIVED"}, made.id))
    assert (retire.method, retire.verb) == ("POST", "retire")
    assert row(rig.remote.send(retire)[0]).state == "archived"


def test_unitdp_is_on_items_and_invoices_and_not_on_orders() -> None:
    rig = XeroRig()
    bodies = {"Items": {"Code": "A"}, "Invoices": {}, "PurchaseOrders": {}, "Contacts": {"Name": "A"}}
    paths = {feed: draft(rig, rig.write(feed, "create", body)).path for feed, body in bodies.items()}
    assert {feed for feed, path in paths.items() if "unitdp=4" in path} == {"Items", "Invoices"}
    assert all("summarizeErrors=false" in path for path in paths.values())


def test_batches_hold_fifty_and_three_megabytes() -> None:
    rig = XeroRig()
    assert [call.size for call, _ in rig.remote.draft([contact(rig, f"C{n}") for n in range(120)])] == [50, 50, 20]
    big = [contact(rig, f"C{n}", Notes="x" * 400_000) for n in range(10)]
    drafts = rig.remote.draft(big)
    assert [call.size for call, _ in drafts] == [7, 3]
    assert all(len(call.body) < LARGEST + 400 for call, _ in drafts)
    assert rig.remote.draft([]) == []


def test_null_is_not_sent() -> None:
    """What it does is not documented, and the SDK refuses it (T14)."""
    with pytest.raises(errors.Invalid) as caught:
        XeroRig().remote.draft(
            [XeroRig().write("Contacts", "create", {"Name": "A", "Phones": [{"PhoneNumber": None}]})]
        )
    assert caught.value.code == "null_refused"


def test_two_connections_share_no_token_and_no_tenant() -> None:
    """The SDK's Configuration hands out copies of its first instance (T4, T5)."""
    one, other = XeroRig(), XeroRig()
    one.service.ledger.organisation["Name"] = "One"
    for rig in (one, other):
        rig.contact("Whose")
        assert len(stored(rig, "Contacts")) == 1
    other.clock.advance(1800)  # both sandboxes begin with the same token
    used: set[str] = set()
    for rig in (one, other):
        sent = rig.requests()
        stored(rig, "Contacts")
        used.add(sent[-1].headers["Authorization"])
    assert len(used) == 2


# ------------------------------------------------------------------ answers


def test_a_created_element_comes_back_whole() -> None:
    rig = XeroRig()
    (answer,) = send(rig, invoice(rig, InvoiceNumber="INV-7", Date="2026-09-14"))
    made = row(answer)
    assert made.body["LineItems"][0]["UnitAmount"] == Decimal("10.1234")
    assert (made.body["Date"], made.body["Type"], made.body["Total"]) == ("2026-09-14", "ACCREC", Decimal("23.29"))
    assert made.id == rig.remote.fetch("Invoices", [made.id])[made.id].id  # type: ignore[union-attr]
    assert abs((made.modified - rig.clock.now()).total_seconds()) < 30


def test_each_element_has_its_own_outcome_under_http_200() -> None:
    rig = XeroRig()
    rig.contact("Taken", ContactNumber="42")
    taken, bad, fine, number = send(
        rig,
        contact(rig, "taken"),
        contact(rig, "B", EmailAddress="not an address"),
        contact(rig, "Fine"),
        contact(rig, "Other", ContactNumber="42"),
    )
    assert isinstance(taken, errors.Duplicate)
    assert (taken.key, taken.holder) == ("Name", None)
    assert isinstance(bad, errors.Invalid)
    assert "EmailAddress" in bad.fields
    assert row(fine).body["Name"] == "Fine"
    assert isinstance(number, errors.Duplicate)
    assert number.key == "ContactNumber"
    assert not [one for one in stored(rig, "Contacts") if one.id == ZERO]


def test_put_refuses_what_post_would_overwrite() -> None:
    """Item by code, invoice and order by number (3.8)."""
    rig = XeroRig()
    buyer = {"ContactID": rig.contact("Buyer").id}
    bodies: dict[str, dict[str, Any]] = {
        "Items": {"Code": "PEN"},
        "Invoices": {"Contact": buyer, "LineItems": [LINE], "InvoiceNumber": "INV-7"},
        "PurchaseOrders": {"Contact": buyer, "LineItems": [LINE], "PurchaseOrderNumber": "PO-7"},
    }
    for feed, key in (("Items", "Code"), ("Invoices", "InvoiceNumber"), ("PurchaseOrders", "PurchaseOrderNumber")):
        (first,) = send(rig, rig.write(feed, "create", bodies[feed]))
        assert isinstance(first, Row)
        (second,) = send(rig, rig.write(feed, "create", bodies[feed]))
        assert isinstance(second, errors.Duplicate), feed
        assert second.key == key
        assert len(stored(rig, feed)) == 1


def test_what_cannot_be_changed_is_locked() -> None:
    rig = XeroRig()
    archived, buyer = rig.contact("Old"), rig.contact("Buyer")
    rig.edit("archive", "Contacts", archived.id)
    ref = {"ContactID": buyer.id}
    paid, voided = send(
        rig, *[invoice(rig, Contact=ref, Status="AUTHORISED", DueDate="2026-10-20", Date="2026-09-14")] * 2
    )
    rig.edit("pay", "Invoices", row(paid).id)
    rig.edit("void", "Invoices", row(voided).id)
    (gone,) = send(rig, rig.write("PurchaseOrders", "create", {"Contact": ref, "LineItems": [LINE]}))
    rig.edit("delete", "PurchaseOrders", row(gone).id)
    attempts = [
        rig.write("Contacts", "update", {"Name": "New"}, archived.id),
        rig.write("Invoices", "update", {"LineItems": [LINE]}, row(paid).id),
        rig.write("Invoices", "update", {"Reference": "x"}, row(voided).id),
        rig.write("PurchaseOrders", "update", {"Reference": "x"}, row(gone).id),
    ]
    for attempt in attempts:
        (answer,) = send(rig, attempt)
        assert isinstance(answer, errors.Locked), (attempt.feed, answer)
    rig.edit("edit", "Organisation", None, PeriodLockDate="2026-09-30")
    (locked,) = send(rig, invoice(rig, Contact=ref, Date="2026-09-14"))
    assert isinstance(locked, errors.Locked)
    assert "lock date" in locked.message


def test_an_update_of_something_that_xero_does_not_know_is_missing() -> None:
    rig = XeroRig()
    with pytest.raises(errors.Missing):  # 404 of the whole request (3.8)
        send(rig, rig.write("Contacts", "update", {"Name": "A"}, "6a3f0a1c-0000-4000-8000-000000000009"))


def element(**more: Any) -> dict[str, Any]:
    return {"ContactID": ZERO, "Name": "A", "HasValidationErrors": True, **more}


def said(message: str) -> dict[str, Any]:
    return {"ValidationErrors": [{"Message": message}]}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Invoice # must be unique.", errors.Duplicate),
        ("Price List Item with Code 'abc' already exists", errors.Duplicate),
        ("Invoice not of valid status for modification", errors.Locked),
        ("This document cannot be edited as it has a payment or credit note allocated to it.", errors.Locked),
        ("The status VOIDED cannot be applied as it has payments or credit notes allocated to it.", errors.Locked),
        ("The document date cannot be before the period lock date, currently set at 1 Sep", errors.Locked),
        ("The TaxType code 'X' cannot be used with account code 'Y'.", errors.Invalid),
        ("Users Organisation is not subscribed to currency NZD", errors.Invalid),
        ("", errors.Invalid),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_recorded_messages_are_understood_wherever_they_stand(message: str, kind: type, nested: bool) -> None:
    rig = XeroRig()
    bad = element(LineItems=[said(message)]) if nested else element(**said(message))
    rig.fault(method="PUT", kind="status_before", params={"status": 200, "body": {"Contacts": [bad]}})
    (answer,) = send(rig, contact(rig, "A"))
    assert type(answer) is kind
    assert message[:20] in str(answer)


def test_the_zero_guid_is_nobodys_even_without_an_error() -> None:
    rig = XeroRig()
    body = {"Contacts": [{"ContactID": ZERO, "Name": "A"}]}
    rig.fault(method="PUT", kind="status_before", params={"status": 200, "body": body})
    (answer,) = send(rig, contact(rig, "A"))
    assert isinstance(answer, errors.Invalid)


def test_a_warning_is_a_success() -> None:
    rig = XeroRig()
    buyer = {"ContactID": rig.contact("Buyer").id}
    body = {"Contact": buyer, "LineItems": [LINE], "SentToContact": True}
    (answer,) = send(rig, rig.write("PurchaseOrders", "create", body))
    assert row(answer).body["StatusAttributeString"] == "WARNING"
