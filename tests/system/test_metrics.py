"""Figures after work was done: what one process counted, what the database says, and where a worker tells them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
import requests
from pydantic import SecretStr

from extension import health
from extension.bootstrap import House, Standing, Watched
from extension.config import Settings
from extension.jobs.tick import Tick
from extension.metrics import collector
from extension.metrics.exposition import exposition
from extension.metrics.port import Port
from extension.serving import chores
from extension.sync.errors import BadInput
from sandbox.faults import Rule
from tests.ports import free_port
from tests.system.figures import Figures
from tests.system.live_books import HOUR, Connected
from tests.system.live_shop import Shop
from tests.system.test_log_lines import served

ROOT: Final = Path(__file__).resolve().parent.parent.parent
TOKEN: Final = "t0ken-for-the-watcher"


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Shop.opened)


@pytest.fixture
def shop(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    found = connected.again(tmp_path / "instance")
    yield Shop(found)
    found.house.close()


def figures(shop: Shop) -> Figures:
    return Figures(exposition(shop.house)("")[0].decode())


# ------------------------------------------------------------------ after a run


def test_a_run_is_told_with_what_it_did_and_what_it_cost(shop: Shop) -> None:
    shop.invoice()
    shop.invoice(Status="Created by nobody")
    connection = shop.house.connection(None)
    schedule = {**connection.settings, "schedule": {"on": True, "every": 30}}
    shop.house.connections.update_settings(connection.id, schedule, "a test", shop.clock.now())
    task = served(shop, approve=True)
    shop.clock.advance(HOUR)
    found = figures(shop)
    number = str(task.connection_id)
    assert found("runs_total", kind="sync", end="done") == 1
    assert found("run_seconds_count", kind="sync") == 1
    assert found("outcomes_total", entity="invoice", outcome="created", service="xero") == 1
    assert found("outcomes_total", entity="invoice", outcome="held", service="zoho") == 1
    assert found("holds", reason="status_unmapped") == 1
    assert found("calls_total", service="xero", kind="create", status="200") >= 1
    calls = found.sum("calls_total")
    assert calls == sum(shop.house.transport.calls.values())
    assert found.sum("call_seconds_count") == calls
    assert HOUR <= found("freshness_seconds", connection=number) < 2 * HOUR
    assert found("interval_seconds", connection=number) == 1800
    assert found("connections", state="scheduled") == 1
    left = shop.house.budget(connection)
    assert found("budget_left", connection=number, service="xero", window="day") == left["xero"].day_left
    assert found("budget_left", connection=number, service="zoho", window="day") == left["zoho"].day_left
    assert found("budget_reserve", service="xero", window="day") == 200
    assert found("app_budget_left", service="xero") == 10_000, "an hour later all of it is back"
    assert found("app_budget_reserve", service="xero") == 500
    assert found("token_refreshes_total", service="xero", end="done") == 1
    assert (found("tasks_ready"), found("queue_age_seconds")) == (0, 0)


def test_what_alerts_ask_for_is_there_before_it_happens(shop: Shop) -> None:
    found = figures(shop)
    assert found("runs_total", kind="sync", end="crashed") == 0
    assert found("outcomes_total", entity="purchase_order", outcome="failed", service="xero") == 0
    assert found("token_refreshes_total", service="xero", end="invalid_grant") == 0


def test_what_goes_wrong_is_counted_as_what_it_is(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.xero.faults.add(Rule("GET", "/Contacts", kind="throttle", params={"retry_after": 30}))
    served(shop, approve=True, full=True)
    shop.clock.advance(60)
    shop.xero.faults.add(Rule("GET", "/Contacts", kind="cut_before", times=0))
    served(shop, "audit")
    shop.xero.faults.clear()
    shop.xero.faults.add(Rule("GET", "/Contacts", kind="revoke_grant"))
    served(shop, "audit")
    monkeypatch.setattr(House, "registry", lambda *_: 1 / 0)
    served(shop)
    found = figures(shop)
    assert found("runs_total", kind="sync", end="limited") == 1
    assert found("calls_total", service="xero", kind="list", status="429") == 1
    assert found("calls_total", service="xero", kind="list", status="0") == 1
    assert found("runs_total", kind="audit", end="failed") == 2
    assert found("token_refreshes_total", service="xero", end="invalid_grant") == 1
    assert found("reconnect_needed", connection="1", service="xero") == 1
    assert found("runs_total", kind="sync", end="crashed") == 1


def test_the_clock_that_looks_for_due_runs_is_seen(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not figures(shop).of("last_tick_timestamp_seconds")
    monkeypatch.setattr(House, "ears", property(lambda _: 1 / 0))
    tick = Tick(chores(shop.house, lambda: None), lambda: True, shop.house.clock, shop.house.meters.chore_failed)
    tick()
    tick()
    found = figures(shop)
    assert found("ticks_total") == 2
    assert found("chore_failures_total", chore="signals") == 2
    assert (
        shop.house.services.note(health.TICK)
        == datetime.fromtimestamp(found("last_tick_timestamp_seconds"), UTC).isoformat()
    )


# ------------------------------------------------------------------ how much there is to keep


def test_however_large_an_installation_is_what_is_told_is_bounded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 5, 4, tzinfo=UTC)
    many = tuple(
        Standing(n, now - timedelta(minutes=n) if n % 2 else None, '{"every":15,"on":true}', False, None, False)
        for n in range(1, 50)
    )
    holds = {f"reason {n}": n for n in range(1, 200)}
    plain = shop.house.watched(timedelta(seconds=30), health.TICK)
    large: Watched = replace(plain, at=now, connections=many, holds=holds, buckets={}, lost=frozenset())
    monkeypatch.setattr(House, "watched", lambda *_: large)
    monkeypatch.setattr(collector, "MOST", 30)
    found = figures(shop)
    listed = [each.labels["connection"] for each in found.of("interval_seconds")]
    assert len(listed) == 30
    assert found("connections_unlisted") == 19
    assert {"2", "48", "49"} <= set(listed), "who was never in step, or longest ago, is not left out"
    assert "1" not in listed
    assert len(found.of("holds")) == collector.REASONS + 1
    assert found.sum("holds") == sum(holds.values())


# ------------------------------------------------------------------ a worker's own port


def house(tmp_path: Path, **given: object) -> House:
    place = f"127.0.0.1:{free_port()}"
    known = {"database_url": "", "metrics_listen": place, **given}
    return House(Settings.load(_env_file=None, instance_dir=tmp_path / "instance", **known))


def test_a_worker_tells_at_a_port_of_its_own(tmp_path: Path) -> None:
    worker = house(tmp_path)
    port = Port(worker)
    try:
        base = f"http://127.0.0.1:{port.number}"
        answer = requests.get(f"{base}/metrics", timeout=10)
        assert Figures(answer.text)("database_up") == 1
        assert requests.get(f"{base}/healthz", timeout=10).json() == {"status": "ok"}
        assert requests.get(f"{base}/", timeout=10).status_code == 404
        assert requests.post(f"{base}/metrics", timeout=10).status_code == 405
        with pytest.raises(BadInput, match="METRICS_LISTEN"):
            Port(worker)
    finally:
        port.close()
        worker.close()


def test_where_a_token_is_set_it_is_asked_for_there_too(tmp_path: Path) -> None:
    worker = house(tmp_path, metrics_token=TOKEN)
    port = Port(worker)
    try:
        address = f"http://127.0.0.1:{port.number}/metrics"
        assert requests.get(address, timeout=10).status_code == 401
        assert requests.get(address, headers={"Authorization": f"Bearer {TOKEN}x"}, timeout=10).status_code == 401
        assert requests.get(address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10).status_code == 200
    finally:
        port.close()
        worker.close()


# ------------------------------------------------------------------ several processes of one server

COUNT = """
from extension.meters import Meters
Meters().outcomes({"invoice": {"created xero": 2}})
"""


def test_processes_of_one_server_count_together(tmp_path: Path) -> None:
    """The library decides by the environment when it is imported, so each is a process of its own."""
    variables = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNT], cwd=ROOT, env=variables, check=True)
    one = House(
        Settings.load(_env_file=None, instance_dir=tmp_path / "i", database_url="", prometheus_multiproc_dir=tmp_path)
    )
    found = Figures(exposition(one)("")[0].decode())
    one.close()
    assert found("outcomes_total", entity="invoice", outcome="created", service="xero") == 4
    assert found("database_up") == 1


def test_secrets_given_as_files_can_be_this_one(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    os.environ["METRICS_TOKEN_FILE"] = str(tmp_path / "token")
    try:
        assert Settings.load(_env_file=None).metrics_token == SecretStr(TOKEN)
    finally:
        del os.environ["METRICS_TOKEN_FILE"]
