"""The schedule's page: when it runs by itself, said in the organisation's time, kept as it was chosen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from extension.bootstrap import Connection
from extension.sync.canonical import XERO
from extension.sync.pace import Stretch
from extension.sync.schedule import place
from extension.web.scheduling import spread
from tests.system.live_books import Books
from tests.web.visitor import Visitor

EVERYTHING = ["account", "vendor", "product", "contact", "invoice", "purchase_order"]
WEEK = ["0", "1", "2", "3", "4", "5", "6"]


def wanted(**changes: Any) -> dict[str, Any]:
    usual = {"on": "on", "times": ["09:00"], "weekdays": WEEK, "entities": EVERYTHING, "mode": "both", "do": "save"}
    return {**usual, **changes}


def stored(books: Books, connection: Connection) -> Any:
    return books.house.connections.get(connection.id).settings.get("schedule")


def test_nothing_is_planned_before_somebody_says_so(admin: Visitor, books: Books, connection: Connection) -> None:
    page = admin.get("/c/1/schedule")
    assert "None: it runs only when somebody asks for it." in page.text
    assert "Pacific/Auckland" in page.text
    assert stored(books, connection) is None


def test_what_is_saved_is_what_runs_next(admin: Visitor, books: Books, connection: Connection) -> None:
    answer = admin.post("/c/1/schedule", wanted(times=["17:30", "09:00"], weekdays=["0", "3"], email="on"))
    assert answer.status == 303
    page = admin.follow(answer)
    assert "Saved." in page.text
    assert "Thursday, 17 Sep 2026, 09:00" in page.text  # START is Monday evening over there
    assert "Thursday, 17 Sep 2026, 17:30" in page.text
    assert "Monday, 21 Sep 2026, 09:00" in page.text
    document = {"on": True, "times": ["09:00", "17:30"], "weekdays": [0, 3], "entities": [], "mode": "both"}
    assert stored(books, connection) == {**document, "email": True}
    following = books.house.connections.get(connection.id).next_run_at
    assert following == datetime(2026, 9, 16, 21, 0, tzinfo=UTC)
    (change,) = books.house.connections.changes(connection.id)
    assert (change.actor, change.object) == ("Ada Admin", "schedule")


def test_some_modules_one_way(admin: Visitor, books: Books, connection: Connection) -> None:
    admin.post("/c/1/schedule", wanted(entities=["invoice", "account"], mode="xero-to-zoho"))
    assert stored(books, connection)["entities"] == ["invoice", "account"]
    assert stored(books, connection)["mode"] == "xero-to-zoho"
    (form,) = [each for each in admin.get("/c/1/schedule").forms() if each["action"] == "/c/1/schedule"]
    assert form["values"]["entities"] == ["account", "invoice"]
    assert form["values"]["mode"] == ["xero-to-zoho"]


def test_switched_off_it_keeps_its_times(admin: Visitor, books: Books, connection: Connection) -> None:
    admin.post("/c/1/schedule", wanted())
    without = {name: value for name, value in wanted().items() if name != "on"}
    admin.post("/c/1/schedule", without)
    assert stored(books, connection)["on"] is False
    assert stored(books, connection)["times"] == ["09:00"]
    assert books.house.connections.get(connection.id).next_run_at is None


def test_saving_the_same_again_is_no_change(admin: Visitor, books: Books, connection: Connection) -> None:
    admin.post("/c/1/schedule", wanted())
    assert "Nothing was changed." in admin.follow(admin.post("/c/1/schedule", wanted())).text
    assert len(books.house.connections.changes(connection.id)) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"times": []}, "Choose at least one time of day."),
        ({"times": ["25:00"]}, "“25:00” is no time of day"),
        ({"times": ["09:00", "09:00"]}, "09:00 is there twice."),
        ({"times": [f"{n:02}:0{m}" for n in range(24) for m in range(2)]}, "Choose at most 24."),
        ({"weekdays": []}, "Choose at least one weekday."),
        ({"weekdays": ["7"]}, "numbers from 0 (Monday) to 6"),
        ({"weekdays": ["Monday"]}, "This must be a whole number."),
        ({"entities": []}, "Choose at least one module."),
        ({"entities": ["spaceship"]}, "There is no module “spaceship”"),
        ({"mode": "sideways"}, "Choose one of these ways"),
        ({"per_day": "3"}, "Above stands 1 time. Press “Change the number”"),
    ],
)
def test_every_mistake_is_said_and_nothing_is_saved(
    admin: Visitor, books: Books, connection: Connection, given: dict[str, Any], said: str
) -> None:
    before = books.house.connections.get(connection.id)
    answer = admin.post("/c/1/schedule", wanted(**given))
    assert answer.status == 400
    assert said in answer.text
    assert books.house.connections.get(connection.id) == before


def test_times_are_added_and_taken_away_by_the_form_alone(admin: Visitor, books: Books, connection: Connection) -> None:
    def times(**given: Any) -> list[str]:
        answer = admin.post("/c/1/schedule", wanted(**given))
        assert answer.status == 200
        (form,) = [each for each in answer.forms() if each["action"] == "/c/1/schedule"]
        assert form["values"]["mode"] == ["zoho-to-xero"]
        found: list[str] = form["values"].get("times", [])
        return found

    kept = {"mode": "zoho-to-xero"}
    assert times(do="count", per_day="3", **kept) == ["01:00", "09:00", "17:00"]
    assert times(do="remove-0", times=["08:15", "12:00"], **kept) == ["12:00"]
    assert times(do="remove-0", **kept) == []
    assert stored(books, connection) is None


def test_an_odd_number_of_times_is_said(admin: Visitor, books: Books, connection: Connection) -> None:
    for odd in ("0", "25", "many", "", "-1"):
        answer = admin.post("/c/1/schedule", wanted(do="count", per_day=odd))
        assert "from 1 to 24" in answer.text
    assert admin.post("/c/1/schedule", wanted(do="explode")).status == 400
    assert stored(books, connection) is None


@pytest.mark.parametrize("wanted_times", range(1, 25))
def test_times_are_spread_over_the_day(wanted_times: int) -> None:
    for there in ([], ["09:00"], ["08:15", "23:45"], ["10:00", "10:00"]):
        found = spread(there, wanted_times)
        assert len(set(found)) == len(found) == wanted_times
        assert found == sorted(found)
        assert set(list(dict.fromkeys(there))[:wanted_times]) <= set(found)


# ------------------------------------------------------------------ every so many minutes


def test_an_interval_instead_of_times(admin: Visitor, books: Books, connection: Connection) -> None:
    page = admin.follow(admin.post("/c/1/schedule", wanted(every="15", times=[])))
    assert (stored(books, connection)["every"], stored(books, connection)["times"]) == (15, [])
    following = books.house.connections.get(connection.id).next_run_at
    assert following is not None
    assert timedelta() < following - books.clock.now() <= timedelta(minutes=15)
    assert (following - datetime(1970, 1, 1, tzinfo=UTC)) % timedelta(minutes=15) == place(connection.id, 15)
    zone = books.house.zone(connection)
    for n in range(3):
        assert f"{(following + n * timedelta(minutes=15)).astimezone(zone):%H:%M}" in page.text
    assert "As soon as more calls are allowed" not in page.text
    (form,) = [each for each in page.forms() if each["action"] == "/c/1/schedule"]
    assert form["values"]["every"] == ["15"]


def test_what_is_arranged_is_shown_first(admin: Visitor, books: Books, connection: Connection) -> None:
    """An appointment that came about in another way stands until it was kept."""
    admin.post("/c/1/schedule", wanted(every="720", times=[]))
    arranged = books.clock.now() + timedelta(minutes=7)
    books.house.connections.set_next_run(connection.id, arranged)
    said = f"{arranged.astimezone(books.house.zone(connection)):%H:%M}"
    assert said in admin.get("/c/1/schedule").text
    assert said in admin.get("/c/1/").text


def test_an_interval_that_is_no_choice(admin: Visitor, books: Books, connection: Connection) -> None:
    answer = admin.post("/c/1/schedule", wanted(every="7"))
    assert answer.status == 400
    assert "Choose one of these numbers of minutes: 5, 10, 15," in answer.text
    assert stored(books, connection) is None


def test_runs_that_are_further_apart_than_wished_say_so(admin: Visitor, books: Books, connection: Connection) -> None:
    """Where a person looks: the schedule's page, the dashboard."""
    admin.post("/c/1/schedule", wanted(every="15"))
    begins = datetime(2026, 9, 14, 21, 5, tzinfo=UTC) + place(connection.id, 15) % timedelta(minutes=1)  # its second
    books.house.connections.set_next_run(connection.id, begins)
    books.house.connections.set_stretched(connection.id, Stretch(25, 15, XERO, 1_000, 14).document())
    says = "Every 25 minutes instead of 15: Xero allows 1,000 calls a day, and a run takes about 14."
    page = admin.get("/c/1/schedule").text
    assert says in page
    assert [f"09:{minute:02}" in page for minute in (5, 30, 55)] == [True] * 3
    assert says in admin.get("/c/1/").text
    admin.post("/c/1/schedule", wanted(every="15", mode="xero-to-zoho"))  # it is worked out anew: nothing was used yet
    assert says not in admin.get("/c/1/schedule").text
    assert says not in admin.get("/c/1/").text
