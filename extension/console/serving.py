"""worker: perform tasks and tick, without answering pages."""

from __future__ import annotations

import signal
import threading

import click
from flask import current_app

from extension import serving
from extension.console import exits
from extension.console.result import Desk, Result, reports
from extension.console.screen import Screen
from extension.metrics.port import Port


@click.command("worker")
@click.option(
    "--workers", type=click.IntRange(1, 32), default=serving.WORKERS, show_default=True, help="Runs at the same time."
)
@reports
def worker(desk: Desk, workers: int) -> Result:
    """Serve schedules and what people asked for in the portal, until stopped. On PostgreSQL any number of workers share
    the work, on any number of machines."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the object itself outlives this context
    ends = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ends.set())
    port = Port(desk.house) if desk.house.settings.metrics_listen else None
    made = serving.start(app, workers=workers, shared=True)

    def show(screen: Screen) -> None:
        screen.line(f"Serving runs, {workers} at a time, and schedules.", "bold")
        if not desk.house.mail_ready:
            screen.line("SMTP_URL is not set, so letters wait.")
        screen.line("Ctrl-C stops; what is under way goes on when it is started again.")

    def serve() -> None:
        ends.wait()
        made.stop()
        if port is not None:
            port.close()

    return Result(exits.DONE, {"serving": True, "workers": workers}, show, serve)
