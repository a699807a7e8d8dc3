"""Lists, single records and deletions (facts/zoho.md 3.4; behaviours 5.2, 3-7 and 20)."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.contract.zoho_caller import START, Crm


@pytest.fixture
def crm() -> Crm:
    return Crm()


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


@pytest.mark.behaviour("zoho", 3)
def test_times_are_whole_seconds_in_the_organisations_zone_with_daylight_saving(crm: Crm) -> None:
    """5.2, 3"""
    winter = crm.made("Accounts", {"Account_Name": "A"})[0]
    assert re.fullmatch(r"2026-08-04T10:15:3\d\+12:00", crm.one("Accounts", winter)["Created_Time"])
    crm.clock.set(datetime(2026, 12, 24, 11, 0, tzinfo=UTC))
    crm.token = crm.service.access_token()
    summer = crm.made("Accounts", {"Account_Name": "B"})[0]
    assert crm.one("Accounts", summer)["Modified_Time"] == "2026-12-25T00:00:00+13:00"


@pytest.mark.behaviour("zoho", 3)
def test_modified_time_never_goes_back_when_the_clock_does(crm: Crm) -> None:
    """5.2, 3"""
    first = crm.one("Accounts", crm.made("Accounts", {"Account_Name": "A"})[0])
    crm.clock.set(START - timedelta(hours=1))
    second = crm.one("Accounts", crm.made("Accounts", {"Account_Name": "B"})[0])
    assert second["Modified_Time"] >= first["Modified_Time"]


@pytest.mark.behaviour("zoho", 4)
def test_ids_are_long_texts_that_grow_but_are_not_contiguous(crm: Crm) -> None:
    """5.2, 4"""
    ids = crm.made("Accounts", *({"Account_Name": str(n)} for n in range(20)))
    ids += crm.made("Vendors", {"Vendor_Name": "V"})
    assert all(len(entry) == 19 for entry in ids)
    assert ids == sorted(set(ids))
    steps = {int(b) - int(a) for a, b in pairwise(ids)}
    assert len(steps) > 3


@pytest.mark.behaviour("zoho", 4)
def test_no_two_things_have_one_id(crm: Crm) -> None:
    """5.2, 4: neither in two modules, nor a line and a record."""
    company, product = crm.accounts(1)[0], crm.made("Products", {"Product_Name": "P"})[0]
    lines = [{"Product_Name": product, "Quantity": n} for n in (1, 2)]
    sale = {"Subject": "S", "Account_Name": company, "Invoiced_Items": lines}
    sales = crm.made("Invoices", sale, sale)
    items = [line["id"] for each in sales for line in crm.one("Invoices", each)["Invoiced_Items"]]
    ids = [company, product, *sales, *items, *crm.made("Vendors", {"Vendor_Name": "V"})]
    assert len(set(ids)) == len(ids) == 9
    assert all(isinstance(each, str) and len(each) == 19 for each in ids)


@pytest.mark.unmodelled("what is asked is the question")
def test_an_unknown_module_url_or_method(crm: Crm) -> None:
    assert (crm.listed("Rockets").status, crm.listed("Rockets").json["code"]) == (400, "INVALID_MODULE")
    assert (crm.get("/Accounts/1/2").status, crm.get("/Accounts/1/2").json["code"]) == (404, "INVALID_URL_PATTERN")
    assert crm.call("PATCH", "/Accounts", {}).json["code"] == "INVALID_REQUEST_METHOD"
    assert crm.service.unmodelled() == ["GET /crm/v8/Accounts/1/2", "PATCH /crm/v8/Accounts"]


@pytest.mark.behaviour("zoho", 6)
def test_v8_wants_fields_and_v2_gives_everything(crm: Crm) -> None:
    """5.2, 6: exact error bodies."""
    made = crm.made("Accounts", {"Account_Name": "A", "Phone": "1"})[0]
    assert crm.get("/Accounts").json == {
        "code": "REQUIRED_PARAM_MISSING",
        "details": {"param_name": "fields"},
        "message": "required param is missing",
        "status": "error",
    }
    assert crm.listed("Accounts", "Phone,No_Such_Field").rows == [{"Phone": "1", "id": made}]
    full = crm.get("/Accounts", version="v2").rows[0]
    assert {"Owner", "$currency_symbol", "Billing_City", "Xero_ID", "$approval"} <= set(full)
    assert crm.get("/Accounts", {"fields": "Phone"}, version="v2").rows == [{"Phone": "1", "id": made}]


@pytest.mark.behaviour("zoho", 6)
@pytest.mark.parametrize(
    ("fields", "limit"), [(",".join(f"F{n}" for n in range(51)), 50), (",".join(["x" * 60] * 20), 1024)]
)
def test_fields_are_limited_in_number_and_in_characters(crm: Crm, fields: str, limit: int) -> None:
    """3.4 and the 3.1 OpenAPI file"""
    crm.made("Accounts", {"Account_Name": "A"})
    answer = crm.listed("Accounts", fields)
    assert answer.status == 400
    assert answer.json["details"] == {"limit": limit, "param_name": "fields"}


@pytest.mark.behaviour("zoho", 6)
@pytest.mark.parametrize(
    ("params", "code", "message", "details"),
    [
        ({"per_page": 201}, "LIMIT_EXCEEDED", "limit exceeded", {"limit": 200, "param_name": "per_page"}),
        ({"per_page": 0}, "INVALID_DATA", "invalid data", {"param_name": "per_page"}),
        ({"page": "x"}, "INVALID_DATA", "invalid data", {"param_name": "page"}),
        ({"sort_order": "up"}, "INVALID_DATA", "invalid data", {"param_name": "sort_order"}),
        (
            {"page_token": "no-such-token"},
            "TOKEN_BOUND_DATA_MISMATCH",
            "The page_token given seems to be invalid or input param is added or altered or deleted",
            {"param_name": "page_token"},
        ),
    ],
)
@pytest.mark.undocumented("what the documents do not allow is asked on purpose")
def test_the_exact_bodies_of_refusals(
    crm: Crm, params: dict[str, Any], code: str, message: str, details: dict[str, Any]
) -> None:
    """5.2, 6"""
    answer = crm.listed("Accounts", **params)
    assert answer.status == 400
    assert answer.json == {"code": code, "details": details, "message": message, "status": "error"}


@pytest.mark.behaviour("zoho", 6)
def test_a_walk_by_token_ends_at_a_hundred_thousand(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """3.4; the limit is pulled down, not the records up."""
    monkeypatch.setattr("sandbox.zoho.paging.MAX_RECORDS", 4)
    crm.accounts(6)
    first = crm.listed("Accounts", per_page=2).json["info"]["next_page_token"]
    second = crm.listed("Accounts", per_page=2, page_token=first).json["info"]["next_page_token"]
    beyond = crm.listed("Accounts", per_page=2, page_token=second)
    assert (beyond.status, beyond.json["code"]) == (400, "PAGINATION_LIMIT_EXCEEDED")


@pytest.mark.behaviour("zoho", 6)
def test_fifty_fields_are_taken(crm: Crm) -> None:
    crm.made("Accounts", {"Account_Name": "A"})
    assert crm.listed("Accounts", ",".join(f"F{n}" for n in range(50))).status == 200


@pytest.mark.behaviour("zoho", 6)
def test_the_info_blocks_of_both_versions(crm: Crm) -> None:
    """3.4, as recorded"""
    crm.accounts(3)
    v8 = crm.listed("Accounts", per_page=2).json["info"]
    token, expiry = v8.pop("next_page_token"), v8.pop("page_token_expiry")
    v8_rest = {"per_page": 2, "count": 2, "sort_by": "id", "page": 1, "previous_page_token": None}
    assert v8 == {**v8_rest, "sort_order": "desc", "more_records": True}
    assert len(token) <= 100
    assert expiry.startswith("2026-08-05T10:15")
    last = crm.listed("Accounts", per_page=2, page=2).json["info"]
    assert (last["next_page_token"], last["page_token_expiry"], last["more_records"]) == (None, None, False)
    v2 = crm.get("/Accounts", {"sort_by": "Modified_Time", "sort_order": "asc"}, version="v2").json["info"]
    v2_rest = {"per_page": 200, "count": 3, "page": 1, "sort_by": "Modified_Time"}
    assert v2 == {**v2_rest, "sort_order": "asc", "more_records": False}


@pytest.mark.behaviour("zoho", 6)
def test_the_default_order_is_by_id_descending_and_v8_sorts_by_three_fields_only(crm: Crm) -> None:
    """5.2, 6"""
    ids = crm.accounts(3)
    assert crm.listed("Accounts").ids == ids[::-1]
    assert crm.listed("Accounts", sort_by="id", sort_order="asc").ids == ids
    crm.clock.advance(5)
    crm.update("Accounts", {"id": ids[0], "Phone": "1"})
    assert crm.listed("Accounts", sort_by="Modified_Time", sort_order="asc").ids == [ids[2], ids[1], ids[0]]
    assert crm.listed("Accounts", sort_by="Created_Time", sort_order="desc").ids == ids[::-1]
    assert crm.listed("Accounts", sort_by="Account_Name").json["details"] == {"param_name": "sort_by"}
    assert crm.get("/Accounts", {"sort_by": "Account_Name", "sort_order": "asc"}, version="v2").ids == ids


@pytest.mark.behaviour("zoho", 6)
@pytest.mark.parametrize("sort", ["id", "Modified_Time", "Created_Time"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_walk_by_token_meets_every_record_once(crm: Crm, sort: str, order: str) -> None:
    ids = crm.accounts(7)
    met: list[str] = []
    params: dict[str, Any] = {"per_page": 2, "sort_by": sort, "sort_order": order}
    while True:
        page = crm.listed("Accounts", **params)
        met += page.ids
        params["page_token"] = page.json["info"]["next_page_token"]
        if params["page_token"] is None:
            break
    # All were made in one second, and of what is equal the newest comes first (tests/contract/test_recorded_zoho.py).
    assert met == (ids if (sort, order) == ("id", "asc") else ids[::-1])


def test_a_walk_by_id_is_not_shaken_by_edits_and_deletions(crm: Crm) -> None:
    ids = crm.accounts(6)
    order: dict[str, Any] = {"per_page": 2, "sort_by": "id", "sort_order": "asc"}
    first = crm.listed("Accounts", **order)
    crm.update("Accounts", {"id": ids[4], "Phone": "1"})
    crm.call("DELETE", f"/Accounts/{ids[1]}")
    second = crm.listed("Accounts", **order, page_token=first.json["info"]["next_page_token"])
    assert (first.ids, second.ids) == (ids[:2], ids[2:4])


@pytest.mark.behaviour("zoho", 6)
def test_a_page_token_is_bound_and_expires(crm: Crm) -> None:
    """5.2, 6"""
    crm.accounts(4)
    token = crm.listed("Accounts", per_page=2).json["info"]["next_page_token"]
    altered = crm.listed("Accounts", per_page=3, page_token=token)
    assert (altered.status, altered.json["code"]) == (400, "TOKEN_BOUND_DATA_MISMATCH")
    assert altered.json["details"] == {"param_name": "page_token"}
    both = crm.listed("Accounts", per_page=2, page_token=token, page=2)
    assert both.json["code"] == "AMBIGUITY_DURING_PROCESSING"
    own = crm.token
    crm.token = crm.service.access_token(user=crm.service.organisation.users[1].id)
    assert crm.listed("Accounts", per_page=2, page_token=token).json["code"] == "TOKEN_BOUND_DATA_MISMATCH"
    crm.token = own
    assert crm.listed("Accounts", per_page=2, page_token=token).status == 200
    crm.clock.advance(24 * 3600 + 1)
    crm.token = crm.service.access_token()
    assert crm.listed("Accounts", per_page=2, page_token=token).json["code"] == "EXPIRED_VALUE"


@pytest.mark.behaviour("zoho", 6)
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_pages_by_number_end_at_two_thousand_records(crm: Crm, version: str) -> None:
    """5.2, 6: whether v2 ends there, too, is [U]."""
    crm.accounts(2001)
    params = {"fields": "id", "page": 10}
    assert crm.get("/Accounts", params, version=version).json["info"]["more_records"] is True
    answer = crm.get("/Accounts", {**params, "page": 11}, version=version)
    assert (answer.status, answer.json["code"]) == (400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED")
    assert answer.json["details"] == {"limit": 2000}
    crm.switch(v2_pages_end=False)
    assert crm.get("/Accounts", {**params, "page": 11}, version=version).status == (200 if version == "v2" else 400)


@pytest.mark.behaviour("zoho", 6)
def test_reading_by_ids_takes_a_hundred_and_skips_what_is_gone(crm: Crm) -> None:
    ids = crm.accounts(101)
    crm.call("DELETE", f"/Accounts/{ids[0]}")
    assert set(crm.listed("Accounts", ids=",".join(ids[:100])).ids) == set(ids[1:100])
    assert crm.listed("Accounts", ids=",".join(ids)).json["details"] == {"limit": 100, "param_name": "ids"}
    assert crm.listed("Accounts", ids=ids[0]).status == 204
    crm.switch(ids_max_characters=1024)
    assert crm.listed("Accounts", ids=",".join(ids[:100])).json["details"]["limit"] == 1024


@pytest.mark.behaviour("zoho", 7)
def test_if_modified_since_is_inclusive_and_iso(crm: Crm) -> None:
    """5.2, 7"""
    assert crm.listed("Accounts").status == 204
    assert crm.get("/Accounts", {"fields": "id"}, If_Modified_Since=iso(START)).status == 204
    ids = crm.accounts(2)
    crm.clock.set(START + timedelta(minutes=5))
    crm.update("Accounts", {"id": ids[0], "Phone": "1"})

    def since(moment: str, path: str = "/Accounts") -> Any:
        return crm.get(path, {"fields": "id"}, If_Modified_Since=moment)

    assert since(iso(START + timedelta(minutes=5))).ids == [ids[0]]
    assert since(iso(START + timedelta(minutes=5)).replace("+00:00", "Z")).ids == [ids[0]]
    assert since("2026-08-04T03:50:30+05:30").ids == [ids[0]], "another zone, the same moment"
    nothing = since(iso(START + timedelta(minutes=6)))
    assert (nothing.status, nothing.raw) == (304, b"")
    assert since(iso(START + timedelta(minutes=6)), f"/Accounts/{ids[1]}").status == 304
    for wrong in ("Mon, 03 Aug 2026 22:15:30 GMT", "yesterday", "2026-08-03T22:15:30"):
        refused = since(wrong)
        assert (refused.status, refused.json["code"]) == (400, "INVALID_DATA")
        assert refused.json["details"] == {"expected_data_type": "datetime", "api_name": "If-Modified-Since"}


@pytest.mark.behaviour("zoho", 5)
def test_answers_name_their_type_exactly(crm: Crm) -> None:
    """5.2, 5"""
    assert crm.get("/org").headers["Content-Type"] == "application/json;charset=UTF-8"


@pytest.mark.behaviour("zoho", 20)
def test_the_list_may_lag_while_records_by_id_do_not(crm: Crm) -> None:
    crm.switch(list_index_lag=10.0)
    made = crm.accounts(1)[0]
    assert crm.listed("Accounts").status == 204
    assert crm.listed("Accounts", ids=made).ids == [made]
    crm.clock.advance(11)
    crm.update("Accounts", {"id": made, "Phone": "1"})
    crm.update("Accounts", {"id": made, "Phone": "2"})
    assert crm.listed("Accounts", "Phone").rows == [{"Phone": None, "id": made}]
    stale = crm.get("/Accounts", {"fields": "Phone"}, If_Modified_Since=iso(START + timedelta(seconds=5)))
    assert stale.status == 304
    assert crm.one("Accounts", made)["Phone"] == "2"
    crm.clock.advance(11)
    assert crm.listed("Accounts", "Phone").rows == [{"Phone": "2", "id": made}]


def test_a_lagging_list_survives_many_writes_of_one_record(crm: Crm) -> None:
    crm.switch(list_index_lag=10.0, search_index_lag=0.0)
    made = crm.accounts(1)[0]
    shown: list[str | None] = []
    for n in range(60):
        crm.clock.advance(0.5)
        crm.update("Accounts", {"id": made, "Phone": str(n)})
        answer = crm.listed("Accounts", "Phone")
        shown.append(answer.rows[0]["Phone"] if answer.status == 200 else "hidden")
    assert shown[:19] == ["hidden"] * 19
    seen = [int(phone) for phone in shown[25:] if phone]
    assert seen == sorted(seen)
    assert all(17 <= n - phone <= 24 for n, phone in enumerate(seen, 25))


def test_a_page_of_a_hundred_thousand_costs_what_a_page_costs(crm: Crm) -> None:
    """The walk, the walk filtered by an old moment, and one by a recent moment stay in milliseconds."""
    rows = [
        {
            "id": str(6 * 10**18 + n * 7),
            "Last_Name": f"Last {n}",
            "Email": f"n{n}@example.com",
            "Modified_Time": f"2026-0{1 + n * 7 // 100_000}-01T00:00:00+00:00",
        }
        for n in range(100_000)
    ]
    crm.service.load({"Contacts": rows})
    order = {"fields": "Last_Name,Email,Modified_Time,Owner,Account_Name", "sort_by": "id", "sort_order": "asc"}
    token = crm.get("/Contacts", order).json["info"]["next_page_token"]

    def best(path: dict[str, object], **headers: str) -> float:
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            assert crm.get("/Contacts", path, **headers).status == 200
            times.append(time.perf_counter() - begun)
        return min(times)

    assert best({**order, "page_token": token}) < 0.05
    assert best(dict(order), If_Modified_Since="2026-02-01T00:00:00+00:00") < 0.1
    begun = time.perf_counter()
    frozen = crm.service.freeze()
    crm.service.thaw(frozen)
    assert time.perf_counter() - begun < 0.5
