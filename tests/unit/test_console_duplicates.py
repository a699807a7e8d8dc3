"""Made twice: a group that grew beyond one. Twins that were there before may stay."""

from __future__ import annotations

from typing import Any

import pytest

from extension.console.duplicates import made_twice

Rows = dict[str, list[dict[str, Any]]]


@pytest.mark.parametrize(
    ("side", "before", "after", "found"),
    [
        ("zoho", {}, {"Accounts": [{"Account_Name": "A"}]}, []),
        ("zoho", {}, {"Accounts": [{"Account_Name": "A"}, {"Account_Name": " a "}]}, ["Accounts: a"]),
        (
            "zoho",
            {"Accounts": [{"Account_Name": "A"}, {"Account_Name": "A"}]},
            {"Accounts": [{"Account_Name": "A"}, {"Account_Name": "A"}]},
            [],
        ),
        ("zoho", {}, {"Vendors": [{"Vendor_Name": "", "Xero_ID": None}] * 3}, []),
        ("zoho", {}, {"Products": [{"Xero_ID": "x"}, {"Xero_ID": "x"}]}, ["Products by Xero ID: x"]),
        (
            "zoho",
            {},
            {"Contacts": [{"Account_Name": {"id": str(n)}, "Full_Name": "Ann", "Email": "a@b.nz"} for n in (1, 2)]},
            [],
        ),
        ("xero", {}, {"Contacts": [{"Name": "A"}, {"Name": "A", "ContactStatus": "ARCHIVED"}]}, []),
        ("xero", {}, {"Invoices": [{"Type": "ACCREC", "InvoiceNumber": "1"}] * 2}, ["Invoices: accrec / 1"]),
        ("xero", {}, {"Invoices": [{"Type": t, "InvoiceNumber": "1"} for t in ("ACCREC", "ACCPAY")]}, []),
    ],
)
def test_made_twice(side: str, before: Rows, after: Rows, found: list[str]) -> None:
    assert made_twice(side, before, after) == found
