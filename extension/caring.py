"""What becomes of a connection that was made: renamed, paused, connected again on one side, ended.

Connecting again takes the same organisation only: links, bases and history belong to it. Ending gives our access back
to both services and keeps what happened; a service that does not answer then is named, so that a person can see to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from extension.bootstrap import SERVICES, Connection, Consent, Held, House
from extension.connecting import Kept
from extension.listening import Listening
from extension.remote.xero import records as xero_records
from extension.remote.zoho import authority as zoho_authority
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput, SyncError

LONGEST_NAME = 100


def rename(house: House, connection: Connection, name: str, actor: str) -> None:
    house.connections.rename(connection.id, name, actor, house.clock.now())


def pause(house: House, connection: Connection, on: bool, actor: str) -> None:
    """While it is paused nothing is synchronised; what the schedule would have done meanwhile is not made up for."""
    settings = {**connection.settings, "paused": on}
    house.connections.update_settings(connection.id, settings, actor, house.clock.now())


def reconnect(house: House, connection: Connection, side: Side, consent: Consent, callback: Mapping[str, str]) -> None:
    """A new consent for the organisation that this connection has. Raises BadInput, and changes nothing, for
    another one."""
    held, kept = Held(), house.grants(connection.id)
    grant = house.authority(side, held).exchange(consent, callback)
    held.put(side, grant)
    found = house.reached(side, held)
    wanted = connection.organisations[side]
    if all(each.id != wanted for each in found):
        if side == ZOHO:
            house.give_back(grant)
        names = ", ".join(f"“{each.name or each.id}”" for each in found) or "no organisation"
        raise BadInput(
            f"That was the consent of another {SERVICES[side]} organisation: {names}. Nothing was changed.",
            code="wrong_organisation",
            hint="Sign in to the organisation that this connection was made with, and try again.",
        )
    old = kept.get(side)
    kept.save(side, held.get(side) or grant)
    if side == ZOHO:
        house.give_back(old)


def disconnect(house: House, connection: Connection, actor: str) -> Sequence[Side]:
    """Ends a connection. Returns the sides whose service could not be told."""
    for task in house.tasks.open(connection.id):
        with suppress(BadInput):  # it ended by itself
            house.tasks.wish(connection.id, task.id, "cancel")
    with suppress(SyncError):  # what cannot be closed says nothing that we would hear, and ends by itself
        Listening(house, connection).close()
    house.connections.end(connection.id, actor, house.clock.now())
    house.sessions.end_all(connection.id)
    untold = [side for side in SIDES if not _withdrawn(house, connection, side)]
    house.grants(connection.id).forget()
    return untold


def _withdrawn(house: House, connection: Connection, side: Side) -> bool:
    """Whether our access to this side is over, for all that the service says."""
    grants = house.grants(connection.id)
    grant = grants.get(side)
    if grant is None:
        return True  # the service ended it
    try:
        if side == XERO:
            books = connection.organisations[XERO]
            xero_records.disconnect(house.line(XERO, grants, books), books)
        else:
            zoho_authority.revoke(house.transport, house.addresses, grant)
    except SyncError:
        return grants.get(side) is None
    return True


def forget_consents(house: House, passing: Kept) -> None:
    """Drops the consents that wait for a connection."""
    house.give_back(passing.get(ZOHO))
    for side in SIDES:
        passing.mark_broken(side, "not wanted")
