"""Xero's dates out of the text of an answer: only whole values, whatever a text says (facts/xero.md 3.6)."""

import json
from decimal import Decimal

import pytest

from extension.remote.xero.dates import plain


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (rb'"UpdatedDateUTC":"/Date(1789344000123+0000)/"', "2026-09-14T00:00:00.123+00:00"),
        (rb'"UpdatedDateUTC" : "\/Date(1789344000123)\/"', "2026-09-14T00:00:00.123+00:00"),
        (rb'"CreatedDateUTC": "/Date(1789344000000+1300)/"', "2026-09-14T00:00:00.000+00:00"),
        (rb'"Date": "\/Date(1789344000000+0000)\/"', "2026-09-14"),
        (rb'"PeriodLockDate": "/Date(-86400000)/"', "1969-12-31"),
        (rb'"Reference": "see /Date(1)/"', "see /Date(1)/"),
        (rb'"Reference": "/Date(1)/ it was"', "/Date(1)/ it was"),
        (rb'"Reference": "\"/Date(1)/"', '"/Date(1)/'),
        (rb'"Reference": "Date\": \"/Date(1)/"', 'Date": "/Date(1)/'),
        (rb'"Total": 10.10', Decimal("10.10")),
    ],
)
def test_a_date_is_spelled_out_and_nothing_else(content: bytes, value: object) -> None:
    found = plain(b"{" + content + b"}")
    assert list(found.values()) == [value]


def test_every_date_of_an_answer_is_found() -> None:
    rows = [{"Name": "Date", "Date": f"/Date({n * 86_400_000}+0000)/", "UpdatedDateUTC": "/Date(0)/"} for n in range(3)]
    found = plain(json.dumps({"Rows": rows}).encode())["Rows"]
    assert [row["Date"] for row in found] == ["1970-01-01", "1970-01-02", "1970-01-03"]
    assert {row["UpdatedDateUTC"] for row in found} == {"1970-01-01T00:00:00.000+00:00"}
    assert {row["Name"] for row in found} == {"Date"}
