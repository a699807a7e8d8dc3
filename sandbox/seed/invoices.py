"""Sales invoices of both sides and the suppliers' bills that only Xero has.

The special ones are mixed among the ordinary before they are numbered, so that a case is never recognisable by its
place. The CRM numbers INV-1001 and up; Xero's own papers are SI-2001 and up; invoices that an earlier product sent
carry Xero's number there and the CRM's as their reference.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from sandbox.seed.documents import (
    BILL,
    HALF,
    INCLUSIVE,
    INVOICE,
    NO_TAX,
    PURCHASES,
    UNTAXED,
    ZERO,
    Document,
    Line,
)
from sandbox.seed.parties import AUSTRALIAN, BOTH_ROLES, STAMPED, TWINS
from sandbox.seed.shelf import Shelf

# What a paper is, in both services' words.
Words = dict[str, Any]
ABROAD: Words = {"currency": "AUD", "exchange": Decimal("0.92")}
PAID: Words = {"xero_status": "PAID", "paid": Decimal(1)}
PART_PAID: Words = {"paid": Decimal("0.4")}
DRAFT: Words = {"zoho_status": "Created", "xero_status": "DRAFT"}
VOIDED: Words = {"zoho_status": "Cancelled", "xero_status": "VOIDED"}
TERMS = timedelta(days=20)


def crm_invoices(shelf: Shelf, count: int, story: list[str]) -> list[Document]:
    """Every invoice of the CRM, the shared ones with their Xero half, in the order of their numbers."""
    papers = [*_shared_specials(shelf, story), *_crm_specials(shelf, story)]
    papers += [_ordinary(shelf, number) for number in range(count - len(papers))]
    dated = zip(shelf.draw.shuffled(papers), shelf.draw.days(len(papers)), strict=True)
    return [_numbered(paper, place, day) for place, (paper, day) in enumerate(dated)]


def _numbered(paper: Document, place: int, day: date) -> Document:
    number = f"INV-{1001 + place}"
    if paper.stamped:
        paper = replace(paper, xero_number=f"INV-0{101 + place}", reference=number)
    else:
        paper = replace(paper, xero_number=number)
    return replace(paper, number=number, subject=f"Office supplies, {day:%B %Y}", day=day, due=day + TERMS)


def _shared_specials(shelf: Shelf, story: list[str]) -> list[Document]:
    """Papers that both sides hold; all but the last without an id on either, to be adopted."""
    draw, goods = shelf.draw, shelf.shared_goods

    def paper(lines: tuple[Line, ...], **changes: Any) -> Document:
        return shelf.paper(INVOICE, draw.one(shelf.shared_buyers), lines, zoho=True, xero=True, **changes)

    story += [
        "inclusive: an invoice on both sides is net in the CRM and tax-inclusive in Xero, equal to the cent",
        "no_tax: an invoice on both sides bears no tax",
        "line_discount: lines are reduced by a percentage in Xero, by the same amount in the CRM, and by plain amounts",
        "totals_differ: an invoice of one number has another quantity in Xero",
        "paid: invoices are paid in whole or in part in Xero; one is a draft, one voided there and cancelled here",
    ]
    counted = shelf.lines(goods)
    miscounted = (replace(counted[0], quantity=counted[0].quantity + 1), *counted[1:])
    return [
        shelf.paper(INVOICE, shelf.named(BOTH_ROLES), shelf.lines(goods), zoho=True, xero=True),
        paper(shelf.lines(goods), amounts=INCLUSIVE),
        paper(shelf.lines(goods, UNTAXED), amounts=NO_TAX),
        paper((shelf.line(draw.one(goods), rate=Decimal(10)), shelf.line(draw.one(goods)))),
        paper((shelf.line(draw.one(goods), cut=Decimal("2.50")), shelf.line(draw.one(goods)))),
        paper(counted, xero_lines=miscounted),
        paper(shelf.lines(goods), **PAID),
        paper(shelf.lines(goods), **PART_PAID),
        paper(shelf.lines(goods), **DRAFT),
        paper(shelf.lines(goods), **VOIDED),
        shelf.paper(INVOICE, shelf.named(STAMPED), shelf.lines(goods), zoho=True, xero=True, stamped=True),
    ]


def _crm_specials(shelf: Shelf, story: list[str]) -> list[Document]:
    """Papers that only the CRM holds, each with something that does not simply travel."""
    draw, goods = shelf.draw, shelf.goods
    in_crm = partial(shelf.paper, INVOICE, zoho=True, xero=False)

    def paper(lines: tuple[Line, ...], **changes: Any) -> Document:
        return in_crm(draw.one(shelf.buyers), lines, **changes)

    story += [
        "document_discount: an invoice is reduced as a whole, which Xero cannot carry",
        "adjustment: an invoice is rounded by an adjustment, which Xero cannot carry",
        "other_taxes: an invoice has lines at no rate and at half the rate",
        "waiting: one invoice sells a product without code, one belongs to a twin account; both wait",
        "unticked_invoice: an invoice is not ticked Add to Xero",
    ]
    papers = [
        paper(shelf.lines(goods), discount=Decimal(25)),
        paper(shelf.lines(goods), adjustment=Decimal("-0.50")),
        in_crm(shelf.named(AUSTRALIAN), shelf.lines(goods, ZERO), **ABROAD),
        paper((shelf.line(draw.one(goods)), shelf.line(draw.one(goods), ZERO), shelf.line(draw.one(goods), HALF))),
        paper((shelf.line(shelf.uncoded),)),
        in_crm(shelf.named(TWINS), shelf.lines(goods)),
        paper(shelf.lines(goods), ticked=False),
        paper((shelf.line(draw.one(goods), cut=Decimal("3.20")),)),
        paper(shelf.lines(goods), zoho_status="Cancelled"),
    ]
    unticked = next((a for a in shelf.accounts if not a.ticked and a.xero_id is None), None)
    if unticked:
        story.append(f"parent_in_scope: {unticked.name} is not ticked, but a ticked invoice refers to it")
        papers.append(in_crm(unticked, shelf.lines(goods)))
    return papers


def _ordinary(shelf: Shelf, number: int) -> Document:
    """Of ten invoices four are on both sides, one of those sent by an earlier product; six are the CRM's alone."""
    draw = shelf.draw
    lines = shelf.lines(shelf.shared_goods)
    if number % 10 not in (0, 3, 6, 8):
        status = ("Created", "Approved", "Approved", "Delivered")[number % 4]
        return shelf.paper(INVOICE, draw.one(shelf.buyers), lines, zoho=True, xero=False, zoho_status=status)
    stamped = number % 10 == 8
    buyer = draw.one(shelf.stamped_buyers if stamped else shelf.shared_buyers)
    paper = shelf.paper(INVOICE, buyer, lines, zoho=True, xero=True, stamped=stamped)
    match draw.number(0, 9):
        case 0 | 1 | 2 | 3:
            return replace(paper, **PAID)
        case 4:
            return replace(paper, **PART_PAID)
        case 5:
            return replace(paper, **DRAFT)
        case _:
            return paper


