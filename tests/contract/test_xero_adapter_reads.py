"""Reading Xero through our adapter: records by id, finding, the organisation (facts/xero.md 3.2, 3.5, 3.13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qs

import pytest

from extension.remote.xero import records
from extension.remote.xero.facts import XeroFacts
from extension.sync import errors
from extension.sync.budget import Limits
from extension.sync.model import Row
from extension.sync.ports import Page, Probe
from tests.contract.remote_rig import LINE, PEOPLE, XeroRig


def rows_of(pages: Sequence[Page]) -> list[Row]:
    return [row for page in pages for row in page.rows]


def walked(rig: XeroRig, feed: str, since: datetime | None = None) -> list[Row]:
    return rows_of(list(rig.remote.walk(feed, since, None)))


def asked(rig: XeroRig) -> list[dict[str, str]]:
    return [{k: v[0] for k, v in parse_qs(call.query).items()} for call in rig.service.journal.since()]


# ------------------------------------------------------------------ by id


def test_contacts_and_invoices_are_read_by_many_ids_with_people_and_lines() -> None:
    """About 52 ids fit into an address (3.5)."""
    rig = XeroRig()
    contacts = [rig.contact(f"C{n}", ContactPersons=PEOPLE) for n in range(60)]
    made = [rig.invoice(contacts[0]) for _ in range(45)]
    rig.journal()
    found = rig.remote.fetch("Contacts", [c.id for c in contacts])
    assert all(row is not None and row.body["ContactPersons"] for row in found.values())
    lines = rig.remote.fetch("Invoices", [i.id for i in made])
    assert all(row is not None and row.body["LineItems"] for row in lines.values())
    calls = rig.service.journal.since()
    assert len(calls) == 2 + 2
    assert all(len(call.query) < 2100 for call in calls)


def test_items_and_orders_are_read_one_by_one_in_order() -> None:
    rig = XeroRig()
    contact = rig.contact()
    ids = [rig.order(contact).id for _ in range(6)]
    codes = [rig.item(f"I{n}").id for n in range(6)]
    unknown = "6a3f0a1c-0000-4000-8000-000000000009"
    assert [row.id if row else None for row in rig.remote.fetch("PurchaseOrders", [*ids, unknown]).values()] == [
        *ids,
        None,
    ]
    found = rig.remote.fetch("Items", [unknown, *codes])
    assert [row.id if row else None for row in found.values()] == [None, *codes]


def test_one_id_is_asked_for_alone_however_much_the_lists_lag() -> None:
    rig = XeroRig(list_lag_seconds=45.0)
    contact = rig.contact()
    invoice = rig.invoice(contact)
    for feed, made in (("Contacts", contact), ("Invoices", invoice)):
        found = rig.remote.fetch(feed, [made.id])[made.id]
        assert found is not None
        assert found.modified == made.modified
    bill = rig.edit(
        "create", "Invoices", Type="ACCPAY", Contact={"ContactID": contact.id}, LineItems=[LINE], Date="2026-09-14"
    )
    assert rig.remote.fetch("Invoices", [bill]) == {bill: None}


def test_a_bill_is_no_sales_invoice() -> None:
    rig = XeroRig()
    contact = {"ContactID": rig.contact().id}
    bill = rig.edit("create", "Invoices", Type="ACCPAY", Contact=contact, LineItems=[LINE])
    assert rig.remote.fetch("Invoices", [bill]) == {bill: None}


def test_at_most_four_are_in_flight() -> None:
    """Xero allows five per organisation (3.4); one is left for the button."""
    rig = XeroRig(enforce_limits=True, concurrent_limit=4)
    contact = rig.contact()
    ids = [rig.order(contact).id for _ in range(12)]
    rig.fault(path="/PurchaseOrders/", kind="delay", times=0, params={"seconds": 0.01})
    assert all(rig.remote.fetch("PurchaseOrders", ids).values())


# ------------------------------------------------------------------ finding


ODD = ["O'Neil & Sons", 'The "Best" Ltd', "Back\\slash", "Kererū + Co", "100% (NZ), Ltd"]


@pytest.mark.parametrize("name", ODD)
def test_a_contact_is_found_by_name_however_it_is_spelt(name: str) -> None:
    rig = XeroRig()
    made = rig.contact(name)
    rig.contact("Somebody else")
    assert made.id in [row.id for row in rig.remote.find("Contacts", [Probe(None, name, {})])]


def test_many_contacts_are_found_by_their_numbers() -> None:
    rig = XeroRig()
    made = {rig.contact(f"C{n}", ContactNumber=f"5725767000000{n:06}").id for n in range(120)}
    probes = [Probe(f"5725767000000{n:06}", None, {}) for n in range(120)]
    rig.journal()
    assert {row.id for row in rig.remote.find("Contacts", probes)} == made
    assert all(len(call.query) < 2300 for call in rig.service.journal.since())


def test_an_archived_contact_counts_by_its_number_and_not_by_its_name() -> None:
    """An archived name is free again, a number stays taken (3.13)."""
    rig = XeroRig()
    made = rig.contact("Old Ltd", ContactNumber="42")
    rig.edit("archive", "Contacts", made.id)
    assert rig.remote.find("Contacts", [Probe(None, "Old Ltd", {})]) == []
    (row,) = rig.remote.find("Contacts", [Probe("42", "Old Ltd", {})])
    assert row.state == "archived"


def test_a_person_is_looked_for_in_the_parent() -> None:
    rig = XeroRig()
    made = rig.contact(ContactPersons=PEOPLE)
    (row,) = rig.remote.find("Contacts", [Probe(None, None, {}, parent=made.id)])
    assert row.id == made.id


def test_items_are_found_by_code_without_regard_to_case() -> None:
    rig = XeroRig()
    made = rig.item('A"1')
    rig.item("B")
    assert [row.id for row in rig.remote.find("Items", [Probe(None, 'a"1', {})])] == [made.id]


@pytest.mark.parametrize("numbered", [["Invoices"], []])
@pytest.mark.parametrize("number", ["INV-1", "INV,1", 'INV"1'])
def test_invoices_with_our_number_are_found_by_it(number: str, numbered: list[str]) -> None:
    rig = XeroRig(numbered=numbered)
    contact = rig.contact()
    made = rig.invoice(contact, InvoiceNumber=number)
    rig.invoice(contact, InvoiceNumber="INV-2")
    assert [row.id for row in rig.remote.find("Invoices", [Probe(None, number, {})])] == [made.id]


def test_invoices_that_xero_numbers_are_found_by_their_reference() -> None:
    rig = XeroRig()
    contact = rig.contact()
    made = rig.invoice(contact, Reference="CRM-1")
    gone = rig.invoice(contact, Reference="CRM-1")
    rig.edit("delete", "Invoices", gone.id)
    assert [row.id for row in rig.remote.find("Invoices", [Probe(None, "CRM-1", {})])] == [made.id]


@pytest.mark.parametrize("number", ["PO-7", "PO/7", "PO 7", "PO%7"])
@pytest.mark.parametrize("numbered", [True, False])
def test_orders_are_found_by_number_or_else_by_reference(numbered: bool, number: str) -> None:
    """A slash does not survive in a path."""
    rig = XeroRig(numbered=["PurchaseOrders"] if numbered else [])
    contact = rig.contact()
    made = rig.order(contact, PurchaseOrderNumber=number, Reference="CRM-7")
    rig.order(contact, PurchaseOrderNumber="PO-8", Reference="CRM-8")
    keys = [number] if numbered else [number, "CRM-7"]
    for key in keys:
        probes = [Probe(None, key, {}), Probe(None, "nothing", {})]
        assert [row.id for row in rig.remote.find("PurchaseOrders", probes)] == [made.id]


# ------------------------------------------------------------------ the rest of the port


def test_who_we_are_is_one_of_the_organisations_that_the_grant_reaches() -> None:
    rig = XeroRig()
    assert rig.remote.clock() is None
    assert rig.remote.identity() == rig.tenant
    assert rig.remote.clock() == rig.clock.now().replace(microsecond=0)
    way = records.line(rig.transport, rig.authority, rig.tenant)
    (tenant,) = records.tenants(way)
    assert tenant.id == rig.tenant
    assert tenant.connection
    assert rig.buckets.left(f"xero:{rig.tenant}", rig.clock.now(), Limits(9, 9)) == (9, 9)  # it is not counted


def test_only_organisations_are_books() -> None:
    rig = XeroRig()
    practice = [{"id": "1", "tenantId": rig.tenant, "tenantType": "PRACTICEMANAGER", "tenantName": "X"}]
    rig.fault(path="onnections", kind="status_before", params={"status": 200, "body": practice})
    with pytest.raises(errors.Unauthorised) as caught:
        rig.remote.identity()
    assert caught.value.code == "disconnected"
    assert rig.grants.problem("xero") == "disconnected"


def test_facts_say_what_holds_for_writes() -> None:
    rig = XeroRig(numbered=["PurchaseOrders"])
    facts = {feed: rig.remote.facts(feed) for feed in ("Contacts", "Items", "Invoices", "PurchaseOrders")}
    assert {feed: f.unique for feed, f in facts.items()} == {
        "Contacts": True,
        "Items": True,
        "Invoices": False,
        "PurchaseOrders": True,
    }
    assert {feed: f.arrays for feed, f in facts.items()} == {
        "Contacts": True,
        "Items": False,
        "Invoices": True,
        "PurchaseOrders": True,
    }
    assert all(f.batch == 50 and 0 < f.key_seconds < 360 and not f.deletions for f in facts.values())


def test_the_organisations_set_up_is_plain_data() -> None:
    rig = XeroRig()
    facts = XeroFacts(records.line(rig.transport, rig.authority, rig.tenant), rig.tenant)
    org = facts.organisation()
    assert (org.base_currency, org.short_code, org.country) == ("NZD", "!hb0r1", "NZ")
    assert org.timezone
    assert {"Code", "Type", "Status"} <= set(facts.accounts()[0])
    assert any(rate["TaxType"] == "OUTPUT2" for rate in facts.tax_rates())
    assert any(currency["Code"] == "NZD" for currency in facts.currencies())
    assert facts.branding_themes()[0]["BrandingThemeID"]
    assert rig.service.unmodelled() == []
