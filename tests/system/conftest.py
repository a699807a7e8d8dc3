"""A sandbox on sockets for the whole session, put back before each test, and installations beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.world import World
from tests import memories
from tests.system.installation import Installation
from tests.system.signals_rig import Begun, Served, begun

if TYPE_CHECKING:
    from tests.system.fault_rig import Reference

# Where stories are told and checked outside the tests themselves, with pytest's own words for what went wrong.
STORIES = ("companies", "people", "newcomers", "invoices", "lines", "orders")
pytest.register_assert_rewrite("tests.system.switch_rig", "tests.system.cast", "tests.system.fault_rig")
pytest.register_assert_rewrite(*(f"tests.system.stories_{name}" for name in STORIES))

RECORDS, SEED = 12, 1


@dataclass(frozen=True)
class Moment:
    """Both services and an installation, as they were."""

    zoho: object
    xero: object
    folder: Path | None = None


@pytest.fixture(scope="session")
def running() -> Iterator[World]:
    with World(records=RECORDS, seed=SEED) as world:
        yield world


@pytest.fixture(scope="session")
def seeded(running: World) -> Moment:
    return Moment(running.zoho.freeze(), running.xero.freeze())


@pytest.fixture
def world(running: World, seeded: Moment) -> Iterator[World]:
    """The seeded company, nothing connected."""
    put_back(running, seeded)
    yield running
    for service in (running.zoho, running.xero):
        service.faults.clear()


def put_back(world: World, moment: Moment) -> None:
    world.zoho.thaw(moment.zoho)
    world.xero.thaw(moment.xero)
    for service in (world.zoho, world.xero):
        service.faults.clear()
        service.journal.clear()


@pytest.fixture
def make(world: World, tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    made: list[Installation] = []

    def one(**given: Any) -> Installation:
        made.append(Installation(tmp_path / f"instance{len(made)}", world, given))
        return made[-1]

    yield one
    for each in made:
        each.close()
        memories.forgotten(each.folder)


@pytest.fixture
def fresh(make: Callable[..., Installation]) -> Installation:
    """Nothing but settings."""
    return make()


@pytest.fixture(scope="session")
def _connected(running: World, seeded: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    return _after(running, seeded, tmp_path_factory, ["connect", "--start-date", "everything"])


@pytest.fixture(scope="session")
def _synced(running: World, seeded: Moment, tmp_path_factory: pytest.TempPathFactory) -> Moment:
    return _after(running, seeded, tmp_path_factory, ["connect", "--start-date", "everything"], ["sync", "--yes"])


def _after(world: World, start: Moment, folders: pytest.TempPathFactory, *commands: list[str]) -> Moment:
    """What these commands leave: made once, given to many tests."""
    put_back(world, start)
    folder = folders.mktemp("template") / "instance"
    one = Installation(folder, world)
    try:
        for words in commands:
            ran = one.flask(*words)
            assert ran.status in (0, 1), ran
    finally:
        one.close()
    return Moment(world.zoho.freeze(), world.xero.freeze(), folder)


def _given(world: World, moment: Moment, make: Callable[..., Installation]) -> Installation:
    put_back(world, moment)
    one = make()
    assert moment.folder is not None
    memories.copied(moment.folder, one.folder)
    return one


@pytest.fixture
def connected(world: World, make: Callable[..., Installation], _connected: Moment) -> Installation:
    """Connected at "everything", nothing fetched."""
    return _given(world, _connected, make)


@pytest.fixture
def synced(world: World, make: Callable[..., Installation], _synced: Moment) -> Installation:
    """Connected, and both sides in step."""
    return _given(world, _synced, make)


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    """In process: linked records of all six entities that people have edited on both sides since."""
    from tests.system.fault_rig import company  # not before its assertions are to be rewritten

    made = company(tmp_path_factory.mktemp("waiting"))
    yield made
    made.rig.close()


# ------------------------------------------------------------------ signals


@pytest.fixture(scope="session")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begun]:
    with begun(tmp_path_factory.mktemp("signals") / "instance") as made:
        yield made


@pytest.fixture
def quiet(_begun: Begun, tmp_path: Path) -> Iterator[Served]:
    """Both services could call us, and nobody was asked to yet."""
    made = Served(_begun, tmp_path / "instance")
    yield made
    made.close()


@pytest.fixture
def served(quiet: Served) -> Served:
    """Both services tell us of changes."""
    quiet.listen()
    return quiet
