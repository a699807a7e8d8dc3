"""What was deleted, for the time being or for good, and what came back (facts/zoho.md 3.4; behaviour 5.2, 13)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.contract.zoho_caller import START, Crm, Row, names


@pytest.fixture
def crm() -> Crm:
    return Crm()


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def company(**more: Any) -> Row:
    return {"Account_Name": "Acme", **more}


@pytest.mark.behaviour("zoho", 13)
def test_an_unknown_or_deleted_record_is_204_without_a_body(crm: Crm) -> None:
    """3.4"""
    gone = crm.accounts(1)[0]
    crm.call("DELETE", f"/Accounts/{gone}")
    for version in ("v2", "v8"):
        answer = crm.get(f"/Accounts/{gone}", version=version)
        assert (answer.status, answer.raw) == (204, b"")
        assert "Content-Type" not in answer.headers


@pytest.mark.behaviour("zoho", 13)
def test_deleted_records_are_listed_at_once_and_restored_ones_no_more(crm: Crm) -> None:
    """5.2, 13"""
    ids = crm.accounts(3)
    assert crm.get("/Accounts/deleted").status == 204
    assert crm.call("DELETE", "/Accounts", params={"ids": f"{ids[0]},{ids[1]}"}).codes == ["SUCCESS"] * 2
    rows = crm.get("/Accounts/deleted", {"type": "all"}).rows
    assert names(rows, "id") == ids[:2]
    assert (rows[0]["type"], rows[0]["display_name"]) == ("recycle", "Account 0")
    assert rows[0]["deleted_by"] == {"name": "Aroha Ngata", "id": "5725767000000411001"}
    crm.service.edit("purge", "Accounts", ids[0], {})
    permanent = crm.get("/Accounts/deleted", {"type": "permanent"}).rows[0]
    assert permanent["id"] == ids[0]
    assert permanent["deleted_by"] is permanent["display_name"] is permanent["created_by"] is None
    crm.service.edit("restore", "Accounts", ids[1], {})
    assert crm.get("/Accounts/deleted", {"type": "recycle"}).status == 204
    assert crm.one("Accounts", ids[1])["Account_Name"] == "Account 1"
    with pytest.raises(KeyError):
        crm.service.edit("restore", "Accounts", ids[0], {})


@pytest.mark.behaviour("zoho", 13)
def test_deletions_since_a_moment_and_by_pages(crm: Crm) -> None:
    ids = crm.accounts(3)
    crm.call("DELETE", f"/Accounts/{ids[0]}")
    crm.clock.advance(60)
    crm.call("DELETE", "/Accounts", params={"ids": ",".join(ids[1:])})
    since = iso(START + timedelta(seconds=50))
    assert names(crm.get("/Accounts/deleted", If_Modified_Since=since).rows, "id") == ids[1:]
    page = crm.get("/Accounts/deleted", {"per_page": 2, "page": 1})
    assert page.json["info"] == {"per_page": 2, "count": 2, "page": 1, "more_records": True}
    later = iso(START + timedelta(hours=1))
    assert crm.get("/Accounts/deleted", If_Modified_Since=later).status == 204
    crm.switch(deleted_none_since="304")
    assert crm.get("/Accounts/deleted", If_Modified_Since=later).status == 304


@pytest.mark.behaviour("zoho", 13)
def test_a_restored_record_is_modified_or_not(crm: Crm) -> None:
    """5.2, 13 [U]: both settings."""
    ids = crm.accounts(2)
    crm.call("DELETE", "/Accounts", params={"ids": ",".join(ids)})
    crm.clock.advance(100)
    for record, bumps in zip(ids, (True, False), strict=True):
        crm.switch(restore_bumps_modified=bumps)
        crm.service.edit("restore", "Accounts", record, {})
        row = crm.one("Accounts", record)
        assert (row["Modified_Time"] > row["Created_Time"]) is bumps


@pytest.mark.behaviour("zoho", 13)
def test_a_lookup_whose_target_is_deleted(crm: Crm) -> None:
    company = crm.accounts(1)[0]
    person = crm.made("Contacts", {"Last_Name": "L", "Account_Name": {"id": company}})[0]
    assert crm.one("Contacts", person)["Account_Name"] == {"name": "Account 0", "id": company}
    crm.call("DELETE", f"/Accounts/{company}")
    assert crm.one("Contacts", person)["Account_Name"] is None
    crm.switch(lookup_of_deleted="kept")
    assert crm.one("Contacts", person)["Account_Name"] == {"name": "Account 0", "id": company}


@pytest.mark.behaviour("zoho", 13)
def test_a_record_is_deleted_once(crm: Crm) -> None:
    """5.2, 13"""
    made = crm.made("Accounts", company())[0]
    answer = crm.call("DELETE", f"/Accounts/{made}", params={"wf_trigger": "false"})
    assert answer.rows == [
        {"code": "SUCCESS", "details": {"id": made}, "message": "record deleted", "status": "success"}
    ]
    assert crm.call("DELETE", f"/Accounts/{made}").codes == ["INVALID_DATA"]
    mixed = crm.call("DELETE", "/Accounts", params={"ids": f"{made},{crm.made('Accounts', company())[0]}"})
    assert (mixed.status, mixed.codes) == (207, ["INVALID_DATA", "SUCCESS"])
    assert crm.call("DELETE", "/Accounts").json["code"] == "REQUIRED_PARAM_MISSING"
    assert crm.call("DELETE", "/Accounts", params={"ids": ",".join(["1"] * 101)}).status == 400
