"""Notification channels of the local CRM (facts/zoho.md 3.8, 5.2 no. 17), under both settings of what is unverified."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox.post import Message
from tests.contract.test_zoho_adapter_openapi import document, resolved
from tests.contract.zoho_caller import START, Answered, Crm

URL = "http://127.0.0.1:5000/hooks/zoho/77"
EVENTS = ["Accounts.all", "Invoices.edit"]


class Told(Crm):
    """A CRM and what it says by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[dict[str, Any]] = []
        self.service.post.carry = self._carry

    def _carry(self, message: Message) -> int:
        assert message.url == URL
        self.calls.append(json.loads(message.body))
        return 200

    def watch(self, method: str = "POST", body: Any = None, **given: Any) -> Answered:
        row = {"channel_id": "77", "events": EVENTS, "notify_url": URL, "token": "t" * 43, **given}
        shown = {name: value for name, value in row.items() if value is not ...}
        return self.call(method, "/actions/watch", body or {"watch": [shown]})

    def heard(self) -> list[tuple[str, str, list[str]]]:
        assert self.service.post.quiet()
        calls, self.calls = self.calls, []
        return [(call["module"], call["operation"], call["ids"]) for call in calls]


@pytest.fixture
def crm() -> Told:
    return Told()


def until(answer: Answered) -> str:
    return str(answer.json["watch"][0]["details"]["events"][0]["channel_expiry"])


def after(**given: float) -> str:
    return (START + timedelta(**given)).isoformat()


# ------------------------------------------------------------------ subscribing


@pytest.mark.behaviour("zoho", 17)
def test_each_module_of_a_channel_is_named(crm: Told) -> None:
    answer = crm.watch()
    assert answer.status == 201
    (item,) = answer.json["watch"]
    assert (item["code"], item["status"]) == ("SUCCESS", "success")
    events = item["details"]["events"]
    assert [each["resource_name"] for each in events] == ["Accounts", "Invoices"]
    assert {each["channel_id"] for each in events} == {"77"}
    assert events[0]["resource_uri"] == "https://www.zohoapis.com/crm/v2/Accounts"


@pytest.mark.behaviour("zoho", 17)
@pytest.mark.parametrize("asked", [..., after(days=8), after(days=-1), "soon"])
def test_missing_past_or_too_long_is_an_hour(crm: Told, asked: Any) -> None:
    crm.watch(channel_expiry=asked)
    crm.clock.advance(3_590)
    assert crm.call("GET", "/actions/watch").status == 200
    crm.clock.advance(20)
    crm.token = crm.service.access_token()
    assert crm.call("GET", "/actions/watch").status == 204


@pytest.mark.behaviour("zoho", 17)
def test_a_week_at_most(crm: Told) -> None:
    crm.watch(channel_expiry=after(days=6, hours=23))
    crm.clock.advance(6 * 86_400)
    crm.token = crm.service.access_token()
    assert crm.call("GET", "/actions/watch").status == 200
    crm.clock.advance(86_400)
    crm.token = crm.service.access_token()
    assert crm.call("GET", "/actions/watch").status == 204


@pytest.mark.behaviour("zoho", 17)
@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"token": "t" * 51}, "INVALID_DATA", "token"),
        ({"notify_url": "http://example.com/x"}, "INVALID_DATA", "notify_url"),
        ({"notify_url": ...}, "INVALID_DATA", "notify_url"),
        ({"events": ["Nothing.all"]}, "INVALID_DATA", "events"),
        ({"events": ["Accounts.rename"]}, "INVALID_DATA", "events"),
        ({"events": ...}, "MANDATORY_NOT_FOUND", "events"),
        ({"channel_id": "x"}, "INVALID_DATA", "channel_id"),
    ],
)
def test_what_is_refused(crm: Told, given: dict[str, Any], code: str, field: str) -> None:
    answer = crm.watch(**given)
    assert answer.status == 400
    (item,) = answer.json["watch"]
    assert (item["code"], item["details"]["api_name"], item["status"]) == (code, field, "error")


def test_each_element_has_its_own_outcome(crm: Told) -> None:
    good = {"channel_id": "77", "events": EVENTS, "notify_url": URL}
    answer = crm.watch(body={"watch": [good, {**good, "channel_id": "78", "events": []}]})
    assert answer.status == 207
    assert [item["status"] for item in answer.json["watch"]] == ["success", "error"]


@pytest.mark.behaviour("zoho", 17)
@pytest.mark.parametrize("status", ["201", "200", "202"])
def test_what_v2_answers_to_a_subscription_is_a_switch(crm: Told, status: str) -> None:
    """[U] in facts/zoho.md 3.8."""
    crm.switch(v2_watch_status=status)
    row = {"channel_id": "77", "events": EVENTS, "notify_url": URL}
    assert crm.call("POST", "/actions/watch", {"watch": [row]}, version="v2").status == int(status)
    assert crm.watch().status == 201


