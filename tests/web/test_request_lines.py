"""What the log says of requests: whose they are, and nothing of the one before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from structlog.contextvars import get_contextvars

from extension import logs
from extension.bootstrap import House
from tests.web.test_hooks import CHANNEL, ITR, TOKEN, notification, xero, zoho
from tests.web.visitor import Visitor


@pytest.fixture
def house(admin: Visitor) -> Iterator[House]:
    before = structlog.get_config()
    admin.house.open_log()
    yield admin.house
    logs.close()
    structlog.configure(**before)


def lines(house: House) -> list[dict[str, Any]]:
    return [json.loads(line) for line in house.log_file.read_text().splitlines()]


def test_a_page_that_breaks_names_its_connection(admin: Visitor, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    number = house.connection(None).id
    monkeypatch.setattr(House, "figures", lambda *_: 1 / 0)
    assert admin.get(f"/c/{number}/").status == 500
    assert admin.get(f"/c/{number}/").status == 500
    first, second = lines(house)
    assert (first["event"], first["connection"]) == ("page", number)
    assert len({first["request"], second["request"]}) == 2
    assert get_contextvars() == {}


def test_a_signal_names_whom_it_is_about(admin: Visitor, house: House) -> None:
    connection = house.connection(None)
    until = house.clock.now() + timedelta(days=6)
    house.channels(connection).begin(CHANNEL, TOKEN, "https://x.example/hooks/zoho/" + CHANNEL, ["Accounts"], until)
    assert zoho(admin.app, notification()).status_code == 200
    assert zoho(admin.app, notification(token="guessed")).status_code == 404
    assert xero(admin.app, ITR, "guessed").status_code == 401
    heard, guessed, unsigned = lines(house)
    assert (heard["event"], heard["connection"]) == ("signals", connection.id)
    assert guessed["event"] == unsigned["event"] == "signal refused"
    assert "connection" not in guessed
    assert "connection" not in unsigned
    assert len({line["request"] for line in (heard, guessed, unsigned)}) == 3
    assert TOKEN not in house.log_file.read_text()
