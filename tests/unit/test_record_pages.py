"""The services' own pages for a record, in every data centre, and in what stands in for a service."""

import pytest

from extension.entities.deep_links import RecordPages
from extension.remote.datacentres import TABLE, Addresses, DataCentre
from extension.sync.canonical import XERO, ZOHO


@pytest.mark.parametrize("row", TABLE)
def test_the_crm_of_a_data_centre_is_beside_its_accounts_server(row: DataCentre) -> None:
    accounts = row.accounts
    site = Addresses().crm_site(accounts)
    assert site.startswith("https://crm.")
    assert site.removeprefix("https://crm.") == accounts.removeprefix("https://accounts.")


def test_pages_of_records() -> None:
    pages = RecordPages("https://crm.zoho.eu", "https://go.xero.com", "!Qj35V")
    assert pages.of("invoice", ZOHO, "17") == "https://crm.zoho.eu/crm/tab/Invoices/17"
    assert pages.of("invoice", XERO, "ab-1") == "https://go.xero.com/app/!Qj35V/invoicing/view/ab-1"
    assert pages.of("contact", XERO, "ab-1/2") == "https://go.xero.com/app/!Qj35V/contacts/contact/ab-1"
    assert pages.of("invoice", XERO, None) is None


def test_without_a_short_code_there_is_no_link_into_xero() -> None:
    assert RecordPages("https://crm.zoho.eu", "https://go.xero.com", None).of("invoice", XERO, "ab-1") is None


def test_a_stand_in_keeps_its_own_pages() -> None:
    local = Addresses(zoho_accounts="http://localhost:1", xero_login="http://localhost:2")
    pages = RecordPages(local.crm_site("http://localhost:1"), local.xero_site, "!x")
    assert pages.of("account", ZOHO, "1") == "http://localhost:1/crm/tab/Accounts/1"
    assert pages.of("account", XERO, "2") == "http://localhost:2/app/!x/contacts/contact/2"
