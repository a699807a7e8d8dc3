"""The whole company on both sides, from a number of accounts, a seed and a moment.

Deterministic: the same three give the same rows. The special cases are there at every size; what grows is ordinary.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.seed import goods, invoices, orders, parties, xero_rows, zoho_rows
from sandbox.seed.documents import BILL, Document
from sandbox.seed.draw import Draw
from sandbox.seed.parties import Party
from sandbox.seed.shelf import Shelf

DEFAULT_RECORDS = 60
FEWEST = 10


@dataclass(frozen=True)
class Company:
    """Rows as each service returns them, by module and by resource; `story` tells the special cases as `case: what`."""

    zoho: dict[str, list[dict[str, Any]]]
    xero: dict[str, list[dict[str, Any]]]
    story: list[str]


def build(records: int, seed: int, now: datetime, organisation: int = 0) -> Company:
    """`records` is the number of accounts in the CRM, at least 10; everything else grows with it.

    Two organisations of one world never share an id in the CRM.
    """
    if records < FEWEST:
        raise ValueError(f"a company has at least {FEWEST} accounts, not {records}")
    draw, story = Draw(seed, now, organisation), list[str]()
    accounts = parties.special_accounts(draw, story)
    loners, in_xero_alone = parties.without_company(draw, story)
    accounts += [parties.ordinary_account(draw, number) for number in range(records - len(accounts))]
    both_roles = next(a for a in accounts if a.name == parties.BOTH_ROLES)
    vendors = parties.vendors(draw, max(15, records // 4), both_roles, story)
    own = parties.only_in_xero(draw, max(20, records // 3), story)
    products = [
        *goods.special_products(draw, story),
        *goods.ordinary_products(draw, max(27, min(records // 2, 5_000)), story),
        *goods.services(draw, story),
    ]
    shelf = Shelf(draw, accounts, vendors, own, products)
    sales = [
        *invoices.crm_invoices(shelf, records * 4 // 3, story),
        *invoices.own_invoices(shelf, max(24, records * 2 // 5), story),
        *invoices.bills(shelf, story),
    ]
    purchases = [
        *orders.crm_orders(shelf, max(20, records // 3), story),
        *orders.own_orders(shelf, max(8, records // 8), story),
    ]
    return Company(
        zoho={
            "Accounts": [zoho_rows.account(a) for a in accounts],
            "Contacts": [*_people(accounts), *(zoho_rows.contact(c, None) for c in loners)],
            "Vendors": [zoho_rows.vendor(v) for v in vendors],
            "Products": [zoho_rows.product(p) for p in products if p.zoho_id],
            "Invoices": [zoho_rows.invoice(d) for d in sales if d.zoho_id],
            "Purchase_Orders": [zoho_rows.purchase_order(d) for d in purchases if d.zoho_id],
        },
        xero={
            "Contacts": _contacts([*accounts, *vendors, *own, *in_xero_alone], sales),
            "Items": [xero_rows.item(p) for p in products if p.xero_id],
            "Invoices": [xero_rows.invoice(d) for d in sales if d.xero_id],
            "PurchaseOrders": [xero_rows.purchase_order(d) for d in purchases if d.xero_id],
            "Payments": [xero_rows.payment(draw, d) for d in sales if d.paid],
        },
        story=story,
    )


def _people(accounts: Iterable[Party]) -> Iterable[dict[str, Any]]:
    return (zoho_rows.contact(contact, account) for account in accounts for contact in account.contacts)


def _contacts(known: Iterable[Party], sales: Iterable[Document]) -> list[dict[str, Any]]:
    """One contact for each company, however many roles it has; the roles follow from the papers (facts/xero.md
    3.13).
    """
    customers, suppliers = set[str](), set[str]()
    for paper in sales:
        if paper.xero_id and paper.party.xero_id:
            (suppliers if paper.kind == BILL else customers).add(paper.party.xero_id)
    parties_by_id: dict[str, Party] = {}
    for party in known:
        if party.xero_id:
            parties_by_id.setdefault(party.xero_id, party)
    return [
        xero_rows.contact(party, customer=xero_id in customers, supplier=xero_id in suppliers)
        for xero_id, party in parties_by_id.items()
    ]
