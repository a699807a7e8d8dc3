"""No cell of a downloaded file calculates, and none can begin another (OWASP, CSV injection)."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.reporting.spreadsheet import BOM, cell, sheet

LEADS = "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u200b", "\0"])
def test_a_formula_becomes_text(lead: str, before: str) -> None:
    assert cell(f"{before}{lead}cmd|' /C calc'!A0").startswith("\"'")


@pytest.mark.parametrize("value", ["Acme", "-10.50", "10", "-3", "", "a=b", "1+2", "Ōtāhuhu"])
def test_plain_values_stay_as_they_are(value: str) -> None:
    assert cell(value) == f'"{value}"'


@pytest.mark.parametrize("value", ["-10.50+1", "-1e5", "--1", "+64 3 111", "-"])
def test_what_only_begins_like_a_number_is_text(value: str) -> None:
    assert cell(value) == f'"\'{value}"'


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=2, max_size=4)))
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    """Cell by cell: quotes, separators and line ends of a value never leave it."""
    text = "".join(sheet(["a", "b"], rows))
    assert text.startswith(BOM)
    found = list(csv.reader(StringIO(text.removeprefix(BOM), newline="")))[1:]
    assert len(found) == len(rows)
    for read, row in zip(found, rows, strict=True):
        assert len(read) == len(row)
        for value, given_ in zip(read, row, strict=True):
            assert value in (given_, "'" + given_)
            assert value[:1] not in LEADS or not value or value == given_
