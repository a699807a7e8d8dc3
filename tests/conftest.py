"""What holds for every test.

Whoever talks to the sandbox is judged by the official documents of both services, and meets nothing that the sandbox
does not model. Every installation has its memory on the database that the session was told.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from flask import request_finished

from extension import bootstrap
from sandbox.signals import unmodelled
from tests import memories, queues
from tests.contract.postgres import cluster
from tests.judges import coverage
from tests.judges.judge import Judge

JUDGE: Final = Judge()
MET: Final[list[str]] = []
COVERED: Final[pytest.StashKey[Counter[str]]] = pytest.StashKey()
LEFT: Final[pytest.StashKey[Counter[tuple[str, ...]]]] = pytest.StashKey()


def _meet(_: object, what: str) -> None:
    MET.append(what)


# ------------------------------------------------------------------ memory and queue


def pytest_addoption(parser: pytest.Parser) -> None:
    ours = parser.getgroup("pairs", "on which database and which queue tests run (docs/decisions/pairs.md)")
    ours.addoption("--memory", choices=(memories.SQLITE, memories.POSTGRES), default=memories.SQLITE)
    ours.addoption("--queue", choices=(queues.THREADS, queues.PROCRASTINATE), default="")


@pytest.fixture(scope="session", autouse=True)
def _pair(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every installation that a test makes has its memory where this session says."""
    queues.use(request.config.getoption("queue"))
    if request.config.getoption("memory") != memories.POSTGRES:
        yield
        return
    with cluster() as server:
        memories.use(server.url)
        yield
        memories.use("")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that say something of one database alone are left out where it is the other one, and said."""
    if config.getoption("memory") == memories.SQLITE:
        return
    left = [item for item in items if item.get_closest_marker("sqlite")]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)
    for item in left:
        mark = item.get_closest_marker("sqlite")
        assert mark is not None
        config.stash[LEFT][item.location[0], *mark.args] += 1


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the search for cycles need not go through all of it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(bootstrap.OBJECTS)


@pytest.fixture(scope="session", autouse=True)
def _watched() -> Iterator[None]:
    with request_finished.connected_to(JUDGE), unmodelled.connected_to(_meet):
        yield


@pytest.fixture(autouse=True)
def _as_documented(request: pytest.FixtureRequest, _watched: None) -> Iterator[None]:
    """Nothing that this test asked or was answered contradicts a document, or was made up by the sandbox."""
    JUDGE.findings.clear()
    MET.clear()
    yield
    told, met = list(JUDGE.findings), list(MET)
    if request.node.get_closest_marker("undocumented") is None:
        assert not told, "\n".join(told[:20])
    if request.node.get_closest_marker("unmodelled") is None:
        assert not met, "\n".join(met[:20])


# ------------------------------------------------------------------ what was covered


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COVERED], config.stash[LEFT] = Counter(), Counter()
    if config.getoption("queue") == queues.PROCRASTINATE and config.getoption("memory") != memories.POSTGRES:
        raise pytest.UsageError("--queue=procrastinate needs --memory=postgres: its jobs are rows of a PostgreSQL")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it saw; alone, we keep it."""
    sent: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if sent is not None:
        sent["covered"] = coverage.packed(JUDGE)
    else:
        session.config.stash[COVERED].update(coverage.packed(JUDGE))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[COVERED].update(getattr(node, "workeroutput", {}).get("covered", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left := config.stash[LEFT]:
        terminalreporter.section("of SQLite alone")
        for (path, *why), times in sorted(left.items()):
            terminalreporter.write_line(f"{path}: {times} left out: {'; '.join(why)}")
    covered = config.stash[COVERED]
    lines = [f"nothing was judged: {JUDGE.absent}"] if JUDGE.absent else coverage.lines(covered)
    if lines:
        terminalreporter.section("judged by the official documents")
        terminalreporter.write_line("\n".join(lines))
