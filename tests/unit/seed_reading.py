"""Reads the seeded company as a client would, by each service's own names; builds each size once."""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from sandbox.seed.company import DEFAULT_RECORDS, Company, build

Row = dict[str, Any]
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
SIZES = (10, DEFAULT_RECORDS, 1500)
TAX_PERCENT: dict[str, int | Decimal] = {
    "OUTPUT2": 15,
    "INPUT2": 15,
    "ZERORATED": 0,
    "NONE": 0,
    "TAX001": Decimal("7.5"),
}


@cache
def seeded(records: int) -> Company:
    return build(records, 1, NOW)


def folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def zoho(company: Company, module: str, **wanted: Any) -> list[Row]:
    return [row for row in company.zoho[module] if all(row[k] == v for k, v in wanted.items())]


def xero(company: Company, resource: str, **wanted: Any) -> list[Row]:
    return [row for row in company.xero[resource] if all(row[k] == v for k, v in wanted.items())]


def pairs(company: Company, module: str = "Invoices") -> list[tuple[Row, Row]]:
    """Documents of one number on both sides, without an id on either."""
    resource, own, theirs = {
        "Invoices": ("Invoices", "Invoice_Number", "InvoiceNumber"),
        "Purchase_Orders": ("PurchaseOrders", "PO_Number", "PurchaseOrderNumber"),
    }[module]
    by_number = {row[theirs]: row for row in company.xero[resource] if row["Type"] != "ACCPAY"}
    return [(row, by_number[row[own]]) for row in company.zoho[module] if row[own] in by_number and not row["Xero_ID"]]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def crm_total(row: Row) -> Decimal:
    total = row["Adjustment"] - row["Discount"]
    for line in row.get("Invoiced_Items") or row["Purchase_Items"]:
        net = cents(line["Quantity"] * line["List_Price"]) - line["Discount"]
        total += net + sum(cents(net * tax["percentage"] / 100) for tax in line["Line_Tax"])
    return Decimal(total)


def xero_total(row: Row) -> Decimal:
    total = Decimal(0)
    for line in row["LineItems"]:
        rate, cut = line.get("DiscountRate", 0), line.get("DiscountAmount", 0)
        amount = cents(line["Quantity"] * line["UnitAmount"] * (100 - rate) / 100 - cut)
        tax = cents(amount * TAX_PERCENT[line["TaxType"]] / 100) if row["LineAmountTypes"] == "Exclusive" else 0
        total += amount + tax
    return total


def crm_lines(company: Company) -> Iterator[Row]:
    for row in [*company.zoho["Invoices"], *company.zoho["Purchase_Orders"]]:
        yield from row.get("Invoiced_Items") or row["Purchase_Items"]


def lines_of(papers: list[Row]) -> list[Row]:
    return [line for paper in papers for line in paper["LineItems"]]


def xero_lines(company: Company) -> list[Row]:
    return lines_of([*company.xero["Invoices"], *company.xero["PurchaseOrders"]])


def display(row: Row) -> str:
    """What a lookup shows of a record."""
    names = ("Full_Name", "Product_Name", "Vendor_Name", "Account_Name")
    return next((row[name] for name in names if isinstance(row.get(name), str)), "")


def named(company: Company, name: str) -> Row:
    (row,) = xero(company, "Contacts", Name=name, ContactStatus="ACTIVE")
    return row
