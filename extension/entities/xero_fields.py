"""What each entity can hold in Xero: the fields that people may map, with what Xero takes in them.

Pure data (facts/xero.md 3.9-3.14, and the public OpenAPI file). Xero has no metadata to ask, so this is the catalogue.
`settable` False: Xero works it out, or it belongs to somebody else; it can travel to the CRM only. What is not here is
ours (ContactNumber carries the CRM's id) or is lines and totals, which no field map can reach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from extension.entities.catalogue import Pair


@dataclass(frozen=True, slots=True)
class XeroField:
    """One field of a Xero record. `kind`: of `fields.KINDS`."""

    path: str
    label: str
    kind: str = "text"
    longest: int | None = None
    places: int | None = None
    settable: bool = True
    required: bool = False


def _phone(which: str, label: str) -> XeroField:
    return XeroField(f"Phones[{which}]", label, "phone", 50)


def _address(which: str, label: str) -> tuple[XeroField, ...]:
    at = f"Addresses[{which}]"
    return (
        XeroField(f"{at}.AttentionTo", f"{label}, attention to", longest=255),
        XeroField(f"{at}.Street", f"{label}, street (four lines)", "street", 2000),
        XeroField(f"{at}.City", f"{label}, city", longest=255),
        XeroField(f"{at}.Region", f"{label}, region", longest=255),
        XeroField(f"{at}.PostalCode", f"{label}, postcode", longest=50),
        XeroField(f"{at}.Country", f"{label}, country", longest=50),
    )


COMPANY: Final = (
    XeroField("Name", "Contact name", "name", 255, required=True),
    XeroField("AccountNumber", "Account number", "code", 50),
    _phone("DEFAULT", "Phone"),
    _phone("DDI", "Direct dial"),
    _phone("MOBILE", "Mobile"),
    _phone("FAX", "Fax"),
    *_address("POBOX", "Postal address"),
    *_address("STREET", "Street address"),
    XeroField("TaxNumber", "Tax number", "code", 50),
    XeroField("CompanyNumber", "Company number", "code", 50),
    XeroField("Website", "Website", "url", settable=False),
    # The first person's, who is a contact of the CRM: two views that write them would undo each other.
    XeroField("FirstName", "First name of the primary person", "name", 255, settable=False),
    XeroField("LastName", "Last name of the primary person", "name", 255, settable=False),
    XeroField("EmailAddress", "E-mail of the primary person", "email", 255, settable=False),
)
PERSON: Final = (
    XeroField("FirstName", "First name", "name", 255),
    XeroField("LastName", "Last name", "name", 255),
    XeroField("EmailAddress", "E-mail", "email", 255),
)
ITEM: Final = (
    XeroField("Code", "Item code", "code", 30, required=True),
    XeroField("Name", "Item name", longest=50),
    XeroField("Description", "Sales description", longest=4000),
    XeroField("PurchaseDescription", "Purchases description", longest=4000),
    XeroField("SalesDetails.UnitPrice", "Sales price", "money", places=4),
    XeroField("SalesDetails.AccountCode", "Sales account", "code", 10),
    XeroField("SalesDetails.TaxType", "Sales tax rate", "code", 50),
    XeroField("PurchaseDetails.UnitPrice", "Purchase price", "money", places=4),
    XeroField("PurchaseDetails.AccountCode", "Purchase account", "code", 10),
    XeroField("PurchaseDetails.TaxType", "Purchase tax rate", "code", 50),
    XeroField("QuantityOnHand", "Quantity on hand", "number", settable=False),
    XeroField("IsTrackedAsInventory", "Tracked as inventory", "bool", settable=False),
)
INVOICE: Final = (
    XeroField("InvoiceNumber", "Invoice number", "code", 255, settable=False),
    XeroField("Contact.ContactID", "Contact", "ref", required=True),
    XeroField("Reference", "Reference", longest=255),
    XeroField("Date", "Invoice date", "date"),
    XeroField("DueDate", "Due date", "date"),
    XeroField("ExpectedPaymentDate", "Expected payment date", "date"),
    XeroField("Status", "Status", "status"),
    XeroField("BrandingThemeID", "Branding theme", "choice"),
    XeroField("AmountDue", "Amount due", "money", settable=False),
    XeroField("AmountPaid", "Amount paid", "money", settable=False),
    XeroField("AmountCredited", "Amount credited", "money", settable=False),
    XeroField("Payments[last].Date", "Date of the last payment", "date", settable=False),
    XeroField("FullyPaidOnDate", "Fully paid on", "date", settable=False),
    XeroField("CurrencyRate", "Currency rate", "number", settable=False),
    XeroField("SentToContact", "Sent to the contact", "bool", settable=False),
)
ORDER: Final = (
    XeroField("PurchaseOrderNumber", "Purchase order number", "code", 255),
    XeroField("Contact.ContactID", "Contact", "ref", required=True),
    XeroField("Reference", "Reference", longest=255),
    XeroField("Date", "Order date", "date"),
    XeroField("DeliveryDate", "Delivery date", "date"),
    XeroField("DeliveryAddress", "Delivery address", longest=255),
    XeroField("AttentionTo", "Attention to", longest=255),
    XeroField("Telephone", "Telephone", "phone", 50),
    XeroField("DeliveryInstructions", "Delivery instructions", longest=500),
    XeroField("Status", "Status", "status"),
    XeroField("BrandingThemeID", "Branding theme", "choice"),
    XeroField("CurrencyRate", "Currency rate", "number", settable=False),
    XeroField("SentToContact", "Sent to the supplier", "bool", settable=False),
)
# Bills have no reference: `Reference` is for sales invoices only (facts/xero.md 3.12).
BILL: Final = (
    XeroField("InvoiceNumber", "Bill number", "code", 255),
    XeroField("Contact.ContactID", "Contact", "ref", required=True),
    XeroField("Date", "Bill date", "date"),
    XeroField("DueDate", "Due date", "date"),
    XeroField("PlannedPaymentDate", "Planned payment date", "date"),
    *(field for field in INVOICE if field.path in ("Status", "BrandingThemeID")),
    *(field for field in INVOICE if not field.settable and field.path not in ("InvoiceNumber", "SentToContact")),
)

XERO_FIELDS: Final[Mapping[str, Sequence[XeroField]]] = {
    "account": COMPANY,
    "vendor": COMPANY,
    "contact": PERSON,
    "product": ITEM,
    "invoice": INVOICE,
    "purchase_order": ORDER,
    "bill": BILL,
}
"""By kind of record."""


def xero_field(kind: str, path: str | None) -> XeroField | None:
    return next((field for field in XERO_FIELDS[kind] if field.path == path), None)


A_KIND: Final = {"purchase_order": "a purchase order of Xero", "bill": "a bill of Xero"}


def is_of_other(pair: Pair, path: str) -> bool:
    """Whether only the other kind that this pair's records can become in Xero has such a field."""
    mine, others = XERO_FIELDS[pair.kind], [kind for kind in A_KIND if pair.kind in A_KIND and kind != pair.kind]
    known = {field.path for kind in others for field in XERO_FIELDS[kind]}
    return path in known - {field.path for field in mine}
