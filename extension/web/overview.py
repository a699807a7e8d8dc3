"""The first page: every connection that this person may see, and how it stands."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from extension.bootstrap import SERVICES
from extension.sync.canonical import SIDES
from extension.web import access, show, visit

pages = access.Pages("overview", __name__)


@pages.get("/", needs="person")
def overview() -> ResponseReturnValue:
    person, house = visit.person(), access.house()
    assert person is not None
    found = access.mine(person)
    if not found and person.installs:
        return redirect(url_for("installing.services"))
    if len(found) == 1 and not person.installs:
        note, n = request.args.get("note"), request.args.get("n")
        return redirect(url_for("dashboard.dashboard", number=found[0].id, note=note, n=n))
    cards = [
        {
            "connection": each,
            "run": next(iter(house.store(each).runs(1)), None),
            "waiting": house.waiting(each),
            "lost": [SERVICES[side] for side in SIDES if house.grants(each.id).problem(side) is not None],
            "paused": bool(each.settings.get("paused")),
        }
        for each in found
    ]
    return show.page("overview.html", cards=cards)
