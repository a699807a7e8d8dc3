"""The whole sync under both settings of every switch: from consent to rest, then people's edits, and to rest again.

What nobody has verified must not matter (facts/zoho.md 5.2 and 7, facts/xero.md 5.2 and 8). Quickly, a small company
is synchronised for the first time under settings that tell much; a larger one that is in step is edited by everybody
at once. In the slow tests both happen to one company under every row of tests/switches/rows.txt, in which any two
settings of two switches meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from extension.bootstrap import House
from extension.sync.canonical import XERO, ZOHO
from tests.switches.listing import Row
from tests.switches.rows import ROWS
from tests.switches.table import SINGLE, split
from tests.system import (  # noqa: F401  # each tells its stories
    stories_companies,
    stories_invoices,
    stories_lines,
    stories_newcomers,
    stories_orders,
    stories_people,
)
from tests.system.cast import STORIES, Town, live
from tests.system.switch_rig import Moment, Remembering, Rig

SMALL, LARGE, LARGEST = 10, 60, 100

# What a first sync, and what an edit, stumbles over, each by itself; the rows have every setting with every other.
TELLING_BEGINNINGS: Final[list[dict[str, Any]]] = [
    {"xero_id": "absent"},
    {"unassociated_line_tax": "refused"},
    {"multi_currency": False},
    {"tie_rounding": "half_even"},
    {"edit_authorised": False},
    {"archived_name_reuse": False},
]
TELLING_LIVES: Final[dict[str, dict[str, Any]]] = {
    "defaults": {},
    "the CRM's": {"line_order": "request", "restore_bumps_modified": False, "list_index_lag": 60.0},
    "Xero's": {"empty_clears": False, "line_update": "replace", "list_lag_seconds": 60.0},
    "locked in Xero": {"edit_authorised": False},
}
SAMPLE: Final = (7, 18)  # rows that differ much from each other, told in every run of the tests


def row(number: int) -> Row:
    return ROWS[number - 1]


def switches(named: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return split(*(setting for setting in SINGLE if named.get(setting.name, ...) == setting.value))


# ------------------------------------------------------------------ quick


@pytest.fixture(scope="module")
def in_step(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Moment]]:
    """A company that is in step, to come back to."""
    rig = Rig(tmp_path_factory.mktemp("in_step"), records=LARGE)
    rig.rests()
    yield rig, rig.moment()
    rig.close()


@pytest.mark.parametrize(
    "under",
    [
        *(pytest.param(switches(named), id=" ".join(named)) for named in TELLING_BEGINNINGS),
        *(pytest.param(row(number).switches, id=str(row(number))) for number in SAMPLE),
    ],
)
def test_a_first_sync_comes_to_rest(under: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    rig = Rig(tmp_path, under[ZOHO], under[XERO], records=SMALL)
    try:
        rig.rests()
    finally:
        rig.close()


@pytest.mark.parametrize(
    "under",
    [
        *(pytest.param(switches(named), id=name) for name, named in TELLING_LIVES.items()),
        *(pytest.param(row(number).later, id=str(row(number))) for number in SAMPLE),
    ],
)
def test_peoples_edits_arrive_or_are_held(under: dict[str, dict[str, Any]], in_step: tuple[Rig, Moment]) -> None:
    rig, moment = in_step
    rig.back(moment, under[ZOHO], under[XERO])
    live(rig)


# ------------------------------------------------------------------ slow


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_company_lives_under_a_row(row: Row, tmp_path: Path) -> None:
    try:
        _lives(tmp_path, row.switches, records=LARGEST)  # some settings hold more, and leave fewer to edit
    except Exception as wrong:
        wrong.add_note(f"under {row}: {row.told}")
        raise


@pytest.mark.slow
def test_a_company_lives_in_a_database(tmp_path: Path) -> None:
    _lives(tmp_path, switches({}), House)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_one_edit_by_itself(name: str, in_step: tuple[Rig, Moment]) -> None:
    rig, moment = in_step
    rig.back(moment)
    told = STORIES[name](Town(rig))
    next(told, None)
    rig.later()
    rig.rests()
    next(told, None)


def _lives(
    folder: Path, switches: Mapping[str, Mapping[str, Any]], house: type[House] = Remembering, records: int = LARGE
) -> None:
    rig = Rig(folder, switches[ZOHO], switches[XERO], records=records, house=house)
    try:
        rig.rests()
        live(rig)
    finally:
        rig.close()
