"""history: what was done, run by run and record by record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

import click

from extension.bootstrap import Connection, House
from extension.console import exits
from extension.console.result import Desk, Result, reports
from extension.console.runs import for_connection
from extension.console.screen import Screen, shown
from extension.sync.errors import BadInput
from extension.sync.model import Entry, Outcome

OUTCOMES: Final = get_args(Outcome)
PAGE: Final = 500


@click.command("history")
@for_connection
@click.option("--run", "run", type=int, metavar="N", help="The entries of this run.")
@click.option("--entity", metavar="E", help="Only entries of this entity.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only entries with this outcome.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many lines.")
@reports
def history(
    desk: Desk, connection: str | None, run: int | None, entity: str | None, outcome: str | None, limit: int
) -> Result:
    """What was done: the runs, or with --run, --entity or --outcome their entries."""
    chosen = desk.house.connection(connection)
    if run is None and entity is None and outcome is None:
        return _runs(chosen, [dict(each) for each in desk.house.store(chosen).runs(limit)])
    if entity is not None:
        names = [each.name for each in desk.house.registry(chosen).entities]
        if entity not in names:
            raise BadInput(f"There is no entity “{entity}”.", hint=f"Choose from: {', '.join(names)}.")
    found = _matching(desk.house, chosen, run, entity, outcome)
    return _entries(chosen, run, [line for _, line in zip(range(limit), found, strict=False)])


def _runs(chosen: Connection, runs: list[dict[str, Any]]) -> Result:
    def show(screen: Screen) -> None:
        rows = [
            [each["id"], each["started_at"], each["trigger"], each["state"], _told(each["counts"]), each["problem"]]
            for each in runs
        ]
        if not rows:
            screen.line("Nothing was done yet. Begin with `flask fetch`.")
            return
        screen.table(["run", "started (UTC)", "by", "state", "what", "problem"], rows, right={0})
        screen.line()
        screen.line("The entries of one: `flask history --run N`.")

    return Result(exits.DONE, {"connection": chosen.name, "runs": runs}, show)


def _told(counts: Any) -> str:
    """All entities together: `created 3, updated 5`."""
    sums: dict[str, int] = {}
    for each in counts.values() if isinstance(counts, Mapping) else ():
        for name, n in each.items():
            outcome = name.split(" ")[0]
            sums[outcome] = sums.get(outcome, 0) + n
    return ", ".join(f"{outcome} {n}" for outcome, n in sorted(sums.items()))


def _matching(
    house: House, chosen: Connection, run: int | None, entity: str | None, outcome: str | None
) -> Iterator[dict[str, Any]]:
    """Entries, newest first, read in pages."""
    store, before = house.store(chosen), None
    while lines := store.history(PAGE, before=before, run=run):
        for line in lines:
            entry = line.entry
            if entity in (None, entry.entity) and outcome in (None, entry.outcome):
                yield {"number": line.number, "run": line.run, "at": line.at, **_plain(entry)}
        before = lines[-1].number


def _plain(entry: Entry) -> dict[str, Any]:
    names = ("entity", "outcome", "side", "zoho_id", "xero_id", "title", "reason", "message", "hint")
    changes = {name: list(values) for name, values in entry.changes.items()}
    return {**{name: getattr(entry, name) for name in names}, "changes": changes}


def _entries(chosen: Connection, run: int | None, entries: list[dict[str, Any]]) -> Result:
    def show(screen: Screen) -> None:
        if not entries:
            screen.line("No entry is like that.")
            return
        rows = [
            [
                each["run"],
                each["at"],
                each["entity"].replace("_", " "),
                f"{each['outcome']} {each['side'] or ''}",
                shown(each["title"], 40),
                each["zoho_id"],
                each["xero_id"],
                shown(_why(each), 90),
            ]
            for each in entries
        ]
        screen.table(["run", "at (UTC)", "entity", "outcome", "record", "Zoho id", "Xero id", "why or what"], rows)

    return Result(exits.DONE, {"connection": chosen.name, "run": run, "entries": entries}, show)


def _why(entry: Mapping[str, Any]) -> str:
    if entry["message"]:
        return str(entry["message"])
    told = [f"{name}: {_value(values[0])} -> {_value(values[-1])}" for name, values in entry["changes"].items()]
    return "; ".join(told) or str(entry["reason"])


def _value(value: Any) -> str:
    return f"{len(value)} lines" if isinstance(value, list) else shown(value, 24) or "blank"
