"""The local Xero's limits, idempotency keys, faults, refusals and snapshots (facts/xero.md 3.4, 3.7, 3.18)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from sandbox.faults import CutConnection, Rule
from sandbox.xero.settings import REAL_LIMITS, STARTER_LIMITS, Switches
from tests.contract.sandbox_xero_visitor import START, Visitor, body

LIMIT_HEADERS = ("X-DayLimit-Remaining", "X-MinLimit-Remaining", "X-AppMinLimit-Remaining")


@pytest.fixture
def visitor() -> Visitor:
    return Visitor().stands_still()


def remaining(visitor: Visitor, path: str = "Currencies") -> list[int]:
    answer = visitor.ask("GET", path)
    return [int(answer.headers[name]) for name in LIMIT_HEADERS]


# Limits (B4)


@pytest.mark.behaviour("xero", 4)
@pytest.mark.unmodelled("what is asked is the question")
def test_the_three_headers_are_on_every_answer_and_count_truthfully(visitor: Visitor) -> None:
    visitor.service.set_switches({**REAL_LIMITS, "enforce_limits": False})
    assert remaining(visitor) == [4999, 59, 9999]
    assert remaining(visitor, "Nothing/like/it") == [4998, 58, 9998]
    visitor.service.clock.advance(61)
    assert remaining(visitor) == [4997, 59, 9999]
    other = next(reversed(visitor.service.state.ledgers))
    visitor.code(tenant=other)
    visitor.headers["xero-tenant-id"] = other
    assert remaining(visitor) == [4999, 59, 9998], "per organisation, but the app's minute is shared"


def test_by_default_nothing_is_refused(visitor: Visitor) -> None:
    visitor.service.set_switches({"minute_limit": 1})
    assert [remaining(visitor)[1] for _ in range(3)] == [0, 0, 0]


@pytest.mark.behaviour("xero", 4)
def test_a_minute_breach_is_answered_as_recorded(visitor: Visitor) -> None:
    """3.4: 429 without body and content type; the window rolls."""
    visitor.service.set_switches({**REAL_LIMITS, "minute_limit": 2})
    visitor.service.clock.advance(30)
    remaining(visitor)
    visitor.service.clock.advance(20)
    remaining(visitor)
    answer = visitor.ask("GET", "Currencies")
    assert (answer.status_code, answer.get_data(), answer.headers.get("Content-Type")) == (429, b"", None)
    assert answer.headers["X-Rate-Limit-Problem"] == "minute"
    assert answer.headers["X-MinLimit-Remaining"] == "0"
    assert 38 <= int(answer.headers["Retry-After"]) <= 40
    visitor.service.clock.advance(41)
    assert remaining(visitor)[1] == 0, "one of the two has left the window"


@pytest.mark.behaviour("xero", 4)
@pytest.mark.parametrize("window", ["fixed", "rolling"])
def test_a_day_breach_takes_hours(visitor: Visitor, window: str) -> None:
    visitor.service.set_switches({**STARTER_LIMITS, "day_limit": 1, "day_window": window})
    remaining(visitor)
    answer = visitor.ask("GET", "Currencies")
    assert (answer.status_code, answer.headers["X-Rate-Limit-Problem"]) == (429, "day")
    assert (answer.headers["X-DayLimit-Remaining"], answer.headers["X-MinLimit-Remaining"]) == ("0", "59")
    wait = int(answer.headers["Retry-After"])
    assert wait > 60
    visitor.service.clock.advance(wait + 1)
    visitor.sign_in()
    assert remaining(visitor)[0] == 0


@pytest.mark.behaviour("xero", 4)
def test_the_apps_own_minute_and_the_unverified_names_of_problems(visitor: Visitor) -> None:
    visitor.service.set_switches({**REAL_LIMITS, "app_minute_limit": 1, "app_minute_problem": "AppMinute"})
    remaining(visitor)
    assert visitor.ask("GET", "Currencies").headers["X-Rate-Limit-Problem"] == "AppMinute"


@pytest.mark.behaviour("xero", 4)
def test_a_concurrent_breach_says_no_time(visitor: Visitor) -> None:
    visitor.service.set_switches({**REAL_LIMITS, "concurrent_limit": 1})
    with visitor.service.busy(visitor.service.main_id):
        answer = visitor.ask("GET", "Currencies")
    assert (answer.status_code, answer.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
    assert "Retry-After" not in answer.headers
    assert remaining(visitor)


@pytest.mark.behaviour("xero", 4)
def test_whether_the_apps_own_minute_has_a_header_is_a_switch(visitor: Visitor) -> None:
    """3.4: in a recording of May 2020 it is there, in others not."""
    assert set(LIMIT_HEADERS) <= set(visitor.ask("GET", "Currencies").headers.keys())
    visitor.service.set_switches({"app_minute_header": False})
    assert set(LIMIT_HEADERS) & set(visitor.ask("GET", "Currencies").headers.keys()) == set(LIMIT_HEADERS[:2])


@pytest.mark.behaviour("xero", 4)
def test_the_limits_are_those_of_the_tier(visitor: Visitor) -> None:
    """3.4: 60 a minute, 5 at once, 10,000 a minute for the whole app; a day has 1,000 or 5,000 calls."""
    names = ("minute_limit", "concurrent_limit", "app_minute_limit")
    for limits, day in ((REAL_LIMITS, 5_000), (STARTER_LIMITS, 1_000)):
        visitor.service.set_switches(limits)
        switches = visitor.service.switches()
        assert [switches[name] for name in (*names, "day_limit")] == [60, 5, 10_000, day]
    answers = [visitor.ask("GET", "Currencies").status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]


@pytest.mark.behaviour("xero", 4)
def test_five_at_once_are_served_and_a_sixth_is_not(visitor: Visitor) -> None:
    visitor.service.set_switches(REAL_LIMITS)
    with ExitStack() as held:
        for _ in range(4):
            held.enter_context(visitor.service.busy(visitor.service.main_id))
        assert visitor.ask("GET", "Currencies").status_code == 200
        held.enter_context(visitor.service.busy(visitor.service.main_id))
        assert visitor.ask("GET", "Currencies").status_code == 429


# Idempotency keys (B11)


def keyed(visitor: Visitor, key: str, name: str = "Acme", **query: str) -> Any:
    return visitor.ask("PUT", "Contacts", {"Contacts": [{"Name": name}]}, {"Idempotency-Key": key}, **query)


@pytest.mark.behaviour("xero", 4, 11)
def test_a_kept_answer_is_repeated_and_counts(visitor: Visitor) -> None:
    first, second = keyed(visitor, "k1"), keyed(visitor, "k1")
    assert first.get_data() == second.get_data()
    assert len(visitor.rows("Contacts")) == 1
    assert int(second.headers[LIMIT_HEADERS[0]]) == int(first.headers[LIMIT_HEADERS[0]]) - 1


@pytest.mark.behaviour("xero", 11)
def test_errors_are_repeated_too(visitor: Visitor) -> None:
    held = visitor.contact()
    assert keyed(visitor, "k1").status_code == 400
    visitor.person("archive", "Contacts", held["ContactID"])
    assert keyed(visitor, "k1").status_code == 400, "although the name is free now"
    assert keyed(visitor, "k2").status_code == 200


@pytest.mark.behaviour("xero", 11)
def test_a_key_lives_six_minutes_from_the_first_call(visitor: Visitor) -> None:
    keyed(visitor, "k1")
    visitor.service.clock.advance(5 * 60)
    assert keyed(visitor, "k1").status_code == 200
    visitor.service.clock.advance(62)
    assert keyed(visitor, "k1").status_code == 400, "a new request, and the name is taken"


@pytest.mark.behaviour("xero", 11)
@pytest.mark.parametrize(("name", "query"), [("Other", {}), ("Acme", {"summarizeErrors": "false"})])
def test_a_key_with_another_request_is_refused(visitor: Visitor, name: str, query: dict[str, str]) -> None:
    keyed(visitor, "k1")
    answer = keyed(visitor, "k1", name, **query)
    assert answer.status_code == 400
    assert body(answer)["Message"] == "Idempotency Key: k1 is used with a different request."


@pytest.mark.behaviour("xero", 11)
def test_a_key_belongs_to_one_verb_one_address_one_organisation_and_one_body(visitor: Visitor) -> None:
    """3.7: keys are the app's, so another organisation is another request."""
    made = visitor.contact("Other")
    sent, key = {"Contacts": [{"Name": "Acme"}]}, {"Idempotency-Key": "k1"}
    assert visitor.ask("PUT", "Contacts", sent, key).status_code == 200
    others = [visitor.ask("POST", "Contacts", sent, key), visitor.ask("PUT", "Items", sent, key)]
    others.append(visitor.ask("POST", f"Contacts/{made['ContactID']}", sent, key))
    visitor.code(tenant=visitor.service.neighbour_id)
    others.append(visitor.ask("PUT", "Contacts", sent, {**key, "xero-tenant-id": visitor.service.neighbour_id}))
    assert {body(answer)["Message"] for answer in others} == {"Idempotency Key: k1 is used with a different request."}
    assert [row["Name"] for row in visitor.rows("Contacts")] == ["Other", "Acme"]
    assert visitor.ask("PUT", "Contacts", sent, key).status_code == 200, "the first one is still remembered"


