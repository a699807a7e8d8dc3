"""The doctor against both services: what people change there is seen before anything is written, and nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from extension.doctor.findings import Finding
from extension.doctor.looking import look
from extension.entities.becoming import turned
from extension.preparing import Preparing
from extension.sync.canonical import XERO
from extension.sync.model import Scope
from extension.sync.pace import Stretch
from sandbox.faults import Rule
from tests.system.live_books import HOUR, Books, Connected, D
from tests.system.live_shop import Shop


def made(books: Books) -> None:
    """A shop in step whose CRM has every field of ours."""
    Preparing(books.house, books.house.connection(None), ["purchase_order"]).do("a test")
    Shop.opened(books)
    shop = Shop(books)
    shop.invoice()
    shop.order()
    shop.sync()


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", made)


@pytest.fixture
def shop(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    found = connected.again(tmp_path / "instance")
    yield Shop(found)
    found.house.close()


def fetched(books: Books) -> None:
    """What was typed is read, and nothing is written."""
    books.clock.advance(HOUR)
    books.house.engine(books.house.connection(None)).run(Scope(observe_only=True))


def findings(books: Books) -> list[Finding]:
    return list(look(books.house, books.house.connection(None)))


def wrong(books: Books) -> dict[str, Finding]:
    """What is not in order, by its code; no service can call this machine."""
    found = [each for each in findings(books) if each.verdict != "ok" and each.code != "no_signals"]
    return {each.code: each for each in found}


def test_a_healthy_company_has_no_finding(shop: Shop) -> None:
    told = findings(shop)
    assert wrong(shop) == {}
    assert {"Zoho CRM", "Xero", "Mapping", "Rights", "Accounts", "Taxes", "Numbers"} <= {each.check for each in told}


def test_it_looks_and_writes_nothing_anywhere(shop: Shop) -> None:
    connection = shop.house.connection(None)
    rows, calls = (shop.zoho.dump(), shop.xero.dump()), len(shop._calls())
    findings(shop)
    assert (shop.zoho.dump(), shop.xero.dump()) == rows
    assert shop.house.connection(None) == connection
    assert len(shop._calls()) - calls < 30


def test_an_account_that_is_archived_in_xero_is_seen_before_the_next_fetch(shop: Shop) -> None:
    shop.invoice()
    fetched(shop)
    shop.books("Accounts", "200", "archive")
    found = wrong(shop)
    assert set(found) == {"account"}
    assert "Account 200 “Sales” is archived in Xero, and is the default for sales." in found["account"].message


def test_a_rate_that_nobody_may_use_any_more(shop: Shop) -> None:
    shop.books("TaxRates", "OUTPUT2", Status="DELETED")
    found = wrong(shop)
    assert "OUTPUT2" in found["tax_rate"].message
    assert "The next Data fetch finds that" in found["mapping_soon"].message


def test_a_rate_that_is_not_for_the_account(shop: Shop) -> None:
    shop.books("TaxRates", "OUTPUT2", CanApplyToRevenue=False)
    assert {"tax_rate", "tax_refused"} <= set(wrong(shop))


def test_a_currency_of_the_books_that_the_crm_does_not_have(shop: Shop) -> None:
    shop.bill(CurrencyCode="USD")
    shop.sync()
    found = wrong(shop)["currency"]
    assert found.records == 1
    assert "USD" in found.message


def test_a_discount_of_the_whole_has_nowhere_to_go(shop: Shop) -> None:
    shop.invoice(Discount=D(1))
    fetched(shop)
    assert wrong(shop)["charge_account"].records == 1


def test_purchase_orders_that_become_bills(shop: Shop) -> None:
    shop.order(PO_Number=None)
    fetched(shop)
    assert wrong(shop) == {}
    connection = shop.house.connection(None)
    document = turned(connection.settings, "bills", connection.fetched)
    shop.house.connections.update_settings(connection.id, document, "a test", shop.clock.now())
    assert wrong(shop)["no_number"].records == 1


def test_a_number_that_was_deleted_in_xero_is_taken(shop: Shop) -> None:
    draft = shop.bill(InvoiceNumber="INV-1002", Status="DRAFT")
    shop.books("Invoices", draft, "delete")
    mine = shop.invoice()
    assert shop.one("zoho", "Invoices", id=mine)["Invoice_Number"] == "INV-1002"
    fetched(shop)
    found = wrong(shop)["number_taken"]
    assert found.records == 1
    assert "INV-1002" in found.message


def test_codes_are_looked_at_before_they_are_sent(shop: Shop) -> None:
    for name, code in (("Long", "L" * 31), ("Ink", "INK"), ("Toner", "ink"), ("Bare", None)):
        shop.crm("Products", Product_Name=name, Product_Code=code, Unit_Price=1)
    fetched(shop)
    found = wrong(shop)
    assert {code: each.records for code, each in found.items()} == {"code_too_long": 1, "code_doubled": 2, "no_code": 1}


def test_a_line_without_an_item_needs_a_product(shop: Shop) -> None:
    shop.bill({"ItemCode": "", "Description": "Delivery"})
    shop.sync()
    found = wrong(shop)["itemless"]
    assert found.records == 1
    sundry = shop.crm("Products", Product_Name="Sundry", Product_Code="SUNDRY", Add_to_Xero=False)
    fetched(shop)
    shop.settings(lambda document: document.update(itemless_product=sundry))
    assert wrong(shop) == {}
    shop.gone("Products", sundry)
    fetched(shop)
    assert set(wrong(shop)) == {"itemless_gone"}
    shop.settings(lambda document: document.update(itemless_product=shop.pen))
    assert "Pen" in wrong(shop)["itemless_linked"].message


def test_a_theme_that_is_new_in_xero(shop: Shop) -> None:
    theme = {"Name": "Harbour", "BrandingThemeID": "11111111-2222-3333-4444-555555555555"}
    shop.books("BrandingThemes", do="create", **theme)
    assert "Harbour" in wrong(shop)["theme_missing"].message


def test_a_lock_date(shop: Shop) -> None:
    shop.invoice()
    fetched(shop)
    shop.books("Organisation", shop.xero.main_id, PeriodLockDate="2026-09-30")
    found = wrong(shop)
    assert found["locked_new"].verdict == "attention"
    assert found["locked_linked"].verdict == "note"


def test_a_scope_that_was_not_granted(shop: Shop) -> None:
    grants = shop.house.grants(shop.house.connection(None).id)
    grant = grants.get("xero")
    assert grant is not None
    grants.save("xero", replace(grant, scopes=("offline_access", "accounting.invoices", "accounting.contacts")))
    assert "accounting.settings.read" in wrong(shop)["scope_missing"].message


def test_a_service_that_fails_is_said_and_the_rest_is_looked_at(shop: Shop) -> None:
    shop.invoice(Status="Approved")
    shop.xero.faults.add(Rule(method="GET", path="/Accounts", kind="status_before", params={"status": 500}))
    told = findings(shop)
    assert [each.check for each in told if each.verdict == "remote"] == ["Set-up of both sides"]
    assert "old" in {each.code for each in told}
    assert {"Accounts", "Taxes", "Numbers"} <= {each.check for each in told}


def test_before_anything_was_fetched(tmp_path: Path) -> None:
    connected = Connected.once(tmp_path / "connected")
    books = connected.again(tmp_path / "instance")
    try:
        assert "not_fetched" in wrong(books)
    finally:
        books.house.close()


def _statuses(document: dict[str, Any]) -> None:
    rows = document["status"]["invoice"]
    rows[:] = [row for row in rows if row["zoho"] != "Approved" or row["direction"] == "to_zoho"]


def test_a_status_that_stands_for_nothing(shop: Shop) -> None:
    shop.settings(_statuses)
    found = wrong(shop)["status_unmapped"]
    assert (found.verdict, found.records) == ("attention", 1)


def test_a_schedule_that_the_calls_of_a_day_do_not_carry(shop: Shop) -> None:
    connection = shop.house.connection(None)
    assert "Schedule" not in {finding.check for finding in findings(shop)}, "it runs when somebody asks"
    shop.settings(lambda settings: settings.update(schedule={"on": True, "every": 15}))
    assert [finding.verdict for finding in findings(shop) if finding.check == "Schedule"] == ["ok"]
    shop.house.connections.set_stretched(connection.id, Stretch(25, 15, XERO, 1_000, 14).document())
    (found,) = [finding for finding in findings(shop) if finding.check == "Schedule"]
    assert (found.verdict, found.code, found.place) == ("note", "stretched", "schedule")
    assert found.message == "Every 25 minutes instead of 15: Xero allows 1,000 calls a day, and a run takes about 14."
