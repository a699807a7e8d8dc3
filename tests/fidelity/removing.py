"""Take one rule at a time out of the sandbox and see that a test which names its behaviour fails.

    python -m tests.fidelity.removing [zoho | xero] [number ...]

The tests run in a process of their own, forked from one that has imported the heavy libraries but nothing of the
sandbox; there the changed text is imported in place of the file, which stays as it is. What counts is a test that
fails while it runs: not one that cannot be collected, and not for a sandbox that falls over. It must pass with the rule.
Exit status 1 when a rule could go without notice.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing.connection import Connection
from types import CodeType, ModuleType
from typing import Any, Final

import pytest
from flask import got_request_exception

from tests.fidelity.marks import showing
from tests.fidelity.services import EVERY_MUTATION, named
from tests.fidelity.table import ROOT, Mutation

SECONDS: Final = 300.0
HEAVY: Final = (
    *(
        "flask",
        "werkzeug.test",
        "werkzeug.serving",
        "simplejson",
        "requests",
        "blinker",
        "jsonschema",
        "referencing",
        "yaml",
    ),
    *("sqlalchemy", "alembic", "pydantic_settings", "cryptography.fernet", "responses", "pytest", "extension.store"),
)
QUICKLY: Final = ("-q", "-x", "-p", "no:cacheprovider", "-p", "pytest_socket", "--tb=no", "--assert=plain")
ALONE: Final = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"  # most of the time of a run of one test goes to plugins it does not use
WORKER: Final = "PYTEST_"  # what a run of pytest around this one says of itself
FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(list(HEAVY))

Told = tuple[int, str, str]


def check(service: str, mutation: Mutation) -> tuple[bool, str]:
    """Whether its removal is noticed, and by which test; else why not."""
    tests = tuple(sorted((t.node for t in showing(service, mutation.number) if not t.slow), key=_directness))
    if not tests:
        return False, "no quick test names this behaviour"
    status, failed, why = _run(tests, mutation)
    if not failed:
        return False, why or f"its tests pass all the same (status {status})"
    passes = _passes(failed)
    return passes, failed if passes else f"{failed} fails with the rule, too"


@cache
def _passes(test: str) -> bool:
    return _run((test,), None)[0] == pytest.ExitCode.OK


def _directness(test: str) -> tuple[bool, str]:
    """Those that talk to the sandbox alone come first: they are quick."""
    return "test_sandbox_" not in test, test


def _run(tests: Sequence[str], mutation: Mutation | None) -> Told:
    """Exit status of pytest, the test that failed, and why it does not count if it does not."""
    here, there = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_in_process, args=(there, tests, mutation))
    process.start()
    there.close()
    try:
        told: Told = here.recv() if here.poll(SECONDS) else (-1, "", f"nothing came of it in {SECONDS:.0f} seconds")
    except EOFError:
        told = (-1, "", "the process died")
    if process.is_alive() and told[0] == -1:
        process.kill()
    process.join()
    return told


def _in_process(told: Connection, tests: Sequence[str], mutation: Mutation | None) -> None:
    for name in [name for name in os.environ if name.startswith(WORKER)]:
        del os.environ[name]
    os.environ[ALONE] = "1"
    os.chdir(ROOT)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    if mutation is not None:
        sys.meta_path.insert(0, Removed(mutation))
    seen = Failure()
    status = pytest.main([*QUICKLY, *tests], plugins=[seen])
    told.send((int(status), seen.test, seen.why))


class Removed(MetaPathFinder):
    """Imports one module of the sandbox without its rule."""

    def __init__(self, mutation: Mutation) -> None:
        self._mutation = mutation
        self._module = ".".join(("sandbox", *mutation.file.removesuffix(".py").split("/")))

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._module:
            return None
        loader = Changed(fullname, str(self._mutation.path))
        loader.text = self._mutation.removed()
        return spec_from_file_location(fullname, self._mutation.path, loader=loader)


class Changed(SourceFileLoader):
    """Another text in place of the file's, and no compiled one that was kept."""

    text: str

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec", dont_inherit=True)


class Failure:
    """The first test that failed while it ran."""

    def __init__(self) -> None:
        self.test = ""
        self.why = ""
        self._crashes: list[str] = []
        got_request_exception.connect(self._crashed)

    def _crashed(self, _: object, exception: BaseException) -> None:
        self._crashes.append(type(exception).__name__)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        report = yield
        if report.failed and not self.test and not self.why:
            judged = call.excinfo is not None and call.excinfo.errisinstance(AssertionError)  # by a fixture
            if (report.when == "call" or judged) and not self._crashes:
                self.test = item.nodeid
            else:
                self.why = f"{item.nodeid} did not fail but broke: {report.when} {', '.join(self._crashes)}"
        if report.when == "teardown":
            self._crashes.clear()
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.why = f"{report.nodeid} cannot be collected"


def main(asked: Sequence[str]) -> int:
    services = {word for word in asked if not word.isdigit()}
    numbers = {int(word) for word in asked if word.isdigit()}
    chosen = [
        (service, mutation)
        for service, mutation in EVERY_MUTATION
        if (not services or service in services) and (not numbers or mutation.number in numbers)
    ]

    def one(of: tuple[str, Mutation]) -> bool:
        noticed, told = check(*of)
        print(f"{'noticed ' if noticed else 'SURVIVED'} {named(of)} | {told}", flush=True)
        return noticed

    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = list(pool.map(one, chosen))
    print(f"{sum(results)} of {len(results)} rules of the sandbox noticed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