@pytest.mark.behaviour("xero", 11)
def test_a_replay_does_not_prolong_the_life_of_a_key(visitor: Visitor) -> None:
    """From the first call: 6 minutes, whatever was replayed meanwhile."""
    first = keyed(visitor, "k1").get_data()
    for _ in range(2):
        visitor.service.clock.advance(170)
        assert keyed(visitor, "k1").get_data() == first
    visitor.service.clock.advance(21)
    assert keyed(visitor, "k1").status_code == 400, "361 s later it is a new request, and the name is taken"


@pytest.mark.behaviour("xero", 11)
def test_a_key_has_at_most_128_characters(visitor: Visitor) -> None:
    assert keyed(visitor, "k" * 129).status_code == 400
    assert keyed(visitor, "k" * 128).status_code == 200


@pytest.mark.behaviour("xero", 11)
def test_keys_are_ignored_on_reads(visitor: Visitor) -> None:
    visitor.get("Contacts", {"Idempotency-Key": "k1"})
    visitor.contact()
    assert len(visitor.rows("Contacts", {"Idempotency-Key": "k1"})) == 1


# Refusals (3.18)


@pytest.mark.behaviour("xero", 18)
@pytest.mark.parametrize("path", ["Contacts", "Invoices", "PurchaseOrders", "Items", "Payments", "Accounts"])
def test_an_unknown_id_is_404_html_and_empty(visitor: Visitor, path: str) -> None:
    """B18."""
    answer = visitor.ask("GET", f"{path}/00000000-0000-0000-0000-000000000009")
    assert (answer.status_code, answer.get_data(), answer.mimetype) == (404, b"", "text/html")


