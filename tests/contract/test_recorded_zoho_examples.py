"""Zoho's own examples of v8, a probe of its sandbox and an adapted answer, asked of ours (facts/zoho.md 5.3).

Names, ids and times in them are inventions; codes, messages and the keys of details are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from sandbox.faults import Rule
from tests.contract.test_sandbox_zoho_oauth import consent, exchange
from tests.contract.zoho_caller import Answered, Crm
from tests.outsiders.recordings import Masks, beyond, differences, names, recording

pytestmark = pytest.mark.outsider("official examples of Zoho CRM v8")

FOLDER: Final = "zoho/official-examples"
ERRORS: Final = "record_errors_v8"
INVENTED: Final = "a name or an id of the example's own organisation"
Case = Mapping[str, Any]


@pytest.fixture
def crm() -> Crm:
    return Crm()


# ------------------------------------------------------------------ errors


def with_scope(crm: Crm, scope: str) -> Crm:
    crm.token = exchange(crm, consent(crm, scope=scope)["code"])["access_token"]
    return crm


def another_page(crm: Crm, wait: float = 0, **changed: Any) -> Answered:
    """The second page of a list, after a while or with another question."""
    crm.accounts(3)
    asked: dict[str, Any] = {"per_page": 2, "sort_by": "id"}
    token = crm.listed("Accounts", **asked).json["info"]["next_page_token"]
    crm.clock.advance(wait)
    crm.token = crm.service.access_token()
    return crm.listed("Accounts", **{**asked, **changed}, page_token=token)


def failing(crm: Crm) -> Answered:
    body = {"code": "INTERNAL_ERROR", "message": "Internal Server Error", "status": "error", "details": {}}
    crm.service.faults.add(Rule(kind="status_before", params={"status": 500, "body": body}))
    return crm.listed("Accounts")


def changed_since(crm: Crm) -> Answered:
    (first,) = crm.accounts(1)
    row = {"id": first, "Phone": "1"}
    return crm.update("Accounts", row, If_Unmodified_Since="2020-01-01T00:00:00+00:00")


def twice(crm: Crm) -> Answered:
    crm.made("Accounts", {"Account_Name": "A", "Xero_ID": "x"})
    return crm.create("Accounts", {"Account_Name": "B", "Xero_ID": "x"})


TRIED: Final[Mapping[str, Callable[[Crm], Answered]]] = {
    "INVALID_MODULE": lambda crm: crm.listed("Nonsense"),
    "REQUIRED_PARAM_MISSING": lambda crm: crm.get("/Accounts"),
    "LIMIT_EXCEEDED fields": lambda crm: crm.listed("Accounts", ",".join(f"F{n}" for n in range(51))),
    "TOKEN_BOUND_DATA_MISMATCH": lambda crm: another_page(crm, sort_by="Modified_Time"),
    "EXPIRED_VALUE": lambda crm: another_page(crm, 25 * 3600),
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": lambda crm: crm.listed("Accounts", page=11),
    "OAUTH_SCOPE_MISMATCH": lambda crm: with_scope(crm, "ZohoCRM.org.READ").listed("Accounts"),
    "INVALID_URL_PATTERN": lambda crm: crm.get("/Accounts/1/nothing/at/all"),
    "INTERNAL_ERROR": failing,
    "INVALID_DATA expected_data_type": lambda crm: crm.create("Accounts", {"Account_Name": "A", "Employees": "x"}),
    "INVALID_DATA maximum_length": lambda crm: crm.create("Accounts", {"Account_Name": "x" * 300}),
    "MANDATORY_NOT_FOUND": lambda crm: crm.create("Contacts", {"First_Name": "A"}),
    "DUPLICATE_DATA": twice,
    "LIMIT_EXCEEDED data": lambda crm: crm.create("Accounts", *({"Account_Name": "A"} for _ in range(101))),
    "ALREADY_MODIFIED": changed_since,
}
NOT_TRIED: Final[Mapping[str, str]] = {
    "INVALID_DATA cvid": "custom views are not modelled",
    "PAGINATION_LIMIT_EXCEEDED": "takes 100,000 records and 500 pages",
    "NO_PERMISSION": "whoever has a token may read everything here",
    "RECORD_LOCKED": "nobody locks a record here",
    "NOT_APPROVED": "there is no approval process here",
}


def key(case: Case) -> str:
    """Its code, and which of several it is."""
    error = told(case)
    details = error["details"]
    which = {
        "LIMIT_EXCEEDED": details.get("param_name") or details.get("api_name"),
        "INVALID_DATA": next(
            (n for n in ("expected_data_type", "maximum_length") if n in details), details.get("param_name")
        ),
    }.get(error["code"])
    return f"{error['code']} {which}" if which else str(error["code"])


def told(case: Case) -> Mapping[str, Any]:
    found: Mapping[str, Any] = case.get("body") or case["item"]
    return found


def cases() -> dict[str, Case]:
    return {key(case): case for case in recording(FOLDER, ERRORS)["cases"]}


OF_THE_RECORD: Final[Masks] = {
    **dict.fromkeys(("~details.api_name", "~details.json_path"), INVENTED),
    **dict.fromkeys(("~details.expected_data_type", "~details.maximum_length"), "what the field takes"),
    "details.duplicate_record": INVENTED,
    **dict.fromkeys(("~details.Modified_By.name", "~details.Created_By.name"), INVENTED),
}


TEXTS: Final[Mapping[str, Masks]] = {
    "OAUTH_SCOPE_MISMATCH": {"~message": "a second text is known, which ours is (facts/zoho.md 3.2)"}
}


NOBODYS: Final = pytest.mark.unmodelled("asks for an address that there is not")


@pytest.mark.behaviour("zoho", 6, 8, 9, 16)
@pytest.mark.parametrize("code", [pytest.param(c, marks=NOBODYS) if c == "INVALID_URL_PATTERN" else c for c in TRIED])
def test_an_error(crm: Crm, code: str) -> None:
    case = cases()[code]
    answer = TRIED[code](crm)
    error = answer.json
    if "item" in case:
        assert answer.status == (412 if code == "ALREADY_MODIFIED" else 400)
        error = error["data"][0] if "data" in error else error
    else:
        assert answer.status == case["http"]
    assert differences(told(case), error, {**OF_THE_RECORD, **TEXTS.get(code, {})}) == []


def test_every_error_is_tried_or_has_its_reason() -> None:
    assert sorted([*TRIED, *NOT_TRIED]) == sorted(cases())


@pytest.mark.behaviour("zoho", 1)
def test_nobody_is_let_in_without_a_token(crm: Crm) -> None:
    recorded = recording(FOLDER, "unauthenticated_probe")
    answer = crm.app.test_client().get("/crm/v8/settings/modules")
    assert answer.status_code == recorded["http"]
    assert differences(recorded["body"], answer.get_json()) == []


# ------------------------------------------------------------------ reads and writes


@pytest.mark.behaviour("zoho", 6)
def test_a_list_goes_on(crm: Crm) -> None:
    recorded = recording(FOLDER, "get_records_200_v8")["body"]
    crm.made("Leads", *({"Last_Name": f"Doe {n}"} for n in range(6)))
    ours = crm.listed("Leads", "Last_Name,Owner,Created_Time,Modified_Time", per_page=5).json
    flags = "which kinds of contact a list is filtered by; no other example has it"
    masks = {"info.call": flags, "info.email": flags}
    assert beyond({**recorded, "data": recorded["data"][:1]}, {**ours, "data": ours["data"][:1]}, masks) == []
    assert {name: ours["info"][name] for name in ("per_page", "count", "more_records", "sort_by", "sort_order")} == {
        name: recorded["info"][name] for name in ("per_page", "count", "more_records", "sort_by", "sort_order")
    }


@pytest.mark.behaviour("zoho", 3, 6)
def test_a_list_ends(crm: Crm) -> None:
    """Adapted from an answer of the live service; its rows were cut, so `count` says more than there are."""
    recorded = recording(FOLDER, "v8_list_recorded_amp-labs")["body"]
    crm.made("Contacts", {"Last_Name": "Dahl"}, {"Last_Name": "Dahl 2"})
    ours = crm.listed("Contacts", "Full_Name,Assistant,Created_Time,Created_By").json
    masks = dict.fromkeys(("~data[].Full_Name", "~data[].Created_By.name", "~data[].Created_By.email"), INVENTED)
    assert differences(recorded, {**ours, "data": ours["data"][:1]}, masks) == []


@pytest.mark.behaviour("zoho", 7, 13)
def test_what_was_deleted(crm: Crm) -> None:
    example = recording(FOLDER, "deleted_records_200_v8")
    binned, purged = crm.made("Contacts", {"Last_Name": "Boyle"}, {"Last_Name": "Gone"})
    crm.clock.advance(5)
    crm.call("DELETE", "/Contacts", params={"ids": f"{binned},{purged}"})
    crm.service.edit("purge", "Contacts", purged, {})
    since = example["headers_in"]["If-Modified-Since"]
    answer = crm.get("/Contacts/deleted", {"type": "all"}, If_Modified_Since=since)
    ours = sorted(answer.rows, key=lambda row: row["type"] == "permanent")
    recorded = example["body"]
    masks = dict.fromkeys(("~data[].deleted_by.name", "~data[].created_by.name", "~data[].display_name"), INVENTED)
    assert answer.status == example["http"]
    assert differences(recorded, {**answer.json, "data": ours}, masks) == []


@pytest.mark.behaviour("zoho", 10)
def test_an_upsert(crm: Crm) -> None:
    """The example names Phone and is told Email: as if Phone were no unique field, and Email the module's own."""
    example = recording(FOLDER, "upsert_v8")
    crm.made("Leads", {"Last_Name": "test", "Email": "a@gmail.com"})
    asked = {**example["request"], "duplicate_check_fields": ["Email"]}
    answer = crm.call("POST", "/Leads/upsert", asked)
    masks = {
        **dict.fromkeys(("~data[].details.Modified_By.name", "~data[].details.Created_By.name"), INVENTED),
        "+data[].details.$approval_state": "v8 tells it (facts/zoho.md 3.5); the example is of 2020",
    }
    assert (answer.status, differences(example["200"], answer.json, masks)) == (200, [])


