"""JSON as it is read: what the fast parser reads it reads like the standard library's, and what it refuses is asked
of that one, so that no answer means anything else than it did."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.remote import wire


def patiently(raw: bytes | str) -> Any:
    return json.loads(raw, parse_float=Decimal)


def outcome(read: Any, raw: bytes | str) -> str:
    """The value with its types and every digit; or that there is none."""
    try:
        return repr(read(raw))
    except (ValueError, ArithmeticError):
        return "not JSON"


NUMBERS: Final = st.from_regex(r"\A-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?\Z")
TEXTS: Final = st.text(st.characters(codec=None, exclude_categories=()), max_size=12).map(json.dumps) | st.sampled_from(
    ['"\\ud83d"', '"\\ud83d\\ude00"', '"\\ude00\\ud83d"', '"\\u0000"', '"\\/Date(1)\\/"', '"Müller 😀"']
)
ATOMS: Final = NUMBERS | TEXTS | st.sampled_from(["true", "false", "null", "NaN", "-Infinity", "-0", "-0.0", "1.10"])
SPACES: Final = st.sampled_from(["", " ", "\n", "\t ", "\r"])
SPELLED: Final = st.recursive(
    st.tuples(SPACES, ATOMS, SPACES).map("".join),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda found: f"[{','.join(found)}]")
        | st.lists(st.tuples(TEXTS, inner), max_size=4).map(
            lambda found: "{" + ",".join(f"{name}:{value}" for name, value in found) + "}"  # names may come twice
        )
    ),
    max_leaves=12,
)


@given(SPELLED)
def test_json_is_read_as_the_standard_library_reads_it(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    assert outcome(wire.loads, raw) == outcome(patiently, raw)
    assert outcome(wire.loads, text) == outcome(patiently, text)


@given(SPELLED, st.integers(min_value=0), st.binary(max_size=2))
def test_what_is_nearly_json_is_read_by_neither_or_by_both_alike(text: str, place: int, put: bytes) -> None:
    whole = text.encode("utf-8", "surrogatepass")
    at = place % (len(whole) + 1)
    raw = whole[:at] + put + whole[at + 1 :]
    assert outcome(wire.loads, raw) == outcome(patiently, raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'"\xed\xa0\xbd"',
        b'"\xff"',
        b'"\t"',
        b"[1,]",
        b"01",
        b"",
        b"1" * 4300,
        b"1" * 4301,
        b"12345678901234567890.5e-3",
        b"18446744073709551616",
        b"1e400",
    ],
)
def test_the_odd_ones_are_as_they_were(raw: bytes) -> None:
    assert outcome(wire.loads, raw) == outcome(patiently, raw)


@pytest.mark.parametrize("raw", [b"1e99999999999999999999", b'{"Total": -1.5E99999999999999999999}'])
def test_a_number_that_nobody_can_hold_is_not_json(raw: bytes) -> None:
    with pytest.raises(ValueError, match="number"):
        wire.loads(raw)


def test_what_is_nested_too_deeply_is_no_answer() -> None:
    with pytest.raises(RecursionError):
        wire.loads(b"[" * 100_000)
