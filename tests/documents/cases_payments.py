"""Status, payments and ends of documents; and documents in a foreign currency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from extension.sync.canonical import XERO, ZOHO, Side
from tests.documents.case import ORDER, Case, Deed, Desk
from tests.system.live_books import D
from tests.system.live_shop import TOTAL, Shop

PAID_LATER: Final = "2026-09-20"


def stands(status: Mapping[Side, str]) -> Deed:
    """Both sides say this."""

    def deed(desk: Desk) -> None:
        assert (desk.crm["Status"], desk.xero["Status"]) == (status[ZOHO], status[XERO])

    return deed


def status(side: Side, value: str) -> Deed:
    """Somebody says another status."""
    return lambda desk: desk.edit(side, Status=value)


def pays(amount: Any = TOTAL, *, credit: bool = False) -> Deed:
    """Somebody enters a payment, or applies a credit note, in Xero."""
    do = "credit" if credit else "pay"
    return lambda desk: desk.shop.books("Invoices", desk.xero["InvoiceID"], do, Amount=amount, Date=PAID_LATER)


def paid_at_once(shop: Shop) -> str:
    """An invoice of Xero that is paid before anybody synchronises."""
    id_ = shop.bill()
    shop.books("Invoices", id_, "pay", Date=PAID_LATER)
    return id_


def deletes(side: Side) -> Deed:
    """Somebody deletes the document."""

    def deed(desk: Desk) -> None:
        if side == ZOHO:
            desk.shop.gone("Invoices", desk.crm["id"])
        else:
            desk.shop.books("Invoices", desk.xero["InvoiceID"], "delete")

    return deed


def unedited(shop: Shop) -> None:
    """Xero takes no edit of an approved invoice through the API, as some guides say (facts/xero.md 3.10)."""
    shop.xero.set_switches({"edit_authorised": False})


def closed(shop: Shop) -> None:
    """The books are closed to the end of September."""
    shop.xero.edit("edit", "Organisation", None, {"PeriodLockDate": "2026-09-30"})


def opens_the_period(desk: Desk) -> None:
    """Whoever keeps the books opens the period, and somebody tries again."""
    desk.shop.xero.edit("edit", "Organisation", None, {"PeriodLockDate": "2026-08-31"})
    house = desk.shop.house
    holds = house.store(house.connection(None)).holds()
    with house.word(house.connection(None)) as word:
        word.forgive([hold.where for hold in holds])


def several_currencies(shop: Shop) -> None:
    """The CRM has several currencies, and the connection knows."""
    shop.zoho.set_switches({"multi_currency": True})
    shop.house.refreshed(shop.house.connection(None))


def with_the_crms_rate(shop: Shop) -> None:
    several_currencies(shop)
    shop.settings(lambda document: document.setdefault("documents", {}).update(rates="crm"))


def unsubscribed(shop: Shop) -> None:
    """Xero does not have US dollars."""
    several_currencies(shop)
    shop.xero.edit("delete", "Currencies", "USD", {})
    shop.house.refreshed(shop.house.connection(None))


def subscribes(desk: Desk) -> None:
    desk.shop.xero.edit("create", "Currencies", "USD", {"Description": "US dollar"})
    desk.shop.house.refreshed(desk.shop.house.connection(None))


def in_currency(code: str, rate: Any = None) -> Deed:
    """Both sides are in this currency; `rate`: what Xero says one of ours buys."""

    def deed(desk: Desk) -> None:
        assert (desk.crm["Currency"], desk.xero["CurrencyCode"]) == (code, code)
        if rate is not None:
            assert desk.xero["CurrencyRate"] == rate

    return deed


DRAFT: Final = stands({ZOHO: "Created", XERO: "DRAFT"})
PAID: Final = stands({ZOHO: "Paid", XERO: "PAID"})
VOIDED: Final = stands({ZOHO: "Voided", XERO: "VOIDED"})
APPROVED: Final = stands({ZOHO: "Approved", XERO: "AUTHORISED"})

CASES = [
    Case("draft", ZOHO, lambda shop: shop.invoice(status="Created"), expect=DRAFT),
    Case("draft", XERO, lambda shop: shop.bill(Status="DRAFT"), expect=stands({ZOHO: "Draft", XERO: "DRAFT"})),
    Case("approved", ZOHO, lambda shop: shop.invoice(), expect=APPROVED),
    Case("approved", XERO, lambda shop: shop.bill(), expect=APPROVED),
    Case("order-approved", ZOHO, lambda shop: shop.order(), kind=ORDER, expect=APPROVED),
    Case(
        "status-changes",
        ZOHO,
        lambda shop: shop.invoice(status="Created"),
        edited=status(XERO, "AUTHORISED"),
        after=APPROVED,
    ),
    Case(
        "status-changes", XERO, lambda shop: shop.bill(Status="DRAFT"), edited=status(ZOHO, "Approved"), after=APPROVED
    ),
    Case(
        "status-refused",
        XERO,
        lambda shop: shop.bill(),
        edited=status(ZOHO, "Created"),
        edit_held=frozenset({"status_refused"}),
        after=stands({ZOHO: "Created", XERO: "AUTHORISED"}),
    ),
    Case(
        "approved-locked",
        XERO,
        lambda shop: shop.bill(),
        prepare=unedited,
        edit_held=frozenset({"locked"}),
        conflict=False,
    ),
    Case("voided", ZOHO, lambda shop: shop.invoice(), edited=status(XERO, "VOIDED"), after=VOIDED),
    Case(
        "voided",
        XERO,
        lambda shop: shop.bill(),
        edited=status(ZOHO, "Cancelled"),
        after=stands({ZOHO: "Cancelled", XERO: "VOIDED"}),
    ),
    Case(
        "deleted",
        ZOHO,
        lambda shop: shop.invoice(status="Created"),
        edited=deletes(XERO),
        edit_held=frozenset({"gone"}),
        after=stands({ZOHO: "Created", XERO: "DELETED"}),
    ),
    Case("deleted", XERO, lambda shop: shop.bill(), edited=deletes(ZOHO), edit_held=frozenset({"gone"})),
    Case("paid", ZOHO, lambda shop: shop.invoice(), edited=pays(), after=PAID),
    Case("paid", XERO, paid_at_once, expect=PAID, edit_held=frozenset({"locked"}), conflict=False),
    Case("part-paid", ZOHO, lambda shop: shop.invoice(), edited=pays(D("10.00")), after=APPROVED),
    Case("credited", ZOHO, lambda shop: shop.invoice(), edited=pays(credit=True), after=PAID),
    Case(
        "closed-period",
        ZOHO,
        lambda shop: shop.invoice(),
        prepare=closed,
        held=frozenset({"period_locked"}),
        cure=opens_the_period,
    ),
    Case(
        "foreign-currency",
        ZOHO,
        lambda shop: shop.invoice(Currency="AUD", Exchange_Rate=D("0.9")),
        prepare=several_currencies,
        expect=in_currency("AUD", D("0.9184")),
    ),
    Case(
        "foreign-currency",
        XERO,
        lambda shop: shop.bill(CurrencyCode="AUD", CurrencyRate=D("0.87")),
        prepare=several_currencies,
        expect=in_currency("AUD", D("0.87")),
    ),
    Case(
        "rate-of-the-crm",
        ZOHO,
        lambda shop: shop.invoice(Currency="AUD", Exchange_Rate=D("0.912345678")),
        prepare=with_the_crms_rate,
        expect=in_currency("AUD", D("0.912346")),
    ),
    Case(
        "unsubscribed-currency",
        ZOHO,
        lambda shop: shop.invoice(Currency="USD"),
        prepare=unsubscribed,
        held=frozenset({"currency"}),
        cure=subscribes,
        expect=in_currency("USD"),
    ),
]
