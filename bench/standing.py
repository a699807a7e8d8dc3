"""A run among many linked records beside one among few: its time must follow what changed, not what there is.

Two connections in step, one ten times as large as the other, take turns. A run with nothing changed; then runs after
people edited the same number of accounts in either. The time that passed at the services is measured apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bench.changes import A_MOMENT, AGE, Wrong
from bench.company import ACCOUNT, Company, crm_id
from bench.figures import Chapter, Figure, Sheet, middle, paired, spelled
from bench.fresh import fresh
from bench.held import quiet_run
from bench.linked import link_all, observe
from bench.services import Services
from bench.size import Size
from bench.tenant import Tenant, connected
from extension.sync.canonical import ZOHO
from extension.sync.model import Scope

NEAR_ONE: Final = 1.5
"""What a time ratio "near 1" may be on a machine that does other things, too; a walk over everything would be 10."""


@dataclass
class Standing:
    """A connection in step, and the seconds that its runs took: all of them, and without the services' share."""

    tenant: Tenant
    services: Services
    records: int
    quiet: list[tuple[float, float]] = field(default_factory=list)
    edited: list[tuple[float, float]] = field(default_factory=list)

    def run_quietly(self) -> None:
        self.quiet.append(self._run({}))

    def run_after(self, edits: int, turn: int) -> None:
        """`turn` varies what people type."""
        typed = {"Phone": f"+64 3 000 {turn:04d}"}
        self.services.edit(ZOHO, [("Accounts", crm_id(ACCOUNT, n), typed) for n in range(edits)])
        time.sleep(A_MOMENT)
        self.edited.append(self._run({"account": {"updated xero": edits}}))

    def _run(self, outcome: Mapping[str, Mapping[str, int]]) -> tuple[float, float]:
        engine = self.tenant.engine(self.tenant.tenant)
        waited, begun = self.tenant.waited, time.perf_counter()
        report = engine.run(Scope(approve=True))
        seconds = time.perf_counter() - begun
        if report.state != "done" or report.counts != outcome:
            raise Wrong(f"{self.records:,} linked: {report.state} {report.problem} {report.counts}")
        return seconds, seconds - (self.tenant.waited - waited)


@contextmanager
def in_step(records: int) -> Iterator[Standing]:
    """So many linked accounts, on both sides and in our memory; every feed was walked once."""
    books = Company(records, 0, 0, datetime.now(UTC) - AGE)
    with Services(books) as services, connected(services) as tenant:
        observe(tenant)
        link_all(tenant, {"account": records})
        yield Standing(tenant, services, records)


def measure(size: Size) -> Chapter:
    """The chapter on standing connections."""
    with in_step(size.few_links) as few, in_step(size.many_links) as many:
        for turn in range(size.runs + 1):
            few.run_quietly()
            many.run_quietly()
            if turn == 0:  # warms what is remembered of statements, and asks whom the tokens reach
                few.quiet.clear()
                many.quiet.clear()
        urls = {"zoho_url": many.services.zoho_url, "xero_url": many.services.xero_url}
        peak = fresh(quiet_run, folder=str(many.tenant.folder), **urls)
        for turn in range(size.repetitions):
            few.run_after(size.edits, turn)
            many.run_after(size.edits, turn)
    return Chapter("Many linked records", _figures(size, few, many, peak), [_sheet(size, few, many)])


def _figures(size: Size, few: Standing, many: Standing, peak: float) -> list[Figure]:
    sizes = f"{many.records:,} linked over {few.records:,}"
    return [
        Figure(f"time of a run with nothing changed, {sizes}", _ratio(few.quiet, many.quiet), "at most", NEAR_ONE),
        Figure(
            f"time of a run after {size.edits} edits, {sizes}", _ratio(few.edited, many.edited), "at most", NEAR_ONE
        ),
        Figure(f"peak of resident memory of such a run, {many.records:,} linked", peak, "at most", 150, "MB", places=0),
    ]


def _ratio(few: Sequence[tuple[float, float]], many: Sequence[tuple[float, float]]) -> float:
    return paired([whole for whole, _ in few], [whole for whole, _ in many])


def _sheet(size: Size, few: Standing, many: Standing) -> Sheet:
    rows = []
    for what, find in (("nothing changed", "quiet"), (f"after {size.edits} edits", "edited")):
        for standing in (few, many):
            samples: list[tuple[float, float]] = getattr(standing, find)
            whole, own = middle([s[0] for s in samples]), middle([s[1] for s in samples])
            rows.append([what, spelled(standing.records), spelled(whole * 1000), spelled(own * 1000)])
    return Sheet("Milliseconds of a run", ["Run", "Linked", "all", "without the services"], rows)
