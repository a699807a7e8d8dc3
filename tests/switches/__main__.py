"""python -m tests.switches: write all tables of rows anew, after the sandbox has got a new switch or setting, or the
services of the stories a new habit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.sim import habits
from tests.switches.listing import read, written
from tests.switches.table import SET_UP, SWITCHES, Switch

HERE = Path(__file__).parent
OURS = """\
Under which settings of all switches the contract and the whole sync are tested: one line for each switch, one column
for each row. Any two settings of two switches meet in one row at least.
Written by `python -m tests.switches`, which is to be run again whenever the sandbox has a new switch or setting.
One row alone: pytest -m '' -k row07
"""
BARE = """\
Under which settings a CRM in which nobody has made our fields is set up: as rows.txt, for what no sync ever meets.
Written by `python -m tests.switches`.
One row alone: pytest -k "bare_crm and row03"
"""
STORIES = """\
Under which habits of both services stories are told: one line for each habit, one column for each row. Any two
settings of two habits meet in one row at least. Written by `python -m tests.switches`.
One row alone: python -m tests.sim.story 300 --row 7
"""


def write(path: Path, switches: Sequence[Switch], head: str) -> None:
    path.write_text(written(switches, head))
    print(f"{path}: {len(read(path.read_text(), switches))} rows")


if __name__ == "__main__":
    write(HERE / "rows.txt", SWITCHES, OURS)
    write(HERE / "setup.txt", SET_UP, BARE)
    write(habits.PATH, habits.HABITS, STORIES)
