"""The people of a Xero contact: their numbers over time, and how they are written all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.entities.persons import Person, numbered
from extension.sync.canonical import XERO, ZOHO, Fields
from extension.sync.errors import Cannot
from extension.sync.model import Record, Ref, Row
from tests.unit.books import (
    ACME,
    ACME_CRM,
    JOHN,
    NOBODY,
    Known,
    created,
    crm_contact,
    part,
    person,
    registry,
    shop,
    view,
    xero_contact,
)

BOOKS = registry()
CONTACT = BOOKS.entity("contact")


def people(row: Row, known: Sequence[Record] = ()) -> list[Record]:
    return [v for v in BOOKS.views(XERO, row, known) if v.entity == "contact"]


def crew(*others: dict[str, Any], **primary: Any) -> Row:
    return xero_contact(ContactPersons=list(others), **primary)


ANN = {"FirstName": "Ann", "LastName": "Lee", "EmailAddress": "ann@acme.example"}
BOB, CY, DEE = person("Bob", "Ray", "bob@acme.example"), person("Cy", "Ng"), person("Dee", "Fox", "dee@acme.example")


def told(views: Sequence[Record]) -> dict[str, str]:
    """Who has which number."""
    return {v.id.rpartition("/")[2]: v.title if v.state != "gone" else f"-{v.title}" for v in views}


# ------------------------------------------------------------------ views


def test_a_person_of_the_crm() -> None:
    record = view(BOOKS, ZOHO, crm_contact(), "contact")
    assert record.keys == ("e:john@acme.example", "n:john smith")
    assert record.scope == Ref("account", ACME_CRM)
    assert (record.refs, record.demands, record.title) == ((record.scope,), (), "John Smith")
    alone = view(BOOKS, ZOHO, crm_contact(Account_Name=None, Email=None), "contact")
    assert (alone.scope, alone.refs, alone.keys) == (None, (), ("n:john smith",))


def test_people_are_numbered_by_place_at_first() -> None:
    views = people(crew(BOB, CY, **ANN))
    assert told(views) == {"0": "Ann Lee", "1": "Bob Ray", "2": "Cy Ng"}
    first = views[0]
    assert (first.id, first.remote, first.handle) == (f"{ACME}/0", ACME, f"{ACME}/0")
    assert first.scope == Ref("account", ACME)
    assert first.fields == {
        "first_name": "Ann",
        "last_name": "Lee",
        "email": "ann@acme.example",
        "account": ACME,
        "add_to_xero": True,
        "xero_id": f"{ACME}/0",
        "xero_url": f"https://go.xero.com/app/!ab12/contacts/contact/{ACME}",
    }
    assert set(first.fields) == set(CONTACT.rules)
    assert first.births
    assert first.demands == ()


@pytest.mark.parametrize(
    ("primary", "titles"),
    [
        ({}, []),
        ({"FirstName": " ", "LastName": "", "EmailAddress": None}, []),
        ({"EmailAddress": "info@acme.example"}, ["info@acme.example"]),
        ({"FirstName": "Ann"}, ["Ann"]),
    ],
)
def test_a_primary_person_is_one_where_something_is_filled_in(primary: dict[str, Any], titles: list[str]) -> None:
    assert [v.title for v in people(crew(**primary))] == titles


def test_the_contact_made_for_one_person_is_stamped_with_them() -> None:
    ann, bob = people(crew(BOB, **ANN, ContactNumber=JOHN))
    assert (ann.stamp, bob.stamp) == (JOHN, None)


# ------------------------------------------------------------------ numbers over time


@pytest.mark.parametrize(
    ("after", "numbers"),
    [
        (crew(BOB, CY, **ANN), {"0": "Ann Lee", "1": "Bob Ray", "2": "Cy Ng"}),
        (crew(ANN, CY, **BOB), {"0": "Ann Lee", "1": "Bob Ray", "2": "Cy Ng"}),
        (crew(CY, BOB, **ANN), {"0": "Ann Lee", "1": "Bob Ray", "2": "Cy Ng"}),
        (crew(CY, **ANN), {"0": "Ann Lee", "1": "-Bob Ray", "2": "Cy Ng"}),
        (crew(BOB, CY, DEE, **ANN), {"0": "Ann Lee", "1": "Bob Ray", "2": "Cy Ng", "3": "Dee Fox"}),
        (crew(DEE, BOB, CY, **ANN), {"0": "Ann Lee", "1": "Bob Ray", "2": "Cy Ng", "3": "Dee Fox"}),
        (crew(BOB, CY, **{**ANN, "LastName": "Lee-Wu"}), {"0": "Ann Lee-Wu", "1": "Bob Ray", "2": "Cy Ng"}),
        (crew(BOB, CY, **{**ANN, "EmailAddress": "a.lee@x.org"}), {"0": "Ann Lee", "1": "Bob Ray", "2": "Cy Ng"}),
        (crew(BOB, person("Cyrus", "Ng"), **ANN), {"0": "Ann Lee", "1": "Bob Ray", "2": "Cyrus Ng"}),
        (crew(CY, BOB), {"0": "-Ann Lee", "1": "Bob Ray", "2": "Cy Ng"}),
        (crew(BOB, DEE, **ANN), {"0": "Ann Lee", "1": "Bob Ray", "2": "-Cy Ng", "3": "Dee Fox"}),
        (crew(), {"0": "-Ann Lee", "1": "-Bob Ray", "2": "-Cy Ng"}),
    ],
    ids=[
        "unchanged",
        "swapped with the primary",
        "reordered",
        "removed",
        "added",
        "added first",
        "renamed",
        "new address",
        "the single leftover, alike",
        "primary removed",
        "one left and another came",
        "all gone",
    ],
)
def test_a_number_is_the_person_whatever_the_place(after: Row, numbers: dict[str, str]) -> None:
    before = people(crew(BOB, CY, **ANN))
    assert told(people(after, before)) == numbers


def test_who_comes_back_is_the_same_and_who_is_new_is_not() -> None:
    before = people(crew(BOB, CY, **ANN))
    without = people(crew(CY, **ANN), before)
    assert told(without)["1"] == "-Bob Ray"
    assert "1" not in told(people(crew(CY, **ANN), without)), "who is known to be gone is not told again"
    back = people(crew(DEE, BOB, CY, **ANN), without)
    assert told(back) == {"0": "Ann Lee", "1": "Bob Ray", "2": "Cy Ng", "3": "Dee Fox"}


def test_a_number_is_never_given_twice() -> None:
    only_ann = people(crew(**ANN), people(crew(BOB, CY, **ANN)))
    assert told(people(crew(DEE, **ANN), only_ann)) == {"0": "Ann Lee", "3": "Dee Fox"}


def test_the_gone_are_told_again_under_a_new_mapping() -> None:
    gone = people(crew(**ANN), people(crew(BOB, **ANN)))
    old = [Record(**{**vars(v), "version": 7}) for v in gone]
    assert told(people(crew(**ANN), old)) == {"0": "Ann Lee", "1": "-Bob Ray"}


def test_an_archived_contact_and_back() -> None:
    row = crew(BOB, **ANN)
    before = people(row)
    archived = people(Row(row.feed, row.id, row.modified, row.body, "archived"), before)
    assert told(archived) == {"0": "-Ann Lee", "1": "-Bob Ray"}
    assert told(people(crew(ANN, **BOB), archived)) == {"0": "Ann Lee", "1": "Bob Ray"}


def test_two_with_one_address_stay_apart_by_name() -> None:
    shared = [person(name, "Lee", "office@acme.example") for name in ("Ann", "Bo", "Cy")]
    before = people(crew(*shared))
    assert told(before) == {"1": "Ann Lee", "2": "Bo Lee", "3": "Cy Lee"}
    assert told(people(crew(shared[2], shared[0]), before)) == {"1": "Ann Lee", "2": "-Bo Lee", "3": "Cy Lee"}


NAMES = st.sampled_from([None, "Ann", "Bob", "Cy"])
MAILS = st.sampled_from([None, "a@x.org", "b@x.org"])
CROWD = st.lists(st.builds(Person, st.just(1), NAMES, NAMES, MAILS), max_size=6)


@given(CROWD, CROWD)
def test_everybody_has_one_number(before: list[Person], after: list[Person]) -> None:
    before, after = ([Person(n, p.first, p.last, p.email) for n, p in enumerate(crowd)] for crowd in (before, after))
    first = numbered(before, {}, {})
    known: dict[int, Fields] = {n: p.fields for n, p in first.items()}
    found = numbered(after, known, {})
    assert sorted(id(p) for p in found.values()) == sorted(id(p) for p in after)
    again = numbered(list(reversed(after)), {n: p.fields for n, p in found.items()}, {})
    assert {n: p.fields for n, p in again.items()} == {n: p.fields for n, p in found.items()}, "order does not matter"


# ------------------------------------------------------------------ writing


def test_a_new_person_joins_the_others() -> None:
    row = crew(BOB, **ANN)
    source = view(BOOKS, ZOHO, crm_contact(), "contact")
    fields = created(BOOKS, XERO, source, Known(*shop(BOOKS)))
    write = part("contact", "create", XERO, fields, parent=ACME, source=source)
    assert BOOKS.body(XERO, "Contacts", [write], row) == {
        "ContactID": ACME,
        **ANN,
        "ContactPersons": [BOB, person("John", "Smith", "john@acme.example")],
    }
    probe = BOOKS.probe(write)
    assert (probe.key, probe.parent) == ("john@acme.example", ACME)


def test_the_first_one_becomes_the_primary_where_that_is_blank() -> None:
    writes = [
        part("contact", "create", XERO, {"first_name": "Ann", "last_name": "Lee"}, parent=ACME),
        part("contact", "create", XERO, {"last_name": "Ray", "email": "bob@acme.example"}, parent=ACME),
    ]
    assert BOOKS.body(XERO, "Contacts", writes, crew()) == {
        "ContactID": ACME,
        "FirstName": "Ann",
        "LastName": "Lee",
        "EmailAddress": "",
        "ContactPersons": [{"LastName": "Ray", "EmailAddress": "bob@acme.example", "IncludeInEmails": False}],
    }


def test_changes_find_their_person_and_keep_the_rest() -> None:
    row = crew({**BOB, "IncludeInEmails": True}, CY, **ANN)
    ann, bob, cy = people(row)
    writes = [
        part("contact", "update", XERO, {"email": None}, ann),
        part("contact", "update", XERO, {"first_name": "Rob"}, bob),
        part("contact", "retire", XERO, {}, cy, policy="archive"),
    ]
    assert BOOKS.body(XERO, "Contacts", writes, row) == {
        "ContactID": ACME,
        **ANN,
        "EmailAddress": "",
        "ContactPersons": [{**BOB, "FirstName": "Rob", "IncludeInEmails": True}],
    }


def test_the_primary_person_can_leave() -> None:
    row = crew(BOB, **ANN)
    write = part("contact", "retire", XERO, {}, people(row)[0], policy="archive")
    body = BOOKS.body(XERO, "Contacts", [write], row)
    assert (body["FirstName"], body["LastName"], body["EmailAddress"]) == ("", "", "")
    assert body["ContactPersons"] == [BOB]


def test_a_seventh_person_is_held() -> None:
    row = crew(*(person(f"P{n}", "Extra") for n in range(5)), **ANN)
    with pytest.raises(Cannot) as held:
        BOOKS.body(XERO, "Contacts", [part("contact", "create", XERO, {"last_name": "X"}, parent=ACME)], row)
    assert held.value.reason == "person_limit"
    assert CONTACT.capacity == {ZOHO: None, XERO: 6}


def test_people_are_not_written_into_a_row_that_was_not_read() -> None:
    with pytest.raises(Cannot):
        BOOKS.body(XERO, "Contacts", [part("contact", "create", XERO, {"last_name": "X"}, parent=ACME)], None)
    row = crew(BOB, **ANN)
    write = part("contact", "update", XERO, {"email": None}, people(row)[1])
    with pytest.raises(Cannot) as held:
        BOOKS.body(XERO, "Contacts", [write], crew(CY, DEE, **ANN))
    assert held.value.reason == "stale"


def test_a_person_without_a_company_is_a_contact_of_their_own() -> None:
    source = view(BOOKS, ZOHO, crm_contact(Account_Name=None), "contact")
    fields = created(BOOKS, XERO, source, NOBODY)
    assert BOOKS.body(XERO, "Contacts", [part("contact", "create", XERO, fields, source=source)], None) == {
        "Name": "John Smith",
        "FirstName": "John",
        "LastName": "Smith",
        "EmailAddress": "john@acme.example",
        "ContactNumber": JOHN,
    }


# ------------------------------------------------------------------ into the CRM


def test_a_person_from_xero_belongs_to_their_account() -> None:
    _, bob = people(crew(BOB, **ANN))
    fields = created(BOOKS, ZOHO, bob, Known(*shop(BOOKS)))
    assert fields["account"] == ACME_CRM
    write = part("contact", "create", ZOHO, fields, parent=ACME_CRM, source=bob)
    assert BOOKS.body(ZOHO, "Contacts", [write], None) == {
        "First_Name": "Bob",
        "Last_Name": "Ray",
        "Email": "bob@acme.example",
        "Account_Name": {"id": ACME_CRM},
        "Add_to_Xero": True,
        "Xero_ID": f"{ACME}/1",
        "Xero_URL": f"https://go.xero.com/app/!ab12/contacts/contact/{ACME}",
    }


def test_the_crm_needs_a_last_name() -> None:
    (nameless,) = people(crew(EmailAddress="info@acme.example"))
    assert created(BOOKS, ZOHO, nameless, Known(*shop(BOOKS)))["last_name"] == "info"
    (single,) = people(crew(FirstName="Madonna"))
    with pytest.raises(Cannot) as held:
        created(BOOKS, ZOHO, single, Known(*shop(BOOKS)))
    assert held.value.reason == "no_last_name"


# ------------------------------------------------------------------ finding again


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"first_name": "Bob", "last_name": "Ray", "email": "bob@acme.example"}, "1"),
        ({"first_name": "Robert", "email": "BOB@acme.example"}, "1"),
        ({"first_name": "Cy", "last_name": "Ng"}, "3"),
        ({"first_name": "Zed"}, None),
    ],
)
def test_a_written_person_is_found_among_the_others(fields: Fields, number: str | None) -> None:
    views = BOOKS.views(XERO, crew(BOB, CY, CY, **ANN), [])
    found = BOOKS.locate(part("contact", "create", XERO, fields, parent=ACME), views, [])
    assert (found.id.rpartition("/")[2] if found else None) == number


def test_who_was_found_is_not_found_again() -> None:
    views = BOOKS.views(XERO, crew(CY, CY, **ANN), [])
    write = part("contact", "create", XERO, {"first_name": "Cy", "last_name": "Ng"}, parent=ACME)
    found = BOOKS.locate(write, views, [f"{ACME}/2"])
    assert found is not None
    assert found.id == f"{ACME}/1"
