"""One case of the table in docs/documents.md: a document that somebody types, and what is to come of it.

A case names what is typed on the side where it is born, and what stands on both sides once nothing moves any more. What
every case goes through (an edit on the other side, a conflict on one line, a crash) is told by `rounds`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from extension.sync.canonical import XERO, ZOHO, Side
from tests.system.live_shop import Shop

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of document: where both services keep it, and its lines."""

    entity: str
    feeds: Mapping[Side, str]
    subform: str
    ids: Mapping[Side, str]
    total: Mapping[Side, str]


INVOICE: Final = Kind(
    "invoice",
    {ZOHO: "Invoices", XERO: "Invoices"},
    "Invoiced_Items",
    {ZOHO: "id", XERO: "InvoiceID"},
    {ZOHO: "Grand_Total", XERO: "Total"},
)
ORDER: Final = Kind(
    "purchase_order",
    {ZOHO: "Purchase_Orders", XERO: "PurchaseOrders"},
    "Purchase_Items",
    {ZOHO: "id", XERO: "PurchaseOrderID"},
    {ZOHO: "Grand_Total", XERO: "Total"},
)
BILL: Final = Kind(
    "purchase_order",
    {ZOHO: "Purchase_Orders", XERO: "Invoices"},
    "Purchase_Items",
    {ZOHO: "id", XERO: "InvoiceID"},
    {ZOHO: "Grand_Total", XERO: "Total"},
)


@dataclass
class Desk:
    """The shop with its one document, on both sides."""

    shop: Shop
    kind: Kind
    own: Mapping[Side, str]  # the id on the side where it was typed

    @property
    def crm(self) -> Row:
        """The document of the CRM; its only one where it was born in Xero."""
        return self._row(ZOHO)

    @property
    def xero(self) -> Row:
        return self._row(XERO)

    def _row(self, side: Side) -> Row:
        rows, name = self.rows(side), self.kind.ids[side]
        found = [row for row in rows if side not in self.own or str(row[name]) == self.own[side]]
        assert len(found) == 1, f"{len(found)} documents in {side}"
        return found[0]

    def rows(self, side: Side) -> list[Row]:
        """All documents of this kind."""
        rows = self.shop.in_crm(self.kind.feeds[side]) if side == ZOHO else self.shop.in_xero(self.kind.feeds[side])
        wanted = {"Invoices": "ACCPAY" if self.kind is BILL else "ACCREC"}.get(self.kind.feeds[side])
        return [row for row in rows if side == ZOHO or wanted is None or row["Type"] == wanted]

    def lines(self, side: Side) -> list[Row]:
        found: list[Row] = self.crm[self.kind.subform] if side == ZOHO else self.xero["LineItems"]
        return found

    def total(self, side: Side) -> Any:
        return (self.crm if side == ZOHO else self.xero)[self.kind.total[side]]

    def edit(self, side: Side, **fields: Any) -> None:
        """Somebody edits the document's header."""
        feed, id_ = self.kind.feeds[side], str((self.crm if side == ZOHO else self.xero)[self.kind.ids[side]])
        if side == ZOHO:
            self.shop.crm(feed, id_, **fields)
        else:
            self.shop.books(feed, id_, **fields)

    def edit_line(self, side: Side, number: int, **fields: Any) -> None:
        """Somebody edits one of its lines, and leaves the others."""
        lines = self.lines(side)
        if side == ZOHO:
            self.edit(side, **{self.kind.subform: [{"id": lines[number]["id"], **fields}]})
        else:
            lines[number] = {**lines[number], **fields}
            self.edit(side, LineItems=[{k: v for k, v in line.items() if k not in COMPUTED} for line in lines])

    def say(self, side: Side, quantity: int, number: int = 0) -> None:
        """Somebody says another quantity of a line."""
        self.edit_line(side, number, Quantity=quantity)


COMPUTED: Final = ("LineAmount", "TaxAmount")  # what Xero's own screen computes anew

Deed: TypeAlias = Callable[[Desk], object]


def _nothing(_: Shop) -> None:
    """The shop as it is."""


def more_of_it(side: Side) -> Deed:
    """Somebody sells four of the first line instead."""
    return lambda desk: desk.say(side, 4)


@dataclass(frozen=True)
class Case:
    """`id`: of the row in docs/documents.md. `born`: where `typed` types it; answers with its id.

    `prepare`: settings, accounts, taxes … that the case is about. `expect`: what stands there once it arrived, with
    totals compared for all. `held`: the reasons why it does not arrive; then `cure` is a way out, after which it does.
    `edited`: what somebody then changes on the *other* side (None: nothing can be changed there, and why stands in
    the table); `edit_held`: why that change is held; `after`: what stands there then. `conflict`: a line exists whose
    quantity both sides may change.
    """

    id: str
    born: Side
    typed: Callable[[Shop], str]
    kind: Kind = INVOICE
    prepare: Callable[[Shop], object] = _nothing
    expect: Deed | None = None
    held: frozenset[str] = frozenset()
    cure: Deed | None = None
    edited: Deed | None = None
    edit_held: frozenset[str] = frozenset()
    after: Deed | None = None
    editable: bool = True
    conflict: bool = True
    afterwards: bool = False
    same_total: bool = True  # unless both sides are meant to differ, which the case then says

    @property
    def name(self) -> str:
        return f"{self.id} from {'CRM' if self.born == ZOHO else 'Xero'}"

    @property
    def other(self) -> Side:
        return XERO if self.born == ZOHO else ZOHO

    def goes_through(self, round_: str) -> bool:
        """What never arrives can neither be edited there nor crash on its way."""
        arrives = not self.held or self.cure is not None
        match round_:
            case "edited there":
                return arrives and self.editable
            case "conflict":
                return arrives and self.conflict
            case "cut before" | "cut after":
                return not self.held
        return True

    def open(self, shop: Shop) -> Desk:
        """The shop prepared, and the document typed."""
        self.prepare(shop)
        return Desk(shop, self.kind, {self.born: self.typed(shop)})
