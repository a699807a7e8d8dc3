"""Which of several processes on one machine ticks: the one that holds the lock of a file.

The system takes the lock away from a process that ends, however it ends, so a killed leader is replaced by whoever
asks next (facts/platform.md 2.1: without the gate three processes tick). Machines that share a database may each have
a leader; a due run is still asked for once, because it moves on in the transaction that asks.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path


class FileGate:
    """Asked before every tick, never waits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: int | None = None
        self._process = 0
        self._lock = threading.Lock()  # two threads that ask at once would be strangers to each other

    def mine(self) -> bool:
        """Whether this process leads, now and until it ends."""
        with self._lock:
            return self._asked()

    def _asked(self) -> bool:
        if self._held is not None and self._process == os.getpid():
            return True
        self._close()  # a forked child holds its parent's lock by the same descriptor: it asks for itself
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # somebody else leads
            os.close(descriptor)
            return False
        self._held, self._process = descriptor, os.getpid()
        return True

    def leave(self) -> None:
        """Lets another one lead."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None
