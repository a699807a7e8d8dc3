"""The world that holds both services, and `python -m sandbox` (facts/zoho.md 5, facts/xero.md 5)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.world import World

ROOT = Path(__file__).resolve().parents[2]


def test_a_world_is_seeded_and_serves_both_companies() -> None:
    world = World(records=12, seed=3)
    assert len(world.zoho.dump()["Accounts"]) == 12
    assert world.xero.dump()["Contacts"]
    with pytest.raises(RuntimeError):
        _ = world.zoho_url
    with world:
        for url in (world.zoho_url, world.xero_url):
            assert requests.get(f"{url}/__admin/clock", timeout=60).json()["now"]
        with pytest.raises(RuntimeError):
            world.start()
    world.start()
    world.stop()


def test_the_same_seed_makes_the_same_company() -> None:
    clock = World(records=10).clock
    first, second = World(clock, records=12, seed=5), World(clock, records=12, seed=5)
    assert first.zoho.dump().keys() == second.zoho.dump().keys()
    ids = [[row["id"] for row in world.zoho.dump()["Invoices"]] for world in (first, second)]
    assert ids[0] == ids[1]


def test_the_command_prints_addresses_and_runs_until_stopped() -> None:
    command = [sys.executable, "-m", "sandbox", "--records", "10"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as running:
        assert running.stdout is not None
        zoho, xero = (running.stdout.readline().split()[1 + (place == 0)] for place in range(2))
        assert requests.get(f"{zoho}/oauth/serverinfo", timeout=60).json()["result"] == "success"
        assert requests.get(f"{xero}/__admin/clock", timeout=60).status_code == 200
        running.send_signal(signal.SIGTERM)
        assert running.wait(120) == 0


def test_the_command_says_why_it_cannot_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for options, reason in ((["--zoho-port", port], "in use"), (["--records", "1"], "at least 10")):
            done = subprocess.run(
                [sys.executable, "-m", "sandbox", *options], cwd=ROOT, capture_output=True, text=True, timeout=120
            )
            assert (done.returncode, done.stdout) == (2, "")
            assert reason in done.stderr
            assert "Traceback" not in done.stderr
