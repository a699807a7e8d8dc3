"""What every run needs: keys, credentials, the database. Then each connection by itself.

A finding that others rest on ends the examination of what rests on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from extension.bootstrap import SERVICES, Connection, Held, House
from extension.doctor import running
from extension.doctor.findings import Finding
from extension.doctor.looking import look
from extension.doctor.services import answers
from extension.doctor.signals import xero_signals
from extension.sync.canonical import SIDES, Side
from extension.sync.errors import BadInput, SyncError, Unauthorised

AT_ONCE: Final = 100


def examine(house: House, only: Connection | None = None) -> Iterator[Finding]:
    """Everything, connection by connection. `only`: this one alone."""
    yield from _keys(house)
    for side in SIDES:
        yield _credentials(house, side)
    database = _database(house)
    yield database
    if database.verdict != "ok":
        return
    yield from running.examine(house)
    if sealed := list(running.unopened(house, _chosen(house, only))):
        yield from sealed
        return
    if not only and house.needs_setup():
        yield Finding("connection", "settings", "There is no connection yet.", "Make one: `flask connect`.")
    for connection in _chosen(house, only):
        yield from look(house, connection)
    yield xero_signals(house)


def _chosen(house: House, only: Connection | None) -> Iterator[Connection]:
    yield from (only,) if only else everybody(house)


def everybody(house: House) -> Iterator[Connection]:
    """Every connection, with no more of them at hand than a page has."""
    after = 0
    while found := house.connections.some(after, AT_ONCE):
        yield from found
        after = found[-1].id


def _keys(house: House) -> Iterator[Finding]:
    for name in ("secret_key", "encryption_keys"):
        label = name.upper()
        try:
            getattr(house, name)
        except BadInput as wrong:
            yield Finding(label, "settings", wrong.message, wrong.hint, wrong.code)
        else:
            yield Finding(label, "ok", f"{label} can be read.")


def _credentials(house: House, side: Side) -> Finding:
    check = f"{SERVICES[side]} credentials"
    try:
        house.app(side)
    except BadInput as wrong:
        return Finding(check, "settings", wrong.message, wrong.hint, wrong.code)
    return Finding(check, "ok", f"Set; the redirect URI to register is {house.redirect_uri(side)}")


def _database(house: House) -> Finding:
    try:
        current = house.database.is_current()
    except SyncError as wrong:
        return Finding("database", "settings", wrong.message, wrong.hint, wrong.code)
    if not current:
        return Finding("database", "settings", "The database is of another version.", "Run `flask db upgrade`.")
    return Finding("database", "ok", f"Up to date ({house.database.engine.dialect.name}).")


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
    for connection in everybody(house):
        yield answers(house, connection, side)
    if house.needs_setup():
        yield Finding(SERVICES[side], "note", "Nobody has connected yet, so no organisation could be asked.", "")
