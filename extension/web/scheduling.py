"""Synchronise, automatically: when a connection runs by itself, what such a run does, and why not as often as wished.

Times are added and taken away by the same form that saves them, so that it works without scripts; until it is saved
nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask import abort, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from extension.scheduling import replan, schedule_of
from extension.sync import schedule as schedules
from extension.sync.errors import BadInput
from extension.sync.pace import Stretch, spoken
from extension.web import access, asking, forms, show, words
from extension.web.synchronise import modules

pages = access.Pages("scheduling", __name__)

MOST: Final = 24  # times a day
FIRST_HOUR: Final = 9
WEEKDAYS: Final = (
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
)
SHOWN: Final = 3  # next runs
INTERVALS: Final = (("0", "At the times of day below"), *((str(n), f"Every {spoken(n)}") for n in schedules.INTERVALS))


class AutoSync(BaseModel):
    """`every`: minutes, 0 at the times; `per_day`: how many times the person would like; `do`: save, count, or take
    away one time."""

    on: bool = False
    times: list[str] = Field(default=[], max_length=MOST)
    weekdays: list[int] = []
    entities: list[str] = []
    mode: str = "both"
    email: bool = False
    every: int = 0
    per_day: int | None = Field(default=None, ge=1, le=MOST)
    do: str = "save"

    def document(self, known: Sequence[str]) -> dict[str, Any]:
        """As the settings keep it. All modules are none named, so that one that is switched on later runs, too."""
        every = set(known) <= set(self.entities)
        return {
            "on": self.on,
            **({"every": self.every} if self.every else {}),
            "times": sorted(self.times),
            "weekdays": sorted(self.weekdays),
            "entities": [] if every else self.entities,
            "mode": self.mode,
            "email": self.email,
        }


@pages.get("/schedule", needs="manage")
def schedule(here: access.Here) -> ResponseReturnValue:
    return _page(here, forms.Filled(_given(here.connection.settings.get("schedule"))))


@pages.post("/schedule")
def save(here: access.Here) -> ResponseReturnValue:
    form = forms.read(AutoSync, request.form)
    if form.given.get("do", "save") != "save":
        return _page(here, _with_times(form))
    known = modules(here)
    if form.value is None:
        return _page(here, form, 400)
    document = form.value.document(known)
    wrong = schedules.mistakes(document, known)
    if not form.value.entities:
        wrong["entities"] = "Choose at least one module."
    if not form.value.every and form.value.per_day not in (None, len(form.value.times)):
        there = words.ending("time", len(form.value.times))
        wrong["per_day"] = f"Above stands {there}. Press “Change the number” to have as many."
    for name, sentence in wrong.items():
        form = form.wrong(name, sentence)
    if wrong:
        return _page(here, form, 400)
    changed = _keep(here, document)
    return show.done("scheduling.schedule", "saved" if changed else "unchanged", number=here.number)


def _keep(here: access.Here, document: Mapping[str, Any]) -> bool:
    """Stores it with the run that follows from it. False: it was so already."""
    house, now = here.house, here.house.clock.now()
    settings = house.connections.get(here.number).settings
    changed = settings.get("schedule") != document
    if changed:
        new = {**settings, "schedule": document}
        house.connections.update_settings(here.number, new, here.person.name, now, was=settings)
    replan(house, here.number)
    return changed


def _with_times(form: forms.Filled[AutoSync]) -> forms.Filled[AutoSync]:
    """The same form with more or fewer times; nothing is saved."""
    times, do, wanted = list(form.given["times"]), str(form.given["do"]), str(form.given.get("per_day") or "")
    errors: dict[str, str] = {}
    if do == "count":
        if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= MOST:
            times = spread(times, int(wanted))
        else:
            errors["per_day"] = f"This must be a whole number from 1 to {MOST}."
    elif do.startswith("remove-") and do.removeprefix("remove-").isdecimal():
        place = int(do.removeprefix("remove-"))
        times = [time for n, time in enumerate(times) if n != place]
    else:
        abort(400)
    count = wanted if errors else len(times)
    return forms.Filled({**form.given, "times": times, "per_day": count}, errors)


def spread(times: Sequence[str], wanted: int) -> list[str]:
    """So many times of day: those that are there, and new ones evenly over the day from nine o'clock on."""
    found = list(dict.fromkeys(times))[:wanted]
    even = [f"{(FIRST_HOUR + n * 24 // wanted) % 24:02}:00" for n in range(wanted)]
    every_hour = [f"{(FIRST_HOUR + n) % 24:02}:00" for n in range(24)]
    for time in (*even, *every_hour):
        if len(found) < wanted and time not in found:
            found.append(time)
    return sorted(found)


def _given(document: Mapping[str, Any] | None) -> dict[str, Any]:
    """The form of what is stored; nothing stored is a schedule of weekdays at nine that is off."""
    stored = document or {"on": False, "times": ["09:00"], "weekdays": [0, 1, 2, 3, 4]}
    return {
        "on": stored.get("on", False),
        "every": str(stored.get("every", 0)),
        "times": list(stored.get("times", [])),
        "weekdays": [str(day) for day in stored.get("weekdays", schedules.WEEK)],
        "entities": list(stored.get("entities", [])),
        "all": not stored.get("entities"),
        "mode": stored.get("mode", "both"),
        "email": stored.get("email", False),
        "per_day": len(stored.get("times", [])),
    }


def _page(here: access.Here, form: forms.Filled[AutoSync], status: int = 200) -> ResponseReturnValue:
    try:
        known, incomplete = modules(here), ""
    except BadInput as wrong:
        known, incomplete = [], f"{wrong.message} {wrong.hint}"
    stored = here.connection.settings.get("schedule")
    zone, now = here.house.zone(here.connection), here.house.clock.now()
    stretch = Stretch.read(here.connection.stretched)
    following = _following(here, schedule_of(here.connection), stretch, now) if stored else ()
    given = dict(form.given)
    if given.pop("all", False):
        given["entities"] = known
    return show.page(
        "schedule.html",
        status,
        given=given,
        errors=form.errors,
        known=known,
        incomplete=incomplete,
        weekdays=WEEKDAYS,
        following=following,
        stretch=stretch,
        intervals=INTERVALS,
        is_on=bool(stored and stored.get("on")),
        most=MOST,
        letters=asking.letters(here),
        zone_name=str(zone),
    )


def _following(
    here: access.Here, schedule: schedules.Schedule, stretch: Stretch | None, now: datetime
) -> Sequence[datetime]:
    """The next runs: the one that is arranged, then as the schedule wishes, or as far apart as the services' budgets
    have them."""
    first = here.connection.next_run_at
    if first is None or (stretch is None and first <= now):
        return schedules.upcoming(schedule, now, SHOWN)
    gap, found = timedelta(minutes=stretch.minutes) if stretch else None, [first]
    while len(found) < SHOWN and (after := schedules.next_run(schedule, found[-1], gap=gap)):
        found.append(after)
    return found
