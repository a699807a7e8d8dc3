"""Lists of the local Xero (facts/xero.md 3.5; B5 to B8): pages, orders, modified-since, lag, speed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.xero.dates import parse_moment
from tests.contract.sandbox_xero_visitor import START, Visitor, body, line, service

Row = dict[str, Any]


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def guid(number: int) -> str:
    return f"{number * 7919 % 10007:08x}-0000-4000-8000-{number:012x}"


def loaded(count: int, **switches: Any) -> Visitor:
    """Contacts whose order by id is not that of their times; the times are a second apart."""
    visitor = Visitor(service(**switches))
    first = datetime(2026, 9, 1, tzinfo=UTC)
    rows = [
        {
            "ContactID": guid(n),
            "Name": f"Contact {n:06}",
            "UpdatedDateUTC": (first + timedelta(seconds=n, milliseconds=n % 1000)).isoformat(),
        }
        for n in range(count)
    ]
    visitor.service.load({"Contacts": rows})
    return visitor


# Pages (B5)


@pytest.mark.behaviour("xero", 5)
def test_the_pagination_block_comes_only_when_paging_was_asked_for() -> None:
    visitor = loaded(5)
    assert "pagination" not in visitor.get("Contacts")
    shown = visitor.get("Contacts", page=2, pageSize=2)
    assert list(shown) == ["Id", "Status", "ProviderName", "DateTimeUTC", "pagination", "Contacts"]
    assert shown["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 3, "itemCount": 5}
    assert [row["Name"] for row in shown["Contacts"]] == ["Contact 000002", "Contact 000003"]


@pytest.mark.behaviour("xero", 5)
@pytest.mark.parametrize(("asked", "size"), [("0", 1), ("-5", 1), ("5000", 1000), ("nonsense", 100), ("", 100)])
def test_a_page_size_out_of_range_is_brought_into_it(visitor: Visitor, asked: str, size: int) -> None:
    assert visitor.get("Contacts", page=1, pageSize=asked)["pagination"]["pageSize"] == size


@pytest.mark.behaviour("xero", 5)
def test_a_page_past_the_end_is_empty_or_404() -> None:
    visitor = loaded(3)
    assert visitor.rows("Contacts", page=9) == []
    visitor.service.set_switches({"page_past_end": "not_found"})
    assert visitor.ask("GET", "Contacts", page=9).status_code == 404
    assert len(visitor.rows("Contacts", page=1)) == 3


@pytest.mark.behaviour("xero", 5, 8)
def test_unpaged_invoices_and_summaries_have_no_lines(visitor: Visitor) -> None:
    visitor.invoice()
    assert visitor.one("Invoices")["LineItems"] == []
    assert len(visitor.one("Invoices", page=1)["LineItems"]) == 1
    summary = visitor.get("Invoices", summaryOnly="true")
    assert (summary["Invoices"][0]["LineItems"], "Payments" in summary["Invoices"][0]) == ([], False)
    assert summary["pagination"]["pageSize"] == 100, "it forces paging"


@pytest.mark.behaviour("xero", 5)
def test_list_rows_embed_a_thin_contact_and_one_invoice_the_whole(visitor: Visitor) -> None:
    visitor.contact(EmailAddress="a@acme.example")
    made = visitor.invoice()
    assert set(visitor.one("Invoices", page=1)["Contact"]) == {
        "ContactID",
        "Name",
        "Addresses",
        "Phones",
        "ContactGroups",
        "ContactPersons",
        "HasValidationErrors",
    }
    for whole in (made, visitor.one(f"Invoices/{made['InvoiceID']}")):
        assert whole["Contact"]["EmailAddress"] == "a@acme.example"


# Orders


@pytest.mark.behaviour("xero", 8)
def test_the_default_order_is_by_modified_time_then_id() -> None:
    visitor = loaded(50)
    visitor.post("Contacts", {"ContactID": guid(0), "FirstName": "moves to the end"})
    names = [row["Name"] for row in visitor.rows("Contacts", page=1)]
    assert names == [f"Contact {n:06}" for n in (*range(1, 50), 0)]


@pytest.mark.behaviour("xero", 8)
@pytest.mark.parametrize("order", ["ContactID", "ContactID ASC", "contactid asc", "ContactID DESC"])
def test_an_order_by_id_is_one_that_no_edit_changes(order: str) -> None:
    visitor = loaded(30)
    seen: list[str] = []
    for page in range(1, 4):
        seen += [row["ContactID"] for row in visitor.rows("Contacts", page=page, pageSize=10, order=order)]
        visitor.post("Contacts", {"ContactID": guid(page), "FirstName": "edited while walking"})
    assert seen == sorted((guid(n) for n in range(30)), reverse="DESC" in order)


@pytest.mark.behaviour("xero", 8)
@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("UpdatedDateUTC ASC", 0),
        ("UpdatedDateUTC DESC", 9),
        ("Name DESC", 9),
        ("FirstName DESC, Name ASC", 3),
        ("FirstName ASC, Name DESC", 9),
    ],
)
def test_any_field_can_order(order: str, first: int) -> None:
    visitor = loaded(10)
    visitor.person("edit", "Contacts", guid(3), FirstName="Zoë")
    visitor.service.load(
        {
            "Contacts": [
                {
                    "ContactID": guid(3),
                    "Name": "Contact 000003",
                    "FirstName": "Zoë",
                    "UpdatedDateUTC": "2026-09-01T00:00:03Z",
                }
            ]
        }
    )
    assert visitor.rows("Contacts", page=1, order=order)[0]["Name"] == f"Contact {first:06}"


@pytest.mark.behaviour("xero", 8)
def test_documents_can_be_ordered_by_their_contacts_name(visitor: Visitor) -> None:
    for name in ("Beta", "alpha", "Gamma"):
        visitor.invoice(Contact={"Name": name})
    names = [row["Contact"]["Name"] for row in visitor.rows("Invoices", order="Contact.Name")]
    assert names == ["alpha", "Beta", "Gamma"]
    contact = visitor.rows("Contacts", where='Name=="Gamma"')[0]
    visitor.post("Contacts", {"ContactID": contact["ContactID"], "Name": "Aaa"})
    assert visitor.rows("Invoices", order="Contact.Name")[0]["Contact"]["Name"] == "Aaa"


@pytest.mark.behaviour("xero", 8)
@pytest.mark.parametrize("order", ["Colour", "Name UP", "Name ASC ASC", ",", "Contact.Colour"])
def test_an_order_that_cannot_be_read_is_error_16(visitor: Visitor, order: str) -> None:
    answer = visitor.ask("GET", "Invoices", order=order)
    assert (answer.status_code, body(answer)["ErrorNumber"]) == (400, 16)


# If-Modified-Since (B7)


@pytest.mark.behaviour("xero", 7)
@pytest.mark.parametrize(
    "spelling",
    [
        "2026-09-01T00:00:05",
        "2026-09-01T00:00:05.000Z",
        "2026-09-01T00:00:05.999Z",
        "2026-09-01T12:00:05+12:00",
        "Tue, 01 Sep 2026 00:00:05 GMT",
    ],
)
def test_modified_since_is_taken_in_all_spellings_in_use_and_to_the_second(spelling: str) -> None:
    visitor = loaded(10)
    names = [row["Name"] for row in visitor.rows("Contacts", {"If-Modified-Since": spelling})]
    assert names == [f"Contact {n:06}" for n in range(5, 10)]


@pytest.mark.behaviour("xero", 7)
def test_the_second_itself_is_in_or_out() -> None:
    """8: unverified, so overlap and drop what is known."""
    visitor = loaded(10, modified_since="exclusive")
    since = {"If-Modified-Since": "2026-09-01T00:00:05Z"}
    assert len(visitor.rows("Contacts", since)) == 4
    assert len(visitor.rows("Contacts", since, order="ContactID ASC")) == 4
    visitor.service.set_switches({"modified_since": "inclusive"})
    assert len(visitor.rows("Contacts", since)) == 5


@pytest.mark.behaviour("xero", 7)
def test_nothing_changed_is_an_empty_list_or_304(visitor: Visitor) -> None:
    visitor.contact()
    since = {"If-Modified-Since": "2030-01-01T00:00:00"}
    assert visitor.rows("Contacts", since) == []
    visitor.service.set_switches({"nothing_changed": "not_modified"})
    answer = visitor.ask("GET", "Contacts", headers=since)
    assert (answer.status_code, answer.get_data()) == (304, b"")
    assert visitor.ask("GET", "Contacts").status_code == 200


@pytest.mark.behaviour("xero", 7)
def test_a_condition_that_cannot_be_read_is_412(visitor: Visitor) -> None:
    assert visitor.ask("GET", "Contacts", headers={"If-Modified-Since": "yesterday"}).status_code == 412


@pytest.mark.behaviour("xero", 6)
def test_writing_moves_the_time_to_the_millisecond(visitor: Visitor) -> None:
    """3.6: both spellings of it on invoices."""
    made = visitor.stands_still().invoice()
    moment = parse_moment(made["UpdatedDateUTC"])
    assert moment == START
    assert made["UpdatedDateUTCString"] == moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    visitor.service.clock.advance(60)
    after = visitor.post("Invoices", {"InvoiceID": made["InvoiceID"], "Reference": "x"})
    assert parse_moment(after["UpdatedDateUTC"]) - moment >= timedelta(seconds=60)


# Lag


def test_lists_may_lag_behind_while_reading_by_id_is_fresh(visitor: Visitor) -> None:
    old = visitor.contact("Old")
    visitor.service.clock.advance(60)
    visitor.service.set_switches({"list_lag_seconds": 30})
    made = visitor.contact("New")
    visitor.post("Contacts", {"ContactID": old["ContactID"], "Name": "Renamed"})
    for query in ({}, {"order": "ContactID ASC"}, {"page": 1}, {"where": 'Name.Contains("l")'}):
        assert [row["Name"] for row in visitor.rows("Contacts", **query)] == ["Old"]
    assert visitor.rows("Contacts", IDs=made["ContactID"]) == []
    assert visitor.one(f"Contacts/{made['ContactID']}")["Name"] == "New"
    assert visitor.rows("Contacts", {"If-Modified-Since": "2026-09-14T09:30:30Z"}) == []
    visitor.service.clock.advance(31)
    assert {row["Name"] for row in visitor.rows("Contacts")} == {"New", "Renamed"}


def test_a_deleted_item_lingers_in_a_lagging_list(visitor: Visitor) -> None:
    item = visitor.item()
    visitor.service.clock.advance(60)
    visitor.service.set_switches({"list_lag_seconds": 30})
    visitor.ask("DELETE", f"Items/{item['ItemID']}")
    assert len(visitor.rows("Items")) == 1
    visitor.service.clock.advance(31)
    assert visitor.rows("Items") == []


# Filters of their own (B8)


@pytest.mark.behaviour("xero", 8)
def test_invoices_are_found_by_ids_numbers_contacts_and_statuses(visitor: Visitor) -> None:
    one, two = visitor.invoice(InvoiceNumber="A-1"), visitor.approved(InvoiceNumber="A-2", Contact={"Name": "Beta"})
    bill = visitor.invoice(Type="ACCPAY", LineItems=[line(AccountCode="300")])

    def found(**query: Any) -> set[str]:
        return {row["InvoiceID"] for row in visitor.rows("Invoices", **query)}

    assert found(IDs=f"{one['InvoiceID'].upper()}, {bill['InvoiceID']}") == {one["InvoiceID"], bill["InvoiceID"]}
    assert found(InvoiceNumbers="a-2,A-9") == {two["InvoiceID"]}
    assert found(ContactIDs=two["Contact"]["ContactID"]) == {two["InvoiceID"]}
    assert found(Statuses="draft") == {one["InvoiceID"], bill["InvoiceID"]}
    assert found(Statuses="DRAFT,AUTHORISED", searchTerm="a-") == {one["InvoiceID"], two["InvoiceID"]}
    assert found(IDs="00000000-0000-0000-0000-000000000009") == set()
    assert visitor.service.unmodelled() == []


@pytest.mark.behaviour("xero", 8)
def test_what_this_app_made_can_be_told_apart(visitor: Visitor) -> None:
    mine = visitor.invoice()
    visitor.person("create", "Invoices", **visitor.draft())
    assert [row["InvoiceID"] for row in visitor.rows("Invoices", createdByMyApp="true")] == [mine["InvoiceID"]]


@pytest.mark.behaviour("xero", 8)
def test_contacts_are_searched_in_several_fields(visitor: Visitor) -> None:
    visitor.contact("Acme", EmailAddress="boss@lighthouse.example")
    visitor.contact("Lighthouse")
    visitor.contact("Other")
    assert {row["Name"] for row in visitor.rows("Contacts", searchTerm="lightHOUSE")} == {"Acme", "Lighthouse"}


# Speed


def test_a_walk_over_many_rows_costs_a_slice_per_page() -> None:
    """100,000 rows behave the same; fewer here keep the test short. The first page sorts once."""
    visitor = loaded(20_000)
    since = {"If-Modified-Since": "2026-09-01T00:00:00Z"}
    for order in ("ContactID ASC", "UpdatedDateUTC ASC", "Name ASC"):
        visitor.get("Contacts", since, page=1, pageSize=1, order=order)
        start = time.perf_counter()
        for page in range(2, 52):
            visitor.get("Contacts", since, page=page, pageSize=1, order=order)
        assert (time.perf_counter() - start) / 50 < 0.02, order


# The organisation's set-up


@pytest.mark.behaviour("xero", 6)
def test_the_organisation_is_spelt_as_recorded(visitor: Visitor) -> None:
    row = visitor.one("Organisation")
    assert (row["Name"], row["CountryCode"], row["BaseCurrency"]) == ("Harbour Office Supplies (sandbox)", "NZ", "NZD")
    assert row["Timezone"] == "NEWZEALANDSTANDARDTIME"
    assert row["ShortCode"].startswith("!")
    assert row["CreatedDateUTC"] == "/Date(1709586907413)/"
    assert {a["Name"] for a in visitor.get("Organisation/Actions")["Actions"]} >= {"CreateDraftInvoice"}


def test_the_chart_the_taxes_the_themes_and_the_rest(visitor: Visitor) -> None:
    accounts = {row["Code"]: row for row in visitor.rows("Accounts")}
    assert {"200", "260", "300", "310", "404", "610", "800", "820", "860"} <= set(accounts)
    assert [code for code, row in accounts.items() if row["Status"] == "ARCHIVED"] == ["210"]
    rates = {row["TaxType"]: row for row in visitor.rows("TaxRates")}
    assert {code: str(row["EffectiveRate"]) for code, row in rates.items()} == {
        "OUTPUT2": "15",
        "INPUT2": "15",
        "ZERORATED": "0",
        "NONE": "0",
        "GSTONIMPORTS": "0",
        "TAX001": "7.5",
    }
    assert (rates["OUTPUT2"]["CanApplyToRevenue"], rates["OUTPUT2"]["CanApplyToExpenses"]) == (True, False)
    assert [row["Code"] for row in visitor.rows("Currencies")] == ["NZD", "AUD", "USD"]
    assert len(visitor.rows("BrandingThemes")) == 2
    assert visitor.one("TaxRates/tax001")["Name"] == "GST Half"
    assert visitor.one(f"Accounts/{accounts['200']['AccountID']}")["Name"] == "Sales"
    assert [row["Code"] for row in visitor.rows("Accounts", where='Type=="BANK"')] == ["090"]
    assert visitor.rows("Accounts", order="Code DESC")[0]["Code"] == "860"
    assert visitor.rows("Users", {"If-Modified-Since": "2030-01-01T00:00:00"}) == []
    assert visitor.ask("GET", "Accounts", where="Colour==1").status_code == 400
