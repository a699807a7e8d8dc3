"""fetch, plan, sync and audit: one engine, four scopes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import click
import structlog

from extension.bootstrap import Connection, House
from extension.console import exits, planscreen, reportview
from extension.console.result import Desk, Result, reports
from extension.console.screen import Screen
from extension.reporting import cost, plan_money, planview
from extension.sync.actions import Report
from extension.sync.canonical import SIDES
from extension.sync.errors import BadInput
from extension.sync.model import Mode, Scope

log = structlog.get_logger(__name__)

DAYS: Final = re.compile(r"([1-9][0-9]{0,3})d")
MODES: Final = ("zoho-to-xero", "xero-to-zoho", "both")
Command = Callable[..., None]

for_connection = click.option("--connection", metavar="NAME", help="Which connection, where there are several.")
of_entities = click.option(
    "--entity", "entities", multiple=True, metavar="E", help="Only this entity; may be repeated."
)
in_mode = click.option("--mode", type=click.Choice(MODES), default="both", show_default=True, help="Which way.")
since_when = click.option("--since", metavar="last|Nd|all", default="last", show_default=True, help="How far back.")


@click.command("fetch")
@for_connection
@click.option("--full", is_flag=True, help="Read everything again, not only what changed.")
@reports
def fetch(desk: Desk, connection: str | None, full: bool) -> Result:
    """Read both sides and link what is surely the same. Writes to neither."""
    chosen = desk.house.refreshed(desk.house.connection(connection))
    report = run(desk, chosen, Scope(full=full, observe_only=True))
    seen = _seen(desk.house, chosen)
    used = calls(desk.house)
    document = {**reportview.document(chosen.name, report, used), "records": seen}

    def show(screen: Screen) -> None:
        screen.line(f"{chosen.name}: the data of both sides is here", "bold")
        screen.line()
        rows = [[name.replace("_", " "), each["zoho"], each["xero"], each["linked"]] for name, each in seen.items()]
        screen.table(["", "in Zoho", "in Xero", "linked"], rows, right={1, 2, 3})
        reportview.trouble(screen, report)
        screen.line()
        screen.line(reportview.called(used))
        screen.line("Nothing was written. What a run would do: `flask plan`.")

    return Result(exits.of_fetch(report), document, show)


@click.command("plan")
@for_connection
@of_entities
@in_mode
@since_when
@reports
def plan(desk: Desk, connection: str | None, entities: tuple[str, ...], mode: Mode, since: str) -> Result:
    """Show what a run would do: counts, differences, money, calls. Writes to neither side."""
    chosen = desk.house.connection(connection)
    scope = scope_of(desk.house, chosen, entities, mode, since)
    report = run(desk, chosen, Scope(**{**vars(scope), "dry_run": True}))
    document = plan_document(desk.house, chosen, report, scope.entities)
    again = command("sync", connection, entities, mode, since, "--yes")
    return Result(exits.of_report(report), document, lambda screen: planscreen.page(screen, document, report, again))


@click.command("sync")
@for_connection
@of_entities
@in_mode
@since_when
@click.option("--record", metavar="ENTITY:ZOHO_ID", help="Only this record and what it refers to.")
@click.option("--yes", is_flag=True, help="Approve what a guard would stop, such as the first run.")
@reports
def sync(
    desk: Desk,
    connection: str | None,
    entities: tuple[str, ...],
    mode: Mode,
    since: str,
    record: str | None,
    yes: bool,
) -> Result:
    """Bring both sides in step."""
    chosen = desk.house.connection(connection)
    if record is not None and (entities or since != "last"):
        raise BadInput("--record names one record, so --entity and --since have no place beside it.")
    scope = scope_of(desk.house, chosen, entities, mode, since)
    named = record_of(desk.house, chosen, record) if record is not None else None
    report = run(desk, chosen, Scope(**{**vars(scope), "record": named, "approve": yes}))
    used = calls(desk.house)
    document = reportview.document(chosen.name, report, used)
    go_on = _go_on(report, connection, entities, mode, since) if report.state == "stopped" else []
    if report.state == "stopped":
        document |= {"plan": planview.counts(report.plan, []), "next": go_on}

    def show(screen: Screen) -> None:
        reportview.page(screen, chosen.name, report, used, go_on)

    return Result(exits.of_report(report), document, show)


@click.command("audit")
@for_connection
@reports
def audit(desk: Desk, connection: str | None) -> Result:
    """Read both sides in full and compare them. Writes to neither."""
    chosen = desk.house.connection(connection)
    report = run(desk, chosen, Scope(full=True, dry_run=True))
    return audited(desk.house, chosen, report)


# ------------------------------------------------------------------ what they share


def run(desk: Desk, chosen: Connection, scope: Scope) -> Report:
    """One run, watched and logged. Its counts are in the order of the entities."""
    names = _names(desk.house, chosen)
    with desk.watching() as watch:
        report = desk.house.engine(chosen, progress=watch).run(scope)
    report = replace(report, counts={name: report.counts[name] for name in names if name in report.counts})
    log.info("run", connection=chosen.id, run=report.run, state=report.state, problem=report.problem)
    return report


def scope_of(house: House, chosen: Connection, entities: tuple[str, ...], mode: Mode, since: str) -> Scope:
    """The scope that the options name; BadInput before anything is asked for."""
    names = _names(house, chosen)
    for name in entities:
        if name not in names:
            raise BadInput(f"There is no entity “{name}”.", hint=f"Choose from: {', '.join(names)}.")
    days = DAYS.fullmatch(since)
    if since not in ("last", "all") and days is None:
        raise BadInput(f"“{since}” is no --since.", hint="Say last, all, or a number of days such as 30d.")
    window = int(days.group(1)) if days else None
    return Scope(entities=entities, mode=mode, window_days=window, full=since == "all")


def record_of(house: House, chosen: Connection, record: str) -> tuple[str, str]:
    entity, _, zoho_id = record.partition(":")
    names = _names(house, chosen)
    if entity not in names or not zoho_id.strip():
        raise BadInput(
            f"“{record}” names no record.", hint=f"Say ENTITY:ZOHO_ID, with one of {', '.join(names)} before the colon."
        )
    return entity, zoho_id.strip()


def _names(house: House, chosen: Connection) -> list[str]:
    return [entity.name for entity in house.registry(chosen).entities]


def plan_document(house: House, chosen: Connection, report: Report, entities: tuple[str, ...] = ()) -> dict[str, Any]:
    registry = house.registry(chosen)
    remotes = house.remotes(chosen, registry)
    focus = [entity.name for entity in registry.entities if not entities or entity.name in entities]
    live = (listed for name in focus for listed in house.inventory(chosen, name))
    price = cost.estimate(report.plan, registry, lambda side, feed: remotes[side].facts(feed).batch)
    worths = house.appraisals(chosen)
    money = {"documents": plan_money.sums(report.plan, worths), "held": plan_money.held(report.holds, worths)}
    return planview.document(chosen.name, report, live, price, money)


def audited(house: House, chosen: Connection, report: Report) -> Result:
    """What a full comparison found."""
    status = exits.of_audit(report)
    in_step = status == exits.DONE
    used = calls(house)
    found = plan_document(house, chosen, report)
    kept = ("connection", "run", "state", "counts", "holds", "actions")
    problem = reportview.document(chosen.name, report, used)["problem"]
    document = {"in_step": in_step, "held": len(report.holds), **{name: found[name] for name in kept}}

    def show(screen: Screen) -> None:
        if report.problem:
            screen.line(f"{chosen.name}: the comparison could not be finished", "bold")
            reportview.trouble(screen, report)
            return
        held = f"; {len(report.holds)} held" if report.holds else ""
        words = f"both sides are in step{held}" if in_step else f"{len(found['actions'])} differences{held}"
        screen.line(f"{chosen.name}: {words}", "bold")
        screen.line()
        planscreen.counts(screen, found["counts"])
        if not in_step:
            planscreen.actions(screen, found["actions"])
        reportview.holds(screen, report.holds)
        screen.line()
        screen.line(reportview.called(used))
        if not in_step:
            screen.line("To bring them in step: `flask sync`.")

    return Result(status, {**document, "problem": problem, "calls": used}, show)


def calls(house: House) -> dict[str, int]:
    """Calls used by this process, by side."""
    used = dict.fromkeys(SIDES, 0)
    for (side, _), n in house.transport.calls.items():
        used[side] += n
    return {str(side): n for side, n in used.items()}


def command(verb: str, connection: str | None, entities: tuple[str, ...], mode: str, since: str, *more: str) -> str:
    """The command line that does this with the options at hand."""
    words = ["flask", verb]
    words += ["--connection", f'"{connection}"'] if connection else []
    for name in entities:
        words += ["--entity", name]
    words += ["--mode", mode] if mode != "both" else []
    words += ["--since", since] if since != "last" else []
    return " ".join([*words, *more])


def _go_on(report: Report, connection: str | None, entities: tuple[str, ...], mode: str, since: str) -> list[str]:
    if report.code in ("wrong_organisation", "fetch_first"):
        return [report.hint]
    look = command("plan", connection, entities, mode, since)
    do = command("sync", connection, entities, mode, since, "--yes")
    return [f"It has {planscreen.told(report)}.", f"To look at it: `{look}`", f"To do it:      `{do}`"]


def _seen(house: House, chosen: Connection) -> dict[str, dict[str, int]]:
    store = house.store(chosen)
    return {
        name: {**{side: store.count_records(name, side) for side in SIDES}, "linked": store.count_links(name)}
        for name in _names(house, chosen)
    }
