"""Writing to the CRM through our adapter: exact bytes, one answer per row, lost answers (facts/zoho.md 3.5)."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from extension.sync import errors
from extension.sync.actions import Call, Write
from extension.sync.model import Row
from extension.sync.ports import Answer
from tests.contract.remote_rig import ZohoRig

EVERY_STATUS = ["by version", "400", "202", "207"]


def draft(rig: ZohoRig, *writes: Write) -> Call:
    ((call, _),) = rig.remote.draft(writes)
    return call


def send(rig: ZohoRig, *writes: Write) -> list[Answer]:
    return [answer for call, _ in rig.remote.draft(writes) for answer in rig.remote.send(call)]


def account(rig: ZohoRig, name: str, **more: Any) -> Write:
    return rig.write("Accounts", "create", {"Account_Name": name, **more})


def row(answer: Answer) -> Row:
    assert isinstance(answer, Row), answer
    return answer


def fetched(rig: ZohoRig, feed: str, id_: str) -> Row:
    found = rig.remote.fetch(feed, [id_])[id_]
    assert found is not None
    return found


# ------------------------------------------------------------------ drafts


def test_a_draft_is_exact_bytes_with_a_uuid_of_its_own() -> None:
    rig = ZohoRig()
    write = rig.write("Products", "create", {"Product_Name": "Ā", "Unit_Price": Decimal("10.50"), "Description": None})
    first, second = draft(rig, write), draft(rig, write)
    assert (first.method, first.path, first.size) == ("POST", "/crm/v8/Products", 1)
    assert first.body == second.body
    assert b'"Unit_Price":10.50' in first.body
    assert json.loads(first.body)["trigger"] == []
    assert first.id != second.id


def test_updates_carry_the_id_as_text_and_null_clears() -> None:
    rig = ZohoRig()
    id_ = rig.account(Phone="123")
    (answer,) = send(rig, rig.write("Accounts", "update", {"Phone": None}, id_))
    assert row(answer).body["Phone"] is None
    call = draft(rig, rig.write("Accounts", "update", {"Phone": None}, id_))
    assert json.loads(call.body)["data"] == [{"Phone": None, "id": id_}]
    assert call.method == "PUT"


def test_batches_hold_a_hundred() -> None:
    rig = ZohoRig()
    drafts = rig.remote.draft([account(rig, f"C{n}") for n in range(250)])
    assert [call.size for call, _ in drafts] == [100, 100, 50]
    assert len({call.id for call, _ in drafts}) == 3


def test_workflows_run_only_where_a_setting_says_so() -> None:
    """Without `trigger` every workflow runs, which edits the record again (3.5)."""
    hooks = {"workflows": {"Accounts": {"Billing_City": "set by a workflow"}}}
    for trigger, city in (((), None), (None, "set by a workflow")):
        rig = ZohoRig(switches=hooks, trigger=trigger)
        (answer,) = send(rig, account(rig, "A"))
        assert fetched(rig, "Accounts", row(answer).id).body["Billing_City"] == city


# ------------------------------------------------------------------ answers


def test_a_created_row_comes_back_as_the_service_stored_it() -> None:
    rig = ZohoRig()
    rig.journal()
    answers = send(rig, *[account(rig, f"C{n}", Website="  x  ") for n in range(150)])
    assert [row(a).body["Account_Name"] for a in answers] == [f"C{n}" for n in range(150)]
    assert all(row(a).modified == rig.clock.now().replace(microsecond=0) for a in answers)
    # Two batches of writes, each read back by a hundred ids.
    assert rig.journal() == ["POST /crm/v8/Accounts", "GET /crm/v8/Accounts"] * 2


@pytest.mark.parametrize("status", EVERY_STATUS)
def test_every_row_has_its_own_outcome_whatever_the_status(status: str) -> None:
    """All refused is 400, 202 or 207, mixed is 207 (3.5)."""
    rig = ZohoRig(switches={"all_failed_status": status})
    taken = rig.account("Holder", Xero_ID="guid-1")
    bad = [account(rig, "A", Xero_ID="guid-1"), account(rig, ""), account(rig, "B", Phone="x" * 99)]
    for good in ([], [account(rig, "Fine")]):
        answers = send(rig, *bad, *good)
        duplicate, missing, long = answers[:3]
        assert isinstance(duplicate, errors.Duplicate)
        assert (duplicate.key, duplicate.holder) == ("Xero_ID", taken)
        assert isinstance(missing, errors.Invalid)
        assert "Account_Name" in missing.fields
        assert isinstance(long, errors.Invalid)
        assert "Phone" in long.fields
        assert all(isinstance(answer, Row) for answer in answers[3:])


def test_a_create_without_the_unique_field_would_simply_double() -> None:
    rig = ZohoRig(switches={"xero_id": "plain"}, unique=False)
    call = draft(rig, account(rig, "A", Xero_ID="guid-1"))
    assert row(rig.remote.send(call)[0]).id != row(rig.remote.send(call)[0]).id
    assert not rig.remote.facts("Accounts").unique


def test_sending_a_create_again_is_answered_by_the_one_that_exists() -> None:
    rig = ZohoRig()
    call = draft(rig, account(rig, "A", Xero_ID="guid-1"))
    first = row(rig.remote.send(call)[0])
    (again,) = rig.remote.send(call)
    assert isinstance(again, errors.Duplicate)
    assert again.holder == first.id


def item(code: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "details": details, "message": "as recorded", "status": "error"}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (item("RECORD_LOCKED", api_name="id", action="record_locking"), errors.Locked),
        (item("NOT_APPROVED", resource_path_index=1), errors.Locked),
        (item("NOT_REVIEWED"), errors.Locked),
        (item("RECORD_IN_BLUEPRINT"), errors.Locked),
        (item("NO_PERMISSION"), errors.Locked),
        (item("ALREADY_MODIFIED", Modified_Time="2026-01-01T00:00:00+00:00"), errors.Stale),
        (item("INVALID_DATA", api_name="id"), errors.Missing),
        (item("INVALID_DATA", api_name="Phone", expected_data_type="phone"), errors.Invalid),
        (item("DEPENDENT_FIELD_MISSING", api_name="Stage"), errors.Invalid),
        (item("SOMETHING_NEW"), errors.Invalid),
        (item("DUPLICATE_DATA", api_name="Email", duplicate_record={"id": "7"}), errors.Duplicate),
        (
            item("MULTIPLE_OR_MULTI_ERRORS", errors=[item("INVALID_DATA", api_name="A"), item("MANDATORY_NOT_FOUND")]),
            errors.Invalid,
        ),
        (
            item("MULTIPLE_OR_MULTI_ERRORS", errors=[item("INVALID_DATA"), item("DUPLICATE_DATA", id="7")]),
            errors.Duplicate,
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 202, 207, 400])
def test_recorded_refusals_are_understood(said: dict[str, Any], kind: type, status: int) -> None:
    rig = ZohoRig()
    id_ = rig.account()
    rig.fault(method="PUT", kind="status_before", params={"status": status, "body": {"data": [said]}})
    (answer,) = send(rig, rig.write("Accounts", "update", {"Phone": "1"}, id_))
    assert type(answer) is kind
    assert isinstance(answer, errors.Duplicate) is (kind is errors.Duplicate)
    if isinstance(answer, errors.Duplicate):
        assert answer.holder == "7"


def test_a_row_of_which_zoho_itself_does_not_know_leaves_the_call_open() -> None:
    rig = ZohoRig()
    rows = {"data": [item("INTERNAL_ERROR")]}
    rig.fault(method="POST", kind="status_before", params={"status": 200, "body": rows})
    with pytest.raises(errors.Unknown):
        send(rig, account(rig, "A"))


@pytest.mark.undocumented("more rows than a call may carry, on purpose")
def test_a_call_refused_as_a_whole_says_why() -> None:
    rig = ZohoRig()
    too_many = draft(rig, account(rig, "A"))
    body = json.dumps({"data": [{"Account_Name": f"C{n}"} for n in range(101)], "trigger": []}).encode()
    with pytest.raises(errors.Invalid) as caught:
        rig.remote.send(Call(too_many.id, "zoho", "Accounts", "create", "POST", too_many.path, body, too_many.headers))
    assert "LIMIT_EXCEEDED" in caught.value.message
    assert rig.remote.find("Accounts", []) == []


# ------------------------------------------------------------------ lost answers


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "status_after"])
def test_a_lost_answer_is_unknown_and_nothing_is_sent_again(kind: str) -> None:
    rig = ZohoRig()
    rig.fault(method="POST", path="/Accounts", kind=kind)
    with pytest.raises(errors.Unknown):
        send(rig, account(rig, "A"))
    assert [line for line in rig.journal() if line.startswith("POST")] == ["POST /crm/v8/Accounts"]


@pytest.mark.parametrize("fault", [{"kind": "cut_before"}, {"kind": "throttle"}])
def test_stored_but_not_read_back_is_unknown(fault: dict[str, Any]) -> None:
    """A success says id and time only: without the read-back nobody knows how it came out."""
    rig = ZohoRig()
    rig.fault(method="GET", path="/Accounts", **fault)
    with pytest.raises(errors.Unknown):
        send(rig, account(rig, "A"))
    assert len(next(iter(rig.remote.walk("Accounts", None, None))).rows) == 1


def test_throttled_has_no_retry_after_and_no_effect() -> None:
    rig = ZohoRig()
    rig.fault(method="POST", path="/Accounts", kind="throttle")
    with pytest.raises(errors.Throttled) as caught:
        send(rig, account(rig, "A"))
    assert caught.value.until is not None
    assert caught.value.until > rig.clock.now() + timedelta(seconds=30)


@pytest.mark.parametrize(
    "body", [{"data": []}, {}, {"data": [{"code": "SUCCESS", "status": "success", "details": {}}]}]
)
def test_a_success_that_does_not_say_what_it_stored_is_unknown(body: dict[str, Any]) -> None:
    rig = ZohoRig()
    rig.fault(method="POST", kind="status_after", params={"status": 201, "body": body})
    with pytest.raises(errors.Unknown):
        send(rig, account(rig, "A"))


# ------------------------------------------------------------------ documents


def test_a_document_is_written_with_its_lines_and_read_back_whole() -> None:
    rig = ZohoRig()
    template = fetched(rig, "Invoices", rig.invoice())
    product, buyer = template.body["Invoiced_Items"][0]["Product_Name"]["id"], template.body["Account_Name"]["id"]
    line = {"Product_Name": {"id": product}, "Quantity": 3, "List_Price": Decimal("12.35")}
    body = {"Subject": "S", "Account_Name": {"id": buyer}, "Invoiced_Items": [line]}
    rig.journal()
    answers = send(rig, *[rig.write("Invoices", "create", body) for _ in range(3)])
    assert [row(a).body["Grand_Total"] for a in answers] == [Decimal("37.05")] * 3
    reads = [line for line in rig.journal() if line.startswith("GET")]
    assert sorted(reads) == sorted(f"GET /crm/v8/Invoices/{row(a).id}" for a in answers)


def test_a_line_goes_by_delete_and_the_others_stay() -> None:
    rig = ZohoRig()
    id_ = rig.invoice()
    (line,) = fetched(rig, "Invoices", id_).body["Invoiced_Items"]
    new = {"Product_Name": {"id": line["Product_Name"]["id"]}, "Quantity": 1, "List_Price": 7}
    lines = [{"id": line["id"], "_delete": None}, new]
    (answer,) = send(rig, rig.write("Invoices", "update", {"Invoiced_Items": lines}, id_))
    (left,) = row(answer).body["Invoiced_Items"]
    assert left["List_Price"] == 7


def test_retire_sends_the_body_it_was_given_as_an_update() -> None:
    rig = ZohoRig()
    id_ = rig.account()
    call = draft(rig, rig.write("Accounts", "retire", {"Add_to_Xero": False}, id_))
    assert (call.method, call.verb) == ("PUT", "retire")
    assert row(rig.remote.send(call)[0]).body["Add_to_Xero"] is False


def test_nothing_is_ever_upserted() -> None:
    """Its default duplicate check would merge two invoices with one subject (3.5)."""
    rig = ZohoRig()
    id_ = rig.account()
    send(rig, account(rig, "A"), rig.write("Accounts", "create", {"Account_Name": "A"}))
    send(rig, rig.write("Accounts", "update", {"Phone": "1"}, id_))
    assert not [line for line in rig.journal() if "upsert" in line]
