"""What Xero may answer to a write: nothing, a summary, another order, the same again (facts/xero.md 3.7, 3.18)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from extension.remote.xero.feeds import FEEDS, ZERO
from extension.remote.xero.matching import aligned
from extension.sync import errors
from extension.sync.actions import Call, Write
from extension.sync.model import Row
from extension.sync.ports import Answer
from tests.contract.remote_rig import LINE, XeroRig


def draft(rig: XeroRig, *writes: Write) -> Call:
    ((call, _),) = rig.remote.draft(writes)
    return call


def send(rig: XeroRig, *writes: Write) -> list[Answer]:
    return [answer for call, _ in rig.remote.draft(writes) for answer in rig.remote.send(call)]


def contact(rig: XeroRig, name: str, **more: Any) -> Write:
    return rig.write("Contacts", "create", {"Name": name, **more})


def invoice(rig: XeroRig, **more: Any) -> Write:
    buyer = more.pop("Contact", None) or {"ContactID": rig.contact(f"Buyer {len(rig.journal())}").id}
    return rig.write("Invoices", "create", {"Contact": buyer, "LineItems": [LINE], **more})


def row(answer: Answer) -> Row:
    assert isinstance(answer, Row), answer
    return answer


def stored(rig: XeroRig, feed: str) -> list[Row]:
    return [one for page in rig.remote.walk(feed, None, None) for one in page.rows]


def element(**more: Any) -> dict[str, Any]:
    return {"ContactID": ZERO, "Name": "A", "HasValidationErrors": True, **more}


def said(message: str) -> dict[str, Any]:
    return {"ValidationErrors": [{"Message": message}]}


# ------------------------------------------------------------------ a summarised 400


def summarised(rig: XeroRig, *bad: dict[str, Any]) -> None:
    body = {"ErrorNumber": 10, "Type": "ValidationException", "Message": "x", "Elements": list(bad)}
    rig.fault(method="PUT", kind="status_before", params={"status": 400, "body": body})


def test_a_400_of_which_every_element_is_bad_answers_for_each() -> None:
    rig = XeroRig()
    summarised(rig, element(**said("Email address must be valid.")), element(**said("Invoice # must be unique.")))
    first, second = send(rig, contact(rig, "A"), contact(rig, "B"))
    assert isinstance(first, errors.Invalid)
    assert isinstance(second, errors.Duplicate)


@pytest.mark.parametrize("kept", ["nothing", "good"])
def test_a_400_about_some_of_a_batch_says_nothing_of_the_others(kept: str) -> None:
    """Whether the good ones were stored is not verified (3.7): the call stays open, whichever it is."""
    rig = XeroRig(mixed_batch=kept)
    rig.contact("Taken")
    call = draft(rig, contact(rig, "Taken"), contact(rig, "Fine"))
    call = replace(call, path=call.path.replace("summarizeErrors=false", "summarizeErrors=true"))
    with pytest.raises(errors.Unknown):
        rig.remote.send(call)


def test_a_400_about_the_body_refuses_the_whole_call() -> None:
    rig = XeroRig()
    broken = replace(draft(rig, contact(rig, "A")), body=b'{"Contacts":[{"ContactStatus":"NEVER","Name":"A"}]}')
    with pytest.raises(errors.Invalid):
        rig.remote.send(broken)
    assert stored(rig, "Contacts") == []


@pytest.mark.parametrize("page", ["<html>Bad Request</html>", ""])
def test_a_400_that_is_no_json_is_a_refusal_all_the_same(page: str) -> None:
    """The SDK's error raised JSONDecodeError when it was looked at (T20)."""
    rig = XeroRig()
    rig.fault(method="PUT", kind="status_before", params={"status": 400, "body": page, "content_type": "text/html"})
    with pytest.raises(errors.Invalid):
        send(rig, contact(rig, "A"))


# ------------------------------------------------------------------ lost answers and keys


@pytest.mark.parametrize("kind", ["cut_before", "cut_after", "status_after"])
def test_a_lost_answer_is_unknown_and_nothing_is_sent_again(kind: str) -> None:
    """xero-python sent a lost PUT four times (T2)."""
    rig = XeroRig()
    rig.fault(method="PUT", kind=kind)
    with pytest.raises(errors.Unknown):
        send(rig, contact(rig, "A"))
    assert rig.journal() == ["PUT /api.xro/2.0/Contacts"]


@pytest.mark.parametrize("lines", [None, []])
def test_a_document_that_is_answered_without_the_lines_it_was_sent_with_is_unknown(lines: object) -> None:
    """Believed, each side's line was an addition to the other: both documents had it twice."""
    rig = XeroRig()
    call = draft(rig, invoice(rig))
    rig.fault(method="PUT", path="Invoices", kind="inject", params={"field": "LineItems", "value": lines})
    with pytest.raises(errors.Unknown):
        rig.remote.send(call)


def test_the_same_call_again_is_answered_as_before_and_stores_nothing_new() -> None:
    """For six minutes (3.7)."""
    rig = XeroRig()
    call = draft(rig, invoice(rig))
    rig.fault(method="PUT", path="Invoices", kind="cut_after")
    with pytest.raises(errors.Unknown):
        rig.remote.send(call)
    rig.clock.advance(rig.remote.facts("Invoices").key_seconds)
    (again,) = rig.remote.send(call)
    assert [one.id for one in stored(rig, "Invoices")] == [row(again).id]


