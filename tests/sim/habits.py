"""Every habit of both services, with its settings: what the switches of the sandbox are to a story.

What nobody has verified of the real services, and what differs between organisations. `python -m tests.switches`
writes rows.txt anew, in which any two of these settings meet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from extension.sync.canonical import XERO, ZOHO
from tests.sim.harness import LAG, Ways
from tests.sim.service import Habits
from tests.switches.listing import Row
from tests.switches.table import Switch

PATH: Final = Path(__file__).with_name("rows.txt")
WORLD: Final = "world"
YES, NO = (False, True), (True, False)  # what is so by default comes first

HABITS: Final = (
    Switch(ZOHO, "tick", (1, 5)),
    Switch(ZOHO, "lag", (0, LAG)),
    Switch(ZOHO, "unique", NO),
    Switch(ZOHO, "batch", (2, 1, 3)),
    Switch(ZOHO, "page", (2, 3)),
    Switch(ZOHO, "partial", NO),
    Switch(ZOHO, "defaults", YES),
    Switch(ZOHO, "restore_bumps", NO),
    Switch(ZOHO, "unchanged_bumps", NO),
    Switch(ZOHO, "touches", YES),
    Switch(XERO, "skew", (0, -7, 7, -300, 300)),
    Switch(XERO, "lag", (0, LAG)),
    Switch(XERO, "width", (99, 5)),
    Switch(XERO, "quirk", YES),
    Switch(XERO, "unique", NO),
    Switch(XERO, "key_seconds", (0, 60, 150, 900)),
    Switch(XERO, "batch", (2, 1, 3)),
    Switch(XERO, "page", (2, 3)),
    Switch(XERO, "whole", YES),
    Switch(XERO, "defaults", YES),
    Switch(XERO, "unchanged_bumps", NO),
    Switch(XERO, "exclusive", YES),
    Switch(WORLD, "retire", ("archive", "ask")),
    Switch(WORLD, "ask", YES),
    Switch(WORLD, "bills", YES),
)


def under(row: Row) -> Ways:
    """The world of this row."""
    of = {side: {s.name: s.value for s in row.settings if s.side == side} for side in (ZOHO, XERO, WORLD)}
    return Ways(Habits(**of[ZOHO]), Habits(**of[XERO]), **of[WORLD])
