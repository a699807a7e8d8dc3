"""Merge and conversion through the API (facts/zoho.md 5.2, 22; `find-and-merge` of Zoho's OpenAPI, a recording)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.test_sandbox_zoho_channels import EVENTS, Told
from tests.contract.test_sandbox_zoho_settings import RECORDED, kind, needs_recordings
from tests.contract.zoho_caller import Answered, Crm, Row

MASTER, FIRST, SECOND = (
    {"Account_Name": "Acme", "Phone": "1"},
    {"Account_Name": "Acme Ltd", "Phone": "2", "Xero_ID": "x-2"},
    {"Account_Name": "ACME", "Website": "acme.example"},
)


@pytest.fixture
def crm() -> Crm:
    return Crm()


def merged(crm: Crm, master: str, *rows: Row, module: str = "Accounts") -> Answered:
    return crm.call("POST", f"/{module}/{master}/actions/merge", {"merge": [{"data": list(rows)}]})


def converted(crm: Crm, lead: str, version: str = "v8", **wish: Any) -> Answered:
    return crm.call("POST", f"/Leads/{lead}/actions/convert", {"data": [wish]}, version=version)


# ------------------------------------------------------------------ merge


@pytest.mark.behaviour("zoho", 22)
def test_a_merge_leaves_one_id_with_the_values_that_were_chosen(crm: Crm) -> None:
    master, first, second = crm.made("Accounts", MASTER, FIRST, SECOND)
    person = crm.made("Contacts", {"Last_Name": "Lee", "Account_Name": first})[0]
    crm.clock.advance(60)
    fields = [{"api_name": "Account_Name"}, {"api_name": "Xero_ID"}]
    answer = merged(crm, master, {"id": first, "_fields": fields}, {"id": second})
    assert answer.status == 200
    (item,) = answer.json["merge"]
    assert (item["code"], item["details"], item["status"]) == ("SUCCESS", {"id": master}, "success")
    assert crm.listed("Accounts").ids == [master]
    assert [crm.get(f"/Accounts/{gone}").status for gone in (first, second)] == [204, 204]
    row = crm.one("Accounts", master)
    assert [row[name] for name in ("Account_Name", "Phone", "Xero_ID", "Website")] == [
        *("Acme Ltd", "1"),
        *("x-2", "acme.example"),
    ], "chosen, kept, chosen, filled"
    assert row["Modified_Time"] > row["Created_Time"]
    assert crm.one("Contacts", person)["Account_Name"] == {"name": "Acme Ltd", "id": master}
    assert crm.get(f"/Accounts/{master}/actions/merge").status == 204, "no job is left"


@pytest.mark.behaviour("zoho", 22)
def test_whether_those_that_went_are_told_of_is_a_switch() -> None:
    """Nobody has seen it."""
    for manner, gone in (("told", 1), ("silent", 0)):
        crm = Told()
        crm.switch(merge=manner)
        master, child = crm.made("Accounts", MASTER, FIRST)
        crm.watch(events=EVENTS)
        assert merged(crm, master, {"id": child}).status == 200
        heard = [(operation, ids) for _, operation, ids in crm.heard()]
        assert heard == [("delete", [child])] * gone + [("update", [master])]
        answer = crm.get("/Accounts/deleted", {"type": "all"})
        assert (answer.ids if answer.status == 200 else []) == [child] * gone


@pytest.mark.behaviour("zoho", 22)
@pytest.mark.parametrize(
    ("rows", "code", "path"),
    [
        ([], "MANDATORY_NOT_FOUND", ".data"),
        ([{"id": "1"}], "INVALID_DATA", ".data[0].id"),
        ([{"id": "MASTER"}], "DUPLICATE_DATA", ".data[0].id"),
        ([{"id": "FIRST"}, {"id": "FIRST"}], "DUPLICATE_DATA", ".data[1].id"),
        ([{"id": "FIRST"}, {"id": "SECOND"}, {"id": "MASTER"}], "LIMIT_EXCEEDED", ".data"),
        ([{"id": "FIRST", "_fields": [{"api_name": "No"}]}], "INVALID_DATA", ".data[0]._fields[0].api_name"),
        ([{"id": "FIRST", "_fields": [{"api_name": "Created_Time"}]}], "INVALID_DATA", ".data[0]._fields[0].api_name"),
    ],
)
def test_a_merge_that_is_refused_changes_nothing(crm: Crm, rows: list[Row], code: str, path: str) -> None:
    ids = dict(zip(("MASTER", "FIRST", "SECOND"), crm.made("Accounts", MASTER, FIRST, SECOND), strict=True))
    answer = merged(crm, ids["MASTER"], *({**row, "id": ids.get(row["id"], row["id"])} for row in rows))
    assert answer.status == 400
    (item,) = answer.json["merge"]
    assert (item["code"], item["details"]["json_path"]) == (code, f"$.merge[0]{path}")
    assert len(crm.listed("Accounts").ids) == 3


@pytest.mark.behaviour("zoho", 22)
def test_what_cannot_be_merged_at_all(crm: Crm) -> None:
    account = crm.made("Accounts", MASTER)[0]
    mill, other = crm.made("Vendors", {"Vendor_Name": "A"}, {"Vendor_Name": "B"})
    refused = merged(crm, mill, {"id": other}, module="Vendors")
    assert (refused.status, refused.json.get("code")) == (400, "INVALID_MODULE"), "people can, another client cannot"
    nobody = merged(crm, "1", {"id": account})
    assert (nobody.status, nobody.json["code"]) == (400, "INVALID_DATA")
    crm.token = crm.service.access_token(["ZohoCRM.modules.READ"])
    assert merged(crm, account, {"id": "1"}).json["code"] == "OAUTH_SCOPE_MISMATCH"


# ------------------------------------------------------------------ conversion

LEAD = {"Last_Name": "Lee", "First_Name": "Ana", "Company": "Acme", "Email": "ana@acme.test", "Phone": "555"}
DEAL = {"Deal_Name": "A big one", "Amount": 5000, "Stage": "Closed Won", "Closing_Date": "2026-12-31"}


@pytest.mark.behaviour("zoho", 22)
def test_a_lead_becomes_three_records_and_is_gone(crm: Crm) -> None:
    lead = crm.made("Leads", LEAD)[0]
    answer = converted(crm, lead, Deals=DEAL)
    assert (answer.status, answer.codes) == (200, ["SUCCESS"])
    made = answer.rows[0]["details"]
    assert [made[name]["name"] for name in ("Contacts", "Accounts", "Deals")] == ["Ana Lee", "Acme", "A big one"]
    person, deal = crm.one("Contacts", made["Contacts"]["id"]), crm.one("Deals", made["Deals"]["id"])
    assert [person[name] for name in ("Email", "Phone", "Account_Name")] == ["ana@acme.test", "555", made["Accounts"]]
    assert [deal[name] for name in ("Amount", "Contact_Name", "Account_Name")] == [
        5000,
        made["Contacts"],
        made["Accounts"],
    ]
    assert crm.get(f"/Leads/{lead}").status == 204
    assert crm.get("/Leads/deleted", {"type": "all"}).status == 204
    assert converted(crm, lead).codes == ["INVALID_DATA"], "only once"


@pytest.mark.behaviour("zoho", 22)
def test_a_lead_may_join_what_is_there(crm: Crm) -> None:
    account = crm.made("Accounts", {"Account_Name": "Other"})[0]
    person = crm.made("Contacts", {"Last_Name": "Roe"})[0]
    first, second = crm.made("Leads", LEAD, {**LEAD, "Last_Name": "Ray"})
    made = converted(crm, first, Accounts=account).rows[0]["details"]
    assert (made["Accounts"]["id"], made["Deals"]) == (account, None)
    assert crm.one("Contacts", made["Contacts"]["id"])["Account_Name"]["id"] == account
    assert converted(crm, second, Accounts={"id": account}, Contacts={"id": person}).rows[0]["details"]["Contacts"] == {
        "name": "Roe",
        "id": person,
    }
    assert len(crm.listed("Accounts").ids) == 1


@pytest.mark.behaviour("zoho", 22)
def test_a_conversion_that_is_refused_changes_nothing_and_tells_nobody() -> None:
    crm = Told()
    lead = crm.made("Leads", LEAD)[0]
    crm.watch(events=["Accounts.all", "Contacts.all"])
    for wish in ({"Deals": {"Amount": 1}}, {"Accounts": "1"}, {"Contacts": {"id": "1"}}):
        assert converted(crm, lead, **wish).status == 400
    assert crm.heard() == []
    assert crm.listed("Leads").ids == [lead]
    assert [crm.listed(module).status for module in ("Accounts", "Contacts", "Deals")] == [204] * 3


@pytest.mark.behaviour("zoho", 18)
def test_a_conversion_costs_five_credits(crm: Crm) -> None:
    """3.3"""
    lead = crm.made("Leads", LEAD)[0]
    crm.switch(credits_per_day=10)
    assert converted(crm, lead).headers["X-API-CREDITS-REMAINING"] == "4", "one was spent on making the lead"


@pytest.mark.behaviour("zoho", 22)
@pytest.mark.outsider("recordings of a live CRM")
@needs_recordings
def test_a_recorded_conversion_is_answered_alike(crm: Crm) -> None:
    recorded: dict[str, Any] = json.loads((RECORDED / "nango-v2-recorded/convert-lead.json").read_text())
    lead = crm.made("Leads", LEAD)[0]
    answer = crm.call("POST", f"/Leads/{lead}/actions/convert", recorded["request"]["data"], version="v2")
    assert answer.status == recorded["status"]
    assert kind(json.loads(answer.raw)) == kind(recorded["response"])
    (row,) = answer.rows
    assert list(row) != []
    assert crm.one("Deals", row["Deals"])["Deal_Name"] == "Mock Conversion Deal"
