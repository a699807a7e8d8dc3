"""Who may stand on a document, and what: only what the side that holds the paper knows.

Built once per company from its parties and goods; documents are then drawn from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from sandbox.seed.documents import PURCHASES, SALES, Document, Line, Tax
from sandbox.seed.draw import Draw
from sandbox.seed.goods import Product
from sandbox.seed.parties import CUSTOMER, ONE_MAILBOX, SUPPLIER, TWINS, Contact, Party

LONGEST_CODE = 30


@dataclass(frozen=True)
class Shelf:
    """`accounts` and `vendors` are the CRM's, `own` the contacts that only Xero has."""

    draw: Draw
    accounts: Sequence[Party]
    vendors: Sequence[Party]
    own: Sequence[Party]
    products: Sequence[Product]

    @cached_property
    def buyers(self) -> list[Party]:
        """Accounts whose invoices travel in the base currency."""
        return [a for a in self.accounts if a.ticked and not a.archived and a.name != TWINS and a.currency == "NZD"]

    @cached_property
    def shared_buyers(self) -> list[Party]:
        return [a for a in self.buyers if a.on_both and a.stamp is None]

    @cached_property
    def stamped_buyers(self) -> list[Party]:
        """Those that an earlier product has linked."""
        return [a for a in self.buyers if a.on_both and a.stamp]

    @cached_property
    def own_customers(self) -> list[Party]:
        return [p for p in self.own if p.role == CUSTOMER and not p.archived]

    @cached_property
    def suppliers(self) -> list[Party]:
        """Everyone in Xero from whom the dealer buys."""
        return [p for p in [*self.vendors, *self.own] if p.role == SUPPLIER and p.xero_id and not p.archived]

    @cached_property
    def goods(self) -> list[Product]:
        """What the CRM can sell and Xero can take."""
        return [p for p in self.products if p.zoho_id and p.ticked and p.code and len(p.code) <= LONGEST_CODE]

    @cached_property
    def shared_goods(self) -> list[Product]:
        return [p for p in self.goods if p.xero_id]

    @cached_property
    def stock(self) -> list[Product]:
        """What both sides can order."""
        return [p for p in self.shared_goods if p.orderable]

    @cached_property
    def items(self) -> list[Product]:
        """What Xero can sell."""
        return [p for p in self.products if p.xero_id and (p.ticked or not p.zoho_id)]

    @cached_property
    def uncoded(self) -> Product:
        return next(p for p in self.products if p.code is None)

    def named(self, name: str) -> Party:
        return next(a for a in self.accounts if a.name == name)

    def line(self, product: Product | None, tax: Tax = SALES, **changes: Any) -> Line:
        """One line of a sale; without a product it is free text."""
        price = product.price if product else Decimal(95)
        text = product.name if product else "Advice on site, agreed by telephone"
        quantity = Decimal(self.draw.number(1, 12))
        line = Line(self.draw.zoho_id(), self.draw.guid(), product, text, quantity, price, tax)
        return replace(line, **changes)

    def lines(self, products: Sequence[Product], tax: Tax = SALES) -> tuple[Line, ...]:
        return tuple(self.line(self.draw.one(products), tax) for _ in range(self.draw.number(1, 4)))

    def purchase(self, products: Sequence[Product]) -> tuple[Line, ...]:
        """Lines at the price the dealer pays."""
        wares = [self.draw.one(products) for _ in range(self.draw.number(1, 4))]
        return tuple(self.line(ware, PURCHASES, price=ware.cost) for ware in wares)

    def paper(
        self, kind: str, party: Party, lines: tuple[Line, ...], *, zoho: bool, xero: bool, **changes: Any
    ) -> Document:
        """A document that the named sides hold."""
        draw = self.draw
        made = Document(kind, draw.zoho_id() if zoho else None, draw.guid() if xero else None, party, lines)
        return replace(made, contact=_contact(party), **changes)


def _contact(party: Party) -> Contact | None:
    """To whom it is addressed; nobody where even the company could not say which of two."""
    if party.name == ONE_MAILBOX or not party.contacts or not party.contacts[0].ticked:
        return None
    return party.contacts[0]
