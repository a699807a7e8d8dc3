"""What the web process answers without a portal: alive, and able to work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from extension.bootstrap import EXTENSION
from extension.config import Settings


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
