"""Contacts of the local Xero (facts/xero.md 3.8, 3.9, 3.13; B16, B17)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.xero.contacts import ARCHIVED_LOCK, NO_IDENTITY, name_taken, number_taken
from tests.contract.sandbox_xero_visitor import Visitor, body, line

READ_ORDER = ["DDI", "DEFAULT", "FAX", "MOBILE"]
WRITE_ORDER = ["DEFAULT", "DDI", "FAX", "MOBILE"]


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def full() -> dict[str, Any]:
    return {
        "Name": "Māori Motors",
        "ContactNumber": "zoho-1",
        "AccountNumber": "A-1",
        "FirstName": "Aroha",
        "LastName": "Ngata",
        "EmailAddress": "aroha@motors.example",
        "TaxNumber": "12-345-678",
        "DefaultCurrency": "AUD",
        "CompanyNumber": "C-1",
        "Addresses": [{"AddressType": "STREET", "AddressLine1": "1 Quay St", "City": "Auckland", "PostalCode": "1010"}],
        "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "555-0101", "PhoneAreaCode": "021"}],
        "ContactPersons": [
            {"FirstName": "Tama", "LastName": "Hale", "EmailAddress": "t@motors.example", "IncludeInEmails": True}
        ],
        "PaymentTerms": {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}},
    }


# Shapes


def test_everything_that_is_written_is_read_back(visitor: Visitor) -> None:
    made = visitor.put("Contacts", full())
    read = visitor.one(f"Contacts/{made['ContactID']}")
    for name, value in full().items():
        if name not in ("Addresses", "Phones"):
            assert read[name] == value
    street = next(a for a in read["Addresses"] if a["AddressType"] == "STREET")
    assert street["AddressLine1"] == "1 Quay St"
    assert "AddressLine2" not in street, "blank lines are left out, other parts are empty texts"
    assert street["Region"] == ""


def test_writes_and_reads_list_phones_in_different_orders(visitor: Visitor) -> None:
    """3.13: so compare maps, not lists."""
    made = visitor.put("Contacts", full())
    assert [phone["PhoneType"] for phone in made["Phones"]] == WRITE_ORDER
    assert [phone["PhoneType"] for phone in visitor.one("Contacts", page=1)["Phones"]] == READ_ORDER


def test_a_loaded_row_keeps_missing_parts_missing_until_it_is_written(visitor: Visitor) -> None:
    """3.13: "" after a write, absent on untouched rows."""
    given = {"ContactID": "11111111-1111-4111-8111-111111111111", "Name": "Demo", "Phones": [{"PhoneType": "DDI"}]}
    visitor.service.load({"Contacts": [given]})
    assert visitor.one("Contacts")["Phones"] == [{"PhoneType": "DDI"}]
    written = visitor.post("Contacts", {"ContactID": given["ContactID"], "FirstName": "D"})
    assert {phone["PhoneType"]: phone["PhoneNumber"] for phone in written["Phones"]} == dict.fromkeys(WRITE_ORDER, "")


def test_some_fields_come_only_when_paging_or_asking_for_one(visitor: Visitor) -> None:
    visitor.put("Contacts", full())
    unpaged, paged = visitor.one("Contacts"), visitor.one("Contacts", page=1)
    assert (unpaged["ContactPersons"], "DefaultCurrency" in unpaged) == ([], False)
    assert (len(paged["ContactPersons"]), paged["DefaultCurrency"]) == (1, "AUD")
    summary = visitor.get("Contacts", summaryOnly="true")
    assert summary["Contacts"][0]["ContactPersons"] == []
    assert summary["pagination"]["itemCount"] == 1


def test_reading_by_number(visitor: Visitor) -> None:
    made = visitor.put("Contacts", full())
    assert visitor.one("Contacts/zoho-1")["ContactID"] == made["ContactID"]


@pytest.mark.behaviour("xero", 7)
def test_balances_follow_the_documents_and_move_no_time(visitor: Visitor) -> None:
    """3.5."""
    made = visitor.contact()
    visitor.approved(Date="2026-08-01", DueDate="2026-08-02")
    read = visitor.one(f"Contacts/{made['ContactID']}")
    assert read["Balances"]["AccountsReceivable"] == {"Outstanding": 23, "Overdue": 23}
    assert read["Balances"]["AccountsPayable"] == {"Outstanding": 0, "Overdue": 0}
    assert read["UpdatedDateUTC"] == made["UpdatedDateUTC"]


# Matching


@pytest.mark.behaviour("xero", 9, 16)
def test_put_refuses_a_name_in_any_case_and_a_number(visitor: Visitor) -> None:
    visitor.contact("Acme", ContactNumber="7")
    assert visitor.refused("PUT", "Contacts", {"Name": "ACME"}) == [name_taken("ACME")]
    assert visitor.refused("PUT", "Contacts", {"Name": "Other", "ContactNumber": "7"}) == [number_taken("7")]
    assert visitor.refused("PUT", "Contacts", {"EmailAddress": "a@b.example"}) == [NO_IDENTITY]


@pytest.mark.behaviour("xero", 9)
def test_post_finds_by_id_then_number_then_name(visitor: Visitor) -> None:
    """3.8: so a POST meant as a create overwrites."""
    by_name, by_number = visitor.contact("Acme"), visitor.contact("Beta", ContactNumber="7")
    hit = visitor.post("Contacts", {"Name": "acme", "FirstName": "N"})
    assert (hit["ContactID"], hit["Name"]) == (by_name["ContactID"], "acme")
    hit = visitor.post("Contacts", {"Name": "Gamma", "ContactNumber": "7"})
    assert (hit["ContactID"], hit["Name"]) == (by_number["ContactID"], "Gamma")
    hit = visitor.post("Contacts", {"ContactID": by_name["ContactID"], "Name": "Delta"})
    assert hit["Name"] == "Delta"
    assert visitor.post("Contacts", {"Name": "New one"})["ContactID"] not in (
        by_name["ContactID"],
        by_number["ContactID"],
    )


@pytest.mark.behaviour("xero", 9)
def test_an_unknown_id_is_404_for_the_whole_request(visitor: Visitor) -> None:
    """3.8: nothing of the batch is saved."""
    element = {"ContactID": "00000000-0000-0000-0000-000000000009", "Name": "X"}
    answer = visitor.ask("POST", "Contacts", {"Contacts": [{"Name": "First"}, element]}, summarizeErrors="false")
    assert answer.status_code == 404
    assert visitor.rows("Contacts") == []
    assert visitor.ask("POST", f"Contacts/{element['ContactID']}", {"Name": "X"}).status_code == 404


@pytest.mark.behaviour("xero", 16)
def test_renaming_onto_another_contact_is_refused(visitor: Visitor) -> None:
    visitor.contact("Acme")
    other = visitor.contact("Beta")
    assert visitor.refused("POST", "Contacts", {"ContactID": other["ContactID"], "Name": "Acme"}) == [
        name_taken("Acme")
    ]


@pytest.mark.behaviour("xero", 16)
def test_names_may_stop_being_unique() -> None:
    """3.13: announced; a switch."""
    visitor = Visitor(names_unique=False)
    first, second = visitor.contact("Acme"), visitor.contact("Acme")
    assert first["ContactID"] != second["ContactID"]
    assert visitor.post("Contacts", {"Name": "Acme"})["ContactID"] not in (first["ContactID"], second["ContactID"])


# Rules


@pytest.mark.behaviour("xero", 21)
@pytest.mark.parametrize(
    ("element", "message"),
    [
        ({"EmailAddress": "not an address"}, "Email address must be valid."),
        ({"EmailAddress": "jürgen@example.com"}, "Email address must be valid."),
        ({"ContactPersons": [{"EmailAddress": "x"}]}, "Email address must be valid."),
        (
            {"ContactPersons": [{"FirstName": str(n)} for n in range(6)]},
            "A contact can have at most 5 contact persons.",
        ),
        ({"DefaultCurrency": "EUR"}, "Users Organisation is not subscribed to currency EUR"),
        ({"Name": "a <b>"}, "The contact name must not contain < or >."),
        ({"Name": "two  spaces"}, "The contact name must not contain leading, trailing or repeated spaces."),
        ({"ContactNumber": "9" * 51}, "The ContactNumber field must not exceed 50 characters."),
        ({"Name": "n" * 256}, "The Name field must not exceed 255 characters."),
        (
            {"Phones": [{"PhoneType": "DDI", "PhoneAreaCode": "1" * 11}]},
            "The PhoneAreaCode field must not exceed 10 characters.",
        ),
        (
            {"Addresses": [{"AddressType": "POBOX", "Country": "c" * 51}]},
            "The Country field must not exceed 50 characters.",
        ),
    ],
)
def test_what_is_wrong_is_said(visitor: Visitor, element: dict[str, Any], message: str) -> None:
    """3.9, B21."""
    assert visitor.refused("PUT", "Contacts", {"Name": "Acme", **element}) == [message]


def test_everything_wrong_is_said_at_once(visitor: Visitor) -> None:
    assert len(visitor.refused("PUT", "Contacts", {"Name": "Acme", "EmailAddress": "x", "DefaultCurrency": "X"})) == 2


@pytest.mark.behaviour("xero", 21)
@pytest.mark.parametrize(
    "element",
    [
        {"ContactStatus": "SLEEPING"},
        {"ContactPersons": "nobody"},
        {"Phones": [{"PhoneNumber": "1"}]},
        {"Addresses": [{"AddressType": "HOME"}]},
        {"PaymentTerms": {"Sales": {"Type": "OFCURRENTMONTH"}}},
        {"ContactID": "not-a-guid"},
    ],
)
def test_wrong_types_are_the_bodys_fault(visitor: Visitor, element: dict[str, Any]) -> None:
    answer = visitor.ask("PUT", "Contacts", {"Contacts": [{"Name": "Acme", **element}]})
    assert (answer.status_code, body(answer)["ErrorNumber"]) == (400, 14)


@pytest.mark.behaviour("xero", 21)
def test_spaces_may_be_trimmed_instead_of_refused() -> None:
    assert Visitor(name_spaces="trim").contact(" two  spaces ")["Name"] == "two spaces"


@pytest.mark.behaviour("xero", 7, 17)
def test_what_a_contact_is_cannot_be_sent_and_follows_from_its_documents(visitor: Visitor) -> None:
    """3.13: sent true, returned false; the change later moves no modified time."""
    made = visitor.contact(IsCustomer=True, IsSupplier=True)
    assert (made["IsCustomer"], made["IsSupplier"]) == (False, False)
    visitor.service.clock.advance(10)
    visitor.invoice()
    after = visitor.one("Contacts")
    assert (after["IsCustomer"], after["IsSupplier"]) == (True, False)
    assert after["UpdatedDateUTC"] == made["UpdatedDateUTC"]
    visitor.invoice(Type="ACCPAY", LineItems=[line(AccountCode="300")])
    assert visitor.one("Contacts")["IsSupplier"] is True


def test_persons_are_replaced_as_a_whole_when_they_are_sent(visitor: Visitor) -> None:
    made = visitor.put("Contacts", full())
    kept = visitor.post("Contacts", {"ContactID": made["ContactID"], "FirstName": "Other"})
    assert len(kept["ContactPersons"]) == 1
    assert visitor.post("Contacts", {"ContactID": made["ContactID"], "ContactPersons": []})["ContactPersons"] == []


def test_a_type_of_phone_that_is_not_sent_stays(visitor: Visitor) -> None:
    made = visitor.put("Contacts", full())
    sent = {"ContactID": made["ContactID"], "Phones": [{"PhoneType": "DDI", "PhoneNumber": "1"}]}
    numbers = {phone["PhoneType"]: phone["PhoneNumber"] for phone in visitor.post("Contacts", sent)["Phones"]}
    assert numbers == {"DDI": "1", "MOBILE": "555-0101", "DEFAULT": "", "FAX": ""}


@pytest.mark.behaviour("xero", 20)
@pytest.mark.parametrize(
    ("switches", "value", "after"),
    [
        ({}, "", ""),
        ({"empty_clears": False}, "", "Aroha"),
        ({}, None, "Aroha"),
        ({"null_clears": True}, None, ""),
    ],
)
def test_clearing_is_a_switch(switches: dict[str, Any], value: str | None, after: str) -> None:
    """8: nobody has verified whether "" or null clears."""
    visitor = Visitor(**switches)
    made = visitor.put("Contacts", full())
    assert visitor.post("Contacts", {"ContactID": made["ContactID"], "FirstName": value})["FirstName"] == after


@pytest.mark.behaviour("xero", 20)
def test_unknown_fields_are_ignored_or_refused() -> None:
    assert Visitor().contact(Colour="red")
    refused = Visitor(unknown_fields="refuse").ask("PUT", "Contacts", {"Contacts": [{"Name": "A", "Colour": "red"}]})
    assert (refused.status_code, body(refused)["ErrorNumber"]) == (400, 14)


# Archiving and merging


@pytest.mark.behaviour("xero", 16)
def test_archiving_hides_and_locks(visitor: Visitor) -> None:
    """B16: allowed with a standing invoice; afterwards every edit is refused, un-archiving and re-archiving too."""
    contact_id = visitor.contact()["ContactID"]
    visitor.approved()
    archived = visitor.post("Contacts", {"ContactID": contact_id, "ContactStatus": "ARCHIVED"})
    assert archived["ContactStatus"] == "ARCHIVED"
    assert visitor.rows("Contacts") == []
    assert len(visitor.rows("Contacts", includeArchived="true")) == 1
    assert visitor.one(f"Contacts/{contact_id}")["ContactStatus"] == "ARCHIVED"
    for change in ({"FirstName": "X"}, {"ContactStatus": "ACTIVE"}, {"ContactStatus": "ARCHIVED"}):
        assert visitor.refused("POST", "Contacts", {"ContactID": contact_id, **change}) == [ARCHIVED_LOCK]


@pytest.mark.behaviour("xero", 16)
@pytest.mark.parametrize(("reuse", "good"), [(True, True), (False, False)])
def test_whether_an_archived_name_is_free_is_a_switch(reuse: bool, good: bool) -> None:
    visitor = Visitor(archived_name_reuse=reuse)
    visitor.person("archive", "Contacts", visitor.contact()["ContactID"])
    for method in ("PUT", "POST"):
        answer = visitor.ask(method, "Contacts", {"Contacts": [{"Name": "Acme"}]})
        assert (answer.status_code == 200) is good
        if good:
            visitor.person("archive", "Contacts", body(answer)["Contacts"][0]["ContactID"])


@pytest.mark.behaviour("xero", 16)
def test_a_number_stays_taken_by_an_archived_contact(visitor: Visitor) -> None:
    made = visitor.contact(ContactNumber="7")
    visitor.person("archive", "Contacts", made["ContactID"])
    assert visitor.refused("PUT", "Contacts", {"Name": "B", "ContactNumber": "7"}) == [number_taken("7")]
    assert visitor.refused("POST", "Contacts", {"Name": "B", "ContactNumber": "7"}) == [ARCHIVED_LOCK]


@pytest.mark.behaviour("xero", 16)
def test_a_merged_contact_is_archived_and_points_to_the_other(visitor: Visitor) -> None:
    """3.13: the pointer shows when paging or asking for one, not in a plain list; documents move."""
    source, into = visitor.contact("Acme"), visitor.contact("Acme Ltd")
    invoice, order = visitor.invoice(), visitor.order()
    visitor.person("merge", "Contacts", source["ContactID"], into=into["ContactID"])
    paged = {row["Name"]: row for row in visitor.rows("Contacts", page=1, includeArchived="true")}
    assert (paged["Acme"]["ContactStatus"], paged["Acme Ltd"]["ContactStatus"]) == ("ARCHIVED", "ACTIVE")
    assert paged["Acme"]["MergedToContactID"] == into["ContactID"]
    assert paged["Acme Ltd"]["IsCustomer"] is True
    assert not any("MergedToContactID" in row for row in visitor.rows("Contacts", includeArchived="true"))
    assert visitor.one(f"Contacts/{source['ContactID']}")["MergedToContactID"] == into["ContactID"]
    for path in (f"Invoices/{invoice['InvoiceID']}", f"PurchaseOrders/{order['PurchaseOrderID']}"):
        assert visitor.one(path)["Contact"]["ContactID"] == into["ContactID"]
