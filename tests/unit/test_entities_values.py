"""Values as both sides hold them, paths into native rows, and what fits into a field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.entities import values
from extension.entities.catalogue import ACCOUNT
from extension.entities.fetched import read
from extension.entities.field_rows import field_map
from extension.entities.fields import KINDS, FieldMap, fitted
from extension.entities.native import Body, Path, Reader, write
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput, Cannot
from extension.sync.model import Record
from tests.unit.books import NOW

D = Decimal
NOTHING = read({})
SOMEBODY = Record("account", "zoho", "1", "1", "Accounts", NOW, {"code": "C-1", "number": None})


@pytest.mark.parametrize(
    ("clean", "given_", "found"),
    [
        (values.text, "  a b  ", "a b"),
        (values.text, "   ", None),
        (values.text, 12, "12"),
        (values.name, " Tasman   Timber\tCrafts ", "Tasman Timber Crafts"),
        (values.choice, "-None-", None),
        (values.choice, "Approved", "Approved"),
        (values.number, D("1.50"), D("1.5")),
        (values.number, 333, D(333)),
        (values.number, "5.90", D("5.9")),
        (values.number, True, None),
        (values.number, "abc", None),
        (values.number, D("-0.0"), D(0)),
        (values.amount, None, D(0)),
        (values.day, "2026-09-14T00:00:00", "2026-09-14"),
        (values.day, "", None),
        (values.lookup, {"id": "17", "name": "x"}, "17"),
        (values.lookup, "17", "17"),
        (values.lookup, None, None),
        (values.truth, "true", True),
        (values.truth, None, False),
        (values.zoho_id, "5843104000000100001", "5843104000000100001"),
        (values.zoho_id, "CUST-0042", None),
        (values.zoho_id, "٣" * 18, None),
        (values.zoho_id, None, None),
    ],
)
def test_native_values_become_canonical(clean: Any, given_: Any, found: Any) -> None:
    assert clean(given_) == found


def test_zero_has_no_sign() -> None:
    assert str(values.number(D("-0.00"))) == "0"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Acme  Parts", "ACME PARTS"),
        ("Le Petit Cafe\u0301", "Le Petit Café"),
        ("ﬁne", "FINE"),
        ("Straße", "STRASSE"),
        ("墨尔本　Office", "墨尔本 office"),
    ],
)
def test_keys_that_mean_the_same(one: str, two: str) -> None:
    assert values.key(one) == values.key(two)


@pytest.mark.parametrize(("one", "two"), [("Acme Ltd", "Acme Limited"), ("Acme.", "Acme"), ("Müller", "Mueller")])
def test_keys_never_guess(one: str, two: str) -> None:
    assert values.key(one) != values.key(two)


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    found = values.key(name)
    assert values.key(found) == found


# ------------------------------------------------------------------ paths


@pytest.mark.parametrize("path", ["", "A.B.C", "Phones.Number[X]", "Things[X]", "a b"])
def test_a_wrong_path_is_refused(path: str) -> None:
    with pytest.raises(BadInput):
        Path.parse(path)


ROW: dict[str, Any] = {
    "Name": " Acme ",
    "Contact": {"ContactID": "c"},
    "Phones": [
        {"PhoneType": "DDI", "PhoneNumber": "1"},
        {"PhoneType": "DEFAULT", "PhoneCountryCode": "64", "PhoneAreaCode": "9", "PhoneNumber": "123 4567"},
        {"PhoneType": "FAX", "PhoneNumber": ""},
    ],
    "Addresses": [{"AddressType": "POBOX", "AddressLine1": "1 Quay St", "AddressLine3": "Level 2", "City": "Nelson"}],
}


@pytest.mark.parametrize(
    ("path", "kind", "found"),
    [
        ("Name", "text", "Acme"),
        ("Absent", "text", None),
        ("Contact.ContactID", "ref", "c"),
        ("Absent.ContactID", "ref", None),
        ("Phones[DEFAULT]", "phone", "64 9 123 4567"),
        ("Phones[FAX]", "phone", None),
        ("Phones[MOBILE]", "phone", None),
        ("Addresses[POBOX].Street", "street", "1 Quay St\nLevel 2"),
        ("Addresses[POBOX].City", "text", "Nelson"),
        ("Addresses[POBOX].Region", "text", None),
        ("Addresses[STREET].City", "text", None),
    ],
)
def test_paths_are_read(path: str, kind: str, found: str | None) -> None:
    assert Reader([("x", Path.parse(path), KINDS[kind])])(ROW) == {"x": found}


def test_arrays_are_written_whole_and_phones_in_one_piece() -> None:
    body: Body = {}
    write(body, Path.parse("Phones[DEFAULT]"), "+64 9 765 4321", ROW)
    write(body, Path.parse("Addresses[POBOX].Street"), "2 Quay St\nLevel 3", ROW)
    write(body, Path.parse("Addresses[STREET].City"), "Nelson", ROW)
    kept, changed, fax = body["Phones"]
    assert (kept["PhoneNumber"], fax["PhoneNumber"]) == ("1", "")
    assert changed == {
        "PhoneType": "DEFAULT",
        "PhoneNumber": "+64 9 765 4321",
        "PhoneAreaCode": "",
        "PhoneCountryCode": "",
    }
    postal, street = body["Addresses"]
    assert (postal["AddressLine1"], postal["AddressLine2"], postal["AddressLine3"]) == ("2 Quay St", "Level 3", "")
    assert (postal["City"], street) == ("Nelson", {"AddressType": "STREET", "City": "Nelson"})
    assert ROW["Phones"][1]["PhoneNumber"] == "123 4567", "the row as read stays as it is"


def test_a_document_names_its_contact_by_id_alone() -> None:
    """Other fields would be written through to the contact (facts/xero.md 3.10)."""
    body: Body = {}
    write(body, Path.parse("Contact.ContactID"), "c2", {"Contact": {"ContactID": "c1", "Name": "Acme"}})
    write(body, Path.parse("SalesDetails.UnitPrice"), D(2), {"SalesDetails": {"UnitPrice": D(1), "TaxType": "OUTPUT2"}})
    assert body == {"Contact": {"ContactID": "c2"}, "SalesDetails": {"UnitPrice": D(2), "TaxType": "OUTPUT2"}}


# ------------------------------------------------------------------ what fits


def mapped(**row: Any) -> FieldMap:
    return field_map(ACCOUNT, {"name": "x", "zoho": "X", "xero": "X", **row}, NOTHING)


@pytest.mark.parametrize(
    ("row", "to", "value", "found"),
    [
        ({"max_xero": 5}, XERO, "abcdefgh", "abcde"),
        ({"max_xero": 5}, XERO, "abcd efgh", "abcd"),
        ({"max_xero": 5}, ZOHO, "abcdefgh", "abcdefgh"),
        ({"kind": "name"}, XERO, "a  <b>", "a b"),
        ({"kind": "name"}, ZOHO, "a <b>", "a <b>"),
        ({"kind": "name"}, XERO, "<>", None),
        ({"kind": "street"}, ZOHO, "1 Quay St\nLevel 2", "1 Quay St, Level 2"),
        ({"kind": "street"}, XERO, "1 Quay St\nLevel 2", "1 Quay St\nLevel 2"),
        ({"kind": "street"}, XERO, "a\nb\nc\nd\ne", "a\nb\nc\nd, e"),
        ({"kind": "money", "places_zoho": 2}, ZOHO, D("1.2345"), D("1.23")),
        ({"kind": "money", "places_zoho": 2}, ZOHO, D("1.005"), D("1.01")),
        ({"kind": "money"}, XERO, D("1.23456"), D("1.23456")),
        ({"transform": "upper"}, XERO, "abc", "ABC"),
        ({"transform": "digits"}, XERO, "12-3", "123"),
        ({"default_xero": "none"}, XERO, None, "none"),
        ({"default_xero": "{code}!"}, XERO, None, "C-1!"),
        ({"default_xero": "Invoice {number}"}, XERO, None, "Invoice"),
        ({"default_xero": "none"}, ZOHO, None, None),
        ({"kind": "bool"}, XERO, False, False),
    ],
)
def test_what_the_other_side_would_hold(row: dict[str, Any], to: Side, value: Any, found: Any) -> None:
    assert fitted(mapped(**row), to, value, SOMEBODY) == found


@pytest.mark.parametrize("address", ["jörg@example.org", "no address", "a@b", "a@b@c.org", "a b@c.org"])
def test_xero_takes_no_such_address(address: str) -> None:
    with pytest.raises(Cannot) as held:
        fitted(mapped(kind="email"), XERO, address, SOMEBODY)
    assert held.value.reason == "email_refused"
    assert fitted(mapped(kind="email"), ZOHO, address, SOMEBODY) == address


def test_a_required_field_cannot_be_blank() -> None:
    with pytest.raises(Cannot) as held:
        fitted(mapped(required="xero", label="Name"), XERO, None, SOMEBODY)
    assert (held.value.reason, held.value.message) == ("missing", "Name is blank, and Xero needs it.")


TEXTS = ("text", "name", "street")  # the others are not cut


@given(st.sampled_from(TEXTS), st.text(max_size=60), st.integers(1, 20), st.sampled_from(["upper", "lower", None]))
def test_projection_is_idempotent(kind: str, value: str, length: int, transform: str | None) -> None:
    """What a side would hold of what it holds is what it holds."""
    field = mapped(kind=kind, max_xero=length, max_zoho=length, transform=transform)
    for side in SIDES:
        clean = field.clean(side)
        once = fitted(field, side, clean(value), SOMEBODY)
        assert fitted(field, side, once, SOMEBODY) == once
        if transform is None:  # and it is read back as it was written
            assert clean(once) == once
