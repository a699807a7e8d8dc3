"""A plain company of any size: accounts, products and invoices of three lines that both sides hold alike.

Nothing in it is a special case, because the bench measures what the ordinary costs; the seeded company of the
sandbox has the cases. Rows are native, as each service returns them, and the same for the same size.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

Row = dict[str, Any]
Rows = dict[str, list[Row]]

FIRST_ID: Final = 5_725_767_000_100_000_000
ACCOUNT, PRODUCT, INVOICE, LINE = 1, 2, 3, 4
LINES: Final = 3
CITIES: Final = ("Auckland", "Wellington", "Christchurch", "Dunedin", "Hamilton", "Tauranga")


@dataclass(frozen=True)
class Company:
    """How many of each; `begun` is when everything in it was last touched, or began to be: one record every `apart`
    seconds. `crm`, `books`: what either side holds."""

    accounts: int
    products: int
    invoices: int
    begun: datetime
    crm: tuple[str, ...] = ("Accounts", "Products", "Invoices")
    books: tuple[str, ...] = ("Contacts", "Items", "Invoices")
    apart: int = 0

    def rows_in_crm(self) -> Rows:
        made = {"Accounts": self._account, "Products": self._product, "Invoices": self._invoice}
        return {name: [made[name](n) for n in range(self._count(name))] for name in self.crm}

    def rows_in_xero(self) -> Rows:
        made = {"Contacts": self._contact, "Items": self._item, "Invoices": self._sales_invoice}
        return {name: [made[name](n) for n in range(self._count(name))] for name in self.books}

    def _count(self, name: str) -> int:
        match name:
            case "Invoices":
                return self.invoices
            case "Products" | "Items":
                return self.products
        return self.accounts

    # ------------------------------------------------------------------ the CRM's rows

    def _account(self, n: int) -> Row:
        return {
            "id": crm_id(ACCOUNT, n),
            "Account_Name": f"Company {n:06d} Trading Ltd",
            "Phone": f"+64 9 555 {n % 10_000:04d}",
            "Tax_Number": f"{10_000_000 + n}",
            "Billing_Street": f"{1 + n % 200} Quay Street",
            "Billing_City": CITIES[n % len(CITIES)],
            "Billing_Code": f"{1000 + n % 9000}",
            "Billing_Country": "New Zealand",
            **self._ours(ACCOUNT, n),
        }

    def _product(self, n: int) -> Row:
        return {
            "id": crm_id(PRODUCT, n),
            "Product_Name": f"Article {n:05d}",
            "Product_Code": code(n),
            "Unit_Price": price(n),
            "Product_Active": True,
            "Taxable": True,
            "Tax": [{"value": "GST 15"}],
            **self._ours(PRODUCT, n),
        }

    def _invoice(self, n: int) -> Row:
        day = self._day(n)
        account = n % self.accounts
        return {
            "id": crm_id(INVOICE, n),
            "Subject": f"Office supplies {n:06d}",
            "Invoice_Number": number(n),
            "Invoice_Date": day,
            "Due_Date": self._day(n, 20),
            "Status": "Approved",
            "Account_Name": {"id": crm_id(ACCOUNT, account), "name": f"Company {account:06d} Trading Ltd"},
            "Invoiced_Items": [self._crm_line(n, place) for place in range(LINES)],
            "Xero_Invoice_No": number(n),
            **self._ours(INVOICE, n),
        }

    def _crm_line(self, n: int, place: int) -> Row:
        product = self._sold(n, place)
        return {
            "id": crm_id(LINE, n * LINES + place),
            "Product_Name": {"id": crm_id(PRODUCT, product), "name": f"Article {product:05d}"},
            "Quantity": quantity(n, place),
            "List_Price": price(product),
            "Description": f"Article {product:05d}, as ordered by telephone",
            "Line_Tax": [{"name": "GST 15", "percentage": Decimal(15)}],
        }

    def _ours(self, kind: int, n: int) -> Row:
        stamp = xero_id(kind, n) if self.books else None
        when = self._touched(n)
        return {"Add_to_Xero": True, "Xero_ID": stamp, "Created_Time": when, "Modified_Time": when}

    # ------------------------------------------------------------------ Xero's rows

    def _contact(self, n: int) -> Row:
        postal = {
            "AddressType": "POBOX",
            "AddressLine1": f"{1 + n % 200} Quay Street",
            "City": CITIES[n % len(CITIES)],
            "Region": "",
            "PostalCode": f"{1000 + n % 9000}",
            "Country": "New Zealand",
        }
        return {
            "ContactID": xero_id(ACCOUNT, n),
            "ContactNumber": crm_id(ACCOUNT, n) if self.crm else "",
            "Name": f"Company {n:06d} Trading Ltd",
            "TaxNumber": f"{10_000_000 + n}",
            "Addresses": [{"AddressType": "STREET", "City": "", "Region": "", "PostalCode": "", "Country": ""}, postal],
            "Phones": [_phone(kind, n) for kind in ("DDI", "DEFAULT", "FAX", "MOBILE")],
            "IsCustomer": True,
            "UpdatedDateUTC": self._touched(n),
        }

    def _item(self, n: int) -> Row:
        return {
            "ItemID": xero_id(PRODUCT, n),
            "Code": code(n),
            "Name": f"Article {n:05d}",
            "SalesDetails": {"UnitPrice": price(n), "AccountCode": "200", "TaxType": "OUTPUT2"},
            "PurchaseDetails": {},
            "IsPurchased": False,
            "UpdatedDateUTC": self._touched(n),
        }

    def _sales_invoice(self, n: int) -> Row:
        account = n % self.accounts
        return {
            "Type": "ACCREC",
            "InvoiceID": xero_id(INVOICE, n),
            "InvoiceNumber": number(n),
            "Reference": f"Office supplies {n:06d}",
            "Contact": {"ContactID": xero_id(ACCOUNT, account), "Name": f"Company {account:06d} Trading Ltd"},
            "Date": self._day(n),
            "DueDate": self._day(n, 20),
            "Status": "AUTHORISED",
            "LineAmountTypes": "Exclusive",
            "LineItems": [self._xero_line(n, place) for place in range(LINES)],
            "UpdatedDateUTC": self._touched(n),
        }

    def _xero_line(self, n: int, place: int) -> Row:
        product = self._sold(n, place)
        return {
            "LineItemID": xero_id(LINE, n * LINES + place),
            "Description": f"Article {product:05d}, as ordered by telephone",
            "Quantity": quantity(n, place),
            "UnitAmount": price(product),
            "ItemCode": code(product),
            "AccountCode": "200",
            "TaxType": "OUTPUT2",
        }

    # ------------------------------------------------------------------ what both have in common

    def _sold(self, n: int, place: int) -> int:
        return (n * 7 + place * 11) % self.products

    def _touched(self, n: int) -> str:
        return (self.begun + timedelta(seconds=n * self.apart)).isoformat()

    def _day(self, n: int, later: int = 0) -> str:
        return (self.begun.date() - timedelta(days=n % 90) + timedelta(days=later)).isoformat()


def crm_id(kind: int, n: int) -> str:
    return str(FIRST_ID + kind * 1_000_000_000 + n)


def xero_id(kind: int, n: int) -> str:
    scattered = n * 2_654_435_761 % 2**32  # as ids are: in no order of their records, and each once
    return f"{scattered:08x}-0000-4000-8000-{kind:012x}"


def code(n: int) -> str:
    return f"ART-{n:05d}"


def number(n: int) -> str:
    return f"INV-{100_000 + n}"


def price(n: int) -> Decimal:
    return Decimal(1_250 + n * 37 % 90_000) / 100


def quantity(n: int, place: int) -> Decimal:
    return Decimal(1 + (n + place) % 12)


def _phone(kind: str, n: int) -> Row:
    number_ = f"+64 9 555 {n % 10_000:04d}" if kind == "DEFAULT" else ""
    return {"PhoneType": kind, "PhoneNumber": number_, "PhoneAreaCode": "", "PhoneCountryCode": ""}
