"""Documents in a foreign currency, both ways, and the rate that goes along where the connection says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput
from tests.system.live_books import Connected, D, Services
from tests.system.live_shop import TOTAL, Shop

DAY_RATE = D("0.9184")  # of the local Xero, for one NZ$


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Shop.opened)


@pytest.fixture
def books(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    """The CRM has several currencies, and the connection knows."""
    made = connected.again(tmp_path / "instance")
    made.zoho.set_switches({"multi_currency": True})
    made.house.refreshed(made.house.connection(None))
    yield Shop(made)
    made.zoho.set_switches({"multi_currency": False})
    made.house.close()


def rates_of_the_crm(books: Shop) -> None:
    books.settings(lambda document: document.setdefault("documents", {}).update(rates="crm"))


def test_a_foreign_document_of_the_crm_has_xeros_rate_of_the_day(books: Shop) -> None:
    books.invoice(Currency="AUD", Exchange_Rate=D("0.9"))
    assert books.held() == set()
    sent = books.sales()
    assert [sent[name] for name in ("CurrencyCode", "CurrencyRate", "Total")] == ["AUD", DAY_RATE, TOTAL]
    assert books.one(ZOHO, "Invoices")["Exchange_Rate"] == D("0.9"), "and the CRM keeps its own"


def test_the_crms_rate_goes_along_where_somebody_chose_it(books: Shop) -> None:
    rates_of_the_crm(books)
    id_ = books.invoice(Currency="AUD", Exchange_Rate=D("0.912345678"))
    assert books.held() == set()
    assert (books.sales()["CurrencyCode"], books.sales()["CurrencyRate"]) == ("AUD", D("0.912346"))
    books.crm("Invoices", id_, Exchange_Rate=D("0.95"))
    books.books("Invoices", books.sales()["InvoiceID"], CurrencyRate=D("0.9"))
    assert books.held() == set()
    assert (books.sales()["CurrencyRate"], books.one(ZOHO, "Invoices")["Exchange_Rate"]) == (D("0.9"), D("0.95"))


def test_a_document_in_the_base_is_told_no_rate(books: Shop) -> None:
    rates_of_the_crm(books)
    books.invoice()
    assert books.held() == set()
    assert (books.sales()["CurrencyCode"], books.sales()["CurrencyRate"]) == ("NZD", 1)


def test_a_rate_that_is_missing_is_held_and_cured(books: Shop) -> None:
    rates_of_the_crm(books)
    id_ = books.invoice(Currency="AUD", Exchange_Rate=0)
    assert books.held() == {"no_rate"}
    assert not [row for row in books.in_xero("Invoices") if row["Type"] == "ACCREC"]
    books.crm("Invoices", id_, Exchange_Rate=D("0.9"))
    assert books.held() == set()
    assert books.sales()["CurrencyRate"] == D("0.9")


@pytest.mark.parametrize("rates", ["xero", "crm"])
def test_a_foreign_document_of_xero_keeps_its_rate(books: Shop, rates: str) -> None:
    if rates == "crm":
        rates_of_the_crm(books)
    books.bill(CurrencyCode="AUD", CurrencyRate=D("0.87"))
    assert books.held() == set()
    row = books.one(ZOHO, "Invoices")
    assert (row["Currency"], row["Grand_Total"]) == ("AUD", TOTAL)
    assert books.sales()["CurrencyRate"] == D("0.87"), "what the CRM says of its own does not travel back"


def test_a_currency_that_the_other_side_does_not_have_is_held_until_it_does(books: Shop) -> None:
    books.invoice(Currency="USD")
    books.xero.edit("delete", "Currencies", "USD", {})
    books.house.refreshed(books.house.connection(None))
    assert books.held() == {"currency"}
    books.xero.edit("create", "Currencies", "USD", {"Description": "US dollar"})
    books.house.refreshed(books.house.connection(None))
    assert books.held() == set()
    assert books.sales()["CurrencyCode"] == "USD"


def test_a_crm_of_one_currency_is_told_of_none(connected: Connected, tmp_path: Path) -> None:
    """What it would make of one is not known; so a foreign document of Xero is held, and a home one says nothing."""
    books = Shop(connected.again(tmp_path / "instance"))
    books.zoho.set_switches({"unknown_keys": "refused"})
    try:
        books.bill(Reference="At home")
        books.bill(Reference="Abroad", CurrencyCode="AUD")
        assert books.held() == {"currency"}
        assert [row["Subject"] for row in books.in_crm("Invoices")] == ["At home"]
    finally:
        books.zoho.set_switches({"unknown_keys": "ignored"})
        books.house.close()


def test_two_bases_are_refused_before_anything_is_stored(tmp_path: Path) -> None:
    services = Services()
    services.xero.edit("edit", "Organisation", None, {"BaseCurrency": "AUD"})
    house = services.house(tmp_path / "instance")
    try:
        with pytest.raises(BadInput, match="in NZD, Xero in AUD") as refused:
            services.connect(house)
        assert (refused.value.code, refused.value.hint) == (
            "base_currency",
            "Connect this CRM with a Xero organisation whose base currency is NZD.",
        )
        assert house.connections.list() == []
    finally:
        house.close()


def test_a_base_that_changed_is_refused_by_the_next_fetch(books: Shop) -> None:
    connection = books.house.connection(None)
    books.xero.edit("edit", "Organisation", None, {"BaseCurrency": "AUD"})
    with pytest.raises(BadInput, match="in NZD, Xero in AUD"):
        books.house.refreshed(connection)
    assert books.house.connection(None).fetched == connection.fetched


def test_amounts_are_compared_in_the_documents_own_currency(books: Shop) -> None:
    """And a currency that somebody changes on one side is a difference, though the figures agree."""
    books.bill(InvoiceNumber="A-7", CurrencyCode="AUD")
    assert books.held() == set()
    ours, theirs = books.one(ZOHO, "Invoices"), books.one(XERO, "Invoices", Type="ACCREC")
    assert (ours["Grand_Total"], ours["Currency"]) == (theirs["Total"], theirs["CurrencyCode"])
    books.crm("Invoices", ours["id"], Currency="USD")
    assert books.held() == {"currency_differs"}
