"""How a person asks for a run: one thing at a time, and not where nothing could come of it.

A run that is under way, waits or rests is shown in the place of a second one. What stands in the way is said before
anything is asked for, with the way out.
"""

from __future__ import annotations

from extension import mailing
from extension.bootstrap import SERVICES, Task
from extension.sync.canonical import SIDES
from extension.sync.errors import BadInput
from extension.sync.model import Scope
from extension.web.access import Here


def under_way(here: Here) -> Task | None:
    """The run of whole modules that is not over yet. What somebody pressed for one record is over in a moment, and a
    health check is no run."""
    open_ = here.house.tasks.open(here.number)
    return next((task for task in open_ if not task.scope.pressed and task.kind != "health"), None)


def obstacle(here: Here) -> BadInput | None:
    """Why nothing can run now."""
    if here.connection.settings.get("paused"):
        return BadInput(
            "This connection is paused.", code="paused", hint="An administrator lets it go on: see “Set-up”."
        )
    grants = here.house.grants(here.number)
    lost = [SERVICES[side] for side in SIDES if grants.problem(side) is not None]
    if lost:
        return BadInput(f"{' and '.join(lost)} ended our access.", code="lost", hint="An administrator connects again.")
    return None


def letters(here: Here) -> str:
    """Where a report by e-mail goes, or why none does."""
    to = mailing.addressee(here.house, here.connection)
    if not to:
        return "No address is set yet, so no letter is sent: an administrator names one in Settings."
    return f"To {to}." if here.house.mail_ready else f"To {to}, as soon as this server is told how to send mail."


def ask(here: Here, kind: str, scope: Scope, *, email: bool = False) -> tuple[Task, bool]:
    """The task, and whether it is a new one. Raises BadInput where something stands in the way."""
    if there := under_way(here):
        return there, False
    if wrong := obstacle(here):
        raise wrong
    house = here.house
    return house.tasks.ask(here.number, kind, scope, here.person.name, house.clock.now(), email=email), True


def ask_record(here: Here, kind: str, scope: Scope) -> Task:
    """A run of what somebody named: it passes whatever else is under way. Raises BadInput where nothing can run."""
    if wrong := obstacle(here):
        raise wrong
    house = here.house
    return house.tasks.ask(here.number, kind, scope, here.person.name, house.clock.now())
