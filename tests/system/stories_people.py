"""What people do with people: contacts of the CRM, and those of one Xero contact."""

from __future__ import annotations

from extension.sync.canonical import ZOHO
from tests.system.cast import Pair, Told, Town, story
from tests.system.switch_rig import Row


def people(row: Row) -> list[tuple[str, str]]:
    """Everybody in a Xero contact: name and mailbox."""
    everybody = [row, *row["ContactPersons"]]
    found = [
        (f"{p.get('FirstName', '')} {p.get('LastName', '')}".strip(), p.get("EmailAddress", "")) for p in everybody
    ]
    return [person for person in found if any(person)]


def staff(town: Town, it: Pair) -> dict[str, Row]:
    """The CRM's contacts of a company by name."""
    rows = town.rig.listed(ZOHO, "Contacts")
    return {p["Full_Name"]: p for p in rows if p["Account_Name"] and p["Account_Name"]["id"] == it.link.ids[ZOHO]}


def company(town: Town, at_least: int = 1) -> Pair:
    """An account whose people are the same on both sides, each with a name and a mailbox."""

    def fits(p: Pair) -> bool:
        ours = {(row["Full_Name"], row["Email"]) for row in staff(town, p).values() if row.get("Xero_ID", True)}
        theirs = people(p.books)
        every = all(name and box for name, box in theirs)
        return len(theirs) >= at_least and every and ours == set(theirs) and len(theirs) <= 5

    return town.take("account", fits)


def others(it: Pair) -> list[Row]:
    return [dict(person) for person in it.books["ContactPersons"]]


@story
def person_edited_in_crm(town: Town) -> Told:
    it = company(town)
    one = next(iter(staff(town, it).values()))
    town.rig.people(ZOHO, "edit", "Contacts", one["id"], Email="new.box@example.com")
    yield
    assert (one["Full_Name"], "new.box@example.com") in people(it.books)
    assert len(people(it.books)) == len(staff(town, it))


@story
def primary_person_edited_in_xero(town: Town) -> Told:
    it = company(town)
    before = len(staff(town, it))
    it.in_xero(FirstName="Marama", LastName=it.books["LastName"])
    yield
    assert f"Marama {it.books['LastName']}" in staff(town, it)
    assert len(staff(town, it)) == before


@story
def person_renamed_in_xero(town: Town) -> Told:
    it = company(town, 2)
    before, mine = len(staff(town, it)), others(it)
    mine[0]["LastName"] = "Married-Name"
    it.in_xero(ContactPersons=mine)
    yield
    assert staff(town, it)[f"{mine[0]['FirstName']} Married-Name"]["Email"] == mine[0]["EmailAddress"]
    assert len(staff(town, it)) == before


@story
def person_with_another_mailbox_in_xero(town: Town) -> Told:
    it = company(town, 2)
    before, mine = len(staff(town, it)), others(it)
    mine[0]["EmailAddress"] = "moved@example.com"
    it.in_xero(ContactPersons=mine)
    yield
    assert staff(town, it)[f"{mine[0]['FirstName']} {mine[0]['LastName']}"]["Email"] == "moved@example.com"
    assert len(staff(town, it)) == before


@story
def person_added_in_xero(town: Town) -> Told:
    it = company(town)
    fresh = {"FirstName": "Wiremu", "LastName": "Newcomer", "EmailAddress": "wiremu@example.com"}
    it.in_xero(ContactPersons=[*others(it), {**fresh, "IncludeInEmails": True}])
    yield
    assert staff(town, it)["Wiremu Newcomer"]["Email"] == "wiremu@example.com"
    assert [p["IncludeInEmails"] for p in it.books["ContactPersons"] if p["FirstName"] == "Wiremu"] == [True]


@story
def person_added_in_crm(town: Town) -> Told:
    it = company(town)
    before = people(it.books)
    told = {"First_Name": "Hana", "Last_Name": "Newcomer", "Email": "hana@example.com", "Add_to_Xero": True}
    town.rig.people(ZOHO, "create", "Contacts", Account_Name={"id": it.link.ids[ZOHO]}, **told)
    yield
    assert sorted(people(it.books)) == sorted([*before, ("Hana Newcomer", "hana@example.com")])
    assert staff(town, it)["Hana Newcomer"].get("Xero_ID", True)


@story
def person_removed_in_xero(town: Town) -> Told:
    it = company(town, 2)
    gone, *stay = others(it)
    it.in_xero(ContactPersons=stay)
    yield
    name = f"{gone['FirstName']} {gone['LastName']}"
    assert name in staff(town, it), "nobody is deleted without a word"
    assert name not in dict(people(it.books)), "nobody is put back against a person's will"
    assert "gone" in town.rig.held("contact", staff(town, it)[name]["id"])


@story
def person_deleted_in_crm(town: Town) -> Told:
    it = company(town, 2)
    before = people(it.books)
    name, one = next(iter(staff(town, it).items()))
    town.rig.people(ZOHO, "delete", "Contacts", one["id"])
    yield
    assert people(it.books) == before
    assert name not in staff(town, it)


