"""The table is whole: every numbered behaviour has its row, its tests and its mutations, and the page says so."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sandbox.xero import Switches as XeroSwitches
from sandbox.zoho.settings import Switches as ZohoSwitches
from tests.fidelity.marks import marked, read, showing
from tests.fidelity.page import PAGE, page
from tests.fidelity.services import BEHAVIOURS, BEYOND, EVERY_MUTATION, MUTATIONS, named
from tests.fidelity.table import NUMBERS

SWITCHES = {"zoho": set(ZohoSwitches().as_dict()), "xero": set(XeroSwitches().as_dict())}


@pytest.mark.parametrize("service", NUMBERS)
def test_every_number_has_a_row_a_test_and_a_mutation(service: str) -> None:
    assert [each.number for each in BEHAVIOURS[service]] == list(NUMBERS[service])
    assert [number for number in NUMBERS[service] if not showing(service, number)] == []
    removed = {mutation.number for mutation in MUTATIONS[service]}
    assert [number for number in NUMBERS[service] if number not in removed] == []


@pytest.mark.parametrize("service", NUMBERS)
def test_every_switch_belongs_somewhere(service: str) -> None:
    told = {name for each in BEHAVIOURS[service] for name in each.settings}
    assert told.isdisjoint(BEYOND[service])
    assert told | BEYOND[service].keys() == SWITCHES[service]


def test_marks_name_what_is_in_the_table() -> None:
    known = {(service, number) for service, numbers in NUMBERS.items() for number in numbers}
    assert {test.node: test.behaviours - known for test in marked() if test.behaviours - known} == {}
    assert not [test.node for test in marked() if "" in test.outsiders]


@pytest.mark.parametrize("of", EVERY_MUTATION, ids=named)
def test_every_mutation_still_has_its_text(of: tuple[str, object]) -> None:
    """A rule that was reworded would silently go without its mutation."""
    service, mutation = of
    assert mutation in MUTATIONS[service]
    assert mutation.number in NUMBERS[service]
    compile(mutation.removed(), mutation.file, "exec")


def test_no_rule_is_told_twice() -> None:
    told = Counter(named(of) for of in EVERY_MUTATION)
    assert [rule for rule, times in told.items() if times > 1] == []


def test_what_is_left_of_the_sandbox_has_every_name(tmp_path: Path) -> None:
    """A removal must be noticed for the rule that is missing, not for a name that is."""
    for place, (_, mutation) in enumerate(EVERY_MUTATION):
        file = tmp_path / str(place) / mutation.file
        file.parent.mkdir(parents=True)
        file.write_text(mutation.removed())
    ruff = (sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821,F822,F823", "-q")
    found = subprocess.run((*ruff, str(tmp_path)), capture_output=True, text=True, check=False)
    assert found.stdout + found.stderr == ""
    assert found.returncode == 0


def test_the_page_says_what_is_there() -> None:
    assert PAGE.read_text() == page(), "write it anew: make fidelity"


def test_marks_are_read_where_pytest_lets_them_stand() -> None:
    source = """
import pytest
pytestmark = [pytest.mark.behaviour("zoho", 1)]
def helper(): ...
def test_plain(): ...
@pytest.mark.slow
@pytest.mark.behaviour("zoho", 2, 3)
@pytest.mark.outsider("xero-node 20")
def test_two(): ...
@pytest.mark.behaviour("xero", 4)
class TestMany:
    @pytest.mark.parametrize("x", [1, pytest.param(2, marks=[pytest.mark.slow, pytest.mark.behaviour("xero", 5)])])
    def test_cases(self, x): ...
"""
    plain, two, cases = read(source, "t.py")
    assert (plain.node, plain.outsiders, plain.slow) == ("t.py::test_plain", (), False)
    assert plain.behaviours == {("zoho", 1)}
    assert two.behaviours == {("zoho", number) for number in (1, 2, 3)}
    assert two.slow
    assert two.outsiders == ("xero-node 20",)
    assert (cases.node, cases.slow) == ("t.py::TestMany::test_cases", False)
    assert cases.behaviours == {("zoho", 1), ("xero", 4), ("xero", 5)}
