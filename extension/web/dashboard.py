"""The dashboard: in step or not, what runs, what waits, what it costs, what was done, and whether the money agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask.typing import ResponseReturnValue

from extension.bootstrap import SERVICES, Task
from extension.reporting import balance, chart, in_step
from extension.reporting.in_step import Looked
from extension.sync.canonical import SIDES
from extension.sync.model import Scope
from extension.sync.pace import Stretch
from extension.web import access, asking, health, progress, show
from extension.web.access import Here

pages = access.Pages("dashboard", __name__)

FEW: Final = 20  # runs that are looked through for the last one that wrote


@pages.get("/")
def dashboard(here: Here) -> ResponseReturnValue:
    house, connection = here.house, here.connection
    figures = house.figures(connection)
    now, zone = house.clock.now(), house.zone(connection)
    run, held = last_run(here), house.waiting(connection)
    worths, known = figures.money(), facts(here, run, held)
    return show.page(
        "dashboard.html",
        answer=in_step.answer(known),
        audited=known.audit,
        task=asking.under_way(here),
        obstacle=asking.obstacle(here),
        progress=progress,
        run=run,
        held=held,
        budget=house.budget(connection),
        stretch=Stretch.read(connection.stretched),
        picture=chart.picture(figures.days(now, zone)),
        series=chart.SERIES,
        balance=balance.lines(worths),
        counted=max((worth.at for worth in worths), default=None),
        health=health.last(here),
    )


@pages.post("/sync-now", needs="press")
def sync_now(here: Here) -> ResponseReturnValue:
    """All modules, both ways, since the last run."""
    task, new = asking.ask(here, "sync", Scope())
    return show.done("tasks.one", "asked" if new else "under_way", number=here.number, task=task.id)


def facts(here: Here, run: Mapping[str, Any] | None, held: int) -> in_step.Facts:
    """What is known of how both sides stand."""
    grants = here.house.grants(here.number)
    audit = here.house.tasks.latest(here.number, "audit")
    return in_step.Facts(
        run=Looked(run["ended_at"] or run["started_at"], run["state"], run["problem"]) if run else None,
        audit=_audited(audit),
        held=held,
        lost=[SERVICES[side] for side in SIDES if grants.problem(side) is not None],
        paused=bool(here.connection.settings.get("paused")),
    )


def _audited(task: Task | None) -> Looked | None:
    if task is None or task.ended_at is None or task.result.get("state") != "planned":
        return None
    return Looked(task.ended_at, "done", "", int(task.result.get("actions") or 0))


def last_run(here: Here) -> Mapping[str, Any] | None:
    """The last run that was to carry something over, not one that only looked."""
    runs = here.house.past(here.connection).runs(FEW)
    return next((run for run in runs if not (run["scope"].dry_run or run["scope"].observe_only)), None)