@pytest.mark.unmodelled("what is asked is the question")
def test_an_unmodelled_address_or_parameter_is_put_on_the_list(visitor: Visitor) -> None:
    """5.1: a test run looks at the list and fails on anything in it."""
    assert visitor.ask("GET", "Quotes").status_code == 404
    assert visitor.ask("GET", "Contacts", colour="red").status_code == 200
    assert visitor.ask("GET", "Contacts", headers={"Accept": "*/*"}).status_code == 200
    assert visitor.http.get("/nowhere").status_code == 404
    assert visitor.service.unmodelled() == [
        "GET /Contacts parameter colour",
        "GET /Quotes",
        "GET /nowhere",
        "an answer in XML, which is what comes without Accept: application/json",
    ]


@pytest.mark.unmodelled("what is asked is the question")
def test_a_verb_that_an_address_does_not_have(visitor: Visitor) -> None:
    answer = visitor.ask("DELETE", "Contacts")
    assert (answer.status_code, body(answer)["ErrorNumber"]) == (501, 20)


@pytest.mark.parametrize("sent", ["{", "[]", '"x"', '{"Contacts": ["x"]}', '{"Contacts": [{"Name": {}}]}', b"\xff"])
def test_a_body_that_cannot_be_read(visitor: Visitor, sent: str | bytes) -> None:
    answer = visitor.http.put(
        "/api.xro/2.0/Contacts", headers=visitor.headers, data=sent, content_type="application/json"
    )
    shown = body(answer)
    assert (answer.status_code, shown["ErrorNumber"], shown["Type"]) == (400, 14, "PostDataInvalidException")
    assert "Elements" not in shown


def test_a_body_over_ten_megabytes(visitor: Visitor) -> None:
    answer = visitor.http.put("/api.xro/2.0/Contacts", headers=visitor.headers, data=b" " * 10_000_001)
    assert answer.status_code == 413


@pytest.mark.behaviour("xero", 20)
def test_paths_and_envelope_keys_come_in_any_case(visitor: Visitor) -> None:
    """B20."""
    answer = visitor.ask("PUT", "contacts", {"contacts": [{"Name": "Acme", "HasAttachments": False}]})
    assert answer.status_code == 200
    contact_id = body(answer)["Contacts"][0]["ContactID"]
    assert visitor.ask("GET", f"CONTACTS/{contact_id.upper()}").status_code == 200


def test_the_answer_carries_its_id_and_the_sandboxs_time(visitor: Visitor) -> None:
    answer = visitor.ask("GET", "Currencies")
    assert answer.headers["Xero-Correlation-Id"] == body(answer)["Id"]
    assert answer.headers["Date"] == "Mon, 14 Sep 2026 09:29:59 GMT"


# Faults, snapshots, switches


