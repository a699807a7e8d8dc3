"""Rows written (facts/zoho.md 3.5; behaviours 5.2, 4, 5, 8, 10, 11, 14-16)."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import pytest
import simplejson

from tests.contract.zoho_caller import START, Crm, Row, names


@pytest.fixture
def crm() -> Crm:
    return Crm()


def company(**more: Any) -> Row:
    return {"Account_Name": "Acme", **more}


@pytest.mark.behaviour("zoho", 8)
def test_a_created_row_tells_id_times_and_people(crm: Crm) -> None:
    """3.5, as recorded; v8 adds $approval_state."""
    row = crm.create("Accounts", company(), version="v2").rows[0]
    assert (row["code"], row["message"], row["status"]) == ("SUCCESS", "record added", "success")
    assert set(row["details"]) == {"Modified_Time", "Modified_By", "Created_Time", "id", "Created_By"}
    assert set(row["details"]["Modified_By"]) == {"name", "id"}
    assert crm.create("Accounts", company()).rows[0]["details"]["$approval_state"] == "approved"


@pytest.mark.behaviour("zoho", 4, 5)
def test_a_body_may_be_compressed_or_untyped_and_ids_may_be_integers(crm: Crm) -> None:
    """5.2, 4 and 5; 1.3"""
    body = simplejson.dumps({"data": [company()]}).encode()
    assert crm.call("POST", "/Accounts", gzip.compress(body), Content_Encoding="gzip").status == 201
    made = crm.call("POST", "/Accounts", body).ids[0]
    person = crm.made("Contacts", {"Last_Name": "L", "Account_Name": {"id": int(made)}})[0]
    assert crm.one("Contacts", person)["Account_Name"]["id"] == made
    assert crm.update("Accounts", {"id": int(made), "Phone": "1"}).status == 200


@pytest.mark.behaviour("zoho", 8)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"data": [1]}', b'{"data": []}', b'{"data": {}}', b"{}"])
def test_a_body_that_is_none_is_refused_as_a_whole(crm: Crm, body: bytes) -> None:
    answer = crm.call("POST", "/Accounts", body)
    assert (answer.status, answer.json["status"]) == (400, "error")


@pytest.mark.behaviour("zoho", 8, 9)
def test_outcomes_come_in_the_order_of_the_rows(crm: Crm) -> None:
    """5.2, 8"""
    answer = crm.create("Accounts", company(), {"Phone": "1"}, company(Phone="x" * 31), company())
    assert answer.status == 207
    assert answer.codes == ["SUCCESS", "MANDATORY_NOT_FOUND", "INVALID_DATA", "SUCCESS"]
    assert answer.rows[1]["details"] == {"api_name": "Account_Name", "json_path": "$.data[1].Account_Name"}
    assert answer.rows[1]["message"] == "required field not found"
    assert answer.rows[2]["details"]["maximum_length"] == 30


@pytest.mark.behaviour("zoho", 9)
def test_v2_knows_no_json_path(crm: Crm) -> None:
    """3.5"""
    row = crm.create("Contacts", {"Last_Name": "L", "Phone": "call me"}, version="v2").rows[0]
    assert row["details"] == {"expected_data_type": "phone", "api_name": "Phone"}


@pytest.mark.behaviour("zoho", 8)
@pytest.mark.parametrize(
    ("setting", "v2", "v8"), [("by version", 202, 400), ("400", 400, 400), ("202", 202, 202), ("207", 207, 207)]
)
def test_the_status_when_all_rows_failed_is_a_switch(crm: Crm, setting: str, v2: int, v8: int) -> None:
    """5.2, 8 [U]"""
    crm.switch(all_failed_status=setting)
    assert crm.create("Accounts", {}, version="v2").status == v2
    assert crm.create("Accounts", {}).status == v8
    assert crm.update("Accounts", {"id": "1"}).status == v8


@pytest.mark.behaviour("zoho", 8)
def test_more_than_a_hundred_rows_are_refused_together(crm: Crm) -> None:
    """5.2, 8"""
    answer = crm.create("Accounts", *[company()] * 101)
    assert (answer.status, answer.codes) == (400, ["LIMIT_EXCEEDED"])
    assert answer.rows[0]["details"] == {"maximum_length": 100, "api_name": "data"}
    assert crm.listed("Accounts").status == 204


@pytest.mark.behaviour("zoho", 10)
def test_a_plain_insert_does_not_hold_the_system_defined_fields(crm: Crm) -> None:
    """5.2, 10: two equal names, two equal addresses; a unique product name is a matter of the organisation."""
    assert crm.create("Accounts", company(), company()).status == 201
    assert crm.create("Contacts", *[{"Last_Name": "L", "Email": "a@b.co"}] * 2).status == 201
    assert crm.create("Products", *[{"Product_Name": "P"}] * 2).status == 201
    crm.switch(product_name_unique=True)
    assert crm.create("Products", {"Product_Name": "p"}).codes == ["DUPLICATE_DATA"]


def upsert(crm: Crm, module: str, *rows: Row, **more: Any) -> list[Row]:
    answer = crm.call("POST", f"/{module}/upsert", {"data": list(rows), **more})
    return answer.rows if "data" in answer.json else [answer.json]


@pytest.mark.behaviour("zoho", 10)
def test_upsert_by_the_official_table(crm: Crm) -> None:
    """5.2, 10"""
    row = upsert(crm, "Contacts", {"Last_Name": "Doe", "Email": "a@b.co"})[0]
    assert (row["action"], row["duplicate_field"], row["message"]) == ("insert", None, "record added")
    again = upsert(crm, "Contacts", {"Last_Name": "Roe", "Email": "A@b.co"})[0]
    assert (again["action"], again["duplicate_field"], again["message"]) == ("update", "Email", "record updated")
    assert again["details"]["id"] == row["details"]["id"]
    assert crm.one("Contacts", row["details"]["id"])["Last_Name"] == "Roe"


@pytest.mark.behaviour("zoho", 10)
def test_upsert_by_a_unique_field_and_by_id(crm: Crm) -> None:
    """5.2, 10: a row's id wins; check fields must be the system's or unique."""
    made = crm.made("Accounts", company(Xero_ID="x"), {"Account_Name": "Other"})
    row = upsert(crm, "Accounts", company(Xero_ID="x", Phone="1"), duplicate_check_fields=["Xero_ID"])[0]
    assert (row["duplicate_field"], row["details"]["id"]) == ("Xero_ID", made[0])
    row = upsert(crm, "Accounts", {"id": made[1], "Account_Name": "Acme"})[0]
    assert (row["action"], row["duplicate_field"], row["details"]["id"]) == ("update", None, made[1])
    assert upsert(crm, "Accounts", {"id": "1", "Account_Name": "Z"})[0]["message"] == "the id given seems to be invalid"
    assert upsert(crm, "Accounts", company(), duplicate_check_fields=["Phone"])[0]["code"] == "INVALID_DATA"


@pytest.mark.behaviour("zoho", 10)
def test_two_invoices_with_one_subject_are_merged_by_a_default_upsert(crm: Crm) -> None:
    """3.5: the trap behind `duplicate_check_fields`."""
    account = crm.made("Accounts", company())[0]
    product = crm.made("Products", {"Product_Name": "P", "Unit_Price": 1})[0]
    row = {
        "Subject": "S",
        "Account_Name": {"id": account},
        "Invoiced_Items": [{"Product_Name": product, "Quantity": 1}],
    }
    first, second = upsert(crm, "Invoices", row, row)
    assert (second["action"], second["duplicate_field"]) == ("update", "Subject")
    assert first["details"]["id"] == second["details"]["id"]


@pytest.mark.behaviour("zoho", 11)
def test_null_clears_and_what_is_left_out_stays(crm: Crm) -> None:
    """5.2, 11"""
    made = crm.made("Accounts", company(Phone="1", Website="w", Add_to_Xero=True))[0]
    crm.update("Accounts", {"id": made, "Phone": None, "Add_to_Xero": None, "Employees": ""})
    row = crm.one("Accounts", made)
    assert (row["Phone"], row["Website"], row["Add_to_Xero"], row["Employees"]) == (None, "w", False, None)
    answer = crm.update("Accounts", {"id": made, "Account_Name": None})
    assert answer.codes == ["MANDATORY_NOT_FOUND"]


@pytest.mark.behaviour("zoho", 11)
@pytest.mark.unmodelled("a field that this organisation does not have")
def test_unknown_and_system_keys_are_ignored_and_noted(crm: Crm) -> None:
    """5.2, 11 [U]: unknown ones may be refused instead."""
    made = crm.create("Accounts", company(Colour="red", Created_Time="2001-01-01T00:00:00Z", **{"$state": "save"})).ids[
        0
    ]
    assert crm.one("Accounts", made)["Created_Time"].startswith("2026-08-04")
    assert crm.service.unmodelled() == ["unknown key Accounts.Colour"]
    crm.switch(unknown_keys="refused")
    assert crm.create("Accounts", company(Colour="red")).codes == ["INVALID_DATA"]
    assert crm.create("Accounts", company(Created_Time="x")).status == 201


@pytest.mark.behaviour("zoho", 11)
def test_blank_text_may_be_kept(crm: Crm) -> None:
    crm.switch(empty_text_is_null=False)
    assert crm.one("Accounts", crm.made("Accounts", company(Phone=""))[0])["Phone"] == ""


@pytest.mark.behaviour("zoho", 14)
def test_an_update_of_nothing_moves_modified_time_or_not(crm: Crm) -> None:
    """5.2, 14 [U]: both settings."""
    made = crm.made("Accounts", company(Phone="1"))[0]
    crm.clock.advance(60)
    for bumps in (False, True):
        crm.switch(unchanged_put_bumps=bumps)
        answer = crm.update("Accounts", {"id": made, "Phone": "1", "Website": None})
        assert answer.rows[0]["message"] == "record updated"
        row = crm.one("Accounts", made)
        assert (row["Modified_Time"] > row["Created_Time"]) is bumps


def test_one_record_is_updated_by_its_address(crm: Crm) -> None:
    made = crm.made("Accounts", company())[0]
    answer = crm.call("PUT", f"/Accounts/{made}", {"data": [{"Phone": "1"}]})
    assert (answer.status, answer.ids) == (200, [made])
    answer = crm.call("PUT", "/Accounts/123", {"data": [{"Phone": "1"}]})
    assert (answer.status, answer.rows[0]["details"]) == (400, {"api_name": "id", "json_path": "$.data[0].id"})


@pytest.mark.behaviour("zoho", 15)
def test_workflows_run_unless_the_trigger_is_empty(crm: Crm) -> None:
    """5.2, 15: a workflow edits the record again; the answer tells the state before it."""
    crm.switch(workflows={"Accounts": {"Description": "by workflow"}})
    quiet = crm.create("Accounts", company(), trigger=[]).ids[0]
    loud = crm.create("Accounts", company()).ids[0]
    named = crm.create("Accounts", company(), trigger=["workflow"]).ids[0]
    assert [crm.one("Accounts", i)["Description"] for i in (quiet, loud, named)] == [None, "by workflow", "by workflow"]
    person = crm.service.edit("edit", "Accounts", quiet, {"Phone": "1"})
    assert crm.one("Accounts", person)["Description"] == "by workflow"


@pytest.mark.behaviour("zoho", 15)
def test_what_a_workflow_edits_is_not_in_the_answer_that_set_it_off(crm: Crm) -> None:
    """5.2, 15: the record has moved on by the time one hears of it."""
    made = crm.made("Accounts", company())[0]
    tom = crm.service.organisation.users[1]
    crm.switch(workflows={"Accounts": {"Owner": {"id": str(tom.id)}}})
    crm.clock.advance(60)
    answer = crm.update("Accounts", {"id": made, "Phone": "1"}).rows[0]["details"]
    row = crm.one("Accounts", made)
    assert (row["Owner"]["name"], row["Phone"]) == ("Tom Whitfield", "1")
    assert row["Modified_Time"] > answer["Modified_Time"], "a second Modified_Time"


@pytest.mark.behaviour("zoho", 16)
def test_the_optimistic_lock(crm: Crm) -> None:
    """5.2, 16: 412 with the current state; v2 knows no such header."""
    ids = crm.accounts(2)
    crm.clock.set(START + timedelta(minutes=10))
    since = (START + timedelta(minutes=5)).isoformat()
    crm.update("Accounts", {"id": ids[0], "Phone": "1"})
    both = crm.update("Accounts", {"id": ids[0], "Phone": "2"}, {"id": ids[1], "Phone": "2"}, If_Unmodified_Since=since)
    assert (both.status, both.codes) == (207, ["ALREADY_MODIFIED", "SUCCESS"])
    alone = crm.update("Accounts", {"id": ids[0], "Phone": "2"}, If_Unmodified_Since=since)
    assert alone.status == 412
    assert alone.rows[0]["details"]["Modified_Time"] == "2026-08-04T10:25:30+12:00"
    assert alone.ids == [ids[0]]
    same_second = (START + timedelta(minutes=10)).isoformat()
    assert crm.update("Accounts", {"id": ids[0], "Phone": "3"}, If_Unmodified_Since=same_second).status == 200
    assert crm.update("Accounts", {"id": ids[0]}, version="v2", If_Unmodified_Since=since).status == 200
    assert crm.update("Accounts", {"id": ids[0]}, If_Unmodified_Since="now").status == 400
    assert names([crm.one("Accounts", i) for i in ids], "Phone") == ["3", "2"]
    upserted = crm.call(
        "POST", "/Accounts/upsert", {"data": [{"id": ids[0], "Account_Name": "A"}]}, If_Unmodified_Since=since
    )
    assert (upserted.status, upserted.codes) == (412, ["ALREADY_MODIFIED"])


def test_people_are_held_to_the_rules_but_not_to_the_api(crm: Crm) -> None:
    made = crm.service.edit("create", "Contacts", None, {"First_Name": "Ana", "Last_Name": "Lee"})
    row = crm.one("Contacts", made)
    assert (row["Full_Name"], row["Modified_By"]["name"]) == ("Ana Lee", "Tom Whitfield")
    crm.clock.advance(5)
    mei = crm.service.organisation.users[2]
    crm.service.edit("edit", "Contacts", made, {"Last_Name": "Ray", "$user": mei.id})
    row = crm.one("Contacts", made)
    assert (row["Full_Name"], row["Modified_By"]["name"]) == ("Ana Ray", "Mei Chen")
    assert row["Modified_Time"] > row["Created_Time"]
    for deed, kind, target in (("fly", "Contacts", made), ("edit", "Rockets", made), ("edit", "Contacts", None)):
        with pytest.raises(ValueError):
            crm.service.edit(deed, kind, target, {})
    with pytest.raises(ValueError, match="MANDATORY"):
        crm.service.edit("create", "Contacts", None, {})
    assert crm.service.edit("delete", "Contacts", made, {}) == made


def test_a_snapshot_is_private_and_can_be_thawed_again(crm: Crm) -> None:
    made = crm.made("Accounts", company(Xero_ID="x"))[0]
    frozen = crm.service.freeze()
    for name in ("one", "two"):
        crm.update("Accounts", {"id": made, "Account_Name": name, "Xero_ID": name})
        crm.call("DELETE", f"/Accounts/{crm.made('Accounts', company())[0]}")
        crm.service.thaw(frozen)
        assert crm.one("Accounts", made)["Account_Name"] == "Acme"
        assert crm.create("Accounts", company(Xero_ID="X")).codes == ["DUPLICATE_DATA"]
        assert crm.get("/Accounts/deleted").status == 204
