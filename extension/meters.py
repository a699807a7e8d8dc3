"""What one process has done since it began: counters that only grow, for whoever adds up those of all processes.

What the installation as a whole is like stands in the database and is read there (`metrics.collector`). No label
carries anything that a service or a person said: sides, kinds, states and outcomes are words of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics

NAMESPACE: Final = "xero2zoho"
CALL_SECONDS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
TURN_SECONDS: Final = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
SIDES: Final = ("zoho", "xero")
WRITTEN: Final = ("created", "updated", "retired", "failed")
RENEWALS: Final = ("done", "invalid_grant")
ENDS: Final = ("done", "planned", "stopped", "limited", "waiting", "failed", "cancelled", "crashed")


class Meters:
    """The counters of one process. `kinds`: of tasks; `entities`: of records. What is asked for most is there from the
    beginning: of a counter that appears with its first event nobody sees that it grew."""

    def __init__(self, kinds: Iterable[str] = (), entities: Iterable[str] = ()) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, which nobody looks at
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._calls = self._counter(
            "calls", "Requests to a service; status 0: there was no answer.", "service", "kind", "status"
        )
        self._call_seconds = Histogram(
            f"{NAMESPACE}_call_seconds",
            "How long a service took to answer.",
            ("service",),
            registry=self.registry,
            buckets=CALL_SECONDS,
        )
        self._turns = self._counter(
            "runs", "Runs by how they ended; of one that goes on later: limited, waiting.", "kind", "end"
        )
        self._turn_seconds = Histogram(
            f"{NAMESPACE}_run_seconds",
            "How long a run took, from the first call to the last.",
            ("kind",),
            registry=self.registry,
            buckets=TURN_SECONDS,
        )
        self._outcomes = self._counter("outcomes", "What was done with records.", "entity", "outcome", "service")
        self._refreshes = self._counter(
            "token_refreshes", "Renewals of an access, by how they ended.", "service", "end"
        )
        self._ticks = self._counter("ticks", "Looks at what is due, by this process.")
        self._chores = self._counter("chore_failures", "Chores of the tick that failed.", "chore")

        for turn in product(kinds, ENDS):
            self._turns.labels(*turn)
        for outcome in product(entities, WRITTEN, SIDES):
            self._outcomes.labels(*outcome)
        for renewal in product(SIDES, RENEWALS):
            self._refreshes.labels(*renewal)

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"{NAMESPACE}_{name}", says, labels, registry=self.registry)

    def call(self, side: str, kind: str, status: int, seconds: float) -> None:
        self._calls.labels(side, kind, str(status)).inc()
        self._call_seconds.labels(side).observe(seconds)

    def run(self, kind: str, end: str, seconds: float) -> None:
        self._turns.labels(kind, end).inc()
        self._turn_seconds.labels(kind).observe(seconds)

    def outcomes(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """As a report has them: entity -> "outcome side" or "outcome" -> how many."""
        for entity, found in counts.items():
            for said, n in found.items():
                outcome, _, side = said.partition(" ")
                self._outcomes.labels(entity, outcome, side).inc(n)

    def refreshed(self, side: str, end: str) -> None:
        self._refreshes.labels(side, end).inc()

    def tick(self) -> None:
        self._ticks.inc()

    def chore_failed(self, chore: str) -> None:
        self._chores.labels(chore).inc()


def forget_processes(folder: Path) -> None:
    """Before a server begins: what the processes of an earlier one counted is theirs."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in folder.glob("*.db"):
        each.unlink(missing_ok=True)
