"""Canonical values: one spelling for equal values, and nothing lost on the way to the database and back."""

from __future__ import annotations

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
