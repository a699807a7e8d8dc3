"""XML bodies at the local Xero, as older clients send them (facts/xero.md 3.6, 3.18; pyxero #117, #214, #243)."""

from __future__ import annotations

import pytest

from tests.contract.sandbox_xero_visitor import Row, Visitor, body

CONTACT = "<Contact><Name>Acme</Name>{}</Contact>"


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def put(visitor: Visitor, path: str, text: str, kind: str = "application/xml") -> tuple[int, Row]:
    answer = visitor.http.put(f"/api.xro/2.0/{path}", headers=visitor.headers, data=text.encode(), content_type=kind)
    return answer.status_code, body(answer)


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8"])
@pytest.mark.parametrize("text", [CONTACT.format(""), f"<Contacts>{CONTACT.format('')}</Contacts>"])
def test_one_bare_element_or_an_envelope(visitor: Visitor, text: str, kind: str) -> None:
    status, answer = put(visitor, "Contacts", text, kind)
    assert (status, [row["Name"] for row in answer["Contacts"]]) == (200, ["Acme"])


def test_texts_are_read_as_what_they_mean(visitor: Visitor) -> None:
    line = (
        "<LineItem><Description>Pens</Description><Quantity>2</Quantity><UnitAmount>1.50</UnitAmount>"
        "<AccountCode>200</AccountCode><Tracking><TrackingCategory><Name>Region</Name><Option>North</Option>"
        "</TrackingCategory></Tracking></LineItem>"
    )
    order = (
        "<PurchaseOrder><Contact><ContactID>{}</ContactID></Contact><Date>2026-09-01T00:00:00</Date>"
        f"<Status>AUTHORISED</Status><SentToContact>true</SentToContact><LineItems>{line}</LineItems></PurchaseOrder>"
    ).format(visitor.contact("Acme")["ContactID"])
    status, answer = put(visitor, "PurchaseOrders", order)
    made = answer["PurchaseOrders"][0]
    assert (status, made["DateString"], made["SentToContact"]) == (200, "2026-09-01T00:00:00", True)
    assert (made["SubTotal"], made["LineItems"][0]["Tracking"][0]["Option"]) == (3, "North")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<Contact><Name>Acme</Contact>",
        "<Invoice><Type>ACCREC</Type></Invoice>",
        CONTACT.format("<Nmae>x</Nmae>"),
        CONTACT.format("<Phones><Address><City>x</City></Address></Phones>"),
        CONTACT.format("<Addresses><Address><Planet>x</Planet></Address></Addresses>"),
        CONTACT.format("<Name>" * 20 + "</Name>" * 20),
        '<!DOCTYPE x [<!ENTITY a "b">]>' + CONTACT.format("<TaxNumber>&a;</TaxNumber>"),
        '<!DOCTYPE x SYSTEM "file:///etc/hostname">' + CONTACT.format(""),
        CONTACT.format("<TaxNumber>&a;</TaxNumber>"),
    ],
)
def test_what_cannot_be_read_is_error_14(visitor: Visitor, text: str) -> None:
    """A name that Xero does not know is refused in XML; an entity is never expanded."""
    status, answer = put(visitor, "Contacts", text)
    assert (status, answer["ErrorNumber"], answer["Type"]) == (400, 14, "PostDataInvalidException")
    assert visitor.rows("Contacts") == []


def test_a_date_with_a_blank_is_error_14(visitor: Visitor) -> None:
    text = "<Invoice><Type>ACCREC</Type><Contact><Name>A</Name></Contact><Date>2017-12-14 00:00:00</Date></Invoice>"
    status, answer = put(visitor, "Invoices", text)
    assert (status, answer["ErrorNumber"]) == (400, 14)
