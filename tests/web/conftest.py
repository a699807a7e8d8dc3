"""One connected company for all page tests, put back for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask

from app import create_app
from extension.bootstrap import Connection
from extension.web.visit import Person
from tests.system.live_books import Books, Connected
from tests.web.visitor import Visitor, administrator


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """Without the values of every local name, which take half a minute to print."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture(scope="session")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance")


@pytest.fixture
def books(connected: Connected, tmp_path: Path) -> Iterator[Books]:
    """Both services, connected; people can type on both sides."""
    found = connected.again(tmp_path / "instance")
    yield found
    found.house.close()


@pytest.fixture
def connection(books: Books) -> Connection:
    return books.house.connection(None)


@pytest.fixture
def portal(books: Books) -> Flask:
    return create_app(house=books.house)


@pytest.fixture
def visitor(books: Books, portal: Flask) -> Callable[[Person | None], Visitor]:
    """A browser of this person."""
    return lambda person: Visitor(portal, books.house, person)


@pytest.fixture
def admin(visitor: Callable[[Person | None], Visitor], connection: Connection) -> Visitor:
    return visitor(administrator(connection))