@pytest.mark.parametrize(("kind", "kept"), [("cut_before", 0), ("cut_after", 1)])
def test_a_connection_can_die_before_or_after_the_effect(visitor: Visitor, kind: str, kept: int) -> None:
    visitor.service.faults.add(Rule(method="PUT", path="/Contacts", kind=kind))
    with pytest.raises(CutConnection):
        visitor.contact()
    assert len(visitor.rows("Contacts")) == kept


@pytest.mark.behaviour("xero", 2)
def test_a_lost_refresh_can_be_tried_again_with_the_old_token(visitor: Visitor) -> None:
    """B2."""
    visitor.service.faults.add(Rule(path="/connect/token", kind="cut_after"))
    form = {"grant_type": "refresh_token", "refresh_token": str(visitor.tokens["refresh_token"])}
    with pytest.raises(CutConnection):
        visitor.token(**form)
    assert visitor.token(**form)["access_token"]


@pytest.mark.parametrize(("problem", "wait"), [("minute", "26"), ("day", "26"), ("concurrent", None)])
def test_a_throttle_fault_is_the_services_own_429(visitor: Visitor, problem: str, wait: str | None) -> None:
    visitor.service.faults.add(Rule(kind="throttle", params={"problem": problem}))
    answer = visitor.ask("GET", "Contacts")
    assert (answer.status_code, answer.get_data(), answer.headers.get("Content-Type")) == (429, b"", None)
    assert (answer.headers["X-Rate-Limit-Problem"], answer.headers.get("Retry-After")) == (problem, wait)


def test_a_token_can_be_made_to_expire_for_good(visitor: Visitor) -> None:
    visitor.service.faults.add(Rule(kind="expire_token"))
    assert [visitor.ask("GET", "Contacts").status_code for _ in range(2)] == [401, 401]
    tokens = visitor.token(grant_type="refresh_token", refresh_token=visitor.tokens["refresh_token"])
    assert (
        visitor.ask("GET", "Contacts", headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 200
    )


def test_a_snapshot_holds_books_tokens_keys_numbers_and_limits(visitor: Visitor) -> None:
    keyed(visitor, "k1")
    frozen = visitor.service.freeze()
    before = visitor.service.dump()

    def story() -> list[Any]:
        refreshed = visitor.token(grant_type="refresh_token", refresh_token=visitor.tokens["refresh_token"])
        visitor.headers["Authorization"] = f"Bearer {refreshed['access_token']}"
        made = visitor.approved()
        visitor.person("pay", "Invoices", made["InvoiceID"])
        visitor.post("Contacts", {"ContactID": made["Contact"]["ContactID"], "FirstName": "New"})
        return [refreshed["access_token"][:20], made["InvoiceID"], made["InvoiceNumber"], remaining(visitor)]

    first = story()
    visitor.service.thaw(frozen)
    assert visitor.service.dump() == before
    second = story()
    assert second == first, "the same story has the same ids, twice from one snapshot"
    visitor.service.thaw(frozen)
    visitor.headers["Authorization"] = f"Bearer {visitor.tokens['access_token']}"
    assert keyed(visitor, "k1").status_code == 200
    with pytest.raises(ValueError, match="frozen"):
        visitor.service.thaw("nonsense")


def test_switches_are_checked(visitor: Visitor) -> None:
    visitor.service.set_switches({"list_lag_seconds": 3, "tie_rounding": "half_even"})
    assert visitor.service.switches()["list_lag_seconds"] == 3.0
    for wrong in ({"nonsense": 1}, {"tie_rounding": "up"}, {"enforce_limits": 1}, {"minute_limit": "many"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            visitor.service.set_switches(wrong)


def test_the_admin_routes_serve_this_service_and_are_not_journalled(visitor: Visitor) -> None:
    visitor.contact()
    calls = visitor.service.journal.last
    assert len(visitor.http.get("/__admin/state").json["Contacts"]) == 1  # type: ignore[index]
    switched = visitor.http.post("/__admin/switches", json={"page_past_end": "not_found"})
    assert switched.json["page_past_end"] == "not_found"  # type: ignore[index]
    made = visitor.http.post(
        "/__admin/people", json={"do": "create", "kind": "Contacts", "changes": {"Name": "By hand"}}
    )
    assert made.status_code == 200
    assert visitor.http.post("/__admin/people", json={"do": "sing", "kind": "Contacts"}).status_code == 400
    moved = visitor.http.post("/__admin/clock", json={"advance": 60})
    assert moved.json["now"] >= (START + timedelta(seconds=60)).isoformat()  # type: ignore[index]
    assert visitor.service.journal.last == calls


def test_every_switch_has_a_default_that_is_allowed() -> None:
    defaults = Switches().as_dict()
    assert Switches().changed(defaults) == Switches()
