"""Is everything in place? Findings in the order in which they would stop a run, each with what to do.

Looks and never writes. A finding that others rest on ends the examination of what rests on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from extension.bootstrap import SERVICES, Connection, Held, House, Reached
from extension.remote.zoho import people
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput, RemoteError, SyncError, Unauthorised
from extension.sync.ports import Grants

Verdict = Literal["ok", "note", "settings", "remote"]
"""Fine; works but could be better; ours to put right; a service or the network."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    check: str
    verdict: Verdict
    message: str
    hint: str = ""


def examine(house: House) -> Iterator[Finding]:
    """Everything, connection by connection."""
    yield from _keys(house)
    for side in SIDES:
        yield _credentials(house, side)
    database = _database(house)
    yield database
    if database.verdict != "ok":
        return
    connections = house.connections.list()
    if not connections:
        yield Finding("connection", "settings", "There is no connection yet.", "Make one: `flask connect`.")
    for connection in connections:
        yield from _connection(house, connection)


def _keys(house: House) -> Iterator[Finding]:
    for name in ("secret_key", "encryption_keys"):
        label = name.upper()
        try:
            getattr(house, name)
        except BadInput as wrong:
            yield Finding(label, "settings", wrong.message, wrong.hint)
        else:
            yield Finding(label, "ok", f"{label} can be read.")


def _credentials(house: House, side: Side) -> Finding:
    check = f"{SERVICES[side]} credentials"
    try:
        house.app(side)
    except BadInput as wrong:
        return Finding(check, "settings", wrong.message, wrong.hint)
    return Finding(check, "ok", f"Set; the redirect URI to register is {house.redirect_uri(side)}")


def _database(house: House) -> Finding:
    try:
        current = house.database.is_current()
    except SyncError as wrong:
        return Finding("database", "settings", wrong.message, wrong.hint)
    if not current:
        return Finding("database", "settings", "The database is of another version.", "Run `flask db upgrade`.")
    return Finding("database", "ok", f"Up to date ({house.database.engine.dialect.name}).")


def _connection(house: House, connection: Connection) -> Iterator[Finding]:
    name = connection.name
    for side in SIDES:
        yield _service(house, connection, side)
    try:
        registry = house.registry(connection)
    except BadInput as wrong:
        hint = wrong.hint or "Correct the mapping; `flask fetch` reads both organisations' set-up again."
        yield Finding(f"{name}: mapping", "settings", wrong.message, hint)
        return
    yield Finding(f"{name}: mapping", "ok", f"Complete: {', '.join(e.name for e in registry.entities)}.")
    for feed in registry.feeds(ZOHO, [entity.name for entity in registry.entities]):
        yield _stamp(name, feed, registry.stamp_field(feed), registry.stamp_unique(feed))


def _service(house: House, connection: Connection, side: Side) -> Finding:
    check = f"{connection.name}: {SERVICES[side]}"
    grants = house.grants(connection.id)
    expected = connection.organisations[side]
    if broken := grants.problem(side):
        return Finding(check, "remote", f"The service ended our access ({broken}).", "Connect again: `flask connect`.")
    try:
        found = house.reached(side, grants)
        who = _who(house, side, grants, found, expected)
    except BadInput as wrong:
        return Finding(check, "settings", wrong.message, wrong.hint)
    except RemoteError as failed:
        return Finding(check, "remote", failed.message, failed.hint)
    if all(each.id != expected for each in found):
        return Finding(
            check,
            "settings",
            "It answers, but for another organisation than this connection was made with.",
            "Connect again and choose the organisation that this connection belongs to.",
        )
    return Finding(check, "ok", f"It answers, and the organisation is the right one: {who}.")


def _who(house: House, side: Side, grants: Grants, found: Sequence[Reached], expected: str) -> str:
    """Whose consent answers, as far as the service says: Xero names organisations and no people."""
    name = next((each.name for each in found if each.id == expected and each.name), expected)
    if side == XERO:
        return name
    person = people.present(house.line(side, grants, expected))
    return f"{name}, by the consent of {person.name}"


def introduced(house: House, side: Side) -> Iterator[Finding]:
    """What one service says of our registration, and who answers for each connection."""
    check = f"{SERVICES[side]} credentials"
    try:
        house.authority(side, Held()).introduce()
    except BadInput as wrong:
        yield Finding(check, "settings", wrong.message, wrong.hint)
        return
    except Unauthorised as wrong:
        yield Finding(check, "settings", wrong.message, "Copy both again from the service's console.")
        return
    except SyncError as failed:
        yield Finding(check, "remote", failed.message, failed.hint)
        return
    yield Finding(check, "ok", f"{SERVICES[side]} answered, and knows this client id and secret.")
    connections = house.connections.list()
    for connection in connections:
        yield _service(house, connection, side)
    if not connections:
        yield Finding(SERVICES[side], "note", "Nobody has connected yet, so no organisation could be asked.", "")


def _stamp(name: str, feed: str, field: str | None, unique: bool) -> Finding:
    check = f"{name}: Xero ID in {feed}"
    if field is None:
        return Finding(
            check,
            "note",
            f"{feed} in the CRM have no field for the Xero ID; matching goes by name and number alone.",
            "Add a text field “Xero ID” that allows no duplicates, then run `flask fetch`.",
        )
    if not unique:
        return Finding(
            check,
            "note",
            f"{field} allows duplicates, so after a lost answer the record is looked for first, which takes time.",
            "Tick “Do not allow duplicate values” for the field in the CRM, then run `flask fetch`.",
        )
    return Finding(check, "ok", f"{field} refuses duplicates.")