def test_a_key_that_served_other_bytes_leaves_the_question_open() -> None:
    rig = XeroRig()
    call = draft(rig, contact(rig, "A"))
    rig.remote.send(call)
    with pytest.raises(errors.Unknown):
        rig.remote.send(replace(call, body=b'{"Contacts":[{"Name":"B"}]}'))


def test_a_429_ends_the_call_at_once() -> None:
    """The SDK slept through it: three times 41 seconds (T1)."""
    rig = XeroRig()
    rig.fault(method="PUT", kind="throttle", params={"problem": "day", "retry_after": 66975})
    with pytest.raises(errors.Throttled) as caught:
        send(rig, contact(rig, "A"))
    assert caught.value.problem == "day"
    assert caught.value.until is not None
    assert round((caught.value.until - rig.clock.now()).total_seconds()) == 66975
    assert rig.journal() == ["PUT /api.xro/2.0/Contacts"]


def test_a_401_gets_a_fresh_token_and_the_same_key() -> None:
    rig = XeroRig()
    rig.fault(method="PUT", kind="expire_token")
    (answer,) = send(rig, contact(rig, "A"))
    assert row(answer).body["Name"] == "A"
    assert rig.journal() == ["PUT /api.xro/2.0/Contacts", "POST /connect/token", "PUT /api.xro/2.0/Contacts"]


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/connections?x"},
        {"path": "/api.xro/2.0/../../connections"},
        {"path": "https://evil.example/api.xro/2.0/Contacts"},
        {"headers": {"xero-tenant-id": "somebody else's"}},
        {"headers": {}},
    ],
)
def test_a_stored_call_is_believed_only_as_far_as_our_organisation(changes: dict[str, Any]) -> None:
    rig = XeroRig()
    call = replace(draft(rig, contact(rig, "A")), **changes)
    with pytest.raises(errors.Refused) as caught:
        rig.remote.send(call)
    assert caught.value.code == "not_allowed"
    assert rig.journal() == []


# ------------------------------------------------------------------ whose answer is whose


def contacts(*names: str) -> list[dict[str, Any]]:
    return [{"Name": name} for name in names]


def test_answers_in_another_order_are_put_right() -> None:
    """A recorded batch came back in number order; whether it was sent so is not known (3.7)."""
    feed = FEEDS["Contacts"]
    assert aligned(feed, contacts("A", "B", "C"), contacts("A", "B", "C")) == [0, 1, 2]
    assert aligned(feed, contacts("A", "B", "C"), contacts("C", "A", "B")) == [1, 2, 0]
    assert aligned(feed, contacts("a  b", "B"), contacts("B", "A B")) == [1, 0]
    ids = [{"ContactID": "1", "Name": "new"}, {"ContactID": "2", "Name": "x"}]
    assert aligned(feed, ids, [{"ContactID": "2"}, {"ContactID": "1"}]) == [1, 0]


def test_without_a_key_the_order_of_the_request_stands() -> None:
    feed = FEEDS["Invoices"]
    sent = [{"Contact": {"ContactID": "1"}}, {"Contact": {"ContactID": "1"}}]
    assert aligned(feed, sent, sent) == [0, 1]
    assert aligned(FEEDS["Contacts"], contacts("A", "B"), contacts("changed", "also")) == [0, 1]


def test_what_is_in_doubt_is_nobodys() -> None:
    feed = FEEDS["Contacts"]
    assert aligned(feed, contacts("A", "B"), contacts("A")) is None
    assert aligned(feed, contacts("A", "B", "C"), contacts("x", "A", "y")) is None


def test_an_answer_about_others_than_were_sent_is_unknown() -> None:
    rig = XeroRig()
    rig.fault(method="PUT", kind="status_after", params={"status": 200, "body": {"Contacts": contacts("A")}})
    with pytest.raises(errors.Unknown):
        send(rig, contact(rig, "A"), contact(rig, "B"))


@pytest.mark.parametrize("body", [{"Other": []}, "{", "<html>"])
def test_a_truncated_answer_is_unknown(body: Any) -> None:
    rig = XeroRig()
    rig.fault(method="PUT", kind="status_after", params={"status": 200, "body": body})
    with pytest.raises(errors.Unknown):
        send(rig, contact(rig, "A"))


def test_an_element_without_a_time_is_read_again() -> None:
    rig = XeroRig()
    made = rig.contact("A")
    bare = {"Contacts": [{"ContactID": made.id, "Name": "A", "StatusAttributeString": "OK"}]}
    for fault, known in (({}, True), ({"kind": "cut_before", "method": "GET"}, False)):
        rig.fault(method="POST", kind="status_after", params={"status": 200, "body": bare})
        if fault:
            rig.fault(**fault)
        write = rig.write("Contacts", "update", {"Name": "A"}, made.id)
        if known:
            assert row(send(rig, write)[0]).modified >= made.modified
        else:
            with pytest.raises(errors.Unknown):
                send(rig, write)
