"""Batches and the reporting of errors in the local Xero (facts/xero.md 3.7; B10)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.xero.contacts import name_taken
from sandbox.xero.ids import ZERO_ID
from tests.contract.sandbox_xero_visitor import Visitor, body, line

Row = dict[str, Any]


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def names(visitor: Visitor) -> list[str]:
    return sorted(row["Name"] for row in visitor.rows("Contacts"))


def send(visitor: Visitor, *elements: Row, **query: Any) -> tuple[int, Row]:
    answer = visitor.ask("PUT", "Contacts", {"Contacts": list(elements)}, **query)
    return answer.status_code, body(answer)


@pytest.mark.behaviour("xero", 10)
@pytest.mark.parametrize("query", [{}, {"summarizeErrors": "true"}, {"summarizeErrors": "True"}])
def test_by_default_a_bad_element_makes_the_answer_a_400(visitor: Visitor, query: Row) -> None:
    """3.7: the OpenAPI says the opposite and is wrong."""
    visitor.contact("Acme")
    status, shown = send(visitor, {"Name": "Good"}, {"Name": "Acme", "Discount": None, "Phones": [None]}, **query)
    assert status == 400
    assert {**shown, "Elements": []} == {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [],
    }
    (element,) = shown["Elements"]
    assert (element["ContactID"], element["Name"], element["HasValidationErrors"]) == (ZERO_ID, "Acme", True)
    assert element["ValidationErrors"] == [{"Message": name_taken("Acme")}]
    assert "StatusAttributeString" not in element
    assert "Discount" not in element, "nulls are not echoed: clients break on them"


@pytest.mark.behaviour("xero", 10)
@pytest.mark.parametrize(("mode", "kept"), [("nothing", ["Acme"]), ("good", ["Acme", "Good"])])
def test_what_a_mixed_summarised_batch_saves_is_a_switch(mode: str, kept: list[str]) -> None:
    """8: community and fakes say nothing is saved."""
    visitor = Visitor(mixed_batch=mode)
    visitor.contact("Acme")
    assert send(visitor, {"Name": "Good"}, {"Name": "Acme"})[0] == 400
    assert names(visitor) == kept


@pytest.mark.behaviour("xero", 10)
@pytest.mark.parametrize("false", ["false", "False"])
def test_unsummarised_every_element_says_how_it_fared(visitor: Visitor, false: str) -> None:
    """3.7: HTTP 200 does not mean success; the order is that of the request. False as the SDK spells it (2.4 T15)."""
    visitor.contact("Acme")
    status, shown = send(visitor, {"Name": "B"}, {"Name": "Acme"}, {"Name": "A"}, summarizeErrors=false)
    assert status == 200
    fared = [(row["Name"], row["StatusAttributeString"], row["HasValidationErrors"]) for row in shown["Contacts"]]
    assert fared == [("B", "OK", False), ("Acme", "ERROR", True), ("A", "OK", False)]
    assert shown["Contacts"][1]["ContactID"] == ZERO_ID
    assert names(visitor) == ["A", "Acme", "B"]


@pytest.mark.behaviour("xero", 10)
def test_summarised_successes_say_nothing(visitor: Visitor) -> None:
    shown = send(visitor, {"Name": "A"})[1]["Contacts"][0]
    assert not {"StatusAttributeString", "ValidationErrors", "Warnings"} & set(shown)


@pytest.mark.behaviour("xero", 10)
def test_a_refused_document_is_echoed_as_it_was_sent(visitor: Visitor) -> None:
    """3.7: HasErrors, the status asked for, the lines, and dates in the service's own style."""
    made = visitor.approved()
    sent = {"InvoiceID": made["InvoiceID"], "Status": "DELETED", "Date": "2026-09-20", "LineItems": [line()]}
    answer = visitor.ask("POST", "Invoices", {"Invoices": [sent]}, summarizeErrors="false")
    (element,) = body(answer)["Invoices"]
    assert (element["InvoiceID"], element["HasErrors"], element["Status"]) == (made["InvoiceID"], True, "DELETED")
    assert element["Date"] == "/Date(1789862400000+0000)/"
    assert element["LineItems"][0]["Description"] == "Pens"
    assert "HasValidationErrors" not in element
    assert visitor.one(f"Invoices/{made['InvoiceID']}")["Status"] == "AUTHORISED"


