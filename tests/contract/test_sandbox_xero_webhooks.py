"""The webhook of the local Xero (facts/xero.md 3.15, B19)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.xero.webhooks import AGAIN, PATIENCE, signature
from tests.contract.sandbox_xero_listener import KEY, URL, Listener, contact, invoice, listening, quiet
from tests.contract.sandbox_xero_visitor import Visitor

VECTOR = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "S0m3r4Nd0mt3xt"}'


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def visitor(listener: Listener) -> Visitor:
    return listening(Visitor(), listener)


@pytest.mark.behaviour("xero", 19)
def test_the_documented_vector() -> None:
    assert signature(VECTOR, KEY) == "A6plSY89z4VSAPrfweZrEHk+Bp/z1PeN+FKcfLDZoro="


@pytest.mark.behaviour("xero", 19)
@pytest.mark.parametrize(
    ("listener", "status"),
    [
        (Listener(), "ok"),
        (Listener(checks=False), "intent to receive failed"),
        (Listener(believes=False), "intent to receive failed"),
    ],
)
def test_who_does_not_check_signatures_is_told_nothing(listener: Listener, status: str) -> None:
    made = Visitor()
    made.service.post.carry = listener
    assert made.service.webhooks.register(URL, KEY) == status
    asked = len(listener.bodies)
    assert all(body["events"] == [] and body["firstEventSequence"] == 0 for body in listener.bodies)
    contact(made)
    quiet(made)
    assert (len(listener.bodies) > asked) == (status == "ok")


@pytest.mark.behaviour("xero", 19)
def test_an_event_is_thin(visitor: Visitor, listener: Listener) -> None:
    id_ = contact(visitor)
    quiet(visitor)
    (body,) = listener.bodies
    assert set(body) == {"events", "firstEventSequence", "lastEventSequence", "entropy"}
    (event,) = body["events"]
    assert event == {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{id_}",
        "resourceId": id_,
        "eventDateUtc": event["eventDateUtc"],
        "eventType": "CREATE",
        "eventCategory": "CONTACT",
        "tenantId": visitor.service.main_id,
        "tenantType": "ORGANISATION",
    }
    assert "Z" not in event["eventDateUtc"]
    assert "+" not in event["eventDateUtc"]


@pytest.mark.behaviour("xero", 19)
def test_the_api_and_people_are_told_of_alike(visitor: Visitor, listener: Listener) -> None:
    answer = visitor.http.put(
        "/api.xro/2.0/Contacts", json={"Contacts": [{"Name": "A"}, {"Name": "B"}]}, headers=visitor.headers
    )
    assert answer.status_code == 200
    quiet(visitor)
    assert [event["eventType"] for event in listener.events] == ["CREATE", "CREATE"]
    assert len(listener.bodies) == 1, "one request is one body"
    first = listener.events[0]["resourceId"]
    visitor.service.edit("archive", "Contacts", first, {})
    quiet(visitor)
    assert listener.events[-1]["eventType"] == "UPDATE"


@pytest.mark.behaviour("xero", 19)
def test_what_was_refused_is_no_event(visitor: Visitor, listener: Listener) -> None:
    contact(visitor, "A")
    quiet(visitor)
    body = {"Contacts": [{"Name": "A"}]}
    assert visitor.http.put("/api.xro/2.0/Contacts", json=body, headers=visitor.headers).status_code == 400
    visitor.http.get("/api.xro/2.0/Contacts", headers=visitor.headers)
    quiet(visitor)
    assert len(listener.events) == 1


@pytest.mark.behaviour("xero", 19)
def test_items_and_orders_have_no_events(visitor: Visitor, listener: Listener) -> None:
    visitor.service.edit("create", "Items", None, {"Code": "PEN", "Name": "Pen"})
    quiet(visitor)
    assert listener.events == []


@pytest.mark.behaviour("xero", 19)
@pytest.mark.parametrize("told", [True, False])
def test_whether_a_payment_is_told_is_a_switch(visitor: Visitor, listener: Listener, told: bool) -> None:
    """Likely and undocumented: [UNV] in facts/xero.md 3.15."""
    visitor.service.set_switches({"payment_webhook": told})
    id_ = invoice(visitor, contact(visitor))
    quiet(visitor)
    before = len(listener.events)
    visitor.service.edit("pay", "Invoices", id_, {})
    quiet(visitor)
    assert [event["resourceId"] for event in listener.events[before:]] == ([id_] if told else [])


@pytest.mark.behaviour("xero", 19)
@pytest.mark.parametrize(
    ("do", "given", "category"),
    [
        ("credit", {}, "CREDITNOTE"),
        ("allocate", {"from": "Overpayments"}, "OVERPAYMENT"),
        ("allocate", {"from": "Prepayments"}, "PREPAYMENT"),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_credit_is_told_by_its_own_name(
    visitor: Visitor, listener: Listener, do: str, given: dict[str, str], category: str, told: bool
) -> None:
    """facts/xero.md 3.15: the documents that it settles are not named; where they are not dated, nothing names them."""
    visitor.service.set_switches({"payments_touch_documents": False, "credit_webhook": told})
    id_ = invoice(visitor, contact(visitor))
    quiet(visitor)
    before = len(listener.events)
    credit = visitor.service.edit(do, "Invoices", id_, given)
    visitor.service.edit("uncredit", "Invoices", id_, {"credit": credit})
    quiet(visitor)
    found = [(each["eventCategory"], each["eventType"], each["resourceId"]) for each in listener.events[before:]]
    assert found == ([(category, "CREATE", credit), (category, "UPDATE", credit)] if told else [])
    if told and category == "CREDITNOTE":
        said = [each["data"] for each in listener.events[before:]]
        assert said == [{"Type": "ACCRECCREDIT", "Status": status} for status in ("PAID", "AUTHORISED")]


@pytest.mark.behaviour("xero", 19)
def test_sequences_go_on(visitor: Visitor, listener: Listener) -> None:
    for name in "AB":
        contact(visitor, name)
        quiet(visitor)
    assert [(b["firstEventSequence"], b["lastEventSequence"]) for b in listener.bodies] == [(1, 1), (2, 2)]


@pytest.mark.behaviour("xero", 19)
def test_what_fails_is_tried_again_and_given_up_after_a_day(visitor: Visitor, listener: Listener) -> None:
    listener.away = True
    contact(visitor, "A")
    quiet(visitor)
    hook = visitor.service.webhooks
    assert len(hook.hook.waiting) == 1
    listener.away = False
    hook.retry()
    quiet(visitor)
    assert listener.events == [], "not before a quarter of an hour"
    visitor.service.clock.advance(AGAIN.total_seconds())
    contact(visitor, "B")
    quiet(visitor)
    assert [event["eventType"] for event in listener.events] == ["CREATE", "CREATE"], "in their order, in one body"
    assert len(listener.bodies) == 1
    listener.away = True
    contact(visitor, "C")
    quiet(visitor)
    visitor.service.clock.advance((PATIENCE + timedelta(minutes=1)).total_seconds())
    hook.retry()
    quiet(visitor)
    assert hook.hook.status == "disabled"
    listener.away = False
    contact(visitor, "D")
    quiet(visitor)
    assert len(listener.events) == 2
    assert hook.register(URL, KEY) == "ok"
    quiet(visitor)
    assert len(listener.events) == 4, "what waited is sent when it works again"


@pytest.mark.behaviour("xero", 19)
def test_the_knobs_are_on_the_admin_routes(listener: Listener) -> None:
    made = Visitor()
    made.service.post.carry = listener
    assert made.http.post("/__admin/webhook", json={"url": URL}).status_code == 400
    assert made.http.post("/__admin/webhook", json={"url": URL, "key": KEY}).json == {"status": "ok"}
    assert made.http.get("/__admin/webhook").json == {"url": URL, "status": "ok", "waiting": 0}
    listener.bodies.clear()
    made.http.post("/__admin/post", json={"manner": "doubled"})
    contact(made)
    quiet(made)
    assert len(listener.events) == 2
    made.http.post("/__admin/post", json={"manner": "straight"})
    made.http.post("/__admin/post/forge", json={"tenantId": made.service.main_id})
    quiet(made)
    log = made.http.get("/__admin/post").json
    assert log is not None
    assert log["sent"][-1]["status"] == 401
    assert made.http.post("/__admin/webhook/retry").status_code == 200
    assert made.http.delete("/__admin/webhook").status_code == 200
    contact(made, "B")
    quiet(made)
    assert len(listener.events) == 2