@pytest.mark.behaviour("zoho", 17)
def test_a_limit_of_channels(crm: Told) -> None:
    crm.switch(channel_limit=1)
    assert crm.watch().status == 201
    assert crm.watch(channel_id="78").json["watch"][0]["code"] == "LIMIT_REACHED"
    assert crm.watch().status == 201, "the same one anew"


def test_without_the_scope(crm: Told) -> None:
    crm.token = crm.service.access_token(["ZohoCRM.modules.ALL"])
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = crm.call(method, "/actions/watch", {"watch": [{}]})
        assert (answer.status, answer.json["code"]) == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.behaviour("zoho", 17)
@pytest.mark.parametrize("takes", ["list", "bare"])
def test_renewed_by_patch(crm: Told, takes: str) -> None:
    crm.switch(watch_patch=takes)
    first = crm.watch(channel_expiry=after(days=1))
    row = {"channel_id": "77", "events": EVENTS, "notify_url": URL, "channel_expiry": after(days=6)}
    right, wrong = ({"watch": [row]}, row) if takes == "list" else (row, {"watch": [row]})
    assert crm.call("PATCH", "/actions/watch", wrong).status == 400
    answer = crm.call("PATCH", "/actions/watch", right)
    assert answer.status == 200
    assert until(answer) > until(first)
    crm.made("Accounts", {"Account_Name": "A"})
    crm.service.post.quiet()
    assert crm.calls[0]["token"] == "t" * 43, "what is left out stays"


def test_replaced_by_put(crm: Told) -> None:
    crm.watch()
    assert crm.watch("PUT", events=["Contacts.all"], token="new").status == 200
    crm.made("Accounts", {"Account_Name": "A"})
    assert crm.heard() == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_who_is_not_subscribed_cannot_be_renewed(crm: Told, method: str) -> None:
    answer = crm.watch(method)
    assert answer.status == 400
    assert answer.json["watch"][0]["code"] == "NOT_SUBSCRIBED"


def test_closed(crm: Told) -> None:
    crm.watch()
    answer = crm.call("DELETE", "/actions/watch", params={"channel_ids": "77,78"})
    assert answer.status == 207
    assert [item["code"] for item in answer.json["watch"]] == ["SUCCESS", "SUCCESS", "NOT_SUBSCRIBED"]
    crm.made("Accounts", {"Account_Name": "A"})
    assert crm.heard() == []


def test_channels_belong_to_who_opened_them(crm: Told) -> None:
    crm.watch()
    crm.token = crm.service.access_token(user=crm.service.organisation.users[1].id)
    assert crm.call("GET", "/actions/watch").status == 204
    assert crm.call("DELETE", "/actions/watch", params={"channel_ids": "77"}).status == 400


@pytest.mark.behaviour("zoho", 17)
def test_every_answer_is_one_that_zoho_describes(crm: Told) -> None:
    spec = document("notifications")
    row = {"channel_id": "77", "events": EVENTS, "notify_url": URL, "channel_expiry": after(days=6)}
    calls = [
        ("POST", {"watch": [row]}, None),
        ("POST", {"watch": [row, {**row, "events": ["x"]}]}, None),
        ("POST", {"watch": [{**row, "token": "t" * 51}]}, None),
        ("PUT", {"watch": [row]}, None),
        ("PATCH", row, None),
        ("GET", None, None),
        ("DELETE", None, {"channel_ids": "77"}),
        ("DELETE", None, {"channel_ids": "77"}),
    ]
    for method, body, params in calls:
        answer = crm.call(method, "/actions/watch", body, params)
        verb = spec["paths"]["/actions/watch"][method.lower()]
        said = resolved(spec, verb["responses"][str(answer.status)])
        assert not list(faults(spec, said["content"]["application/json"]["schema"], answer.json)), (method, answer.json)
        if body is not None and answer.status < 207:
            content = verb["requestBody"]["content"]["application/json"]["schema"]
            assert not list(faults(spec, content, body)), method


def faults(spec: Mapping[str, Any], schema: Any, value: Any) -> list[str]:
    whole = {"components": spec["components"], "allOf": [schema]}
    return [f"{list(error.path)} {error.message[:200]}" for error in Draft202012Validator(whole).iter_errors(value)]


# ------------------------------------------------------------------ being told


@pytest.mark.behaviour("zoho", 17)
def test_a_call_tells_of_all_records_of_a_request(crm: Told) -> None:
    crm.watch()
    ids = crm.made("Accounts", {"Account_Name": "A"}, {"Account_Name": "B"})
    assert crm.heard() == [("Accounts", "insert", ids)]
    crm.update("Accounts", {"id": ids[0], "Phone": "1"}, {"id": ids[1], "Phone": "2"})
    assert crm.heard() == [("Accounts", "update", ids)]
    crm.call("DELETE", "/Accounts", params={"ids": ",".join(ids)})
    assert crm.heard() == [("Accounts", "delete", ids)]


