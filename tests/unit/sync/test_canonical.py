"""Canonical values: one spelling for equal values, and nothing lost on the way to the database and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.sync.canonical import XERO, ZOHO, Placeholder, chunks, decode, digest_of, encode, other

NUMBERS = st.decimals(min_value=-(10**32), max_value=10**32) | st.decimals(-1000, 1000, places=4)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text() | st.builds(Placeholder, st.text())
NAMES = st.text(min_size=2)  # "$" and "@" are the spelling's own
LINES = st.lists(st.dictionaries(NAMES, SCALARS, max_size=4), max_size=4)
FIELDS = st.dictionaries(NAMES, SCALARS | LINES, max_size=5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("Māori 日本 “x”", '"Māori 日本 “x”"'),
        (Decimal("1.50"), '{"$":"1.5"}'),
        (Decimal("1E+3"), '{"$":"1000"}'),
        (Decimal("-0.00"), '{"$":"0"}'),
        (Decimal("0E+2"), '{"$":"0"}'),
        (Decimal("12345678901234567890123456789.01"), '{"$":"12345678901234567890123456789.01"}'),
        (Placeholder("account:zoho:1"), '{"@":"account:zoho:1"}'),
        ({"b": None, "a": Decimal(2)}, '{"a":{"$":"2"},"b":null}'),
        ({"lines": [{"id": "1", "quantity": Decimal("0.10")}]}, '{"lines":[{"id":"1","quantity":{"$":"0.1"}}]}'),
    ],
)
def test_the_one_spelling(value: Any, text: str) -> None:
    assert encode(value) == text
    assert decode(text) == value


@pytest.mark.parametrize("value", [{1, 2}, object(), b"x"])
def test_anything_else_is_no_canonical_value(value: object) -> None:
    with pytest.raises(TypeError, match="not a canonical value"):
        encode(value)


@given(FIELDS)
def test_what_is_written_is_read_again(fields: dict[str, Any]) -> None:
    assert decode(encode(fields)) == fields


class Code(str):
    """A text that knows more, as the code of an item does."""


class Lazy(dict[str, Any]):
    """Fields that are not a plain dict."""


def _of_the_standard_library(value: object) -> str:
    def spelt(value: object) -> object:
        match value:
            case Decimal():
                return {
                    "$": (f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}")
                    if value
                    else "0"
                }
            case Placeholder():
                return {"@": value.token}
            case Mapping():
                return dict(value)
        raise TypeError

    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=spelt)


ODD = st.integers() | st.floats(allow_nan=False) | st.builds(Code, st.text()) | st.tuples(SCALARS)
ANY = FIELDS | FIELDS.map(Lazy) | st.lists(ODD) | st.dictionaries(st.integers(), SCALARS) | st.dictionaries(NAMES, ODD)


@given(ANY | st.dictionaries(NAMES, ANY, max_size=3))
def test_the_text_is_the_standard_librarys(value: object) -> None:
    """Every stored digest is of such a text: another spelling would look as if everything had been edited."""
    assert encode(value) == _of_the_standard_library(value)


def test_what_fields_are_spelt_by_does_not_change_with_what_came_before() -> None:
    """True equals 1, and Decimal(1) both, but they are not spelt alike."""
    assert [encode(value) for value in (True, Decimal(1), 1, True, [Decimal(1), 1, True])] == [
        "true",
        '{"$":"1"}',
        "1",
        "true",
        '[{"$":"1"},1,true]',
    ]


@pytest.mark.parametrize(
    ("value", "digest"),
    [
        ({"a": Decimal("1.50"), "b": None, "c": [{"id": "ä", "x": True}]}, "948abefb14334cc8d73f82e49a3d1c75"),
        ({}, "70864fea297f19915e342d520990d131"),
    ],
)
def test_digests_that_are_stored_stay_what_they_are(value: object, digest: str) -> None:
    assert digest_of(value) == digest


@given(NUMBERS, st.integers(min_value=0, max_value=6))
def test_equal_numbers_have_equal_text(number: Decimal, zeros: int) -> None:
    text = f"{number:f}"
    same = Decimal(text + ("" if "." in text else ".") + "0" * zeros)
    assert same == number
    assert encode(same) == encode(number)


@given(NUMBERS, NUMBERS)
def test_different_numbers_have_different_text(one: Decimal, two: Decimal) -> None:
    assert (encode(one) == encode(two)) == (one == two)


@given(FIELDS)
def test_the_order_of_fields_is_no_content(fields: dict[str, Any]) -> None:
    turned = dict(reversed(fields.items()))
    assert digest_of(turned) == digest_of(fields)


def test_a_digest_keeps_its_parts_apart() -> None:
    assert digest_of("ab", "c") != digest_of("a", "bc")


@pytest.mark.parametrize("side", [ZOHO, XERO])
def test_a_placeholder_remembers_whom_it_stands_for(side: Any) -> None:
    where = ("contact", side, "0a1b/3")
    assert Placeholder.of(where).where == where


def test_other_is_the_opposite_side() -> None:
    assert (other(ZOHO), other(XERO)) == (XERO, ZOHO)


def test_chunks_are_consecutive_and_complete() -> None:
    assert list(chunks([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
