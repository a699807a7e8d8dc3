"""What people do in the local CRM that is more than an edit: merge and convert (facts/zoho.md 5.2, 22)."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import Client

from tests.contract.zoho_caller import Crm


@pytest.fixture
def crm() -> Crm:
    return Crm()


def do(crm: Crm, deed: str, kind: str, target: str | None = None, /, **changes: Any) -> str:
    """Over /__admin, a while after whatever was before."""
    crm.clock.advance(5)
    wish = {"do": deed, "kind": kind, "id": target, "changes": changes}
    answer = Client(crm.app).post("/__admin/people", json=wish)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return str(answer.json["id"])


def deleted(crm: Crm, module: str) -> list[str]:
    answer = crm.get(f"/{module}/deleted", {"type": "all"})
    return [] if answer.status == 204 else [row["id"] for row in answer.rows]


@pytest.mark.behaviour("zoho", 22)
@pytest.mark.parametrize("quietly", [False, True])
def test_a_merge_takes_one_id_away_and_what_named_it_names_the_other(crm: Crm, quietly: bool) -> None:
    """Neither the list of deleted records nor the times of what named it are documented."""
    gone = do(crm, "create", "Accounts", Account_Name="Acme Ltd", Phone="555 1", Website="acme.test", Xero_ID="x1")
    stays = do(crm, "create", "Accounts", Account_Name="Acme", Phone="555 2")
    person = do(crm, "create", "Contacts", Last_Name="Lee", Account_Name={"id": gone})
    before = {name: crm.one(kind, id_)["Modified_Time"] for name, kind, id_ in
              (("person", "Contacts", person), ("stays", "Accounts", stays))}  # fmt: skip
    assert do(crm, "merge", "Accounts", gone, into=stays, quietly=quietly) == gone
    assert crm.get(f"/Accounts/{gone}").status == 204
    assert deleted(crm, "Accounts") == ([] if quietly else [gone])
    kept = crm.one("Accounts", stays)
    assert [kept[name] for name in ("Account_Name", "Phone", "Website", "Xero_ID")] == [
        *("Acme", "555 2"),
        *("acme.test", "x1"),
    ], "what is there stays, what is blank is filled"
    assert kept["Modified_Time"] > before["stays"]
    theirs = crm.one("Contacts", person)
    assert theirs["Account_Name"]["id"] == stays
    assert (theirs["Modified_Time"] > before["person"]) == (not quietly)


@pytest.mark.behaviour("zoho", 22)
def test_a_lead_becomes_contact_account_and_deal(crm: Crm) -> None:
    lead = do(crm, "create", "Leads", Last_Name="Lee", First_Name="Ana", Company="Acme", Email="ana@acme.test")
    person = crm.one("Contacts", do(crm, "convert", "Leads", lead, Deal_Name="A big one"))
    assert (person["Full_Name"], person["Email"], person["Account_Name"]["name"]) == (
        "Ana Lee",
        "ana@acme.test",
        "Acme",
    )
    (deal,) = crm.listed("Deals", "Deal_Name,Contact_Name,Account_Name").rows
    assert deal["Contact_Name"]["id"] == person["id"]
    assert deal["Account_Name"] == person["Account_Name"]
    assert crm.get(f"/Leads/{lead}").status == 204
    assert deleted(crm, "Leads") == []


@pytest.mark.behaviour("zoho", 22)
def test_a_lead_of_a_known_company_joins_it_and_one_without_stands_alone(crm: Crm) -> None:
    account = do(crm, "create", "Accounts", Account_Name="ACME")
    joined = do(crm, "convert", "Leads", do(crm, "create", "Leads", Last_Name="Lee", Company="Acme"))
    assert crm.one("Contacts", joined)["Account_Name"]["id"] == account
    alone = do(crm, "convert", "Leads", do(crm, "create", "Leads", Last_Name="Ray"), Email="ray@here.test")
    assert (crm.one("Contacts", alone)["Account_Name"], crm.one("Contacts", alone)["Email"]) == (None, "ray@here.test")
    assert len(crm.listed("Accounts").rows) == 1
    assert crm.listed("Deals").status == 204


def test_a_quote_becomes_an_order_and_that_an_invoice(crm: Crm) -> None:
    account = do(crm, "create", "Accounts", Account_Name="Acme")
    product = do(crm, "create", "Products", Product_Name="Chair", Unit_Price=10)
    lines = [{"Product_Name": {"id": product}, "Quantity": 3, "List_Price": 9.5, "Discount": 1.5, "Description": "Oak"}]
    quote = do(crm, "create", "Quotes", Subject="Chairs", Account_Name={"id": account}, Quoted_Items=lines)
    order = do(crm, "convert", "Quotes", quote)
    invoice = crm.one("Invoices", do(crm, "convert", "Sales_Orders", order, Invoice_Date="2026-08-04"))
    assert (invoice["Subject"], invoice["Account_Name"]["id"], invoice["Grand_Total"]) == ("Chairs", account, 27)
    assert (invoice["Sales_Order"]["id"], invoice["Invoice_Date"]) == (order, "2026-08-04")
    (line,) = invoice["Invoiced_Items"]
    assert [line[name] for name in ("Quantity", "List_Price", "Discount", "Description")] == [3, 9.5, 1.5, "Oak"]
    straight = crm.one("Invoices", do(crm, "convert", "Quotes", quote, into="Invoices"))
    assert (straight["Grand_Total"], straight["Sales_Order"]) == (27, None)


@pytest.mark.parametrize(
    ("deed", "kind", "changes", "status", "word"),
    [
        ("merge", "Products", {"into": "1"}, 400, "are merged, not Products"),
        ("merge", "Accounts", {}, 400, "merge needs the id of another record"),
        ("merge", "Accounts", {"into": "SELF"}, 400, "merge needs the id of another record"),
        ("convert", "Invoices", {}, 400, "are converted, not Invoices"),
        ("convert", "Quotes", {"into": "Leads"}, 404, "not known"),
        ("archive", "Accounts", {}, 400, "not archive"),
        ("void", "Invoices", {}, 400, "not void"),
    ],
)
def test_what_nobody_can_do_there(
    crm: Crm, deed: str, kind: str, changes: dict[str, str], status: int, word: str
) -> None:
    made = do(crm, "create", "Accounts", Account_Name="Acme")
    changes = {name: made if value == "SELF" else value for name, value in changes.items()}
    answer = Client(crm.app).post("/__admin/people", json={"do": deed, "kind": kind, "id": made, "changes": changes})
    assert answer.status_code == status
    assert answer.json is not None
    assert word in answer.json["error"]
