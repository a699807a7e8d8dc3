"""Every case of documents and money, through every round; and docs/documents.md, which tells of each."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from extension.sync.canonical import XERO, ZOHO
from tests.documents.case import Case
from tests.documents.rounds import ROUNDS
from tests.system.live_books import Connected
from tests.system.live_shop import Shop

HERE: Final = Path(__file__).parent
TABLE: Final = HERE.parent.parent / "docs" / "documents.md"
MODULES: Final = sorted(path.stem for path in HERE.glob("cases_*.py"))
CASES: Final[list[Case]] = [
    case for module in MODULES for case in importlib.import_module(f"tests.documents.{module}").CASES
]
NO: Final = "—"  # a cell of the table: this does not begin on that side

ROW = re.compile(r"^\| `([a-z0-9-]+)` \|(.*)\|$")


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Shop.opened)


@pytest.fixture
def shop(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    opened = connected.again(tmp_path / "instance")
    yield Shop(opened)
    opened.house.close()


TURNS: Final = [
    pytest.param(case, name, id=f"{case.name}, {name}") for case in CASES for name in ROUNDS if case.goes_through(name)
]


@pytest.mark.parametrize(("case", "round_"), TURNS)
def test_a_case(shop: Shop, case: Case, round_: str) -> None:
    ROUNDS[round_](case, case.open(shop))


# ------------------------------------------------------------------ the table


def _rows() -> dict[str, list[str]]:
    """Id -> its cells: what it is, CRM -> Xero, Xero -> CRM."""
    found: dict[str, list[str]] = {}
    for line in TABLE.read_text().splitlines():
        if match := ROW.match(line):
            assert match[1] not in found, f"{match[1]} stands there twice"
            found[match[1]] = [cell.strip() for cell in match[2].split("|")]
    return found


def test_the_table_tells_of_every_case_and_of_no_other() -> None:
    rows = _rows()
    assert set(rows) == {case.id for case in CASES}
    for id_, (what, *ways) in rows.items():
        assert what, id_
        assert len(ways) == 2, id_
        for side, says in zip((ZOHO, XERO), ways, strict=True):
            assert says, f"{id_}: an empty cell says nothing; {NO} says that it does not begin there"
            begins = any(case.id == id_ and case.born == side for case in CASES)
            assert begins is (says != NO), f"{id_} from {side}"


def test_no_case_stands_there_twice() -> None:
    assert [name for name, times in Counter(case.name for case in CASES).items() if times > 1] == []
