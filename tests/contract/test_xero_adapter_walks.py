"""Walking Xero through our adapter: pages, positions, states and times (facts/xero.md 3.5, 3.6, 3.14, 3.16)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from extension.remote.xero.dates import plain, updated
from extension.sync.model import Row
from extension.sync.ports import Page, Probe
from tests.contract.remote_rig import LINE, PEOPLE, XeroRig


def rows_of(pages: Sequence[Page]) -> list[Row]:
    return [row for page in pages for row in page.rows]


def walked(rig: XeroRig, feed: str, since: datetime | None = None) -> list[Row]:
    return rows_of(list(rig.remote.walk(feed, since, None)))


def asked(rig: XeroRig) -> list[dict[str, str]]:
    return [{k: v[0] for k, v in parse_qs(call.query).items()} for call in rig.service.journal.since()]


# ------------------------------------------------------------------ walks


def test_a_walk_goes_by_id_in_full_pages_and_asks_for_no_empty_one() -> None:
    rig = XeroRig(page_size=10)
    made = sorted(rig.contact(f"C{n}").id for n in range(20))
    rig.journal()
    pages = list(rig.remote.walk("Contacts", None, None))
    assert [row.id for row in rows_of(pages)] == made
    assert [(len(p.rows), p.position) for p in pages] == [(10, "2"), (10, None)]
    assert [(q["order"], q["includeArchived"], q["page"]) for q in asked(rig)] == [
        ("ContactID ASC", "true", "1"),
        ("ContactID ASC", "true", "2"),
    ]


def test_the_default_is_a_thousand_rows_per_call() -> None:
    rig = XeroRig()
    rig.contact()
    rig.journal()
    walked(rig, "Contacts")
    assert asked(rig)[0]["pageSize"] == "1000"


def test_a_clamped_page_size_loses_no_row() -> None:
    """Out of range is clamped (3.5); what the answer says of its pages decides."""
    rig = XeroRig(page_size=5000)
    made = {rig.contact(f"C{n}").id for n in range(3)}
    assert {row.id for row in walked(rig, "Contacts")} == made


@pytest.mark.parametrize("past", ["empty", "not_found"])
def test_a_walk_that_resumes_beyond_the_end_is_over(past: str) -> None:
    """Page past the end: not verified (3.5)."""
    rig = XeroRig(page_size=10, page_past_end=past)
    rig.contact()
    (page,) = rig.remote.walk("Contacts", None, "7")
    assert (page.rows, page.position) == ([], None)


@pytest.mark.parametrize("answer", ["empty", "not_modified"])
def test_nothing_changed_is_empty_or_304(answer: str) -> None:
    rig = XeroRig(nothing_changed=answer)
    contact = rig.contact()
    rig.item("A")
    rig.invoice(contact)
    rig.order(contact)
    rig.clock.advance(600)
    rig.journal()
    for feed in ("Contacts", "Items", "Invoices", "PurchaseOrders"):
        (page,) = rig.remote.walk(feed, rig.clock.now(), None)
        assert (page.rows, page.position) == ([], None)
    assert len(rig.journal()) == 4


def test_since_is_utc_in_whole_seconds_in_the_one_form_that_is_read_alike() -> None:
    """An aware datetime would go out as +00:00, a naive one without zone (T16)."""
    rig = XeroRig()
    sent = rig.requests()
    walked(rig, "Contacts", datetime(2026, 1, 2, 3, 4, 5, 999, tzinfo=UTC))
    assert sent[-1].headers["If-Modified-Since"] == "2026-01-02T03:04:05Z"


def test_edits_during_a_walk_lose_no_row() -> None:
    rig = XeroRig(page_size=10)
    made = [rig.contact(f"C{n}").id for n in range(35)]
    since = rig.clock.now() - timedelta(minutes=1)
    seen: set[str] = set()
    for page in rig.remote.walk("Contacts", since, None):
        seen |= {row.id for row in page.rows}
        rig.clock.advance(2)
        for id_ in made[:20]:
            rig.edit("edit", "Contacts", id_, EmailAddress="new@example.com")
    assert seen == set(made)


def test_sales_invoices_only_with_their_lines_and_four_decimals() -> None:
    """Bills share the endpoint; unpaged lists have no lines; without unitdp=4 prices are cut (3.5, 3.12)."""
    rig = XeroRig()
    contact = rig.contact()
    mine = rig.invoice(contact)
    rig.edit("create", "Invoices", Type="ACCPAY", Contact={"ContactID": contact.id}, LineItems=[LINE])
    rig.journal()
    (row,) = walked(rig, "Invoices")
    assert row.id == mine.id
    assert row.body["LineItems"][0]["UnitAmount"] == Decimal("10.1234")
    assert asked(rig)[0]["unitdp"] == "4"


def test_items_come_as_one_list_with_four_decimals() -> None:
    """They have no pages (3.5)."""
    rig = XeroRig(page_size=10)
    for n in range(25):
        rig.item(f"I{n}", SalesDetails={"UnitPrice": Decimal("1.2345")})
    rig.journal()
    (page,) = rig.remote.walk("Items", None, None)
    assert len(page.rows) == 25
    assert page.rows[0].body["SalesDetails"]["UnitPrice"] == Decimal("1.2345")
    assert len(rig.journal()) == 1


def test_people_of_a_contact_come_with_the_list() -> None:
    rig = XeroRig()
    rig.contact(ContactPersons=PEOPLE)
    (row,) = walked(rig, "Contacts")
    assert row.body["ContactPersons"][0]["EmailAddress"] == "ada@example.com"


# ------------------------------------------------------------------ states and times


def test_archived_contacts_are_seen_as_such() -> None:
    """Hidden without includeArchived (3.5)."""
    rig = XeroRig()
    contact = rig.contact()
    rig.edit("archive", "Contacts", contact.id)
    (row,) = walked(rig, "Contacts")
    assert row.state == "archived"
    found = rig.remote.fetch("Contacts", [contact.id])[contact.id]
    assert found is not None
    assert found.state == "archived"


def test_deleted_documents_are_gone_and_voided_ones_live() -> None:
    """They stay readable (3.16); what VOIDED means is for an entity to say."""
    rig = XeroRig()
    contact = rig.contact()
    draft, approved = rig.invoice(contact), rig.invoice(contact, Status="AUTHORISED", DueDate="2026-10-20")
    removed = rig.order(contact)
    rig.edit("delete", "Invoices", draft.id)
    rig.edit("void", "Invoices", approved.id)
    rig.edit("delete", "PurchaseOrders", removed.id)
    states = {row.id: row.state for feed in ("Invoices", "PurchaseOrders") for row in walked(rig, feed)}
    assert states == {draft.id: "gone", approved.id: "live", removed.id: "gone"}
    assert list(rig.remote.deleted("Invoices", None)) == []


def test_a_deleted_item_is_simply_not_there() -> None:
    rig = XeroRig()
    kept, removed = rig.item("A"), rig.item("B")
    rig.edit("delete", "Items", removed.id)
    assert [row.id for row in walked(rig, "Items")] == [kept.id]
    assert rig.remote.fetch("Items", [kept.id, removed.id])[removed.id] is None


def test_the_time_of_a_row_is_its_own_and_never_a_nested_one() -> None:
    """Inside purchase orders the contact's time is the organisation's local one labelled UTC (3.6)."""
    rig = XeroRig()
    made = rig.order(rig.contact())
    (row,) = walked(rig, "PurchaseOrders")
    nested = updated(row.body["Contact"])
    assert nested is not None
    assert nested - row.modified > timedelta(hours=11)
    assert abs(row.modified - rig.clock.now()) < timedelta(seconds=30)
    assert row.modified == made.modified


@pytest.mark.parametrize(
    ("raw", "spelled"),
    [
        (b'{"Date":"/Date(1789344000000+0000)/"}', {"Date": "2026-09-14"}),
        (b'{"DueDate": "\\/Date(1789344000000)\\/"}', {"DueDate": "2026-09-14"}),
        (b'{"Date":"/Date(-86400000)/"}', {"Date": "1969-12-31"}),
        (b'{"UpdatedDateUTC":"/Date(1789378199100+1300)/"}', {"UpdatedDateUTC": "2026-09-14T09:29:59.100+00:00"}),
        (b'{"DateTimeUTC":"/Date(0)/"}', {"DateTimeUTC": "1970-01-01T00:00:00.000+00:00"}),
        (b'{"Reference":"\\"Date\\":\\"/Date(1)/\\""}', {"Reference": '"Date":"/Date(1)/"'}),
        (b'{"Total":24.150,"N":null}', {"Total": Decimal("24.150"), "N": None}),
    ],
)
def test_dates_of_either_spelling_become_plain(raw: bytes, spelled: dict[str, Any]) -> None:
    assert plain(raw) == spelled


def test_an_item_that_nobody_ever_touched_has_a_time_all_the_same() -> None:
    """1970, so that only a full load sees it (3.14)."""
    rig = XeroRig()
    rig.service.load({"Items": [{"ItemID": "6a3f0a1c-0000-4000-8000-000000000001", "Code": "OLD"}]})
    (row,) = walked(rig, "Items")
    assert row.modified <= rig.clock.now()
    assert updated({}) is None


def test_a_null_or_an_unknown_enum_does_not_cost_the_page() -> None:
    """The SDK's models make "None" of null and lose the whole page over one unknown currency (T11, T12)."""
    rig = XeroRig()
    body = {
        "Invoices": [
            {
                "Type": "ACCREC",
                "InvoiceID": "1",
                "Reference": None,
                "CurrencyCode": "XXX1",
                "Status": "NEW",
                "LineItems": None,
                "UpdatedDateUTC": None,
            }
        ],
        "pagination": {"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": 1},
    }
    rig.fault(path="Invoices", kind="status_before", params={"status": 200, "body": body})
    (row,) = walked(rig, "Invoices")
    assert row.body["Reference"] is None
    assert row.body["CurrencyCode"] == "XXX1"


