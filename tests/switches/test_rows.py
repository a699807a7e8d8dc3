"""The table of rows: nothing is missing, and any two settings of two switches meet."""

from __future__ import annotations

import pytest

from extension.sync.canonical import SIDES, XERO, ZOHO
from sandbox.clock import Clock
from sandbox.xero import Settings as XeroSettings
from sandbox.xero import Switches as XeroSwitches
from sandbox.xero import XeroService
from sandbox.zoho.service import ZohoService
from sandbox.zoho.settings import ZohoSettings
from tests.switches import covering
from tests.switches.listing import Row, apart, read, written
from tests.switches.rows import ROWS, SET_UP_ROWS
from tests.switches.table import ALL, ELSEWHERE, SET_UP, SWITCHES, Switch


def test_no_switch_is_missing() -> None:
    """A new one is in the table by itself, or its settings are to be named, or where else it is tested."""
    assert [(s.side, s.name) for s in (*SWITCHES, *SET_UP) if len(s.settings) < 2] == []
    for side in SIDES:
        assert ELSEWHERE[side].keys() <= {switch.name for switch in ALL if switch.side == side}


def test_any_two_settings_meet_in_one_row() -> None:
    assert apart(ROWS, SWITCHES) == []
    assert apart(SET_UP_ROWS, SET_UP) == []


def test_the_first_row_is_what_the_sandbox_is_by_default() -> None:
    assert [row.number for row in ROWS if not row.told] == [1]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_services_take_every_row(row: Row) -> None:
    zoho = ZohoService(Clock(), ZohoSettings(switches=row.switches[ZOHO])).switches()
    xero = XeroService(Clock(), XeroSettings(switches=XeroSwitches().changed(row.switches[XERO]))).switches()
    for side, now in ((ZOHO, zoho), (XERO, xero)):
        assert {name: now[name] for name in row.switches[side]} == row.switches[side]


# ------------------------------------------------------------------ making it anew


@pytest.mark.parametrize("sizes", [[2, 2], [1, 3, 2], [4, 3, 3, 2, 2, 2], [2] * 12], ids=str)
def test_every_pair_is_covered_whatever_the_sizes(sizes: list[int]) -> None:
    rows = covering.cover(sizes)
    assert covering.apart(rows, sizes) == []
    assert covering.apart(rows[:-1], sizes) != [], "no row is there for nothing"
    assert rows == covering.cover(sizes)


def test_a_new_switch_or_setting_makes_an_old_table_speak_up() -> None:
    one, two = Switch(XERO, "one", (True, False)), Switch(XERO, "two", ("", "300"))
    text = written([one, two], "A table.")
    rows = read(text, [one, two])
    assert {row.told for row in rows} == {"", "one=False", "two=300", "one=False two=300"}
    for newer in ([one, two, Switch(XERO, "new", (True, False))], [one, Switch(XERO, "two", ("", "300", "4"))], [one]):
        with pytest.raises(ValueError, match=r"python -m tests\.switches"):
            read(text, newer)
