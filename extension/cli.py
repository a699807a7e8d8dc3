"""The `flask` commands, each with `--json`. What they do is in `console`, one file per group."""

from __future__ import annotations

from typing import Final

import click
from flask import Flask

from extension.console import doctor, history, preparing, runs, serving, setup, widget, worlds

COMMANDS: Final[tuple[click.Command, ...]] = (
    setup.connect,
    setup.setup_link,
    preparing.setup,
    runs.fetch,
    runs.plan,
    runs.sync,
    runs.audit,
    history.history,
    doctor.doctor,
    serving.worker,
    setup.db,
    setup.keys,
    widget.widget,
    worlds.sandbox,
    worlds.demo,
)


def register(app: Flask) -> None:
    """Adds them to an application."""
    for command in COMMANDS:
        app.cli.add_command(command)
