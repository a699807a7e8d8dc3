"""Walking the CRM through our adapter: pages, positions, and which fields are asked for (facts/zoho.md 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from extension.remote.zoho.rows import groups, moment, stamp
from extension.sync.ports import Page
from tests.contract.remote_rig import MASTERS, ZohoRig


def accounts(rig: ZohoRig, count: int) -> list[str]:
    rig.clock.advance(1)
    ids = [rig.account(f"Company {n}") for n in range(count)]
    rig.clock.advance(1)
    return ids


def ids_of(pages: Sequence[Page]) -> list[str]:
    return [row.id for page in pages for row in page.rows]


def params(rig: ZohoRig) -> list[dict[str, str]]:
    return [{k: v[0] for k, v in parse_qs(call.query).items()} for call in rig.service.journal.since()]


# ------------------------------------------------------------------ walks


def test_a_walk_sees_every_row_once_in_id_order_by_full_pages() -> None:
    rig = ZohoRig()
    made = accounts(rig, 450)
    pages = list(rig.remote.walk("Accounts", None, None))
    assert ids_of(pages) == sorted(made, key=int)
    assert [len(page.rows) for page in pages] == [200, 200, 50]
    assert [page.position is None for page in pages] == [False, False, True]
    assert len(rig.journal()) == 3


def test_a_row_is_plain_json_with_text_ids_and_utc_seconds() -> None:
    """The organisation's zone has summer time; numbers are exact (3.4)."""
    rig = ZohoRig()
    id_ = rig.product("Fine chair", Product_Code="C-1")
    rig.edit("edit", "Products", id_, Unit_Price=Decimal("12345678.91"))
    ((row,),) = [page.rows for page in rig.remote.walk("Products", None, None)]
    assert (row.id, row.feed, row.state, row.partial) == (id_, "Products", "live", False)
    assert row.body["Unit_Price"] == Decimal("12345678.91")
    assert row.modified == rig.clock.now().replace(microsecond=0)
    assert row.modified.tzinfo is UTC
    assert row.read_at == rig.clock.now().replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-05-14T12:55:01+03:00", "2026-05-14T09:55:01+00:00"),
        ("2026-03-14T12:55:01+02:00", "2026-03-14T10:55:01+00:00"),
        ("2026-03-14T12:55:01.999-05:30", "2026-03-14T18:25:01+00:00"),
        ("2026-03-14T12:55:01Z", "2026-03-14T12:55:01+00:00"),
    ],
)
def test_times_come_in_any_offset(text: str, utc: str) -> None:
    assert moment(text).isoformat() == utc


def test_since_is_iso_inclusive_and_rounded_down() -> None:
    """An RFC 1123 date is refused there (3.4)."""
    rig = ZohoRig()
    old = rig.account("Old")
    rig.clock.advance(10)
    now = rig.clock.now()
    new = rig.account("New")
    assert ids_of(list(rig.remote.walk("Accounts", now, None))) == [new]
    assert set(ids_of(list(rig.remote.walk("Accounts", now - timedelta(seconds=10), None)))) == {old, new}
    assert stamp(datetime(2026, 1, 1, 0, 0, 0, 999999, tzinfo=UTC)) == "2026-01-01T00:00:00+00:00"


def test_nothing_there_is_204_and_nothing_changed_is_304() -> None:
    rig = ZohoRig()
    (empty,) = rig.remote.walk("Accounts", None, None)
    rig.account()
    rig.clock.advance(60)
    (same,) = rig.remote.walk("Accounts", rig.clock.now(), None)
    assert (empty.rows, empty.position) == ([], None)
    assert (same.rows, same.position) == ([], None)
    assert [call.status for call in rig.service.journal.since()] == [204, 304]


def test_a_walk_goes_on_where_it_stopped() -> None:
    rig = ZohoRig()
    made = accounts(rig, 450)
    first = next(iter(rig.remote.walk("Accounts", None, None)))
    rest = list(rig.remote.walk("Accounts", None, first.position))
    assert [row.id for row in first.rows] + ids_of(rest) == sorted(made, key=int)


