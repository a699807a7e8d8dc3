"""Does a service answer, and for the organisation that it was connected with?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extension.bootstrap import SERVICES, Connection, House, Reached
from extension.doctor.findings import Finding
from extension.remote.zoho import people
from extension.sync.canonical import XERO, Side
from extension.sync.errors import BadInput, RemoteError
from extension.sync.ports import Grants


def answers(house: House, connection: Connection, side: Side) -> Finding:
    """Asks it."""
    return replace(_asked(house, connection, side), connection=connection.name, place="connection")


def _asked(house: House, connection: Connection, side: Side) -> Finding:
    check = SERVICES[side]
    grants = house.grants(connection.id)
    expected = connection.organisations[side]
    if broken := grants.problem(side):
        again = "Connect again: `flask connect`, or the button in the portal."
        return Finding(check, "remote", f"The service ended our access ({broken}).", again, "access_ended")
    try:
        found = house.reached(side, grants)
        who = _who(house, side, grants, found, expected)
    except BadInput as wrong:
        return Finding(check, "settings", wrong.message, wrong.hint, wrong.code)
    except RemoteError as failed:
        return Finding(check, "remote", failed.message, failed.hint, failed.code)
    if all(each.id != expected for each in found):
        return Finding(
            check,
            "settings",
            "It answers, but for another organisation than this connection was made with.",
            "Connect again and choose the organisation that this connection belongs to.",
            "wrong_organisation",
        )
    return Finding(check, "ok", f"It answers, and the organisation is the right one: {who}.")


def _who(house: House, side: Side, grants: Grants, found: Sequence[Reached], expected: str) -> str:
    """Whose consent answers, as far as the service says: Xero names organisations and no people."""
    name = next((each.name for each in found if each.id == expected and each.name), expected)
    if side == XERO:
        return name
    person = people.present(house.line(side, grants, expected))
    return f"{name}, by the consent of {person.name}"
