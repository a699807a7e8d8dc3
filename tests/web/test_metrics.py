"""The figures for a monitoring system: who may read them, and that nobody's name is among them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from flask import Flask
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from pydantic import SecretStr
from werkzeug.test import TestResponse

from app import create_app
from extension.bootstrap import House, Watched
from extension.metrics import collector
from extension.metrics.exposition import exposition
from extension.sync.errors import SyncError
from extension.web.limits import limiter
from tests.system.figures import Figures
from tests.system.live_books import Books
from tests.web.visitor import Visitor

TOKEN: Final = "c4n4ry-for-the-watcher"


@pytest.fixture
def told(books: Books) -> Iterator[Flask]:
    """Somebody asked for figures."""
    settings = books.house.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    books.house.settings = settings
    limiter.reset()
    yield create_app(house=books.house)
    limiter.reset()


def read(app: Flask, token: str | None = TOKEN, **headers: str) -> TestResponse:
    shown = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return app.test_client().get("/metrics", headers={**shown, **headers})


def test_without_a_token_there_is_no_such_page(admin: Visitor) -> None:
    assert admin.get("/metrics").status == 404
    assert admin.get("/metrics", {"Authorization": "Bearer "}).status == 404


@pytest.mark.parametrize("token", [None, "", "guessed", TOKEN + "x", TOKEN[:-1]])
def test_whoever_does_not_show_it_is_refused(told: Flask, token: str | None) -> None:
    answer = read(told, token)
    assert answer.status_code == 401
    assert "xero2zoho_" not in answer.get_data(as_text=True)
    assert TOKEN not in answer.get_data(as_text=True)


def test_whoever_guesses_has_few_tries_and_uses_up_nobody_elses(told: Flask) -> None:
    assert [read(told, f"guess {n}").status_code for n in range(12)] == [401] * 10 + [429] * 2
    assert read(told).status_code == 200


def test_what_is_told_can_be_read_in_both_forms(told: Flask) -> None:
    plain, newer = read(told), read(told, Accept="application/openmetrics-text; version=1.0.0")
    assert plain.content_type.startswith("text/plain")
    assert newer.content_type.startswith("application/openmetrics-text")
    names = {family.name for family in open_metrics(newer.get_data(as_text=True))}  # type: ignore[no-untyped-call]
    assert {"xero2zoho_database_up", "xero2zoho_connections", "xero2zoho_queue_age_seconds"} <= names
    assert plain.headers["Cache-Control"] == "no-store"
    found = Figures(plain.get_data(as_text=True))
    assert found("database_up") == 1
    assert found("connections", state="by_hand") == 1


def test_nobodys_name_and_no_secret_is_told(told: Flask, books: Books) -> None:
    house = books.house
    connection = house.connection(None)
    house.grants(connection.id).mark_broken("xero", "disconnected by Ada Admin")
    text = read(told).get_data(as_text=True)
    kept = [house.grants(connection.id).get("zoho")]
    secrets = [part for grant in kept if grant for part in (grant.access, grant.refresh)]
    organisations = [house.organisation_name(connection, side) for side in ("zoho", "xero")]
    for name in (connection.name, *connection.organisations.values(), *organisations, *secrets, TOKEN, "Ada Admin"):
        assert name
        assert name not in text
    assert f'xero2zoho_reconnect_needed{{connection="{connection.id}",service="xero"}} 1.0' in text


def test_a_database_that_is_away_is_a_figure(told: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise SyncError("The database is away.")

    monkeypatch.setattr(House, "watched", away)
    found = Figures(read(told).get_data(as_text=True))
    assert found("database_up") == 0
    assert not found.of("queue_age_seconds")


def test_a_database_that_lets_one_wait_does_not_hold_them_all(
    told: Flask, monkeypatch: pytest.MonkeyPatch, books: Books
) -> None:
    monkeypatch.setattr(collector, "PATIENCE", 0.0)
    asked, answers, real = threading.Event(), threading.Event(), House.watched

    def hangs(house: House, *given: Any) -> Watched:
        asked.set()
        assert answers.wait(60)
        return real(house, *given)

    monkeypatch.setattr(House, "watched", hangs)
    read_ = exposition(books.house)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(read_, "")
        assert asked.wait(60)
        assert Figures(read_("")[0].decode())("database_up") == 0
        answers.set()
        assert Figures(first.result()[0].decode())("database_up") == 1


def test_many_who_ask_cost_what_one_costs(told: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, real = Counter[str](), House.watched

    def counted(house: House, *given: Any) -> Watched:
        asked["times"] += 1
        return real(house, *given)

    monkeypatch.setattr(House, "watched", counted)
    assert [read(told).status_code for _ in range(5)] == [200] * 5
    assert asked["times"] == 1
