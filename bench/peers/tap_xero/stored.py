"""tap-xero into SQLite: its messages are piped into a target, as its users do."""

from __future__ import annotations

import subprocess
import sys
from contextlib import redirect_stdout

from bench.peers.gauge import Asked, gauged
from bench.peers.tap_xero.tapped import set_up, tap

TARGET = "bench.peers.tap_xero.target"


def fetch(asked: Asked) -> int:
    target = subprocess.Popen(
        [sys.executable, "-m", TARGET, str(asked.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert target.stdin is not None
    with redirect_stdout(target.stdin):
        tap()
    told, _ = target.communicate()  # closes its input, which ends it
    if target.returncode:
        raise RuntimeError("the target failed; what it said is above")
    return int(told)


if __name__ == "__main__":
    gauged(fetch, "tap-xero", before=set_up)
