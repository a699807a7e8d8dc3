"""The rows under which what talks to the services is tested: any two settings of two switches meet in one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.switches.listing import read
from tests.switches.table import SWITCHES

PATH: Final = Path(__file__).with_name("rows.txt")
ROWS: Final = read(PATH.read_text(), SWITCHES)