@pytest.mark.behaviour("xero", 10)
def test_a_refused_create_leaves_nothing_behind(visitor: Visitor) -> None:
    """Neither the contact it would have made nor the number it would have drawn."""
    bad = {"Type": "ACCREC", "Contact": {"Name": "Newcomer"}, "LineItems": [line(AccountCode="999")]}
    visitor.ask("PUT", "Invoices", {"Invoices": [bad]}, summarizeErrors="false")
    assert names(visitor) == []
    assert visitor.invoice()["InvoiceNumber"] == "INV-0001"


@pytest.mark.behaviour("xero", 10)
def test_elements_of_one_batch_see_each_other(visitor: Visitor) -> None:
    status, shown = send(visitor, {"Name": "A"}, {"Name": "a"}, summarizeErrors="false")
    assert [row["StatusAttributeString"] for row in shown["Contacts"]] == ["OK", "ERROR"]
    assert status == 200


@pytest.mark.behaviour("xero", 20)
def test_one_bare_object_is_a_batch_of_one(visitor: Visitor) -> None:
    answer = visitor.ask("PUT", "Contacts", {"Name": "Bare"})
    assert body(answer)["Contacts"][0]["Name"] == "Bare"
    assert visitor.ask("PUT", "Contacts", {"Contacts": {"Name": "Single"}}).status_code == 200
    assert body(visitor.ask("PUT", "Contacts", {"Contacts": []}))["Contacts"] == []


def test_an_address_with_an_id_takes_one_element(visitor: Visitor) -> None:
    contact_id = visitor.contact()["ContactID"]
    two = {"Contacts": [{"FirstName": "A"}, {"FirstName": "B"}]}
    assert visitor.ask("POST", f"Contacts/{contact_id}", two).status_code == 400
    assert visitor.post(f"Contacts/{contact_id}", {"FirstName": "A"})["FirstName"] == "A"


@pytest.mark.behaviour("xero", 20)
def test_what_only_xero_writes_may_be_sent_and_is_ignored(visitor: Visitor) -> None:
    """B20: the SDK's models always send it (2.4 T18)."""
    flags = {"HasAttachments": True, "HasErrors": True, "Total": 5, "AmountDue": 7, "UpdatedDateUTC": "/Date(0)/"}
    made = visitor.put("Invoices", {**visitor.draft(), **flags, "Contact": {"Name": "A", "HasValidationErrors": True}})
    assert (made["HasAttachments"], made["HasErrors"], made["Total"]) == (False, False, 23)
    assert made["UpdatedDateUTC"] != "/Date(0)/"


def elements(visitor: Visitor) -> dict[str, tuple[Row, Row]]:
    """Of each kind one that is taken and one that is refused."""
    contact = {"ContactID": visitor.contact("Acme")["ContactID"]}
    due = visitor.approved(InvoiceNumber="DUE")
    invoice, order = {"Type": "ACCREC", "Contact": contact}, {"Contact": contact, "LineItems": [line()]}
    visitor.order(PurchaseOrderNumber="P-1")
    visitor.item("HELD")
    payment = {"Invoice": {"InvoiceID": due["InvoiceID"]}, "Account": {"Code": "090"}}
    return {
        "Contacts": ({"Name": "Good"}, {"Name": "ACME"}),
        "Invoices": ({**invoice, "LineItems": [line()]}, {**invoice, "LineItems": [line(AccountCode="999")]}),
        "PurchaseOrders": (order, {**order, "PurchaseOrderNumber": "P-1"}),
        "Items": ({"Code": "NEW"}, {"Code": "held"}),
        "Payments": ({**payment, "Amount": 1}, {**payment, "Amount": 9999}),
    }


FLAGS = {"Contacts": "HasValidationErrors", "Invoices": "HasErrors", "PurchaseOrders": "HasErrors", "Items": ""}
IDS = {"Contacts": "ContactID", "Invoices": "InvoiceID", "PurchaseOrders": "PurchaseOrderID", "Items": "ItemID"}


