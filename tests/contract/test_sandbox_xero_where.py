"""The `where` dialect of the local Xero (facts/xero.md 3.5; B8)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.xero.refusals import BadQuery
from sandbox.xero.where import Getter, parse_where
from tests.contract.sandbox_xero_visitor import Visitor, body

ROW: dict[str, Any] = {
    "Type": "ACCREC",
    "Status": "AUTHORISED",
    "Name": 'Smith "and" Sons',
    "Date": date(2026, 1, 31),
    "UpdatedDateUTC": datetime(2026, 2, 1, 12, 30, tzinfo=UTC),
    "AmountDue": Decimal("10.50"),
    "IsCustomer": True,
    "Reference": None,
    "ContactID": "96988e67-ecf9-466d-bfbf-0afa1725a649",
}


def reach(path: tuple[str, ...]) -> Getter:
    (name,) = path
    if name not in ROW:
        raise BadQuery(name)
    return lambda row: row[name]


@pytest.mark.behaviour("xero", 8)
@pytest.mark.parametrize(
    "clause",
    [
        'Type=="ACCREC" AND Status=="AUTHORISED"',
        'Type == "accrec" && Status == "authorised"',
        'Type="ACCREC"',
        'Type!="ACCPAY"',
        'Type<>"ACCPAY"',
        'Type=="ACCPAY" OR Status=="AUTHORISED"',
        'Type=="ACCPAY" || Type=="ACCREC"',
        'Type=="ACCPAY" OR Type=="ACCREC" AND Status=="AUTHORISED"',
        '(Type=="ACCPAY" OR Type=="ACCREC") AND (Status=="DRAFT" OR AmountDue>10)',
        'Type=="ACCPAY" AND Status=="DRAFT" OR Status=="AUTHORISED"',
        'NOT (Type=="ACCPAY")',
        '!(Type=="ACCPAY") and !Type.StartsWith("X")',
        "Date>=DateTime(2026,01,31) AND Date<DateTime(2026,02,01)",
        "Date == DateTime(2026, 1, 31)",
        "UpdatedDateUTC>=DateTime(2026,02,01,12,30,00)",
        'ContactID==guid("96988E67-ECF9-466D-BFBF-0AFA1725A649")',
        'ContactID==Guid("96988e67-ecf9-466d-bfbf-0afa1725a649")',
        'Name.Contains("AND") and Name.StartsWith("smith") AND Name.EndsWith("SONS")',
        'Name.ToLower().Contains("sons")',
        'Name=="smith \\"and\\" sons"',
        "IsCustomer==true",
        "IsCustomer",
        "IsCustomer==True AND AmountDue>=10.5 AND AmountDue<=10.50",
        "Reference==null",
        'Reference==null OR Reference.Contains("x")',
        "Type!=null",
        "AmountDue>-1",
        "10<AmountDue",
    ],
)
def test_a_clause_that_holds(clause: str) -> None:
    assert parse_where(clause, reach)(ROW)


@pytest.mark.behaviour("xero", 8)
@pytest.mark.parametrize(
    "clause",
    [
        'Type=="ACCPAY"',
        'Type=="ACCPAY" AND Status=="AUTHORISED" OR Status=="DRAFT"',
        'Reference.Contains("x")',
        'Reference>"a"',
        "AmountDue<10.50",
        "Date>DateTime(2026,01,31)",
        "NOT IsCustomer",
        "IsCustomer==false",
        'ContactID==guid("00000000-0000-0000-0000-000000000000")',
    ],
)
def test_a_clause_that_does_not_hold(clause: str) -> None:
    assert not parse_where(clause, reach)(ROW)


@pytest.mark.behaviour("xero", 8)
@pytest.mark.parametrize(
    "clause",
    [
        "",
        "Type==",
        'Type=="ACCREC',
        'Colour=="red"',
        "Type==ACCREC==",
        '(Type=="ACCREC"',
        'Type=="ACCREC")',
        "Name.Reverse()",
        'Name.Contains("a","b")',
        "Name.Contains(1)",
        "Date>DateTime(2026)",
        "Date>DateTime(2026,13,1)",
        "Date>5",
        "guid()==ContactID",
        "Type ; DROP",
        ">5",
    ],
)
def test_a_clause_that_cannot_be_read(clause: str) -> None:
    with pytest.raises(BadQuery):
        parse_where(clause, reach)(ROW)


@pytest.mark.behaviour("xero", 8)
def test_clauses_through_the_api() -> None:
    """Fields of the contact can be asked through a document; what cannot be read is error 16."""
    visitor = Visitor()
    made = visitor.approved()
    visitor.invoice(Contact={"Name": "Beta"})
    contact_id = made["Contact"]["ContactID"]
    for clause in (
        f'Contact.ContactID==guid("{contact_id}")',
        'Contact.Name=="acme"',
        'Contact.Name.StartsWith("AC") AND Type=="ACCREC"',
        'Status=="AUTHORISED"',
        "AmountDue>0 AND DueDate==DateTime(2026,10,20)",
        f'InvoiceID==Guid("{made["InvoiceID"]}")',
    ):
        assert [row["InvoiceID"] for row in visitor.rows("Invoices", where=clause)] == [made["InvoiceID"]], clause
    item = visitor.item("PEN", SalesDetails={"UnitPrice": 5, "AccountCode": "200"})
    assert visitor.rows("Items", where="SalesDetails.UnitPrice>=5")[0]["ItemID"] == item["ItemID"]
    for clause in ('Colour=="red"', 'Contact.Colour=="red"', 'Contact.Name.First=="x"', 'Status.Name=="x"', "Type==("):
        answer = visitor.ask("GET", "Invoices", where=clause)
        shown = body(answer)
        assert (answer.status_code, shown["ErrorNumber"], shown["Type"]) == (400, 16, "QueryParseException"), clause


@pytest.mark.behaviour("xero", 8)
def test_what_is_said_of_a_clause_that_cannot_be_read_is_a_switch() -> None:
    """3.18: error 16 is known from clients alone."""
    visitor = Visitor(query_error="plain")
    for answer in (
        visitor.ask("GET", "Contacts", where='Colour=="red"'),
        visitor.ask("GET", "Contacts", order="Colour"),
    ):
        assert (answer.status_code, answer.get_data(), answer.mimetype) == (400, b"", "text/html")