@pytest.mark.behaviour("zoho", 10)
def test_what_an_upsert_looks_for(crm: Crm) -> None:
    """The official table, as far as the modules are here."""
    table = recording(FOLDER, "upsert_v8")["system_defined_duplicate_check_fields"]
    modules = {module.api_name: module.duplicate_check for module in crm.service.catalogue.modules()}
    assert modules == {name: table[name] for name in modules}


@pytest.mark.parametrize("status", ["201", "207"])
def test_fields_that_are_made(crm: Crm, status: str) -> None:
    example = recording(FOLDER, "create_fields_v8")
    good = {"field_label": "Colour", "data_type": "text", "length": 40}
    asked = [good] if status == "201" else [good, {"field_label": "Odd", "data_type": "nonsense"}]
    answer = crm.call("POST", "/settings/fields", {"fields": asked}, {"module": "Accounts"})
    masks = {"+fields[].details.supported_values": "the official document has it beside the path"}
    assert (str(answer.status), differences(example[status], answer.json, masks)) == (status, [])


@pytest.mark.behaviour("zoho", 17)
def test_a_subscription(crm: Crm) -> None:
    example = recording(FOLDER, "notifications")
    channel = {"channel_id": "10000", "events": ["Deals.all"], "notify_url": "https://app.example/hook", "token": "t"}
    answer = crm.call("POST", "/actions/watch", {"watch": [channel]})
    ours = answer.json
    masks = {"~watch[].details.events[].resource_uri": INVENTED, "~watch[].details.events[].resource_id": INVENTED}
    assert answer.status in (200, 201)
    assert differences(example["subscribe_201_or_207"], ours, masks) == []


def test_every_example_is_replayed() -> None:
    assert names(FOLDER) == sorted(
        [
            "create_fields_v8",
            "deleted_records_200_v8",
            "get_records_200_v8",
            "notifications",
            "record_errors_v8",
            "unauthenticated_probe",
            "upsert_v8",
            "v8_list_recorded_amp-labs",
        ]
    )