@pytest.mark.behaviour("zoho", 17)
def test_what_a_call_says(crm: Told) -> None:
    crm.watch()
    (id_,) = crm.made("Accounts", {"Account_Name": "A"})
    assert crm.service.post.quiet()
    (call,) = crm.calls
    assert call == {
        "server_time": call["server_time"],
        "query_params": {},
        "module": "Accounts",
        "resource_uri": "https://www.zohoapis.com/crm/v2/Accounts",
        "ids": [id_],
        "affected_fields": [],
        "operation": "insert",
        "channel_id": "77",
        "token": "t" * 43,
    }
    assert abs(call["server_time"] / 1000 - START.timestamp()) < 60


@pytest.mark.behaviour("zoho", 17)
def test_the_channels_number_may_come_as_a_number(crm: Told) -> None:
    crm.switch(channel_id_sent="number")
    crm.watch()
    crm.made("Accounts", {"Account_Name": "A"})
    assert crm.service.post.quiet()
    assert crm.calls[0]["channel_id"] == 77


@pytest.mark.behaviour("zoho", 17)
def test_people_are_told_of_too(crm: Told) -> None:
    crm.watch()
    id_ = crm.service.edit("create", "Accounts", None, {"Account_Name": "A"})
    crm.service.edit("edit", "Accounts", id_, {"Phone": "1"})
    crm.service.edit("delete", "Accounts", id_, {})
    crm.service.edit("restore", "Accounts", id_, {})
    assert [operation for _, operation, _ in crm.heard()] == ["insert", "update", "delete", "insert"]


@pytest.mark.behaviour("zoho", 17)
def test_only_what_was_asked_for(crm: Told) -> None:
    crm.watch(events=["Accounts.edit"])
    (id_,) = crm.made("Accounts", {"Account_Name": "A"})
    crm.made("Vendors", {"Vendor_Name": "A"})
    assert crm.heard() == []
    crm.update("Accounts", {"id": id_, "Phone": "1"})
    assert crm.heard() == [("Accounts", "update", [id_])]


def test_what_was_refused_is_no_news(crm: Told) -> None:
    crm.watch()
    crm.create("Accounts", {"Phone": "1"})
    assert crm.heard() == []


@pytest.mark.behaviour("zoho", 17)
@pytest.mark.parametrize(("silences", "heard"), [(False, 1), (True, 0)])
def test_whether_trigger_silences_channels_is_a_switch(crm: Told, silences: bool, heard: int) -> None:
    """[U] in facts/zoho.md 3.5."""
    crm.switch(trigger_silences_channels=silences)
    crm.watch()
    crm.create("Accounts", {"Account_Name": "A"}, trigger=[])
    assert len(crm.heard()) == heard
    crm.create("Accounts", {"Account_Name": "B"})
    assert len(crm.heard()) == 1


@pytest.mark.behaviour("zoho", 17)
def test_an_expired_channel_is_told_nothing(crm: Told) -> None:
    crm.watch()
    crm.clock.advance(3_601)
    crm.token = crm.service.access_token()
    crm.made("Accounts", {"Account_Name": "A"})
    assert crm.heard() == []


def test_a_forged_call_does_not_know_the_token(crm: Told) -> None:
    crm.watch()
    crm.service.forge({"channel_id": "77", "ids": ["5"]})
    assert crm.service.post.quiet()
    (call,) = crm.calls
    assert (call["token"], call["ids"], call["channel_id"]) == ("forged", ["5"], "77")


def test_a_snapshot_keeps_channels(crm: Told) -> None:
    frozen = crm.service.freeze()
    crm.watch()
    crm.service.thaw(frozen)
    crm.token = crm.service.access_token()
    assert crm.call("GET", "/actions/watch").status == 204


@pytest.mark.behaviour("zoho", 17)
def test_the_knobs_are_on_the_admin_routes(crm: Told) -> None:
    crm.watch()
    admin = crm.app.test_client()
    assert admin.post("/__admin/post", json={"manner": "held"}).json == {"manner": "held"}
    crm.made("Accounts", {"Account_Name": "A"})
    assert crm.heard() == []
    assert admin.post("/__admin/post/release", json={"backwards": True}).json == {"released": 1}
    assert len(crm.heard()) == 1
    admin.post("/__admin/post", json={"manner": "straight"})
    admin.post("/__admin/post/forge", json={"channel_id": "77"})
    assert len(crm.heard()) == 1
    sent = admin.get("/__admin/post").json
    assert sent is not None
    assert [entry["status"] for entry in sent["sent"]] == [200, 200]
    assert admin.post("/__admin/post", json={"manner": "sideways"}).status_code == 400
