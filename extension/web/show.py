"""What every page has around it, and how a view ends: a page, a note after a change, or what went wrong.

A note after a redirect is a word of `NOTES` in the address, never a text: nothing that somebody else wrote can be
shown as if it came from us, and nothing must be stored for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from extension.bootstrap import SERVICES, House, house_of
from extension.config import is_loopback
from extension.sync.canonical import SIDES
from extension.sync.errors import SyncError
from extension.web import access, visit, words
from extension.web.notes import NOTES

STATIC: Final = Path(__file__).parent / "static"
TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Item:
    """One entry of the navigation. `count`: of what waits there."""

    label: str
    endpoint: str
    count: int = 0


def page(template: str, status: int = 200, **values: Any) -> ResponseReturnValue:
    return render_template(template, **values), status


def done(endpoint: str, note: str = "", n: int | None = None, **where: Any) -> ResponseReturnValue:
    """Back to a page after a change, with a word on what happened."""
    if note and note not in NOTES:
        raise KeyError(note)
    return redirect(url_for(endpoint, note=note or None, n=n, **where), 303)


def trouble(wrong: SyncError, status: int = 400) -> ResponseReturnValue:
    """A page that says what went wrong and what to do."""
    return page("trouble.html", status, message=wrong.message, hint=wrong.hint, heading="That did not work")


def note() -> str:
    """What the last change did, in words."""
    name, n = request.args.get("note", ""), request.args.get("n", "")
    sentence = NOTES.get(name, "")
    if "{n}" not in sentence:
        return sentence
    return sentence.format(n=f"{int(n):,}") if n.isdecimal() and len(n) < 12 else ""


def navigation(here: access.Here) -> list[tuple[str, list[Item]]]:
    """The pages of a connection that this person may use."""
    look = [
        Item("Dashboard", "dashboard.dashboard"),
        Item("Synchronise", "synchronise.manual"),
        Item("Needs attention", "attention.attention", here.house.waiting(here.connection)),
        Item("History", "history.history"),
        Item("Audit", "auditing.audit"),
    ]
    setting = [
        Item("Set-up", "setting_up.steps"),
        Item("Data fetch", "fetching.fetch"),
        Item("Match", "matching.match"),
        Item("Schedule", "scheduling.schedule"),
        Item("Settings", "settings.modules"),
        Item("Connection", "connecting.connection"),
    ]
    return [("", look), ("Manage", setting)] if here.manages else [("", look)]


def lost(here: access.Here) -> list[dict[str, str]]:
    """Services that ended our access, each with the way back."""
    grants = here.house.grants(here.number)
    return [{"side": side, "service": SERVICES[side]} for side in SIDES if grants.problem(side) is not None]


def surround() -> dict[str, Any]:
    """What every template may use."""
    house, person = house_of(current_app), visit.person()
    here: access.Here | None = g.get("here")
    around: dict[str, Any] = {
        "person": person,
        "here": here,
        "form_token": visit.form_token(),
        "note": note(),
        "words": words,
        "asset": asset,
        "sandbox": is_sandbox(house),
        "sees_all": bool(person and person.installs and (here or not house.needs_setup())),
        "now": house.clock.now(),
        "nav": [],
        "lost": [],
        "fragment": visit.FRAGMENT in request.headers,
    }
    if here is not None:
        around |= {"nav": navigation(here), "lost": lost(here), "zone": house.zone(here.connection)}
        around["elsewhere"] = house.record_pages(here.connection).of
    return around


def is_sandbox(house: House) -> bool:
    """Whether what stands at the other ends is this machine, and no real organisation."""
    return any(is_loopback(address) for address in house.settings.service_addresses)


def asset(name: str) -> str:
    """A file of ours under an address that changes with it, so that browsers may keep it."""
    kept: dict[str, str] = current_app.extensions.setdefault("xero2zoho.assets", {})
    if name not in kept or current_app.debug:
        kept[name] = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return url_for("static", filename=name, v=kept[name])


def register(app: Flask) -> None:
    app.context_processor(surround)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {
        "value": words.value,
        "number": words.number,
        "money": words.money,
        "module": words.module,
        "service": words.service,
        "tone": words.tone,
        "lasting": words.lasting,
        "moment": _moment,
        "ago": lambda when: words.ago(when, house_of(current_app).clock.now()),
    }


def _moment(when: Any) -> str:
    here: access.Here | None = g.get("here")
    return words.moment(when, here.house.zone(here.connection)) if here else words.moment(when)
