"""Serves with gunicorn: `gunicorn app:app` reads this file by itself.

One process with threads answers pages, performs tasks and ticks. With more processes (`-w 3`) each performs tasks and
one ticks; what they share is in the database. Told to end, it lets requests under way come to their end, a slice of a
cron (CRON_SLICE_SECONDS) among them; runs of its own stop where it is safe.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from extension.meters import forget_processes
from extension.serving import SERVING, start_in_server
from extension.slices import SLICES

workers = 1
threads = 32
graceful_timeout = 45  # a slice of 25 s, and its run that stops; whoever ends us waits a little longer
control_socket_disable = True  # nobody uses it, and a read-only host has no place for it


def on_starting(server: Any) -> None:
    """Processes that count together (`-w 3` with /metrics) do so in a folder, which is empty when they begin."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        forget_processes(Path(folder))


def post_worker_init(worker: Any) -> None:
    """In the process that serves, after it was forked."""
    start_in_server(worker.app.wsgi())


def worker_exit(server: Any, worker: Any) -> None:
    extensions = worker.app.wsgi().extensions
    for name in (SERVING, SLICES):
        if name in extensions:
            extensions[name].stop()
