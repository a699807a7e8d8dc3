"""Where nothing runs between requests, whoever watches a run keeps it going by asking how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from pydantic import SecretStr

from extension.bootstrap import Connection
from extension.slices import SLICES, slices_of
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.visitor import STRANGER, Visitor


@pytest.fixture
def asleep(books: Books, portal: Flask) -> Iterator[None]:
    given = {"serve_tasks": "cron", "cron_secret": SecretStr("s" * 20)}
    books.house.settings = books.house.settings.model_copy(update=given)
    yield
    if SLICES in portal.extensions:
        slices_of(portal).stop()
        with slices_of(portal)._one:  # the slice under way has ended
            pass


@pytest.mark.usefixtures("asleep")
def test_whoever_watches_a_run_need_not_wait_for_the_cron(admin: Visitor, books: Books, connection: Connection) -> None:
    admin.post("/c/1/fetch")
    (task,) = books.house.tasks.open(connection.id)
    assert books.house.tasks.get(connection.id, task.id).state == "waiting", "asking alone performs nothing"
    end = time.monotonic() + 60
    while books.house.tasks.get(connection.id, task.id).state != "done":
        assert admin.get(f"/c/1/tasks/{task.id}/live").status == 200
        assert time.monotonic() < end, "this did not come true"
        threading.Event().wait(0.2)


@pytest.mark.usefixtures("asleep")
def test_who_may_not_see_a_run_starts_nothing(
    admin: Visitor, visitor: Callable[[Person | None], Visitor], portal: Flask, books: Books, connection: Connection
) -> None:
    admin.post("/c/1/fetch")
    (task,) = books.house.tasks.open(connection.id)
    for other in (visitor(STRANGER), visitor(None)):
        assert other.get(f"/c/1/tasks/{task.id}/live").status in (302, 404)
    assert SLICES not in portal.extensions


def test_where_a_process_works_by_itself_a_look_is_a_look(
    admin: Visitor, portal: Flask, books: Books, connection: Connection
) -> None:
    admin.post("/c/1/fetch")
    (task,) = books.house.tasks.open(connection.id)
    assert admin.get(f"/c/1/tasks/{task.id}").status == 200
    assert SLICES not in portal.extensions
