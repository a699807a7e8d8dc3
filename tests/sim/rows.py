"""The rows of habits under which stories are told: any two settings of two habits meet in one."""

from __future__ import annotations

from typing import Final

from tests.sim.habits import HABITS, PATH, under
from tests.switches.listing import read

TABLE: Final = read(PATH.read_text(), HABITS)
ROWS: Final = [under(row) for row in TABLE]
