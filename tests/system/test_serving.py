"""What the web process answers without a portal: alive, and able to work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from extension import health
from extension.bootstrap import EXTENSION, House
from extension.config import Settings
from extension.store import new_key
from extension.sync.canonical import ZOHO
from extension.sync.ports import Grant


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def client(folder: Path) -> Iterator[FlaskClient]:
    app = create_app(Settings.load(_env_file=None, instance_dir=folder, database_url="", encryption_keys=()))
    yield app.test_client()
    app.extensions[EXTENSION]().close()


def test_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ready"}
    assert client.get("/").headers["Location"] == "/sign-in"


def test_not_ready_while_a_key_lies_open(client: FlaskClient, folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "encryption_keys").touch(0o600)
    (folder / "encryption_keys").chmod(0o644)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "others on this machine" in answer.get_json()["problem"]
    assert client.get("/healthz").status_code == 200
    (folder / "encryption_keys").unlink()
    assert client.get("/readyz").status_code == 200


def test_a_wrong_setting_is_an_answer_and_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XERO_API_URL", "http://example.com")
    answer = create_app().test_client().get("/readyz")
    assert answer.status_code == 503
    assert "XERO_API_URL" in answer.get_json()["problem"]


# ------------------------------------------------------------------ whether anybody works


def house_of(client: FlaskClient) -> House:
    house = client.application.extensions[EXTENSION]()
    assert isinstance(house, House)
    return house


def test_it_tells_when_somebody_last_ticked(client: FlaskClient) -> None:
    now = house_of(client).clock.now()
    health.note_tick(house_of(client), now)
    assert client.get("/readyz").get_json() == {"status": "ready", "ticked": now.isoformat()}


def test_pages_are_served_while_nobody_ticks_and_whoever_watches_is_told(client: FlaskClient) -> None:
    house = house_of(client)
    health.note_tick(house, house.clock.now() - timedelta(hours=1))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["status"] == "late"
    assert "does a worker run" in answer.get_json()["problem"]


def test_the_oldest_appointment_that_nobody_kept_is_told(client: FlaskClient) -> None:
    house = house_of(client)
    now = house.clock.now()
    health.note_tick(house, now)
    for name, minutes in (("second", 20), ("first", 40)):
        number = house.connections.create(name).id
        house.connections.set_next_run(number, now - timedelta(minutes=minutes))
    answer = client.get("/readyz").get_json()
    assert (answer["status"], answer["due"]) == ("late", (now - timedelta(minutes=40)).isoformat())


def test_keys_that_open_nothing_are_not_ready(client: FlaskClient, folder: Path) -> None:
    house = house_of(client)
    number = house.connections.create("known").id
    house.grants(number).save(ZOHO, Grant("access", "refresh", house.clock.now(), ()))
    assert client.get("/readyz").status_code == 200
    key = new_key()
    app = create_app(Settings.load(_env_file=None, instance_dir=folder, database_url="", encryption_keys=key))
    answer = app.test_client().get("/readyz")
    app.extensions[EXTENSION]().close()
    assert answer.status_code == 503
    assert "cannot be read with the keys" in answer.get_json()["problem"]


def test_a_database_that_is_away_is_not_ready() -> None:
    given = {"database_url": "postgresql://sync@127.0.0.1:9/none", "encryption_keys": new_key(), "secret_key": "s"}
    app = create_app(Settings.load(_env_file=None, **given))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["status"] == "not ready"
    assert app.test_client().get("/healthz").status_code == 200
    app.extensions[EXTENSION]().close()
