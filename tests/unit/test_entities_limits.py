"""What does not fit, what may be cut, and what is wrong in a map: no value is spoilt on its way."""

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
from extension.sync.canonical import XERO, ZOHO, Side, digest_of
from extension.sync.errors import BadInput, Cannot
from extension.sync.model import Record
from tests.unit.books import NOW, registry

D = Decimal
NOTHING = read({})
SOMEBODY = Record("account", "zoho", "1", "1", "Accounts", NOW, {"code": "C-1"})


def mapped(**row: Any) -> FieldMap:
    return field_map(ACCOUNT, {"name": "x", "zoho": "X", "xero": "X", **row}, NOTHING)


# ------------------------------------------------------------------ lengths


@pytest.mark.parametrize(
    ("value", "length", "found"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcde"),
        ("ab cd", 3, "ab"),
        ("ābcdef", 6, "ābcdef"),
        ("😀😀😀", 6, "😀😀😀"),
        ("😀😀😀", 5, "😀😀"),
        ("ab😀", 3, "ab"),
        ("😀", 1, None),
        ("abc", None, "abc"),
    ],
)
def test_lengths_are_those_of_the_services(value: str, length: int | None, found: str | None) -> None:
    """Java and .NET count UTF-16 units: 255 emoji are 510 characters there."""
    assert values.fit(value, length) == found
    assert values.fits(value, length) is (found == value)


@given(st.text(), st.integers(1, 40))
def test_what_was_cut_fits_and_stays(value: str, length: int) -> None:
    cut = values.fit(value, length)
    assert cut is None or (values.fits(cut, length) and values.fit(cut, length) == cut)
    assert (cut or "") in value


@pytest.mark.parametrize("kind", ["code", "email", "phone", "url"])
def test_half_a_code_is_another_code(kind: str) -> None:
    field = mapped(kind=kind, max_zoho=12, label="It")
    assert fitted(field, ZOHO, "a@bcd.efg.hi", SOMEBODY) == "a@bcd.efg.hi"
    with pytest.raises(Cannot) as held:
        fitted(field, ZOHO, "a@bcd.efg.hij", SOMEBODY)
    assert held.value.reason == "too_long"
    assert held.value.message == "It “a@bcd.efg.hij” is too long for the CRM, which takes 12 characters."


@pytest.mark.parametrize(
    ("entity", "name", "to", "length"),
    [
        ("account", "tax_number", XERO, 50),
        ("account", "phone", ZOHO, 30),
        ("contact", "email", XERO, 255),
        ("product", "code", XERO, 30),
        ("purchase_order", "number", XERO, 255),
        ("invoice", "xero_number", ZOHO, 20),
    ],
)
def test_numbers_and_addresses_of_the_default_map_are_never_cut(entity: str, name: str, to: Side, length: int) -> None:
    document = registry().entity(entity).fields
    field = mapped(kind=document[name].kind, max_xero=length, max_zoho=length)
    address = "a@b.org" if field.kind == "email" else ""
    with pytest.raises(Cannot) as held:
        fitted(field, to, "x" * (length + 1 - len(address)) + address, SOMEBODY)
    assert held.value.reason == "too_long"


@pytest.mark.parametrize(("line", "kept"), [("x" * 500, 500), ("x" * 501, 500), ("😀" * 251, 250)])
def test_each_line_of_a_street_fits_into_xeros(line: str, kept: int) -> None:
    field = mapped(kind="street")
    found = fitted(field, XERO, f"12 Quay Street\n{line}\na\nb\nc", SOMEBODY)
    assert found == f"12 Quay Street\n{line[:kept]}\na\nb, c"
    assert fitted(field, XERO, found, SOMEBODY) == found


# ------------------------------------------------------------------ broken values


def test_half_a_pair_of_surrogates_is_no_reason_to_stop() -> None:
    """A service that cuts a text within an emoji leaves half of it; nothing could store that or send it."""
    found = values.text("ready \ud83d")
    assert found == "ready \ufffd"
    assert digest_of(found)
    assert values.text("ready 😀") == "ready 😀"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "NaN", D("Infinity"), D("sNaN")])
def test_what_is_no_number_is_none(value: Any) -> None:
    assert values.number(value) is None


# ------------------------------------------------------------------ addresses and phones


ROW: dict[str, Any] = {
    "Addresses": [
        {"AddressType": "STREET", "City": "Picton"},
        {"AddressType": "POBOX", "City": "Nelson"},
        {"AddressType": "DELIVERY", "City": "Bluff"},
        {"AddressType": "POBOX", "AddressLine1": "PO Box 7", "City": "Motueka"},
        {"City": "Westport"},
    ],
    "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": ""}, {"PhoneType": "DEFAULT", "PhoneNumber": "1"}],
}
PATHS = {
    "city": "Addresses[POBOX].City",
    "street": "Addresses[POBOX].Street",
    "here": "Addresses[STREET].City",
    "phone": "Phones[DEFAULT]",
}
READ = Reader([(name, Path.parse(path), KINDS["text"]) for name, path in PATHS.items()])


def test_of_several_entries_of_one_type_the_first_counts() -> None:
    """An address put together of two is nobody's."""
    assert READ(ROW) == {"city": "Nelson", "street": None, "here": "Picton", "phone": None}


def test_what_is_written_is_what_is_read() -> None:
    body: Body = {}
    for name, value in {"city": "Takaka", "street": "1 Quay St", "phone": "2"}.items():
        write(body, Path.parse(PATHS[name]), value, ROW)
    assert READ(body) == {"city": "Takaka", "street": "1 Quay St", "here": "Picton", "phone": "2"}
    assert [entry.get("City") for entry in body["Addresses"]] == ["Picton", "Takaka", "Bluff", "Motueka", "Westport"]


@pytest.mark.parametrize("path", ["Addresses[POBOX]", "Phones[DEFAULT].PhoneNumber"])
def test_a_path_that_would_never_be_written_is_refused(path: str) -> None:
    with pytest.raises(BadInput):
        Path.parse(path)


# ------------------------------------------------------------------ defaults


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"kind": "money", "default_xero": "0.5"}, D("0.5")),
        ({"kind": "number", "default_xero": 3}, D(3)),
        ({"kind": "bool", "default_xero": "true"}, True),
        ({"kind": "date", "default_xero": "2026-01-01"}, "2026-01-01"),
        ({"default_xero": "{code} {{x}}"}, "C-1 {x}"),
    ],
)
def test_a_default_is_a_value_of_its_kind(row: dict[str, Any], found: Any) -> None:
    """Else the services would give back something else than was sent, for ever."""
    assert fitted(mapped(**row), XERO, None, SOMEBODY) == found


@pytest.mark.parametrize("template", ["{", "{}", "{0}", "{code.__class__}", "{code!r}", "{code:>9}", "a}b"])
def test_a_default_that_cannot_be_filled_in_is_refused(template: str) -> None:
    with pytest.raises(BadInput, match="cannot be filled in"):
        mapped(default_zoho=template)
