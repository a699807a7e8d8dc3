"""The rows under which what talks to the services is tested, and those of the set-up of a CRM: any two settings of two
switches meet in one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.switches.listing import read
from tests.switches.table import SET_UP, SWITCHES

HERE: Final = Path(__file__).parent
ROWS: Final = read((HERE / "rows.txt").read_text(), SWITCHES)
SET_UP_ROWS: Final = read((HERE / "setup.txt").read_text(), SET_UP)