def own_invoices(shelf: Shelf, count: int, story: list[str]) -> list[Document]:
    """Sales invoices that the bookkeeper wrote in Xero."""
    draw, items = shelf.draw, shelf.items
    customers = [*shelf.own_customers, *shelf.shared_buyers]
    in_xero = partial(shelf.paper, INVOICE, zoho=False, xero=True)

    def paper(lines: tuple[Line, ...], **changes: Any) -> Document:
        return in_xero(draw.one(customers), lines, **changes)

    story += [
        "free_text: an invoice in Xero has a line without an item, and the CRM needs a product on each",
        "retail_price: an invoice in Xero is priced 19.99 including tax, which no net price in cents gives",
        "voided: Xero has a voided and a deleted invoice that the CRM never saw",
    ]
    papers = [
        # Each customer of Xero's own has at least one invoice: that is what makes a contact a customer.
        *(in_xero(customer, shelf.lines(items)) for customer in shelf.own_customers),
        paper((shelf.line(draw.one(items)), shelf.line(None))),
        paper((shelf.line(draw.one(items), gross=Decimal("19.99"), quantity=Decimal(3)),), amounts=INCLUSIVE),
        paper(shelf.lines(items), amounts=INCLUSIVE),
        paper(shelf.lines(items, UNTAXED), amounts=NO_TAX),
        paper(shelf.lines(items), xero_status="VOIDED"),
        paper(shelf.lines(items), xero_status="DELETED"),
        paper(shelf.lines(items), xero_status="DRAFT"),
        paper(shelf.lines(items), **PAID),
        paper(shelf.lines(items), **PART_PAID),
        paper((shelf.line(draw.one(items), rate=Decimal("12.5")), shelf.line(draw.one(items), cut=Decimal(1)))),
        paper(shelf.lines(items, ZERO), **ABROAD),
    ]
    papers += [paper(shelf.lines(items)) for _ in range(count - len(papers))]
    return [
        replace(paper, xero_number=f"SI-{2001 + place}", day=day, due=day + TERMS)
        for place, (paper, day) in enumerate(zip(papers, draw.days(len(papers)), strict=True))
    ]


def bills(shelf: Shelf, story: list[str]) -> list[Document]:
    """What suppliers sent: it makes a Xero contact a supplier, and nothing here synchronises it."""
    story.append("bills: Xero has a bill of every supplier, two of them with one number, which is their own affair")
    draw, made = shelf.draw, []
    for place, (supplier, day) in enumerate(zip(shelf.suppliers, draw.days(len(shelf.suppliers)), strict=True)):
        price = Decimal(draw.number(4_000, 90_000)) / 100
        line = shelf.line(None, PURCHASES, text="Goods as delivered", price=price, quantity=Decimal(1))
        bill = shelf.paper(BILL, supplier, (line,), zoho=False, xero=True, day=day, due=day + TERMS)
        made.append(replace(bill, xero_number="78412" if place < 2 else str(draw.number(10_000, 99_999))))
    return made
