"""The default field map of each entity, as data.

Rows are in the shape of the settings document, but `zoho` may name several candidates: API names, or labels of
custom fields whose API names differ from one organisation to the next. A row whose field the CRM does not have is
left out of a new connection's map. Lengths are Xero's (facts/xero.md 3.9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]

TAX_NUMBERS: Final = ["Tax_Number", "Tax_ID", "VAT_Number", "GST_Number", "ABN", "VAT_No", "GST_No"]
COSTS: Final = ["Purchase_Price", "Cost_Price", "Purchase_Cost"]
SALES_CODES: Final = ["Sales_Account", "Xero_Sales_Account"]
COST_CODES: Final = ["Purchase_Account", "Xero_Purchase_Account"]
DUE: Final = ["Amount_Due", "Balance_Due", "Xero_Amount_Due"]
PAID: Final = ["Amount_Paid", "Xero_Amount_Paid"]
CREDITED: Final = ["Amount_Credited", "Xero_Amount_Credited"]
LAST_PAID: Final = ["Last_Payment_Date", "Xero_Last_Payment_Date"]
ACCOUNT_CODE: Final = {"kind": "code", "owner": "xero", "max_xero": 10, "observed": True}


def _row(name: str, zoho: str | list[str] | None, xero: str | None, **more: Any) -> Row:
    return {"name": name, "zoho": zoho, "xero": xero, **more}


def _own(url: str, what: str) -> tuple[Row, ...]:
    """The fields of our section in the CRM: Xero decides them, whatever is typed there."""
    return (
        _row("add_to_xero", "Add_to_Xero", None, label="Add to Xero", kind="tick", direction="to_zoho"),
        _row("xero_id", "Xero_ID", None, label="Xero ID", kind="xero_id", direction="to_zoho"),
        _row("xero_url", url, None, label=f"{what} in Xero", kind="xero_url", direction="to_zoho"),
    )


def _address(name: str, crm: str, postcode: str, xero: str) -> tuple[Row, ...]:
    return (
        _row(f"{name}_street", f"{crm}Street", f"{xero}.Street", kind="street"),
        _row(f"{name}_city", f"{crm}City", f"{xero}.City", max_xero=255),
        _row(f"{name}_region", f"{crm}State", f"{xero}.Region", max_xero=255),
        _row(f"{name}_postcode", f"{crm}{postcode}", f"{xero}.PostalCode", max_xero=50),
        _row(f"{name}_country", f"{crm}Country", f"{xero}.Country", max_xero=50),
    )


def _company(name: str, *addresses: Row) -> tuple[Row, ...]:
    return (
        _row("name", name, "Name", kind="name", max_xero=255, required="both"),
        _row("phone", "Phone", "Phones[DEFAULT]", kind="phone", max_xero=50),
        _row("tax_number", TAX_NUMBERS, "TaxNumber", kind="code", max_xero=50),
        *addresses,
    )


def _document(
    what: str, xero_number: str, crm_day: str, xero_due: str, reference: str | None = "Reference"
) -> tuple[Row, ...]:
    return (
        _row("xero_number", "Xero_Invoice_No", xero_number, label="Xero Invoice No.", kind="code", direction="to_zoho"),
        _row("date", crm_day, "Date", kind="date"),
        _row("due_date", "Due_Date", xero_due, kind="date"),
        _row(
            "subject",
            "Subject",
            reference,
            label="Subject or reference" if reference else "Subject",
            max_xero=255,
            required="zoho",
            default_zoho=what + " {number}",
            label_only=True,
        ),
        # The books know better than the pipeline what became of a document.
        _row("status", "Status", "Status", kind="status", owner="xero"),
        _row("theme", "Branding_Theme", "BrandingThemeID", label="Branding theme", kind="choice", label_only=True),
        *_own("Xero_Invoice_URL", what),
    )


_MONEY_BACK: Final = (
    _row("amount_due", DUE, "AmountDue", kind="money", direction="to_zoho"),
    _row("amount_paid", PAID, "AmountPaid", kind="money", direction="to_zoho"),
    _row("amount_credited", CREDITED, "AmountCredited", kind="money", direction="to_zoho"),
    _row("last_payment", LAST_PAID, "Payments[last].Date", label="Last payment", kind="date", direction="to_zoho"),
)

FIELDS: Final[Mapping[str, Sequence[Row]]] = {
    "account": (
        *_company(
            "Account_Name",
            _row("fax", "Fax", "Phones[FAX]", kind="phone", max_xero=50),
            *_address("billing", "Billing_", "Code", "Addresses[POBOX]"),
            *_address("shipping", "Shipping_", "Code", "Addresses[STREET]"),
        ),
        *_own("Xero_URL", "Account"),
    ),
    "vendor": (
        *_company("Vendor_Name", *_address("postal", "", "Zip_Code", "Addresses[POBOX]")),
        *_own("Xero_URL", "Vendor"),
    ),
    "contact": (
        _row("first_name", "First_Name", "FirstName", kind="name", max_xero=255),
        _row("last_name", "Last_Name", "LastName", kind="name", max_xero=255),
        _row("email", "Email", "EmailAddress", label="E-mail", kind="email", max_xero=255),
        _row("account", "Account_Name", None, kind="ref", ref="account"),
        *_own("Xero_URL", "Contact"),
    ),
    "product": (
        _row("name", "Product_Name", "Name", max_xero=50, required="zoho", default_zoho="{code}"),
        _row("code", "Product_Code", "Code", kind="code", max_xero=30),
        _row("description", "Description", "Description", max_xero=4000),
        _row("price", "Unit_Price", "SalesDetails.UnitPrice", kind="money", places_xero=4),
        _row("purchase_price", COSTS, "PurchaseDetails.UnitPrice", kind="money", places_xero=4),
        _row("purchase_description", ["Purchase_Description"], "PurchaseDescription", max_xero=4000),
        # The books decide where things are posted; without a field in the CRM it is known here all the same.
        _row("sales_account", SALES_CODES, "SalesDetails.AccountCode", **ACCOUNT_CODE),
        _row("purchase_account", COST_CODES, "PurchaseDetails.AccountCode", **ACCOUNT_CODE),
        _row("sales_tax", None, "SalesDetails.TaxType"),
        _row("purchase_tax", None, "PurchaseDetails.TaxType"),
        *_own("Xero_URL", "Product"),
    ),
    "invoice": (
        _row("number", "Invoice_Number", "InvoiceNumber", kind="code", direction="derived", max_xero=255),
        _row("account", "Account_Name", "Contact.ContactID", kind="ref", ref="account", required="both"),
        *_MONEY_BACK,
        *_document("Invoice", "InvoiceNumber", "Invoice_Date", "DueDate"),
    ),
    "purchase_order": (
        _row("number", "PO_Number", "PurchaseOrderNumber", kind="code", max_xero=255),
        _row("vendor", "Vendor_Name", "Contact.ContactID", kind="ref", ref="vendor", required="both"),
        *_document("Purchase order", "PurchaseOrderNumber", "PO_Date", "DeliveryDate"),
    ),
    # A purchase order of the CRM where the connection makes bills of them. Bills have no reference: where Xero's
    # screens say so, they show the number (facts/xero.md 3.12).
    "bill": (
        _row("number", "PO_Number", "InvoiceNumber", kind="code", max_xero=255),
        _row("vendor", "Vendor_Name", "Contact.ContactID", kind="ref", ref="vendor", required="both"),
        *_MONEY_BACK,
        *_document("Bill", "InvoiceNumber", "PO_Date", "DueDate", None),
    ),
}
"""By kind of Xero's record. `observed`: known on Xero's side even where the CRM has no field for it."""

SUBFORMS: Final = {"Invoices": "Invoiced_Items", "Purchase_Orders": "Purchase_Items"}

# What a status of one side stands for on the other, as far as the CRM's picklist has it; for Xero's, the first wins.
_POSTED: Final = {
    "Created": "DRAFT",
    "Draft": "DRAFT",
    "Submitted": "SUBMITTED",
    "Awaiting Approval": "SUBMITTED",
    "Approved": "AUTHORISED",
    "Sent": "AUTHORISED",
    "Delivered": "AUTHORISED",
    "Paid": "PAID",
    "Cancelled": "VOIDED",
    "Canceled": "VOIDED",
    "Void": "VOIDED",
    "Voided": "VOIDED",
}
CRM_STATUSES: Final[Mapping[str, Mapping[str, str]]] = {
    "invoice": _POSTED,
    "bill": {**_POSTED, "Billed": "AUTHORISED"},
    "purchase_order": {
        "Created": "DRAFT",
        "Draft": "DRAFT",
        "Submitted": "SUBMITTED",
        "Approved": "AUTHORISED",
        "Delivered": "AUTHORISED",
        "Billed": "BILLED",
        "Cancelled": "DELETED",
        "Canceled": "DELETED",
    },
}
XERO_STATUSES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "invoice": {
        "DRAFT": ("Draft", "Created"),
        "SUBMITTED": ("Submitted", "Awaiting Approval", "Created", "Draft"),
        "AUTHORISED": ("Approved", "Sent", "Delivered"),
        "PAID": ("Paid", "Approved", "Delivered"),
        "VOIDED": ("Voided", "Void", "Cancelled", "Canceled"),
        "DELETED": ("Voided", "Void", "Cancelled", "Canceled"),
    },
    "bill": {
        "DRAFT": ("Draft", "Created"),
        "SUBMITTED": ("Submitted", "Awaiting Approval", "Created", "Draft"),
        "AUTHORISED": ("Approved", "Billed", "Delivered"),
        "PAID": ("Paid", "Billed", "Approved", "Delivered"),
        "VOIDED": ("Voided", "Void", "Cancelled", "Canceled"),
        "DELETED": ("Voided", "Void", "Cancelled", "Canceled"),
    },
    "purchase_order": {
        "DRAFT": ("Draft", "Created"),
        "SUBMITTED": ("Submitted", "Created", "Draft"),
        "AUTHORISED": ("Approved", "Delivered"),
        "BILLED": ("Billed", "Approved", "Delivered"),
        "DELETED": ("Cancelled", "Canceled"),
    },
}
"""A blank status of the CRM is a draft; a CRM whose picklist is not known has the four standard values."""
STANDARD_STATUSES: Final = ("Created", "Approved", "Delivered", "Cancelled")

FOR_PURCHASES: Final = ("purchase", "input", "expense")
"""Words in the name of a CRM tax that say it is for purchases; the CRM itself makes no difference."""
SALES_ACCOUNTS: Final = ("REVENUE", "SALES")
PURCHASE_ACCOUNTS: Final = ("DIRECTCOSTS", "EXPENSE")
