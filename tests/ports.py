"""Ports for programs that have to be told one."""

from __future__ import annotations

import itertools
import os
import socket
from typing import Final

# Below the ports that systems hand out to whoever asks for any (32768 and above), so that no connection of another test
# takes one between the look and the program's start; each process of a test run begins elsewhere.
FIRST: Final = 20_000
MANY: Final = 10_000
APART: Final = 211
_next: Final = itertools.count(os.getpid() * APART)


def free_port() -> int:
    """One on which nobody listens, and another at each call."""
    for number in itertools.islice(_next, MANY):
        port = FIRST + number % MANY
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("every port is taken")
