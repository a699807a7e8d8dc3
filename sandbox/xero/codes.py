"""Which account and tax codes a line or an item may carry (facts/xero.md 3.12, 3.18)."""

from __future__ import annotations

from sandbox.xero.chart import APPLIES_TO_CLASS
from sandbox.xero.ledger import Desk

# Lines cannot be booked on what Xero books itself, nor on a bank account.
CLOSED_SYSTEM_ACCOUNTS = frozenset({"DEBTORS", "CREDITORS"})


def archived_account(code: str) -> str:
    return (
        f"Account code '{code}' has been archived, or has been deleted. Each line item must reference a valid account."
    )


def unknown_tax(tax: str) -> str:
    return f"The TaxType code '{tax}' does not exist or cannot be used for this type of transaction."


def account_problems(desk: Desk, code: str) -> list[str]:
    """What is wrong with this account on a line, in Xero's words."""
    row = desk.account(code)
    if row is None or row["Type"] == "BANK" or row.get("SystemAccount") in CLOSED_SYSTEM_ACCOUNTS:
        return [f"Account code '{code}' is not a valid code for this document."]
    return [] if row["Status"] == "ACTIVE" else [archived_account(code)]


def tax_problems(desk: Desk, tax: str, account: str | None) -> list[str]:
    """What is wrong with this tax, alone or together with the account."""
    rate = desk.ledger.tax_rates.get(tax)
    if rate is None or rate["Status"] != "ACTIVE":
        return [unknown_tax(tax)]
    row = desk.account(account)
    if row is not None and not rate[APPLIES_TO_CLASS[row["Class"]]]:
        return [f"The TaxType code '{tax}' cannot be used with account code '{account}'."]
    return []
