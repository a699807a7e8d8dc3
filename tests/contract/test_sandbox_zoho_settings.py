"""The settings APIs against Zoho's own OpenAPI files, and records against recordings of a live organisation.

The files are the vendor's; where they are not at hand (SPECS_DIR, RECORDED_DIR), those tests are skipped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contract.zoho_caller import Crm, Row

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SPECS = Path(os.environ.get("SPECS_DIR", SHARED / "specs")) / "zoho"
RECORDED = Path(os.environ.get("RECORDED_DIR", SHARED / "recorded")) / "zoho"
MODULES = ["Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders"]

needs_specs = pytest.mark.skipif(not SPECS.is_dir(), reason="SPECS_DIR has no Zoho OpenAPI files")
needs_recordings = pytest.mark.skipif(not RECORDED.is_dir(), reason="RECORDED_DIR has no Zoho recordings")


@pytest.fixture
def crm() -> Crm:
    return Crm()


def fields(crm: Crm, module: str, version: str = "v8") -> dict[str, Row]:
    answer = crm.get("/settings/fields", {"module": module}, version=version)
    return {row["api_name"]: row for row in answer.json["fields"]}


def violations(file: str, path: str, body: object) -> list[str]:
    """What Zoho's file says against a 200 body of GET `path`."""
    spec = json.loads((SPECS / f"zoho-crm-{file}-openapi.json").read_text())
    answer = spec["paths"][path]["get"]["responses"]["200"]
    while "$ref" in answer:
        for part in (steps := answer["$ref"].split("/"))[1:]:
            answer = spec[part] if part == steps[1] else answer[part]
    schema = answer["content"]["application/json"]["schema"]
    root = without_patterns({**schema, "components": spec["components"]})
    found = Draft202012Validator(root).iter_errors(body)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


def without_patterns(schema: Any) -> Any:
    """The schema less the patterns with \\p{...}, which Python's `re` does not know (facts/zoho.md 2)."""
    match schema:
        case dict():
            kept = {name: entry for name, entry in schema.items() if name != "pattern" or "\\p{" not in str(entry)}
            return {name: without_patterns(entry) for name, entry in kept.items()}
        case list():
            return [without_patterns(entry) for entry in schema]
    return schema


@needs_specs
@pytest.mark.parametrize(
    ("file", "path", "params"),
    [
        ("org", "/org", {}),
        ("users", "/users", {}),
        ("currencies", "/org/currencies", {}),
        ("modules", "/settings/modules", {}),
        *[("fields", "/settings/fields", {"module": module}) for module in (*MODULES, "Invoiced_Items")],
        *[("layouts", "/settings/layouts", {"module": module}) for module in ("Accounts", "Invoices")],
        ("record-count", "/Accounts/actions/count", {}),
    ],
)
@pytest.mark.parametrize("multi_currency", [False, True])
def test_v8_settings_hold_zohos_own_schema(
    crm: Crm, file: str, path: str, params: dict[str, str], multi_currency: bool
) -> None:
    crm.switch(multi_currency=multi_currency, search_index_lag=0.0)
    answer = crm.get(path, params)
    body = json.loads(answer.raw)
    if file == "org":
        assert isinstance(body["org"][0].pop("mc_status"), bool)  # the file types it as "boolean", the text
    if "fields" in body:
        body["fields"] = body["fields"][:100]  # the file's own limit, which real modules exceed
    path = path.replace("Accounts/", "{moduleApiName}/")
    assert violations(file, path, body) == []


