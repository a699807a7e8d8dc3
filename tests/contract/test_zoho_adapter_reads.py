"""Reading the CRM through our adapter: records by id, deletions, finding, limits (facts/zoho.md 3.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs

import pytest

from extension.sync import errors
from extension.sync.budget import Limits
from extension.sync.model import Row
from extension.sync.ports import Page, Probe
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


# ------------------------------------------------------------------ documents


def test_a_list_of_documents_finds_candidates_and_the_record_has_the_lines() -> None:
    """v8 subforms come only with GET by id."""
    rig = ZohoRig()
    id_ = rig.invoice()
    ((listed,),) = [page.rows for page in rig.remote.walk("Invoices", None, None)]
    assert listed.partial
    whole = rig.remote.fetch("Invoices", [id_])[id_]
    assert whole is not None
    assert not whole.partial
    (line,) = whole.body["Invoiced_Items"]
    assert (line["Quantity"], line["List_Price"], whole.body["Grand_Total"]) == (2, Decimal("10.5"), 21)
    assert isinstance(line["id"], str)


def test_documents_are_read_one_by_one_at_most_four_at_once_and_in_order() -> None:
    rig = ZohoRig()
    ids = [rig.invoice() for _ in range(12)]
    rig.service.set_switches({"concurrency": 4})
    rig.fault(path="/Invoices/", kind="delay", times=0, params={"seconds": 0.01})
    found = rig.remote.fetch("Invoices", [*ids, "5725767000009999999"])
    assert list(found) == [*ids, "5725767000009999999"]
    assert [row.id if row else None for row in found.values()] == [*ids, None]


def test_a_throttled_read_stops_the_others() -> None:
    rig = ZohoRig()
    ids = [rig.invoice() for _ in range(30)]
    rig.journal()
    rig.fault(path="/Invoices/", kind="throttle", times=0)
    with pytest.raises(errors.Throttled):
        rig.remote.fetch("Invoices", ids)
    assert len(rig.journal()) < 30


# ------------------------------------------------------------------ by id


def test_masters_are_read_by_a_hundred_ids_per_call() -> None:
    rig = ZohoRig()
    made = accounts(rig, 230)
    rig.journal()
    found = rig.remote.fetch("Accounts", [*made, made[0], "5725767000009999999"])
    assert [id_ for id_, row in found.items() if row is None] == ["5725767000009999999"]
    assert {row.id for row in found.values() if row} == set(made)
    assert len(rig.journal()) == 3


def test_a_query_that_has_more_is_asked_again_after_the_last_id() -> None:
    rig = ZohoRig()
    account = rig.account("A")
    people = [rig.edit("create", "Contacts", Last_Name=f"P{n}", Account_Name={"id": account}) for n in range(5)]
    first = {"data": [{"id": people[0]}, {"id": people[1]}], "info": {"count": 2, "more_records": True}}
    rig.fault(path="/coql", kind="status_after", params={"status": 200, "body": first})
    found = rig.remote.find("Contacts", [Probe(None, None, {}, parent=account)])
    assert sorted(row.id for row in found) == sorted(people)


@pytest.mark.parametrize("status", [400, 414])
def test_an_address_that_is_too_long_is_halved(status: int) -> None:
    rig = ZohoRig()
    made = accounts(rig, 40)
    refused = {"code": "INVALID_DATA", "details": {"param_name": "ids", "maximum_length": 1024}, "status": "error"}
    rig.fault(path="/Accounts", kind="status_before", params={"status": status, "body": refused})
    assert {id_ for id_, row in rig.remote.fetch("Accounts", made).items() if row} == set(made)


def test_where_a_hundred_ids_are_too_long_fewer_are_asked_for() -> None:
    """How long `ids` may be: the specification says 1,024 characters, the documentation a hundred ids."""
    rig = ZohoRig(switches={"ids_max_characters": 600})
    made = accounts(rig, 100)
    assert {id_ for id_, row in rig.remote.fetch("Accounts", made).items() if row} == set(made)
    rig.journal()
    rig.remote.fetch("Accounts", made)
    assert len(rig.journal()) == 4  # learnt: four calls of 25, no refused one before


def test_deleted_records_are_tombstones_and_gone_by_id() -> None:
    rig = ZohoRig()
    made = accounts(rig, 205)
    start = rig.clock.now()
    for id_ in made:
        rig.edit("delete", "Accounts", id_)
    rig.edit("purge", "Accounts", made[0])
    stones = [stone for part in rig.remote.deleted("Accounts", start) for stone in part]
    assert {stone.id for stone in stones} == set(made)
    assert all(stone.deleted_at == start.replace(microsecond=0) for stone in stones if stone.deleted_at)
    assert rig.remote.fetch("Accounts", made[:2]) == dict.fromkeys(made[:2])


@pytest.mark.parametrize("status", ["204", "304"])
def test_no_deletions_are_an_empty_feed(status: str) -> None:
    rig = ZohoRig(switches={"deleted_none_since": status})
    assert list(rig.remote.deleted("Accounts", rig.clock.now())) == []
    assert list(rig.remote.deleted("Accounts", None)) == []


# ------------------------------------------------------------------ answers that say nothing


HALF = [
    ("data", None),  # taken for "nothing there", a walk would end early and its edits be lost
    ("id", "what"),
    ("Modified_Time", None),
    ("Modified_Time", "yesterday"),
    ("info", None),
    ("more_records", None),
]


@pytest.mark.parametrize(("field", "value"), HALF)
def test_half_a_list_is_no_list(field: str, value: str | None) -> None:
    """Zoho says "none" with 204 and 304 alone (3.4)."""
    rig = ZohoRig()
    rig.account()
    rig.fault(path="/Accounts", kind="inject", params={"field": field, "value": value})
    with pytest.raises(errors.RemoteError) as caught:
        list(rig.remote.walk("Accounts", None, None))
    assert (type(caught.value), caught.value.code) == (errors.RemoteError, "unreadable")
    assert len([row for page in rig.remote.walk("Accounts", None, None) for row in page.rows]) == 1


def test_more_records_without_a_way_to_them_are_no_end() -> None:
    rig = ZohoRig()
    accounts(rig, 205)
    rig.fault(path="/Accounts", kind="inject", params={"field": "next_page_token"})
    with pytest.raises(errors.RemoteError, match="cannot be read"):
        list(rig.remote.walk("Accounts", None, None))


READS: dict[str, Callable[[ZohoRig, str], object]] = {
    "/Accounts": lambda rig, _: list(rig.remote.walk("Accounts", None, None)),
    "/Accounts/deleted": lambda rig, _: list(rig.remote.deleted("Accounts", None)),
    "/Invoices/[0-9]+": lambda rig, id_: rig.remote.fetch("Invoices", [id_]),
}


@pytest.mark.parametrize("path", READS)
def test_an_empty_answer_is_not_nothing(path: str) -> None:
    """Of one record it would look like a deletion."""
    rig = ZohoRig()
    id_ = rig.invoice()
    rig.edit("delete", "Accounts", rig.account("Somebody else"))
    rig.fault(path=f"{path}$", kind="truncate_json", params={"keep": 0})
    with pytest.raises(errors.RemoteError) as caught:
        READS[path](rig, id_)
    assert caught.value.code == "unreadable"
    assert READS[path](rig, id_), "which is there"


def test_a_record_without_itself_is_not_a_deleted_one() -> None:
    rig = ZohoRig()
    id_ = rig.invoice()
    rig.fault(path="/Invoices/", kind="inject", params={"field": "data", "value": []})
    with pytest.raises(errors.RemoteError, match="cannot be read"):
        rig.remote.fetch("Invoices", [id_])


# ------------------------------------------------------------------ finding


ODD = ["O'Neil & Sons", "Back\\slash", "(Brackets), Ltd", "Kererū", 'quote "d"']


@pytest.mark.parametrize("search", [False, True])
@pytest.mark.parametrize("name", ODD)
def test_a_record_is_found_by_its_natural_key_however_it_is_spelt(name: str, search: bool) -> None:
    rig = ZohoRig(search=search, switches={"search_index_lag": 0.0})
    id_ = rig.account(name)
    rig.account("Somebody else")
    found = rig.remote.find("Accounts", [Probe(None, name, {})])
    assert id_ in [row.id for row in found]


@pytest.mark.parametrize("search", [False, True])
def test_a_record_is_found_by_its_stamp_among_many(search: bool) -> None:
    rig = ZohoRig(search=search, switches={"search_index_lag": 0.0})
    made = [rig.account(f"C{n}", Xero_ID=f"guid-{n}") for n in range(60)]
    probes = [Probe(f"guid-{n}", None, {}) for n in range(60)]
    assert {row.id for row in rig.remote.find("Accounts", probes)} == set(made)


def test_without_the_stamp_field_only_keys_are_asked_for() -> None:
    rig = ZohoRig(fields=lambda feed: [n for n in MASTERS[feed] if n != "Xero_ID"], switches={"xero_id": "absent"})
    id_ = rig.account("A")
    assert [row.id for row in rig.remote.find("Accounts", [Probe("guid", "A", {})])] == [id_]


def test_a_contact_without_any_key_is_looked_for_among_its_accounts_people() -> None:
    rig = ZohoRig()
    account = rig.account("A")
    person = rig.edit("create", "Contacts", Last_Name="Nameless", Account_Name={"id": account})
    rig.edit("create", "Contacts", Last_Name="Elsewhere")
    found = rig.remote.find("Contacts", [Probe(None, None, {}, parent=account)])
    assert [row.id for row in found] == [person]


def test_the_search_index_lags_and_queries_do_not() -> None:
    rig = ZohoRig()
    rig.account("Brand new")
    probe = [Probe(None, "Brand new", {})]
    assert len(rig.remote.find("Accounts", probe)) == 1
    lagging = ZohoRig(search=True)
    lagging.account("Brand new")
    assert lagging.remote.find("Accounts", probe) == []


# ------------------------------------------------------------------ the rest of the port


def test_who_we_are_and_when_it_is_there() -> None:
    rig = ZohoRig()
    assert rig.remote.clock() is None
    assert rig.remote.identity() == rig.service.settings.org_id
    assert rig.remote.clock() == rig.clock.now().replace(microsecond=0)


def test_facts_say_whether_a_create_may_be_sent_again() -> None:
    facts = ZohoRig().remote.facts("Accounts")
    assert (facts.batch, facts.unique, facts.key_seconds, facts.deletions, facts.arrays) == (100, True, 0, True, False)
    assert not ZohoRig(unique=False).remote.facts("Accounts").unique


def test_background_runs_leave_the_reserve_to_the_button() -> None:
    limits = {"zoho": Limits(minute=100, day=100, day_reserve=98)}
    rig = ZohoRig(background=True, transport={"limits": limits})
    for _ in range(2):
        list(rig.remote.deleted("Accounts", None))
    with pytest.raises(errors.Throttled) as caught:
        list(rig.remote.deleted("Accounts", None))
    assert caught.value.problem == "budget"


def test_a_wrong_module_is_said_in_the_services_words() -> None:
    rig = ZohoRig(fields=lambda _: ["Name"])
    with pytest.raises(errors.Invalid) as caught:
        list(rig.remote.walk("Nonsense", None, None))
    assert "INVALID_MODULE" in caught.value.message


def test_a_page_of_html_instead_of_json_is_a_server_error() -> None:
    """502 comes as HTML (1.4)."""
    rig = ZohoRig()
    html = {"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"}
    rig.fault(kind="status_before", params=html)
    with pytest.raises(errors.RemoteError) as caught:
        list(rig.remote.walk("Accounts", None, None))
    assert (caught.value.code, caught.value.status) == ("server_error", 502)


def test_ids_that_come_as_numbers_stay_exact() -> None:
    """A Double would make 3.652397000000491e+18 of it (1.4)."""
    from extension.remote.wire import loads
    from extension.remote.zoho.rows import row

    raw = b'{"id":3652397000000491147,"Modified_Time":"2026-01-01T00:00:00+00:00","Owner":{"id":3652397000000491149}}'
    made: Row = row("Accounts", loads(raw), datetime(2026, 1, 1, tzinfo=UTC))
    assert (made.id, made.body["Owner"]["id"]) == ("3652397000000491147", "3652397000000491149")
