"""One connection, looked at: both services asked what their set-up is now, and what is remembered counted.

Costs about twenty calls and one walk over the remembered documents; writes nothing, here or there. Where a service does
not answer, what the last Data fetch brought is looked at instead, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from extension.bootstrap import Connection, House
from extension.doctor.examinations import examined
from extension.doctor.facts import Facts, modules
from extension.doctor.findings import Finding
from extension.doctor.observed import Observed, observe
from extension.doctor.services import answers
from extension.doctor.signals import zoho_signals
from extension.entities.registry import build
from extension.sync.canonical import SIDES, Side
from extension.sync.errors import BadInput, RemoteError
from extension.sync.model import Record
from extension.sync.pace import Stretch

COMPLETE = "Correct it under Settings; Data fetch reads both organisations' set-up again."

LARGER = (
    "Nothing to do: it is as often as possible. A longer interval, fewer modules or a larger plan need fewer calls."
)


def look(house: House, connection: Connection) -> Iterator[Finding]:
    """Everything about one connection."""
    asked = [answers(house, connection, side) for side in SIDES]
    yield from asked
    well = all(finding.verdict == "ok" for finding in asked)
    document, failed = _fetched(house, connection) if well else (connection.fetched, None)
    if failed is not None:
        yield _finding(connection, "Set-up of both sides", "remote", failed.message, failed.hint, failed.code)
    if not well or failed is not None:
        says = "Looked at with what the last Data fetch brought, not with what both sides have now."
        yield _finding(connection, "Set-up of both sides", "note", says, "Look again when both services answer.", "old")
    yield from _mapping(connection, document)
    facts = Facts(connection.settings, document, scopes=_scopes(house, connection))
    observed = _observed(house, connection, facts)
    if not observed.scanned:
        says = "Not everything was read yet, so records that would be held are not all counted."
        yield _finding(connection, "Records", "note", says, "Fetch the data.", "not_fetched", "fetch", "flask fetch")
    yield from examined(replace(facts, observed=observed), connection.name)
    yield zoho_signals(house, connection)
    yield from _pace(connection)


def _pace(connection: Connection) -> Iterator[Finding]:
    """Whether what the services allow carries the schedule, as the tick found it last."""
    if (connection.settings.get("schedule") or {}).get("on") is not True:
        return
    if stretch := Stretch.read(connection.stretched):
        yield _finding(connection, "Schedule", "note", stretch.sentence, LARGER, "stretched", "schedule")
    else:
        yield _finding(connection, "Schedule", "ok", "The calls that both services allow carry the schedule.")


def _fetched(house: House, connection: Connection) -> tuple[Mapping[str, Any], RemoteError | None]:
    try:
        return house.fetched(house.grants(connection.id), connection.organisations), None
    except RemoteError as failed:
        return connection.fetched, failed


def _mapping(connection: Connection, now: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether a run would begin: with what was fetched last, and with what a Data fetch would bring."""
    if wrong := _wrong(connection.settings, connection.fetched):
        yield _finding(connection, "Mapping", "settings", wrong.message, wrong.hint or COMPLETE, "mapping", "fields")
        return
    if wrong := _wrong(connection.settings, now):
        says = f"{wrong.message} The next Data fetch finds that, and nothing runs from then on."
        yield _finding(connection, "Mapping", "attention", says, wrong.hint or COMPLETE, "mapping_soon", "fields")
        return
    names = ", ".join(module.label for module in modules(connection.settings).values())
    yield _finding(connection, "Mapping", "ok", f"Complete: {names}.")


def _wrong(settings: Mapping[str, Any], document: Mapping[str, Any]) -> BadInput | None:
    try:
        build(settings, document)
    except BadInput as wrong:
        return wrong
    return None


def _observed(house: House, connection: Connection, facts: Facts) -> Observed:
    def walk(entity: str, side: Side) -> Iterator[tuple[Record, str | None]]:
        return house.observed(connection, entity, side, gone=True)

    found = observe(walk, facts.reach(connection.start_date))
    store = house.store(connection)
    feeds = {(side, feed) for module in facts.modules.values() for side, feed in module.pair.feeds.items()}
    found.scanned = all(store.feed(side, feed).scanned is not None for side, feed in feeds)
    return found


def _scopes(house: House, connection: Connection) -> dict[Side, frozenset[str]]:
    kept = house.grants(connection.id)
    grants = {side: kept.get(side) for side in SIDES}
    return {side: frozenset(grant.scopes) for side, grant in grants.items() if grant is not None}


def _finding(connection: Connection, *given: Any) -> Finding:
    check, verdict, message, hint, code, place, command = (*given, "", "", "", "")[:7]
    return Finding(check, verdict, message, hint, code, connection.name, place=place, command=command)