@needs_specs
def test_the_answers_of_coql_hold_zohos_own_schema(crm: Crm) -> None:
    crm.accounts(2)
    spec = json.loads((SPECS / "zoho-crm-coql-openapi.json").read_text())
    answers = spec["paths"]["/coql"]["post"]["responses"]
    for query, status in (
        ("select Account_Name from Accounts where id > 1", "200"),
        ("select Nothing from Accounts where id > 1", "400"),
        ("select id from", "400"),
        ("select id from Accounts where id > 1 limit 3000", "400"),
    ):
        body = json.loads(crm.coql(query).raw)
        schema = answers[status]["content"]["application/json"]["schema"]
        assert not list(Draft202012Validator({**schema, "components": spec["components"]}).iter_errors(body)), query


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_the_application_section_is_in_place(crm: Crm, version: str) -> None:
    documents = {"Add_to_Xero": "boolean", "Xero_ID": "text", "Xero_Invoice_No": "text"}
    documents |= {"Xero_Invoice_URL": "website", "Branding_Theme": "picklist"}
    parties = {"Add_to_Xero": "boolean", "Xero_ID": "text", "Xero_URL": "website"}
    for module in MODULES:
        wanted = documents if module in ("Invoices", "Purchase_Orders") else parties
        layout = crm.get("/settings/layouts", {"module": module}, version=version).json["layouts"][0]
        section = next(entry for entry in layout["sections"] if entry["display_label"] == "xero2zoho Application")
        assert {row["api_name"]: row["data_type"] for row in section["fields"]} == wanted
        assert all(row["custom_field"] for row in section["fields"])
        unique = fields(crm, module, version)["Xero_ID"]["unique"]
        assert unique in ({"case_sensitive": False}, {"casesensitive": "false"})


@pytest.mark.behaviour("zoho", 9)
def test_the_switches_show_in_the_metadata(crm: Crm) -> None:
    assert not fields(crm, "Products")["Product_Name"]["unique"]
    crm.switch(xero_id="plain", product_name_unique=True, multi_currency=True)
    assert fields(crm, "Products")["Xero_ID"]["unique"] == {}
    assert fields(crm, "Products")["Product_Name"]["unique"] == {"case_sensitive": False}
    values = [row["actual_value"] for row in fields(crm, "Invoices")["Currency"]["pick_list_values"]]
    assert values == ["NZD", "AUD", "USD"]
    crm.switch(xero_id="absent", invoice_account_mandatory=False)
    assert "Xero_ID" not in fields(crm, "Invoices")
    assert fields(crm, "Invoices")["Account_Name"]["system_mandatory"] is False


def test_what_documents_look_like_in_both_versions(crm: Crm) -> None:
    v8, v2 = fields(crm, "Invoices"), fields(crm, "Invoices", "v2")
    assert v8["Invoiced_Items"]["data_type"] == "subform"
    assert v8["Invoiced_Items"]["associated_module"]["module"] == "Invoiced_Items"
    assert "Product_Details" in v2
    assert "Invoiced_Items" not in v2
    assert v8["Account_Name"]["lookup"]["module"]["api_name"] == v2["Account_Name"]["lookup"]["module"] == "Accounts"
    assert v8["Invoice_Number"]["auto_number"]["prefix"] == "INV-"
    statuses = [row["actual_value"] for row in v8["Status"]["pick_list_values"]]
    assert statuses == ["-None-", "Created", "Approved", "Delivered", "Cancelled", "Draft", "Sent", "Paid", "Voided"]
    assert {"Product_Name", "Quantity", "Line_Tax", "Net_Total"} <= set(fields(crm, "Invoiced_Items"))


def test_single_settings_and_their_absence(crm: Crm) -> None:
    field = fields(crm, "Accounts")["Phone"]["id"]
    found = crm.get(f"/settings/fields/{field}", {"module": "Accounts"}).json["fields"]
    assert [row["api_name"] for row in found] == ["Phone"]
    assert crm.get("/settings/fields/1", {"module": "Accounts"}).status == 204
    layout = crm.get("/settings/layouts", {"module": "Accounts"}).json["layouts"][0]["id"]
    assert crm.get(f"/settings/layouts/{layout}", {"module": "Accounts"}).status == 200
    assert crm.get("/settings/layouts/1", {"module": "Accounts"}).status == 204
    assert crm.get("/settings/fields").json["code"] == "REQUIRED_PARAM_MISSING"
    assert crm.get("/settings/fields", {"module": "Rockets"}).json["code"] == "INVALID_MODULE"
    assert crm.get("/settings/modules/Invoices").json["modules"][0]["singular_label"] == "Invoice"


