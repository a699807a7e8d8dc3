"""To which account of Xero's chart a line is posted, and whether Xero would take it there.

Pure. What the item of a product says counts first, then what the CRM's product says, then the account of the product's
category, then the connection's own. Xero takes no line on an archived account, on a bank account or on what it books
itself, and a rate only with the kinds of account it was made for (facts/xero.md 3.12, 3.18): that is said here, before
anything is sent. What was not fetched is not checked: then Xero says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from extension.entities.fetched import Fetched, GlAccount, XeroTax
from extension.entities.taxes import Trade
from extension.sync.errors import Cannot
from extension.sync.model import Record

ACCOUNT_FIELDS: Final[Mapping[Trade, str]] = {"sales": "sales_account", "purchases": "purchase_account"}
CATEGORY: Final = "Product_Category"
"""The CRM's own picklist of product categories."""
Categories = Mapping[str, Mapping[Trade, str]]
CLOSED_SYSTEMS: Final = frozenset({"DEBTORS", "CREDITORS"})
BANK: Final = "BANK"


@dataclass(frozen=True)
class Postings:
    """One direction of trade. `default`: where nothing else is said; `categories`: by category of the product."""

    trade: Trade = "sales"
    default: str | None = None
    categories: Mapping[str, str] = field(default_factory=dict)
    chart: Mapping[str, GlAccount] = field(default_factory=dict)
    rates: Mapping[str, XeroTax] = field(default_factory=dict)

    @staticmethod
    def of(trade: Trade, default: str | None, categories: Categories, fetched: Fetched) -> Postings:
        return Postings(
            trade,
            default,
            {category: accounts[trade] for category, accounts in categories.items() if trade in accounts},
            {account.code: account for account in fetched.accounts},
            {rate.type: rate for rate in fetched.xero_taxes},
        )

    def account_of(self, product: Record | None, item: Record | None) -> str | None:
        """What a product's lines are posted to; None: nothing but the default is said."""
        name = ACCOUNT_FIELDS[self.trade]
        said = (record.fields.get(name) for record in (item, product) if record is not None)
        category = product.fields.get("category") if product is not None else None
        return next((code for code in said if code), None) or self.categories.get(category or "")

    def check(self, line: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Raises Cannot where Xero would refuse this line: `AccountCode` and `TaxType` as it is told. `stored`: the
        line as it stands there, since what Xero took once it takes again, unless the account was archived since."""
        account = self.chart.get(line.get("AccountCode") or "")
        if account is None:
            return
        called = f"{account.code} “{account.name}”"
        if not account.active:
            raise Cannot(
                "account_archived",
                f"Its line “{_title(line)}” would be posted to account {called}, which is archived in Xero.",
                "Restore the account in Xero and fetch the data again, or give the item or the category another one.",
            )
        if all(line.get(name) == stored.get(name) for name in ("AccountCode", "TaxType")):
            return
        if account.type == BANK or account.system in CLOSED_SYSTEMS:
            raise Cannot(
                "account_refused",
                f"Its line “{_title(line)}” would be posted to account {called}, on which Xero takes no lines.",
                "Give the item, the category or the connection an account for sales or purchases.",
            )
        rate = self.rates.get(line.get("TaxType") or "")
        if rate is not None and account.kind in rate.refuses:
            raise Cannot(
                "tax_refused",
                f"Its line “{_title(line)}” has the tax “{rate.name}”, which Xero does not take on account {called}.",
                "Give the line another tax, or its item or category another account; a rate says in Xero for which "
                "accounts it may be used.",
            )


def _title(line: Mapping[str, Any]) -> str:
    return str(line.get("Description") or line.get("ItemCode") or "")[:60]
