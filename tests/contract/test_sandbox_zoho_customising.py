"""The sandbox's CRM takes fields and sections as Zoho's settings APIs do (facts/zoho.md 3.7)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.shell import rows
from sandbox.zoho.settings import ZohoSettings
from tests.contract.zoho_caller import Answered, Crm

INVOICES = {"module": "Invoices"}
TICK = {"field_label": "Add to Xero", "data_type": "boolean"}
XERO_ID = {"field_label": "Xero ID", "data_type": "text", "length": 100, "unique": {"case_sensitive": False}}
NUMBER = {"field_label": "Xero Invoice No.", "data_type": "text", "length": 100}
THEME = {
    "field_label": "Branding Theme",
    "data_type": "picklist",
    "pick_list_values": [{"display_value": "Standard", "actual_value": "Standard"}],
}


def bare(**switches: Any) -> Crm:
    return Crm(settings=ZohoSettings(switches={"application_section": "absent", **switches}))


def make(crm: Crm, *fields: dict[str, Any], module: str = "Invoices") -> Answered:
    return crm.call("POST", "/settings/fields", {"fields": list(fields)}, {"module": module})


def made(crm: Crm, *fields: dict[str, Any], module: str = "Invoices") -> list[str]:
    answer = make(crm, *fields, module=module)
    assert answer.status == 201, answer.json
    return [item["details"]["id"] for item in answer.json["fields"]]


def known(crm: Crm, module: str = "Invoices") -> dict[str, dict[str, Any]]:
    return {row["api_name"]: row for row in crm.get("/settings/fields", {"module": module}).json["fields"]}


def sections(crm: Crm, number: int = 0) -> dict[str, list[str]]:
    layout = crm.get("/settings/layouts", INVOICES).json["layouts"][number]
    return {row["display_label"]: [field["api_name"] for field in row["fields"]] for row in layout["sections"]}


def layout_id(crm: Crm, number: int = 0) -> str:
    found: str = crm.get("/settings/layouts", INVOICES).json["layouts"][number]["id"]
    return found


def test_a_crm_without_our_fields() -> None:
    assert not {"Add_to_Xero", "Xero_ID", "Branding_Theme"} & set(known(bare()))
    assert {"Add_to_Xero", "Xero_ID", "Branding_Theme"} <= set(known(Crm()))


def test_a_field_made_is_answered_with_its_id_alone_and_can_be_used() -> None:
    crm = bare()
    answer = make(crm, TICK, XERO_ID, module="Accounts")
    assert [list(item["details"]) for item in answer.json["fields"]] == [["id"], ["id"]]
    fields = known(crm, "Accounts")
    assert fields["Add_to_Xero"]["data_type"] == "boolean"
    assert fields["Xero_ID"]["unique"] == {"case_sensitive": False}
    crm.made("Accounts", {"Account_Name": "A", "Xero_ID": "x", "Add_to_Xero": True})
    assert crm.create("Accounts", {"Account_Name": "B", "Xero_ID": "X"}).codes == ["DUPLICATE_DATA"]


@pytest.mark.parametrize(
    ("switches", "name"),
    [
        ({}, "Xero_Invoice_No"),
        ({"label_dots": "underscore"}, "Xero_Invoice_No_"),
        ({"api_name_prefix": "xero2zoho__"}, "xero2zoho__Xero_Invoice_No"),
    ],
)
def test_the_api_name_is_the_services_to_choose(switches: dict[str, str], name: str) -> None:
    crm = bare(**switches)
    (id_,) = made(crm, NUMBER)
    assert known(crm)[name]["id"] == id_


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"data_type": "text"}, "MANDATORY_NOT_FOUND"),
        ({"field_label": "L" * 26, "data_type": "text"}, "INVALID_DATA"),
        ({"field_label": "Due Date", "data_type": "date"}, "DUPLICATE_DATA"),
        ({"field_label": "Odd", "data_type": "colour"}, "INVALID_DATA"),
        ({"field_label": "No", "data_type": "autonumber"}, "MANDATORY_NOT_FOUND"),
        ({**THEME, "pick_list_values": [{"actual_value": "x" * 26}]}, "INVALID_DATA"),
        ({**THEME, "pick_list_values": [{"actual_value": f"{n}"} for n in range(11)]}, "LIMIT_EXCEEDED"),
    ],
)
def test_what_cannot_be_made_is_refused_alone(row: dict[str, Any], code: str) -> None:
    crm = bare()
    before = known(crm)
    answer = make(crm, row)
    assert (answer.status, answer.json["fields"][0]["code"]) == (400, code)
    assert known(crm) == before
    answer = make(crm, row, TICK)
    assert answer.status == 207
    assert [item["status"] for item in answer.json["fields"]] == ["error", "success"]


def test_five_fields_a_call() -> None:
    crm = bare()
    assert make(crm, *({**TICK, "field_label": f"F{n}"} for n in range(6))).json["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("setting", "section"), [("unused", "Unused Fields"), ("first section", "Invoice Information")]
)
def test_where_a_new_field_lands_is_a_switch(setting: str, section: str) -> None:
    crm = bare(new_fields_land=setting)
    made(crm, TICK)
    assert "Add_to_Xero" in sections(crm)[section]


def test_a_section_with_fields_in_it() -> None:
    crm = bare(extra_layouts={"Invoices": ["Retail"]})
    ids = made(crm, TICK, XERO_ID)
    section = {
        "name": "xero2zoho_Application",
        "display_label": "xero2zoho Application",
        "sequence_number": 9,
        "column_count": 2,
        "fields": [{"id": id_} for id_ in ids],
    }
    answer = crm.call(
        "PATCH", f"/settings/layouts/{layout_id(crm)}", {"layouts": [{"sections": [section]}]}, params=INVOICES
    )
    assert answer.json["layouts"][0]["details"] == {"id": layout_id(crm)}
    assert sections(crm)["xero2zoho Application"] == ["Add_to_Xero", "Xero_ID"]
    assert "xero2zoho Application" not in sections(crm, 1)
    shown = dict(rows.sections(crm.service.catalogue.module("Invoices"), {"Xero_ID": "x"}))
    assert [(cell.label, cell.value) for cell in shown["xero2zoho Application"]] == [
        ("Add to Xero", ""),
        ("Xero ID", "x"),
    ]
    again = crm.call(
        "PATCH", f"/settings/layouts/{layout_id(crm)}", {"layouts": [{"sections": [section]}]}, params=INVOICES
    )
    assert again.json["layouts"][0]["code"] == "DUPLICATE_DATA"


@pytest.mark.parametrize(("setting", "values"), [("adds", ["Standard", "New"]), ("replaces", ["New"])])
def test_values_of_a_pick_list(setting: str, values: list[str]) -> None:
    crm = bare(picklist_update=setting)
    (id_,) = made(crm, THEME)
    change = {"id": id_, "pick_list_values": [{"display_value": "New", "actual_value": "New"}]}
    assert crm.call("PATCH", "/settings/fields", {"fields": [change]}, INVOICES).status == 200
    found = [row["actual_value"] for row in known(crm)["Branding_Theme"]["pick_list_values"]]
    assert found == ["-None-", *values]


def test_duplicates_are_refused_from_now_on_unless_there_are_some() -> None:
    crm = bare()
    (id_,) = made(crm, {**XERO_ID, "unique": False}, module="Accounts")
    _, b = crm.made("Accounts", {"Account_Name": "A", "Xero_ID": "x"}, {"Account_Name": "B", "Xero_ID": "x"})
    change = {"fields": [{"id": id_, "unique": {"case_sensitive": False}}]}
    assert crm.call("PATCH", "/settings/fields", change, {"module": "Accounts"}).status == 400
    crm.update("Accounts", {"id": b, "Xero_ID": None})
    assert crm.call("PATCH", "/settings/fields", change, {"module": "Accounts"}).status == 200
    assert crm.update("Accounts", {"id": b, "Xero_ID": "x"}).codes == ["DUPLICATE_DATA"]


def test_an_auto_number_begins_where_it_is_told() -> None:
    crm = bare()
    (vendor,) = crm.made("Vendors", {"Vendor_Name": "V"})
    (product,) = crm.made("Products", {"Product_Name": "P"})
    order: dict[str, Any] = {"Subject": "S", "Vendor_Name": {"id": vendor}}
    order["Purchase_Items"] = [{"Product_Name": {"id": product}, "Quantity": 1}]
    (old,) = crm.made("Purchase_Orders", order)
    auto = {"start_number": "100", "prefix": "PO-", "suffix": ""}
    field = {
        "field_label": "Order No",
        "data_type": "autonumber",
        "auto_number": auto,
        "_update_existing_records": True,
    }
    made(crm, field, module="Purchase_Orders")
    (new,) = crm.made("Purchase_Orders", order)
    assert [crm.one("Purchase_Orders", each)["Order_No"] for each in (old, new)] == ["PO-100", "PO-101"]


def test_a_deleted_field_is_gone_and_a_systems_own_stays() -> None:
    crm = bare()
    (id_,) = made(crm, TICK)
    assert crm.call("DELETE", f"/settings/fields/{id_}", params=INVOICES).status == 200
    assert "Add_to_Xero" not in known(crm)
    assert crm.call("DELETE", f"/settings/fields/{id_}", params=INVOICES).status == 400
    system = known(crm)["Due_Date"]["id"]
    assert crm.call("DELETE", f"/settings/fields/{system}", params=INVOICES).json["fields"][0]["code"] == "NOT_ALLOWED"


@pytest.mark.parametrize(("setting", "status"), [("forbidden", 403), ("unsupported", 400)])
def test_who_may_not_customise(setting: str, status: int) -> None:
    crm = bare(customisation=setting)
    assert make(crm, TICK).status == status
    assert crm.get("/settings/fields", INVOICES).status == 200


def test_a_snapshot_holds_what_was_made() -> None:
    crm = bare()
    frozen = crm.service.freeze()
    made(crm, TICK)
    crm.service.thaw(frozen)
    assert "Add_to_Xero" not in known(crm)
