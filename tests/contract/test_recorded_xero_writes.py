"""The examples of writing in Xero's official document: their bodies are sent, their answers held against ours (5.4).

An example's answer is seldom that of its request, so only kinds are compared (test_recorded_xero_reads.py says more).
Ids of nought are put in place of a record's own. And every example there is is replayed, here or in reading, or has
its reason not to be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from sandbox.xero import fields
from sandbox.xero.ids import ZERO_ID
from tests.contract.sandbox_xero_visitor import Row, Visitor, body
from tests.contract.test_recorded_xero_reads import (
    DAYS,
    FOLDER,
    GROUPS,
    HISTORIES,
    NULLS,
    OFFSET,
    PAID,
    PAYMENTS_READ,
    READS,
    known_of,
    masks,
    some,
)
from tests.outsiders.recordings import Masks, beyond, names, recording

pytestmark = pytest.mark.outsider("official examples of Xero")

CONTACT_ID: Final = "430fa14a-f945-44d3-9f97-5df5e28441b8"
NOT_SENT: Final = "the example's request does not send it"
FAILED: Final = "the answer to a request that is refused with summarizeErrors=false; its text has a test of its own"
EMPTIED: Final = "the body empties what must be there: lines, or the contact"
CONTACTS: Final = masks(
    NOT_SENT,
    *("Contacts[].CompanyNumber", "Contacts[].SalesDefaultLineAmountType", "Contacts[].PurchasesDefaultLineAmountType"),
)
INVOICES: Final = {
    **DAYS,
    **masks("groups of contacts are not modelled", "Invoices[].Contact.ContactGroups"),
    **masks(
        "told only with summarizeErrors=false, which the request does not ask for", "Invoices[].StatusAttributeString"
    ),
}
ITEMS: Final = {**masks(OFFSET, "Items[].UpdatedDateUTC"), **masks(FAILED, "Items[].ValidationErrors")}
ORDERS: Final = {
    **DAYS,
    **NULLS,
    **GROUPS,
    **masks(
        FAILED,
        *("PurchaseOrders[].StatusAttributeString", "PurchaseOrders[].ValidationErrors", "PurchaseOrders[].Warnings"),
    ),
}
PAYMENTS: Final = {**PAID, **masks(FAILED, "Payments[].ValidationErrors")}
WRITES: Final[Mapping[str, Masks]] = {
    "createContacts": CONTACTS,
    "updateOrCreateContacts": CONTACTS,
    "updateContact": {},
    "createInvoices": INVOICES,
    "updateOrCreateInvoices": INVOICES,
    "createItems": ITEMS,
    "updateOrCreateItems": ITEMS,
    "updateItem": {},
    "createPurchaseOrders": ORDERS,
    "updateOrCreatePurchaseOrders": ORDERS,
    "createPayments": PAYMENTS,
    "createPayment": PAYMENTS,
    "deletePayment": PAID,
}
NOTES: Final = {
    "createContactHistory": "Contacts",
    "createInvoiceHistory": "Invoices",
    "createItemHistory": "Items",
    "createPurchaseOrderHistory": "PurchaseOrders",
    "createPaymentHistory": "Payments",
}
REFUSED: Final = ("createContacts.res400", "updateOrCreateContacts.res400", "createPaymentHistory.res400")

OUTSIDE: Final[Mapping[str, str]] = {
    "Attachment": "attachments are not modelled: nothing synchronises them",
    "CreditNote(?!.*Attachment)": "credit notes are seen on invoices; a person gives them, not the API",
    "ContactGroup": "groups of contacts are not modelled: nothing synchronises them",
    "CISSettings": "settings of the United Kingdom's construction industry: nothing synchronises them",
    "PaymentServices": "payment services are not modelled: nothing synchronises them",
    "Tracking(Category|Options)$": "tracking is set up by people: the API's way is not modelled",
    "(create|update|delete)Account$": "accounts are set up by people: the API's way is not modelled",
    "(create|update)TaxRates?$": "tax rates are set up by people: the API's way is not modelled",
    "createCurrency": "currencies are set up by people: the API's way is not modelled",
    "emailInvoice": "nothing of ours sends an invoice by e-mail",
    "^update(Invoice|PurchaseOrder)$": EMPTIED,
}
"""What an operation is called -> why it cannot be replayed; the reading of what people set up can."""


def ready(name: str, answered: Row) -> tuple[Visitor, dict[str, str]]:
    """A sandbox in which an example's request makes sense, and the ids to put in place of nought.

    The contact of a document is the one that the example's answer shows.
    """
    visitor = Visitor()
    visitor.service.load({"Accounts": [bank("970"), bank("710"), bank("140"), bank("500")]})
    shown = answered if name == "updateContact" else answered.get("Contact", {})
    contact = {"Name": "Known", **known_of(shown, fields.CONTACT), "ContactID": CONTACT_ID}
    visitor.service.load({"Contacts": [contact]})
    ids = {"ContactID": CONTACT_ID}
    if name == "updateItem":
        ids["ItemID"] = str(visitor.item(Name="Pen")["ItemID"])
    if "Payment" in name:
        ids["PaymentID"] = some(visitor, "Payments")
        ids["InvoiceID"] = str(visitor.rows("Invoices")[0]["InvoiceID"])
    return visitor, ids


def bank(code: str) -> Row:
    known = {"Type": "CURRENT", "Class": "ASSET", "TaxType": "NONE", "Status": "ACTIVE"}
    guid = f"9bbd2d0b-0a2a-4a1e-8ac3-0000000{code:0>5}"
    return {"AccountID": guid, "Code": code, "Name": f"Account {code}", "EnablePaymentsToAccount": True, **known}


def with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """Without ids of nought."""
    if isinstance(value, dict):
        return {k: ids[k] if v == ZERO_ID and k in ids else with_ids(v, ids) for k, v in value.items()}
    return [with_ids(each, ids) for each in value] if isinstance(value, list) else value


@pytest.mark.behaviour("xero", 9, 20)
@pytest.mark.parametrize("name", WRITES)
def test_what_is_written(name: str) -> None:
    asked, answered = recording(FOLDER, f"{name}.req"), recording(FOLDER, f"{name}.res200")
    example = answered["example"]
    kind = answered["schema"]
    visitor, ids = ready(name, example[kind][0])
    path = asked["path"].removeprefix("/").format(**ids)
    sent = with_ids(asked["example"], ids)
    if name == "createContacts":
        del sent["Contacts"][0]["ContactID"]  # an id of somebody else's choice is answered 404 (3.8)
    answer = visitor.ask(asked["method"], path, sent)
    assert answer.status_code == 200, answer.text
    assert beyond({**example, kind: example[kind][:1]}, body(answer), WRITES[name]) == []


@pytest.mark.parametrize("name", NOTES)
def test_a_note(name: str) -> None:
    asked, answered = recording(FOLDER, f"{name}.req"), recording(FOLDER, f"{name}.res200")
    visitor = Visitor()
    path = re.sub(r"\{\w+\}", some(visitor, NOTES[name]), asked["path"].removeprefix("/"))
    answer = visitor.ask(asked["method"], path, asked["example"])
    assert answer.status_code == 200, answer.text
    odd = {**DAYS, **masks(OFFSET, "HistoryRecords[].DateUTC")}
    assert beyond(answered["example"], body(answer), odd) == []


@pytest.mark.behaviour("xero", 10, 16)
@pytest.mark.parametrize("name", REFUSED[:2])
def test_a_name_that_is_taken(name: str) -> None:
    """An element that is refused comes back as it was sent, so the example tells the request, too."""
    example = recording(FOLDER, name)
    (echo,) = example["example"]["Elements"]
    sent = {
        key: value for key, value in without_errors(echo).items() if key not in ("ContactID", "HasValidationErrors")
    }
    visitor = Visitor()
    visitor.contact(str(sent["Name"]))
    # By POST the name would find the contact; how POST came to be refused, the example does not tell.
    answer = visitor.ask("PUT", "Contacts", {"Contacts": [sent]})
    assert answer.status_code == 400, answer.text
    ours = body(answer)
    assert [each["Message"] for each in ours["Elements"][0]["ValidationErrors"]] == [
        each["Message"] for each in echo["ValidationErrors"]
    ]
    parts = ("Addresses[]", "Phones[]", "PaymentTerms.Bills", "PaymentTerms.Sales")
    nested = masks("no recording has errors of a part", *(f"Elements[].{part}.ValidationErrors" for part in parts))
    assert beyond(example["example"], ours, nested) == []


def without_errors(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_errors(each) for name, each in value.items() if name != "ValidationErrors"}
    return [without_errors(each) for each in value] if isinstance(value, list) else value


@pytest.mark.behaviour("xero", 9, 10)
@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("createItems", lambda visitor: ("Items", {"Code": visitor.item("abc")["Code"]})),
        ("createPurchaseOrders", lambda visitor: ("PurchaseOrders", number_of(visitor))),
        ("createPayments", lambda visitor: ("Payments", too_much(visitor))),
    ],
)
def test_what_is_said_of_an_element_that_failed(name: str, again: Callable[[Visitor], tuple[str, Row]]) -> None:
    """Its text, and that it comes with 200 where errors are not summarised."""
    example = recording(FOLDER, f"{name}.res200")["example"]
    visitor = Visitor()
    kind, sent = again(visitor)
    answer = visitor.ask("PUT", kind, {kind: [sent]}, summarizeErrors="false")
    assert answer.status_code == 200
    (told,) = example[kind][0]["ValidationErrors"]
    # The document is YAML, where a quote in a quoted text is written twice.
    assert body(answer)[kind][0]["ValidationErrors"] == [{"Message": told["Message"].replace("''", "'")}]


def number_of(visitor: Visitor) -> Row:
    made = visitor.order()
    return {name: made[name] for name in ("PurchaseOrderNumber", "Contact", "LineItems")}


def too_much(visitor: Visitor) -> Row:
    made = visitor.approved()
    return {"Invoice": {"InvoiceID": made["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": made["Total"] + 1}


@pytest.mark.behaviour("xero", 10)
def test_a_note_to_nothing() -> None:
    example = recording(FOLDER, REFUSED[2])
    asked = recording(FOLDER, "createPaymentHistory.req")["example"]
    answer = Visitor().ask("PUT", f"Payments/{CONTACT_ID}/History", asked)
    assert answer.status_code == 400
    odd = masks("with a blank, as no recording spells it", "Elements[].DateUTCString")
    assert beyond(example["example"], body(answer), odd) == []
    (message,) = example["example"]["Elements"][0]["ValidationErrors"]
    assert body(answer)["Elements"][0]["ValidationErrors"] == [message]


def test_every_example_is_replayed_or_has_its_reason() -> None:
    alone = ("getOrganisationActions", "getOnlineInvoice", *PAYMENTS_READ)
    read = {f"{name}.res200" for name in (*READS, *HISTORIES, *alone)}
    written = {f"{name}.{part}" for name in (*WRITES, *NOTES) for part in ("req", "res200")}
    replayed = read | written | set(REFUSED)
    reasons = {
        name: [why for called, why in OUTSIDE.items() if re.search(called, name.split(".")[0])]
        for name in left(replayed)
    }
    assert [name for name, found in reasons.items() if len(found) != 1] == []
    assert replayed <= set(names(FOLDER))
    assert len(replayed) >= 70


def left(replayed: set[str]) -> list[str]:
    return [name for name in names(FOLDER) if name not in replayed]