def test_edits_during_a_walk_lose_no_row() -> None:
    rig = ZohoRig()
    made = accounts(rig, 450)
    seen: list[str] = []
    for page in rig.remote.walk("Accounts", None, None):
        seen += [row.id for row in page.rows]
        rig.clock.advance(1)
        for id_ in made[:120]:
            rig.edit("edit", "Accounts", id_, Phone="1")
    assert set(made) <= set(seen)


def test_an_expired_page_token_begins_the_walk_again_with_the_same_since() -> None:
    rig = ZohoRig()
    made = accounts(rig, 250)
    since = rig.clock.now() - timedelta(hours=1)
    first = next(iter(rig.remote.walk("Accounts", since, None)))
    rig.clock.advance(25 * 3600)
    again = list(rig.remote.walk("Accounts", since, first.position))
    assert ids_of(again) == sorted(made, key=int)


def test_a_token_that_fits_another_question_begins_the_walk_again() -> None:
    """It is bound to the parameters: a changed field map would do (3.4)."""
    asked = {"Accounts": ["Account_Name"]}
    rig = ZohoRig(fields=lambda feed: asked[feed])
    made = accounts(rig, 250)
    first = next(iter(rig.remote.walk("Accounts", None, None)))
    asked["Accounts"] = ["Account_Name", "Phone"]
    assert ids_of(list(rig.remote.walk("Accounts", None, first.position))) == sorted(made, key=int)


@pytest.mark.parametrize("feed", ["Accounts", "Invoices"])
@pytest.mark.parametrize("since", [None, "before"])
def test_beyond_what_page_tokens_reach_the_walk_goes_on_by_id(feed: str, since: str | None) -> None:
    """They end at 100,000 rows (3.4); here at 200."""
    rig = ZohoRig(token_rows=200)
    start = rig.clock.now()
    if feed == "Accounts":
        made = accounts(rig, 450)
    else:
        template = rig.invoice()
        row = rig.remote.fetch("Invoices", [template])[template]
        assert row is not None
        lines = [{"Product_Name": {"id": row.body["Invoiced_Items"][0]["Product_Name"]["id"]}, "Quantity": 1}]
        body: dict[str, Any] = {"Account_Name": {"id": row.body["Account_Name"]["id"]}, "Invoiced_Items": lines}
        made = [template, *(rig.edit("create", "Invoices", Subject=f"S{n}", **body) for n in range(420))]
    rig.journal()
    pages = list(rig.remote.walk(feed, start if since else None, None))
    assert ids_of(pages) == sorted(made, key=int)
    assert pages[0].position is not None
    assert pages[0].position.startswith("after:")
    assert all(row.partial is (feed == "Invoices") for page in pages for row in page.rows)
    resumed = list(rig.remote.walk(feed, start if since else None, pages[1].position))
    assert ids_of(resumed) == sorted(made, key=int)[400:]


def test_the_services_own_limit_of_page_tokens_is_understood() -> None:
    rig = ZohoRig()
    made = accounts(rig, 250)
    refused = {"code": "PAGINATION_LIMIT_EXCEEDED", "details": {}, "message": "100000", "status": "error"}
    rig.fault(path="/Accounts", nth=2, kind="status_before", params={"status": 400, "body": refused})
    assert ids_of(list(rig.remote.walk("Accounts", None, None))) == sorted(made, key=int)


