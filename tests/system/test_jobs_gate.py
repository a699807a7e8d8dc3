"""Several processes, one leader; a leader that is killed is replaced, and its children do not lead in its place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from extension.jobs.gate import FileGate

ROOT: Final = Path(__file__).resolve().parent.parent.parent
ASKS: Final = """
import sys
from pathlib import Path
from extension.jobs.gate import FileGate
gate = FileGate(Path(sys.argv[1]))
for line in sys.stdin:
    print(gate.mine(), flush=True)
"""


class Process:
    """Another process that answers whether it leads."""

    def __init__(self, path: Path) -> None:
        self._inside = subprocess.Popen(
            [sys.executable, "-c", ASKS, str(path)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def leads(self) -> bool:
        assert self._inside.stdin is not None
        assert self._inside.stdout is not None
        self._inside.stdin.write("?\n")
        self._inside.stdin.flush()
        return self._inside.stdout.readline().strip() == "True"

    def kill(self) -> None:
        self._inside.send_signal(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        with self._inside:
            self._inside.kill()


@contextmanager
def processes(path: Path, n: int) -> Iterator[list[Process]]:
    made = [Process(path) for _ in range(n)]
    try:
        yield made
    finally:
        for each in made:
            each.close()


def test_one_of_three_processes_leads_and_a_killed_leader_is_replaced(tmp_path: Path) -> None:
    with processes(tmp_path / "tick.lock", 3) as found:
        first, second, third = found
        assert [each.leads() for each in found] == [True, False, False]
        assert [each.leads() for each in found] == [True, False, False]
        first.kill()
        assert [second.leads(), third.leads()] == [True, False]


def test_a_forked_child_does_not_lead_beside_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "tick.lock"
    gate = FileGate(path)
    assert gate.mine()
    child = os.fork()
    if child == 0:
        os._exit(7 if gate.mine() else 0)
    assert os.waitpid(child, 0)[1] == 0
    assert gate.mine()
    with processes(path, 1) as [other]:
        assert not other.leads()
        gate.leave()
        assert other.leads()


def test_threads_that_ask_at_once_all_lead(tmp_path: Path) -> None:
    for number in range(20):
        gate, start = FileGate(tmp_path / f"{number}.lock"), threading.Barrier(4)

        def ask(_: int, gate: FileGate = gate, start: threading.Barrier = start) -> bool:
            start.wait(20)
            return gate.mine()

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(ask, range(4)))
        gate.leave()


def test_a_leader_that_left_may_lead_again(tmp_path: Path) -> None:
    gate = FileGate(tmp_path / "tick.lock")
    assert gate.mine()
    gate.leave()
    gate.leave()
    assert gate.mine()
    gate.leave()
    assert (tmp_path / "tick.lock").stat().st_mode & 0o777 == 0o600