@story
def primary_person_swapped_in_xero(town: Town) -> Told:
    it = company(town, 2)
    before = {name: row["id"] for name, row in staff(town, it).items()}
    was, mine = it.books, others(it)
    first, rest = mine[0], mine[1:]
    old = {name: was[name] for name in ("FirstName", "LastName", "EmailAddress")}
    new = {name: first[name] for name in ("FirstName", "LastName", "EmailAddress")}
    it.in_xero(**new, ContactPersons=[{**old, "IncludeInEmails": False}, *rest])
    one = town.rig.row(ZOHO, "Contacts", before[f"{old['FirstName']} {old['LastName']}"])
    town.rig.people(ZOHO, "edit", "Contacts", one["id"], Email="swapped@example.com")
    yield
    assert {name: row["id"] for name, row in staff(town, it).items()} == before
    assert it.books["EmailAddress"] == new["EmailAddress"], "the swap stands"
    assert (one["Full_Name"], "swapped@example.com") in people(it.books)[1:]


@story
def person_edited_on_both_sides(town: Town) -> Told:
    it = company(town)
    was = it.books
    one = staff(town, it)[f"{was['FirstName']} {was['LastName']}"]
    town.rig.people(ZOHO, "edit", "Contacts", one["id"], First_Name="Kiri")
    it.in_xero(EmailAddress="kiri@example.com")
    yield
    assert ("Kiri " + was["LastName"], "kiri@example.com") in people(it.books)
    assert staff(town, it)["Kiri " + was["LastName"]]["Email"] == "kiri@example.com"


@story
def mailbox_that_xero_refuses(town: Town) -> Told:
    it = company(town)
    before, one = people(it.books), next(iter(staff(town, it).values()))
    town.rig.people(ZOHO, "edit", "Contacts", one["id"], Email="jürgen@example.com", First_Name="Jürgen")
    yield
    assert "email_refused" in town.rig.held("contact", one["id"])
    assert [box for _, box in people(it.books)] == [box for _, box in before]
    assert any(name.startswith("Jürgen ") for name, _ in people(it.books)), "the other field travels"


@story
def person_moved_to_another_company(town: Town) -> Told:
    it, to = company(town, 2), town.account()
    one = list(staff(town, it).values())[-1]
    before, there = people(it.books), people(to.books)
    town.rig.people(ZOHO, "edit", "Contacts", one["id"], Account_Name={"id": to.link.ids[ZOHO]})
    yield
    assert town.rig.row(ZOHO, "Contacts", one["id"])["Account_Name"]["id"] == to.link.ids[ZOHO]
    moved = (one["Full_Name"], one["Email"])
    assert town.rig.held("contact", one["id"]) or (moved in people(to.books) and moved not in people(it.books))
    assert len(people(it.books)) + len(people(to.books)) == len(before) + len(there)


@story
def one_person_entered_on_both_sides(town: Town) -> Told:
    it = company(town)
    before = len(people(it.books))
    told = {"First_Name": "Two", "Last_Name": "Times", "Email": "Two.Times@example.com", "Add_to_Xero": True}
    town.rig.people(ZOHO, "create", "Contacts", Account_Name={"id": it.link.ids[ZOHO]}, **told)
    fresh = {"FirstName": "Two", "LastName": "Times", "EmailAddress": "two.times@example.com"}
    it.in_xero(ContactPersons=[*others(it), fresh])
    yield
    assert len(people(it.books)) == before + 1
    assert list(staff(town, it)).count("Two Times") == 1
    assert town.rig.held("contact", staff(town, it)["Two Times"]["id"]) == set()


@story
def person_too_many_in_crm(town: Town) -> Told:
    it = town.take("account", lambda p: len(people(p.books)) == 6)
    told = {"First_Name": "Number", "Last_Name": "Seven", "Email": "seven@example.com", "Add_to_Xero": True}
    town.rig.people(ZOHO, "create", "Contacts", Account_Name={"id": it.link.ids[ZOHO]}, **told)
    yield
    assert len(people(it.books)) == 6
    assert town.rig.held("contact", staff(town, it)["Number Seven"]["id"]) == {"person_limit"}


@story
def person_who_left_the_company_in_crm(town: Town) -> Told:
    it = company(town, 2)
    before, one = people(it.books), list(staff(town, it).values())[-1]
    town.rig.people(ZOHO, "edit", "Contacts", one["id"], Account_Name=None)
    yield
    assert town.rig.row(ZOHO, "Contacts", one["id"])["Account_Name"] is None, "nobody is put back"
    assert town.rig.held("contact", one["id"]) or (one["Full_Name"], one["Email"]) not in people(it.books)
    assert len(people(it.books)) in (len(before), len(before) - 1)


@story
def person_removed_and_added_again_in_xero(town: Town) -> Told:
    it = company(town, 2)
    before, everybody = {name: row["id"] for name, row in staff(town, it).items()}, others(it)
    it.in_xero(ContactPersons=everybody[1:])
    town.settle()
    it.in_xero(ContactPersons=everybody)
    yield
    assert {name: row["id"] for name, row in staff(town, it).items()} == before
    assert [town.rig.held("contact", id_) for id_ in before.values()] == [set()] * len(before)