@pytest.mark.behaviour("xero", 10)
@pytest.mark.parametrize("kind", [*FLAGS, "Payments"])
def test_each_kind_tells_of_success_and_of_errors_in_its_own_way(visitor: Visitor, kind: str) -> None:
    """3.7: contacts and payments flag with HasValidationErrors, documents with HasErrors, items not at all; the word
    StatusAttributeString is there exactly when errors are not summarised."""
    good, bad = elements(visitor)[kind]
    flag, own = FLAGS.get(kind, "HasValidationErrors"), IDS.get(kind, "PaymentID")
    answer = visitor.ask("PUT", kind, {kind: [bad, good]}, summarizeErrors="false")
    refused, taken = body(answer)[kind]
    assert (answer.status_code, refused["StatusAttributeString"], taken["StatusAttributeString"]) == (
        200,
        "ERROR",
        "OK",
    )
    assert refused[own] == ZERO_ID != taken[own]
    assert all(error["Message"] for error in refused["ValidationErrors"])
    assert not taken.get("ValidationErrors")
    assert {name for name in ("HasErrors", "HasValidationErrors") if refused.get(name)} == ({flag} if flag else set())
    assert not any(taken.get(name) for name in ("HasErrors", "HasValidationErrors"))
    (summarised,) = body(visitor.ask("PUT", kind, {kind: [bad]}))["Elements"]
    assert summarised == {name: value for name, value in refused.items() if name != "StatusAttributeString"}


@pytest.mark.behaviour("xero", 10)
@pytest.mark.parametrize("kind", FLAGS)
def test_a_refused_element_comes_back_as_it_was_sent(visitor: Visitor, kind: str) -> None:
    """Not as the record stands, and not without what was right in it; an update keeps its id."""
    _, bad = elements(visitor)[kind]
    extra = {"Reference": "mine"} if kind in ("Invoices", "PurchaseOrders") else {}
    (shown,) = body(visitor.ask("PUT", kind, {kind: [{**bad, **extra}]}))["Elements"]
    assert {name: shown[name] for name in {**bad, **extra}} == {**bad, **extra}
    if kind == "Contacts":
        other = visitor.contact("Other")
        change = {"ContactID": other["ContactID"], "Name": "Acme"}
        (shown,) = body(visitor.ask("POST", kind, {kind: [change]}))["Elements"]
        assert (shown["ContactID"], shown["Name"]) == (other["ContactID"], "Acme")


@pytest.mark.behaviour("xero", 10)
@pytest.mark.parametrize(
    ("order", "fared"),
    [
        ("request", [("B-2", "OK"), ("", "ERROR"), ("A-1", "OK")]),
        ("number", [("", "ERROR"), ("A-1", "OK"), ("B-2", "OK")]),
    ],
)
def test_in_which_order_the_documents_of_a_batch_come_back_is_a_switch(
    order: str, fared: list[tuple[str, str]]
) -> None:
    """3.7: of the one recorded batch that came back by number, the request is not known."""
    visitor = Visitor(answer_order=order)
    bad = {**visitor.draft(), "LineItems": [line(AccountCode="999")]}
    sent = [{**visitor.draft(), "InvoiceNumber": "B-2"}, bad, {**visitor.draft(), "InvoiceNumber": "A-1"}]
    answer = visitor.ask("PUT", "Invoices", {"Invoices": sent}, summarizeErrors="false")
    shown = [(row.get("InvoiceNumber", ""), row["StatusAttributeString"]) for row in body(answer)["Invoices"]]
    assert shown == fared


@pytest.mark.behaviour("xero", 20)
@pytest.mark.parametrize("largest", [10_000_000, 3_500_000])
def test_how_long_a_body_may_be_is_a_switch(largest: int) -> None:
    """3.7: one page says ten megabytes and three and a half."""
    visitor = Visitor(largest_body=largest)
    padded = b'{"Contacts":[{"Name":"Acme"}]}'
    for extra, status in ((1, 413), (0, 200)):
        data = padded + b" " * (largest - len(padded) + extra)
        answer = visitor.http.put(
            "/api.xro/2.0/Contacts", headers=visitor.headers, data=data, content_type="application/json"
        )
        assert answer.status_code == status
