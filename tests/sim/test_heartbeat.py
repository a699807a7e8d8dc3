"""The lease of a long run is renewed although its database was busy for a moment.

A beat that fails is nobody's end: the run itself meets what ails the database, and says so.
"""

from __future__ import annotations

import threading

import pytest

from extension.sync import engine as engines
from extension.sync.engine import Engine, Timing
from extension.sync.errors import SyncError
from extension.sync.model import Scope
from tests.sim.harness import WINDOW, Harness, Ways

WAIT = 30.0


def test_a_beat_that_fails_is_not_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "HEARTBEAT_SECONDS", 0.001)
    h = Harness(Ways())
    beats, beaten = 0, threading.Event()
    renew = h.store.renew

    def busy(epoch: int, now: object, seconds: float) -> bool:
        nonlocal beats
        if threading.current_thread() is threading.main_thread():
            return renew(epoch, h.world.now(), seconds)
        beats += 1
        if beats == 1:
            raise SyncError("The database is in use by another process.", code="database_busy")
        if beats > 2:
            beaten.set()
        return renew(epoch, h.world.now(), seconds)

    monkeypatch.setattr(h.store, "renew", busy)
    waited: list[bool] = []
    timing = Timing(overlap=WINDOW, settle=WINDOW)
    run = Engine(
        h.store, h.toy, h.side, h.engine().clock, timing=timing, between=lambda: waited.append(beaten.wait(WAIT))
    )
    assert run.run(Scope(approve=True)).state == "done"
    assert waited, "a run stops between two batches"
    assert all(waited), "it beats on"
