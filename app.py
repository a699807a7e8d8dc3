"""The application: `flask --app app ...` for the commands, `gunicorn app:app` to serve."""

from __future__ import annotations

import threading
from collections.abc import Callable

from apiflask import APIFlask
from flask import Flask
from flask.typing import ResponseReturnValue

from extension import cli, health, serving
from extension.bootstrap import EXTENSION, House
from extension.config import BadSettings, Settings
from extension.sync.errors import SyncError
from extension.web import portal


def create_app(settings: Settings | None = None, *, house: House | None = None) -> Flask:
    """One application over one installation, or over the house that somebody keeps already. The environment is read
    when it is first needed, so that a wrong setting is a sentence of a command, or of /readyz, and never a traceback
    at import."""
    made = APIFlask(
        __name__,
        title="xero2zoho",
        version="1",
        static_folder=None,  # type: ignore[arg-type]  # Flask takes None, for an application without files of its own
        spec_path=None,
        docs_path=None,
        json_errors=False,
    )
    made.extensions[EXTENSION] = _once(lambda: house or _house(settings or Settings.load()))
    cli.register(made)
    portal.register(made)

    @made.get("/healthz")
    def healthz() -> ResponseReturnValue:
        """The process answers."""
        return {"status": "ok"}

    @made.get("/readyz")
    def readyz() -> ResponseReturnValue:
        """It can work, too: settings, keys and database are in place. What is late is told, and no reason to send
        visitors elsewhere."""
        try:
            found = health.examine(made.extensions[EXTENSION]())
        except (BadSettings, SyncError) as wrong:
            found = health.Health("not ready", str(wrong))
        doing = made.extensions.get(serving.SERVING)
        told = found.document() | (doing.state() if doing else {})
        return told, 503 if found.status == "not ready" else 200

    return made


def _house(settings: Settings) -> House:
    found = House(settings)
    found.open_log()
    return found


def _once(make: Callable[[], House]) -> Callable[[], House]:
    """The same house for every thread; a setting that was wrong is read again the next time."""
    made: list[House] = []
    lock = threading.Lock()

    def get() -> House:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return get


app = create_app()
serving.start_under_flask_run(app)