# ------------------------------------------------------------------ sales invoices and bills


BOTH = {"Invoices": ("ACCREC", "ACCPAY")}


@pytest.mark.parametrize("types", [("ACCREC",), ("ACCPAY",), ("ACCREC", "ACCPAY")])
def test_one_feed_brings_the_types_that_somebody_looks_at(types: tuple[str, ...]) -> None:
    """Walked, counted, by id and by number: the others might as well not be there."""
    rig = XeroRig(types={"Invoices": types})
    contact = {"ContactID": rig.contact("Acme").id}
    made = {
        kind: rig.edit("create", "Invoices", Type=kind, Contact=contact, LineItems=[LINE], InvoiceNumber="N-1")
        for kind in BOTH["Invoices"]
    }
    wanted = sorted(made[kind] for kind in types)
    assert sorted(row.id for row in walked(rig, "Invoices")) == wanted
    fetched = rig.remote.fetch("Invoices", list(made.values()))
    assert sorted(id_ for id_, row in fetched.items() if row is not None) == wanted
    alone = {id_: rig.remote.fetch("Invoices", [id_])[id_] for id_ in made.values()}
    assert sorted(id_ for id_, row in alone.items() if row is not None) == wanted
    for number in ("N-1", "n-1"):
        found = rig.remote.find("Invoices", [Probe(None, number, {})])
        assert {row.id for row in found} <= set(wanted)
        assert number != "N-1" or sorted(row.id for row in found) == wanted