@pytest.mark.parametrize("feed", ["Accounts", "Invoices"])
def test_a_walk_through_the_services_own_limit_sees_every_row_once(feed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox refuses as the service does (3.4); whoever is deleted or edited behind the limit, and whatever the
    position where the walk goes on, no row is missed."""
    monkeypatch.setattr("sandbox.zoho.paging.MAX_RECORDS", 400)
    rig = ZohoRig()
    start = rig.clock.now()
    if feed == "Accounts":
        made = accounts(rig, 850)
    else:
        first = rig.invoice()
        row = rig.remote.fetch("Invoices", [first])[first]
        assert row is not None
        lines = [{"Product_Name": {"id": row.body["Invoiced_Items"][0]["Product_Name"]["id"]}, "Quantity": 1}]
        body: dict[str, Any] = {"Account_Name": {"id": row.body["Account_Name"]["id"]}, "Invoiced_Items": lines}
        made = [first, *(rig.edit("create", "Invoices", Subject=f"S{n}", **body) for n in range(849))]
    made.sort(key=int)
    rig.journal()
    pages: list[Page] = []
    for page in rig.remote.walk(feed, start, None):
        pages.append(page)
        if len(pages) == 2:  # the last that a token leads to
            rig.clock.advance(1)
            rig.edit("edit", feed, made[0], Description="behind the walk")
            rig.edit("edit", feed, made[700], Description="before it")
            rig.edit("delete", feed, made[750])
    assert 400 in [call.status for call in rig.service.journal.since()], "it was refused"
    assert ids_of(pages) == [id_ for id_ in made if id_ != made[750]]
    assert [page.position is None for page in pages] == [*[False] * (len(pages) - 1), True]
    for at, page in enumerate(pages[:-1]):
        rest = list(rig.remote.walk(feed, start, page.position))
        assert ids_of(rest) == ids_of(pages[at + 1 :]), "a walk goes on from any of its pages"


# ------------------------------------------------------------------ fields


def test_fields_are_asked_for_in_portions_of_50_names_and_1024_characters() -> None:
    """v3 and later need `fields`, and take no more than that (airbyte dropped the rest in silence)."""
    names = [f"A_rather_long_field_name_{n}" for n in range(120)]
    portions = groups(["id", *names, "Modified_Time"])
    assert all(len(p) <= 1024 and len(p.split(",")) <= 50 for p in portions)
    assert {n for p in portions for n in p.split(",")} == {*names, "Modified_Time"}
    assert all(p.startswith("Modified_Time") for p in portions)
    assert groups([]) == ["Modified_Time"]
    assert len(groups([f"F{n}" for n in range(49)])) == 1
    assert len(groups([f"F{n}" for n in range(50)])) == 2


def test_more_fields_than_one_call_takes_are_joined_by_id() -> None:
    many = [*MASTERS["Accounts"], *(f"Unknown_Field_{n}" for n in range(60)), "Billing_State"]
    rig = ZohoRig(fields=lambda _: many)
    made = accounts(rig, 130)
    rig.edit("edit", "Accounts", made[0], Billing_State="Otago", Phone="123")
    rig.journal()
    ((rows),) = [page.rows for page in rig.remote.walk("Accounts", None, None)]
    first = next(row for row in rows if row.id == made[0])
    assert (first.body["Account_Name"], first.body["Phone"], first.body["Billing_State"]) == (
        "Company 0",
        "123",
        "Otago",
    )
    assert len(rows) == 130
    assert len(rig.journal()) == 1 + 2  # the list, and the second portion for 100 and 30 ids


def test_a_row_that_changes_between_two_portions_is_read_again() -> None:
    many = [*MASTERS["Accounts"], *(f"Unknown_Field_{n}" for n in range(60)), "Billing_State"]
    rig = ZohoRig(fields=lambda _: many)
    (id_,) = accounts(rig, 1)

    def rename() -> None:
        rig.clock.advance(2)
        rig.edit("edit", "Accounts", id_, Account_Name="Renamed", Billing_State="Otago")

    rig.after(lambda request: request.kind == "list", rename)
    ((row,),) = [page.rows for page in rig.remote.walk("Accounts", None, None)]
    assert (row.body["Account_Name"], row.body["Billing_State"]) == ("Renamed", "Otago")
