"""The set-up of one connection: the steps with their state, our fields in the CRM, the start date with its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

from flask import request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from extension.bootstrap import SERVICES
from extension.connecting import start_of
from extension.entities.catalogue import PAIRS, pairs_of
from extension.entities.own_fields import DOCUMENT_URL, KINDS, own_fields
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput
from extension.web import access, forms, show, words
from extension.web.setup_steps import Facts, Step, steps

pages = access.Pages("setting_up", __name__)

RUNS: Final = 50  # looked back at, for one that synchronised
WAYS: Final[Mapping[Side, tuple[str, ...]]] = {ZOHO: ("both", "to_xero"), XERO: ("both", "to_zoho")}


@pages.get("/set-up", needs="manage", endpoint="steps")
def overview(here: access.Here) -> ResponseReturnValue:
    facts = _facts(here)
    shown = [(step, _leads_to(here, step)) for step in steps(facts, _start_in_words(here, facts.start))]
    return show.page("set_up.html", steps=shown)


def _leads_to(here: access.Here, step: Step) -> str | None:
    if step.installer:
        return url_for(step.endpoint) if here.person.installs else None
    return url_for(step.endpoint, number=here.number)


# ------------------------------------------------------------------ what is known


def _facts(here: access.Here) -> Facts:
    house, connection = here.house, here.connection
    store, grants = house.store(connection), house.grants(here.number)
    enabled = _enabled(here)
    lately = store.runs(RUNS)
    preview = house.tasks.latest(here.number, "preview")
    return Facts(
        registered=all(_registered(here, side) for side in SIDES),
        organisations=(house.organisation_name(connection, ZOHO), house.organisation_name(connection, XERO)),
        lost=tuple(SERVICES[side] for side in SIDES if grants.problem(side) is not None),
        fields=own_fields(connection.settings, connection.fetched),
        start=connection.start_date,
        mapping=_lacking(here),
        fetched=all(
            store.feed(side, feed).scanned is not None for name in enabled for side, feed in _feeds(here, name)
        ),
        linked=sum(store.count_links(name) for name in enabled),
        previewed=preview is not None and preview.state == "done",
        synchronised=any(_synchronised(run) for run in lately),
    )


def _enabled(here: access.Here) -> list[str]:
    entities = here.connection.settings.get("entities") or {}
    return [name for name in PAIRS if name in entities and entities[name].get("enabled", True)]


def _registered(here: access.Here, side: Side) -> bool:
    return here.house.settings.registration(side) is not None or here.house.services.get(side) is not None


def _lacking(here: access.Here) -> str:
    try:
        here.house.registry(here.connection)
    except BadInput as wrong:
        return wrong.message
    return ""


def _synchronised(run: Mapping[str, Any]) -> bool:
    scope = run["scope"]
    quiet = scope.get("dry_run") or scope.get("observe_only") or scope.get("record")
    return run["state"] == "done" and not quiet


def _start_in_words(here: access.Here, start: datetime | None) -> str:
    if start is None:
        return "Records of any age are synchronised."
    day = words.day(start, here.house.zone(here.connection))
    return (
        f"Records changed since {day} are synchronised; older ones are linked where their twin exists, never created."
    )


# ------------------------------------------------------------------ our fields in the CRM


@pages.get("/set-up/fields", needs="manage")
def fields(here: access.Here) -> ResponseReturnValue:
    """Which of our fields exist in which module, and how to make the others."""
    found = own_fields(here.connection.settings, here.connection.fetched)
    modules = {entity: {each.name: each for each in found if each.entity == entity} for entity in _enabled(here)}
    return show.page(
        "crm_fields.html",
        modules=modules,
        labels={name: kind.label for name, kind in KINDS.items() if any(name in each for each in modules.values())},
        missing=[each for each in found if each.state != "there"],
        kinds=KINDS,
        document_url=DOCUMENT_URL,
        themes=[each["Name"] for each in (here.connection.fetched.get("xero") or {}).get("branding_themes") or ()],
    )


@pages.post("/set-up/fields", needs="manage")
def look_again(here: access.Here) -> ResponseReturnValue:
    """Asks both organisations what their set-up is now."""
    here.house.refreshed(here.connection, here.person.name)
    return show.done("setting_up.fields", "looked", number=here.number)


# ------------------------------------------------------------------ the start date


class Start(BaseModel):
    start: Literal["today", "date", "everything"]
    start_date: date | None = None

    def words(self) -> str:
        return str(self.start_date) if self.start == "date" else self.start


@pages.get("/set-up/start-date", needs="manage")
def start_date(here: access.Here) -> ResponseReturnValue:
    """The choices, each with the number of records that it would create."""
    day = request.args.get("date", "")
    zone, chosen = here.house.zone(here.connection), here.connection.start_date
    if chosen is None:
        given: dict[str, Any] = {"start": "everything", "start_date": day}
    else:
        given = {"start": "date", "start_date": day or chosen.astimezone(zone).date().isoformat()}
    return _start(here, forms.Filled(given))


def _start(here: access.Here, form: forms.Filled[Start], status: int = 200) -> ResponseReturnValue:
    today = _moment(here, "today")
    day = "" if "start_date" in form.errors else str(form.given.get("start_date") or "")
    try:
        asked = _moment(here, day) if day else None
    except BadInput as wrong:
        form, asked = form.wrong("start_date", wrong.message), None
    counts = _counts(here, [moment for moment in (today, asked) if moment is not None])
    read = all(here.house.store(here.connection).feed(s, f).scanned for n in _enabled(here) for s, f in _feeds(here, n))
    return show.page("start_date.html", status, form=form, counts=counts, asked=asked, read=read)


def _feeds(here: access.Here, name: str) -> Sequence[tuple[Side, str]]:
    return list(pairs_of(here.connection.settings)[name].feeds.items())


def _moment(here: access.Here, said: str) -> datetime | None:
    return start_of(said, here.house.clock.now(), here.house.zone(here.connection))


def _counts(here: access.Here, since: Sequence[datetime]) -> list[dict[str, Any]]:
    """Per module and side that may create: how many records are new since each moment, and of any age."""
    entities = here.connection.settings.get("entities") or {}
    found = {(each.entity, each.side): each for each in here.house.store(here.connection).newcomers(since)}
    return [
        {"entity": name, "side": side, "since": found[name, side].since, "all": found[name, side].all}
        for name in _enabled(here)
        for side in SIDES
        if (name, side) in found and entities[name].get("direction", "both") in WAYS[side]
    ]


@pages.post("/set-up/start-date", needs="manage")
def save_start_date(here: access.Here) -> ResponseReturnValue:
    form = forms.read(Start, request.form)
    if form.value is not None and form.value.start == "date" and form.value.start_date is None:
        form = form.wrong("start_date", "Enter the date.")
    if form.value is None:
        return _start(here, form, 400)
    house, now = here.house, here.house.clock.now()
    chosen = _moment(here, form.value.words())
    if chosen == here.connection.start_date:
        return show.done("setting_up.steps", "unchanged", number=here.number)
    house.connections.set_start_date(here.number, chosen, here.person.name, now)
    with house.word(here.connection) as word:
        word.unpark()  # who was too old yesterday may be young enough today
    return show.done("setting_up.steps", "saved", number=here.number)
