"""The log of whole runs: each line says whose it is, and none opens a door."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.contextvars import get_contextvars

from extension import logs
from extension.bootstrap import House, Task
from extension.remote.pool import in_order
from extension.serving import performer
from extension.sync.canonical import SIDES
from extension.sync.model import Scope
from sandbox.faults import Rule
from tests.system.live_books import Connected
from tests.system.live_shop import Shop
from tests.system.office import Beat

PLANTED: Final = {
    "secret_key": "c4n4ry-signs-sessions",
    "cron_secret": "c4n4ry-of-the-cron-outside",
    "smtp_url": "smtp://books:c4n4ry-of-the-post@127.0.0.1:9",
    "xero_webhook_keys": "c4n4ry-of-webhooks,c4n4ry-before-it",
}


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance", Shop.opened)


@pytest.fixture
def shop(connected: Connected, tmp_path: Path) -> Iterator[Shop]:
    found = connected.again(tmp_path / "instance")
    plain = found.house.settings
    found.house.close()
    given = {name: value for name, value in plain.model_dump().items() if name not in PLANTED}
    found.house = House(plain.load(_env_file=None, **given, **PLANTED), session=found.house._session, clock=found.clock)
    found.house.open_log()
    logging.getLogger().setLevel(logging.DEBUG)
    yield Shop(found)
    found.house.close()
    logging.getLogger().setLevel(logging.WARNING)


def served(shop: Shop, kind: str = "sync", **scope: Any) -> Task:
    """A task performed as a queue does it, with its letter."""
    number = shop.house.connection(None).id
    shop.clock.advance(3600)
    now = shop.house.clock.now()
    shop.house.tasks.ask(number, kind, Scope(**scope), "ada", now)
    task = shop.house.tasks.take("a test", now, timedelta(days=1))
    assert task is not None
    ended = performer(shop.house)(task, Beat())
    state = "cancelled" if ended.state == "waiting" else ended.state  # nobody waits for it here
    shop.house.tasks.end(task.id, "a test", state, ended.run, ended.result, shop.house.clock.now())
    return task


def lines(shop: Shop) -> list[dict[str, Any]]:
    return [json.loads(line) for line in shop.house.log_file.read_text().splitlines()]


def test_every_line_of_a_run_says_whose_it_is(shop: Shop) -> None:
    for _ in range(3):  # documents are read a few at a time, by threads of their own
        shop.invoice()
    task = served(shop, approve=True)
    told = lines(shop)
    assert {(line["task"], line["connection"], line["kind"]) for line in told} == {
        (task.id, task.connection_id, "sync")
    }
    first = next(n for n, line in enumerate(told) if "run" in line)
    of_run = told[first : next(n for n, line in enumerate(told) if line["event"] == "task") + 1]
    assert len({line.get("run") for line in of_run}) == 1
    assert sum("(get)" in line["event"] or " get" in line["event"] for line in of_run) >= 3
    assert get_contextvars() == {}, "what comes after is nobody's"


def test_two_runs_are_told_apart(shop: Shop) -> None:
    shop.invoice()
    first, second = served(shop, approve=True), served(shop, approve=True)
    runs = {task: {line["run"] for line in lines(shop) if line["task"] == task and "run" in line} for task in (1, 2)}
    assert (first.id, second.id) == (1, 2)
    assert len(runs[1]) == len(runs[2]) == 1
    assert runs[1].isdisjoint(runs[2])


def test_a_crash_names_its_task_and_shows_no_secret(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {side: shop.house.grants(1).get(side) for side in SIDES}
    secrets = [each for grant in held.values() if grant for each in (grant.access, grant.refresh)]
    words = " ".join([*(f"Bearer {each}" for each in secrets), *PLANTED.values()])

    def broken(_: House, __: object) -> None:
        logging.getLogger("somebody").error("about to fail: %s", words)
        raise RuntimeError(f"something of ours failed with {words}")

    monkeypatch.setattr(House, "count_money", broken)
    task = served(shop, approve=True)
    crash = next(line for line in lines(shop) if line["event"] == "task crashed")
    assert (crash["task"], crash["connection"]) == (task.id, task.connection_id)
    assert "RuntimeError" in crash["exception"]
    assert not canaries(shop, secrets)


def test_what_services_say_opens_no_door(shop: Shop) -> None:
    """A refusal that quotes our own request back at us, and a renewal of both tokens."""
    shop.invoice()
    grant = shop.house.grants(1).get("xero")
    assert grant is not None
    body = {"Message": f"Bad header Authorization: Bearer {grant.access}, refresh_token={grant.refresh}"}
    shop.xero.faults.add(Rule("GET", "/Contacts", kind="status_before", params={"status": 403, "body": body}))
    shop.xero.faults.add(Rule("GET", "/Items", kind="expire_token"))
    served(shop, approve=True)
    served(shop, approve=True)
    after = shop.house.grants(1).get("xero")
    assert after is not None
    assert after.access != grant.access
    assert "Bad header" in shop.house.log_file.read_text()
    assert not canaries(shop, [grant.access, grant.refresh, after.access, after.refresh])


def canaries(shop: Shop, more: list[str]) -> list[str]:
    """The secrets that the log shows."""
    text = shop.house.log_file.read_text()
    planted = [part for value in PLANTED.values() for part in value.split(",")]
    planted += [*shop.house.encryption_keys, "c4n4ry-of-the-post"]
    return [each for each in (*planted, *more) if each in text]


def test_a_thread_of_the_pool_says_whose_work_it_does() -> None:
    with logs.about(run=7):
        found = in_order(lambda _: get_contextvars(), range(6))
    assert found == [{"run": 7}] * 6
    assert in_order(lambda _: get_contextvars(), range(6)) == [{}] * 6


@pytest.mark.parametrize("work", [lambda: None, lambda: 1 / 0])
def test_what_was_about_before_is_so_again(work: Callable[[], object]) -> None:
    with logs.about(task=1, run=2):
        try:
            with logs.about(task=3):
                assert get_contextvars() == {"task": 3, "run": 2}
                work()
        except ZeroDivisionError:
            pass
        assert get_contextvars() == {"task": 1, "run": 2}
    assert get_contextvars() == {}
