"""What holds for every test.

Whoever talks to the sandbox is judged by the official documents of both services, and meets nothing that the sandbox
does not model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from flask import request_finished

from sandbox.signals import unmodelled
from tests.judges import coverage
from tests.judges.judge import Judge

JUDGE: Final = Judge()
MET: Final[list[str]] = []
COVERED: Final[pytest.StashKey[Counter[str]]] = pytest.StashKey()


def _meet(_: object, what: str) -> None:
    MET.append(what)


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
    config.stash[COVERED] = Counter()


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
    covered = config.stash[COVERED]
    lines = [f"nothing was judged: {JUDGE.absent}"] if JUDGE.absent else coverage.lines(covered)
    if lines:
        terminalreporter.section("judged by the official documents")
        terminalreporter.write_line("\n".join(lines))