def test_people_of_the_organisation(crm: Crm) -> None:
    everyone = crm.get("/users", {"type": "AllUsers"}).json
    assert (len(everyone["users"]), everyone["info"]["count"]) == (3, 3)
    admins = crm.get("/users", {"type": "AdminUsers"}).json["users"]
    assert [row["profile"]["name"] for row in admins] == ["Administrator"]
    me = crm.get("/users", {"type": "CurrentUser"}).json["users"][0]
    assert crm.get(f"/users/{me['id']}").json["users"] == [me]
    assert crm.get("/users/1").status == 204
    assert crm.get("/users", {"page": 2}).status == 204
    assert crm.get("/users", {"type": "Robots"}).status == 400


def test_taxes_of_the_organisation(crm: Crm) -> None:
    taxes = crm.get("/org/taxes").json["taxes"]
    wanted = {"GST 15": "15", "Zero": "0", "GST Half": "7.5", "GST 15 Purchases": "15"}
    assert {row["name"]: str(row["value"]) for row in taxes} == wanted
    assert crm.get("/org/taxes", version="v2").json["taxes"] == taxes


@needs_recordings
@pytest.mark.parametrize("module", ["Account", "Contact", "Product"])
def test_a_recorded_record_has_no_key_of_another_kind(crm: Crm, module: str) -> None:
    """5.3: same nullness and type of each key; the other way round, test_recorded_zoho.py has whole records."""
    recorded: Row = json.loads((RECORDED / f"nango-v2-recorded/get-{module.lower()}.json").read_text())
    theirs: Row = recorded["response"]["data"][0]
    plural = f"{module}s"
    made = crm.made(plural, {name: theirs[name] for name in WRITTEN[module]})[0]
    ours = json.loads(crm.get(f"/{plural}/{made}", version="v2").raw)["data"][0]
    shared = theirs.keys() & ours.keys()
    assert {name: kind(theirs[name]) for name in shared} == {name: kind(ours[name]) for name in shared}
    assert theirs.keys() <= ours.keys()


WRITTEN = {
    "Account": ("Account_Name", "Account_Number"),
    "Contact": ("First_Name", "Last_Name", "Email"),
    "Product": ("Product_Name",),
}


@pytest.mark.behaviour("zoho", 5, 8, 10)
@pytest.mark.outsider("recordings of a live CRM")
@needs_recordings
@pytest.mark.parametrize("name", ["create-account", "create-contact", "create-product", "upsert-records"])
def test_recorded_writes_have_the_same_shape_here(crm: Crm, name: str) -> None:
    """5.3"""
    recorded: dict[str, Any] = json.loads((RECORDED / f"nango-v2-recorded/{name}.json").read_text())
    path = recorded["path"].removeprefix("/crm/v2")
    answer = crm.call("POST", path, recorded["request"]["data"], version="v2")
    assert answer.status == recorded["status"]
    assert kind(json.loads(answer.raw)) == kind(recorded["response"])
    assert answer.headers["Content-Type"] == recorded["headers"]["content-type"]


@pytest.mark.behaviour("zoho", 6)
@pytest.mark.outsider("recordings of a live CRM")
@needs_recordings
@pytest.mark.parametrize("name", ["list-accounts", "list-contacts", "list-products", "accounts", "products"])
def test_recorded_lists_have_the_same_info_here(crm: Crm, name: str) -> None:
    recorded: dict[str, Any] = json.loads((RECORDED / f"nango-v2-recorded/{name}.json").read_text())
    path, theirs = recorded["path"].removeprefix("/crm/v2"), recorded["response"]["info"]
    key = {"/Accounts": "Account_Name", "/Contacts": "Last_Name", "/Products": "Product_Name"}[path]
    crm.made(path[1:], *({key: str(n)} for n in range(theirs["count"])))
    answer = crm.get(path, recorded["request"].get("params"), version="v2")
    assert answer.json["info"] == theirs


def kind(value: object) -> object:
    """The shape of a value: keys and types, all the way down; lists by their first element."""
    match value:
        case dict():
            return {name: kind(entry) for name, entry in value.items()}
        case list():
            return [kind(entry) for entry in value[:1]]
        case bool() | None:
            return type(value).__name__
        case int() | float():
            return "number"
    return type(value).__name__
