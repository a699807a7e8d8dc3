"""The examples of reading in Xero's official document, asked again of a sandbox that has their rows (xero.md 5.4).

They are inventions, some of them impossible (a payment of a bill that owes nothing), and older than the recordings,
which win where both speak. So of values only the kinds are compared, and what cannot agree is named with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pytest

from sandbox.xero import fields
from tests.contract.sandbox_xero_visitor import SCOPES, Row, Visitor, body
from tests.outsiders.recordings import Masks, beyond, recording

pytestmark = pytest.mark.outsider("official examples of Xero")

FOLDER: Final = "xero/openapi-examples"
TABLES: Final = {
    "Accounts": "accounts",
    "TaxRates": "tax_rates",
    "BrandingThemes": "themes",
    "Currencies": "currencies",
    "Users": "users",
    "TrackingCategories": "tracking",
}
SPELT: Final = "with a blank and without a Z, as no recording spells it"
ATTACHED: Final = "attachments are not modelled"
OFFSET: Final = "with +0000, where every recording has none (3.6)"


def masks(reason: str, *paths: str) -> Masks:
    return dict.fromkeys(paths, reason)


DAYS: Final = {
    **masks(SPELT, "Invoices[].DateString", "Invoices[].DueDateString", "Invoices[].UpdatedDateUTCString"),
    **masks(SPELT, "PurchaseOrders[].DateString", "PurchaseOrders[].DeliveryDateString"),
    **masks(SPELT, "Payments[].UpdatedDateUTCString", "HistoryRecords[].DateUTCString"),
}
ORDERS: Final = {**DAYS, **masks(ATTACHED, "PurchaseOrders[].Attachments")}
GROUPS: Final = masks("groups of contacts are not modelled", "PurchaseOrders[].Contact.ContactGroups")
NULLS: Final = masks(
    "entries that are null, against the document's own schema (5.4)",
    *(
        "PurchaseOrders[].Contact.Addresses",
        "PurchaseOrders[].Contact.Phones",
        "PurchaseOrders[].Contact.ContactPersons",
    ),
)
ONE_CONTACT: Final = masks(ATTACHED, "Contacts[].Attachments")
READS: Final[Mapping[str, Masks]] = {
    "getOrganisations": masks("a secret of old apps", "Organisations[].APIKey"),
    "getAccounts": {},
    "getAccount": masks(ATTACHED, "Accounts[].Attachments"),
    "getTaxRates": {},
    "getTaxRateByTaxType": {},
    "getBrandingThemes": masks(OFFSET, "BrandingThemes[].CreatedDateUTC"),
    "getBrandingTheme": masks(OFFSET, "BrandingThemes[].CreatedDateUTC"),
    "getCurrencies": {},
    "getTrackingCategories": {},
    "getTrackingCategory": {},
    "getUsers": {},
    "getUser": {},
    "getContacts": {
        **masks("a misprint of TaxNumberType", "Contacts[].TaxNumbeType"),
        **masks("here told of one contact only: nothing reads the sums of many", "Contacts[].Balances"),
    },
    "getContact": ONE_CONTACT,
    "getContactByContactNumber": ONE_CONTACT,
    "getInvoices": {
        **DAYS,
        **masks("repeating invoices are not modelled", "Invoices[].RepeatingInvoiceID"),
    },
    "getInvoice": {
        **DAYS,
        **masks(ATTACHED, "Invoices[].Attachments"),
        **masks(
            "what only the answer of a write says", "Invoices[].StatusAttributeString", "Invoices[].ValidationErrors"
        ),
        **masks("groups of contacts are not modelled", "Invoices[].Contact.ContactGroups"),
    },
    "getPurchaseOrders": {**ORDERS, **GROUPS},
    "getPurchaseOrder": {**ORDERS, **GROUPS, **NULLS},
    "getPurchaseOrderByNumber": {**ORDERS, **GROUPS, **NULLS},
    "getItems": masks(OFFSET, "Items[].UpdatedDateUTC"),
    "getItem": {
        **masks(OFFSET, "Items[].UpdatedDateUTC"),
        **masks(
            "stock that is tracked is not modelled",
            *("Items[].InventoryAssetAccountCode", "Items[].QuantityOnHand", "Items[].TotalCostPool"),
        ),
        **masks("what only the answer of a write says", "Items[].ValidationErrors"),
    },
}


@pytest.mark.behaviour("xero", 5, 6)
@pytest.mark.parametrize("name", READS)
def test_what_is_read(name: str) -> None:
    example = recording(FOLDER, f"{name}.res200")
    kind = example["schema"]
    visitor = Visitor(scopes=f"{SCOPES} accounting.settings")
    rows: list[Row] = example["example"][kind]
    seed(visitor, kind, rows)
    path = example["path"].removeprefix("/").format(**rows[0])
    paged: Row = {"page": 1} if "pagination" in example["example"] else {}
    answer = visitor.ask("GET", path, **paged)
    assert answer.status_code == 200, answer.text
    assert beyond(example["example"], body(answer), READS[name]) == []


def seed(visitor: Visitor, kind: str, rows: Iterable[Row]) -> None:
    """The rows, in place of what the sandbox has of their kind, and the contacts they name."""
    if kind in TABLES:
        getattr(visitor.service.ledger, TABLES[kind]).clear()
    known = fields.BY_KIND.get(kind)
    state: dict[str, list[Row]] = {kind: [known_of(row, known) for row in rows]}
    contacts = {row["Contact"]["ContactID"]: row["Contact"] for row in rows if "Contact" in row}
    if contacts:
        state["Contacts"] = [known_of(row, fields.CONTACT) for row in contacts.values()]
    visitor.service.load(state)


def known_of(row: Row, known: frozenset[str] | None) -> Row:
    """Without what an example misprints, and without entries that are null."""
    kept = {name: value for name, value in row.items() if known is None or name in known}
    lists = {name: [each for each in value if each] for name, value in kept.items() if isinstance(value, list)}
    return kept | lists


def test_the_actions_that_an_organisation_may_take() -> None:
    """As many as there are: which they are depends on the edition."""
    example: dict[str, Any] = recording(FOLDER, "getOrganisationActions.res200")["example"]
    ours = body(Visitor(scopes=f"{SCOPES} accounting.settings").ask("GET", "Organisation/Actions"))
    assert beyond({**example, "Actions": example["Actions"][:1]}, {**ours, "Actions": ours["Actions"][:1]}) == []
    assert {each["Name"] for each in ours["Actions"]} & {each["Name"] for each in example["Actions"]}


def test_the_address_that_a_customer_sees() -> None:
    visitor = Visitor()
    made = visitor.approved()
    answer = visitor.ask("GET", f"Invoices/{made['InvoiceID']}/OnlineInvoice")
    assert answer.status_code == 200
    assert beyond(recording(FOLDER, "getOnlineInvoice.res200")["example"], body(answer)) == []


PAYMENTS_READ: Final = ("getPayments", "getPayment")
PAID: Final = {
    **DAYS,
    **masks(SPELT, *(f"Payments[].Invoice.{name}String" for name in ("Date", "DueDate", "UpdatedDateUTC"))),
}


@pytest.mark.behaviour("xero", 6)
@pytest.mark.parametrize("name", PAYMENTS_READ)
def test_payments(name: str) -> None:
    """Of invoices that owe enough, which those of the example do not."""
    example = recording(FOLDER, f"{name}.res200")
    visitor = Visitor()
    rows = example["example"]["Payments"]
    for row in rows:
        invoice = visitor.approved()
        payment = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Account": {"Code": "090"}}
        row["PaymentID"] = visitor.put("Payments", {**payment, "Amount": invoice["Total"]})["PaymentID"]
    path = example["path"].removeprefix("/").format(**rows[0])
    paged: Row = {"page": 1} if "pagination" in example["example"] else {}
    answer = visitor.ask("GET", path, **paged)
    assert answer.status_code == 200, answer.text
    batched = "payments of several at once are not modelled; the example breaks its own schema (5.4)"
    odd = masks(batched, "Payments[].BatchPayment", "Payments[].BatchPaymentID")
    blank = masks("an empty number, as no recording has one", "Payments[].Invoice.Contact.ContactNumber")
    assert beyond(example["example"], body(answer), {**PAID, **odd, **blank}) == []


HISTORIES: Final = {"getContactHistory": "Contacts", "getInvoiceHistory": "Invoices", "getItemHistory": "Items"} | {
    "getPurchaseOrderHistory": "PurchaseOrders",
    "getPaymentHistory": "Payments",
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history(name: str) -> None:
    visitor = Visitor()
    record_id = some(visitor, HISTORIES[name])
    visitor.ask("PUT", f"{HISTORIES[name]}/{record_id}/History", {"HistoryRecords": [{"Details": "x"}]})
    example = dict(recording(FOLDER, f"{name}.res200")["example"])
    example["HistoryRecords"] = example["HistoryRecords"][:1]
    answer = visitor.ask("GET", f"{HISTORIES[name]}/{record_id}/History")
    assert answer.status_code == 200
    odd = {**DAYS, **masks(OFFSET, "HistoryRecords[].DateUTC")}
    assert beyond(example, body(answer), odd) == []


def some(visitor: Visitor, kind: str) -> str:
    """The id of one record of a kind."""
    match kind:
        case "Contacts":
            return str(visitor.contact()["ContactID"])
        case "Items":
            return str(visitor.item()["ItemID"])
        case "PurchaseOrders":
            return str(visitor.order()["PurchaseOrderID"])
        case "Invoices":
            return str(visitor.invoice()["InvoiceID"])
    paid = {"Invoice": {"InvoiceID": visitor.approved()["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": 1}
    return str(visitor.put("Payments", paid)["PaymentID"])
