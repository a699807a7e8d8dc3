"""The portal's parts put together: protection first, then pages, then what is shown when something is wrong."""

from __future__ import annotations

import structlog
from apiflask.exceptions import HTTPError
from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from extension.config import BadSettings
from extension.sync.errors import BadInput, Busy, SyncError
from extension.web import (
    access,
    attention,
    auditing,
    connecting,
    cron,
    dashboard,
    downloads,
    fetching,
    health,
    history,
    hooks,
    installing,
    limits,
    lines,
    matching,
    metrics,
    overview,
    popup,
    preparing,
    previewing,
    scheduling,
    security,
    setting_up,
    settings,
    show,
    signing_in,
    synchronise,
    tasks,
    widget,
)
from extension.web.api import description, problems, records, runs, session

log = structlog.get_logger(__name__)

PARTS = (
    signing_in.pages,
    overview.pages,
    dashboard.pages,
    installing.pages,
    connecting.pages,
    setting_up.pages,
    preparing.pages,
    health.pages,
    attention.pages,
    history.pages,
    auditing.pages,
    downloads.pages,
    fetching.pages,
    matching.pages,
    synchronise.pages,
    scheduling.pages,
    settings.pages,
    previewing.pages,
    tasks.pages,
    popup.pages,
    widget.pages,
    cron.pages,
    hooks.pages,
    metrics.pages,
    session.endpoints,
    records.endpoints,
    runs.endpoints,
)

MESSAGES = {
    400: ("That was not understood", "The address or the form was not complete. Go back and try again."),
    403: ("You may not do that", "An administrator of the CRM may. Ask one of them."),
    404: ("There is no such page", "It may have been removed, or belongs to another organisation."),
    405: ("That does not work this way", "Go back and use the buttons of the page."),
    413: ("That is too large", "A settings file has at most 2 MB."),
    429: ("Too many tries", "Wait a minute, then try again."),
}
FORGED = (
    "This form did not come from this portal",
    "The page may have been open for a long time, or under another address. Open it again and repeat the change.",
)


def register(app: Flask) -> None:
    """Everything that a browser sees."""
    app.static_folder, app.template_folder = str(show.STATIC), str(show.TEMPLATES)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=app.send_static_file)
    app.extensions.setdefault(access.ACCESS, {}).update({"static": "open", "healthz": "open", "readyz": "open"})
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000  # their addresses change with their content
    app.jinja_env.undefined = StrictUndefined  # a name that a view forgot is an error, not a blank
    lines.register(app)  # first: whatever is logged of a request carries its id
    security.protect(app)
    limits.register(app)
    show.register(app)
    for part in PARTS:
        app.register_blueprint(part)
    description.register(app)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(HTTPError, problems.of_input)
    app.register_error_handler(BadInput, lambda wrong: _ours(wrong, 400))
    app.register_error_handler(Busy, lambda wrong: _ours(wrong, 409))
    app.register_error_handler(SyncError, lambda wrong: _ours(wrong, 502))
    app.register_error_handler(BadSettings, _misconfigured)
    app.register_error_handler(Exception, _broken)


def _ours(wrong: SyncError, status: int) -> ResponseReturnValue:
    return problems.of_ours(wrong) if problems.concerns() else show.trouble(wrong, status)


def _refused(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400 or error.response is not None:  # somebody has said already how to answer
        return error.get_response()
    if problems.concerns():
        return problems.of_http(error)
    if code == 403 and error.description in ("origin", "form"):
        heading, message = FORGED
    else:
        heading, message = MESSAGES.get(code, ("Something went wrong", "It has been recorded. Try again."))
    answer, _ = _page(heading, message, code)
    return answer, code, {"Retry-After": "60"} if code == 429 else {}


def _broken(error: Exception) -> ResponseReturnValue:
    """A fault of ours: recorded in full, shown without a word of it."""
    log.error("page", path=request.path, exc_info=error)
    if problems.concerns():
        return problems.problem(500)
    return _page("Something went wrong", "It has been recorded. Nothing was changed by this page. Try again.", 500)


def _misconfigured(error: BadSettings) -> ResponseReturnValue:
    log.error("settings", problem=str(error))
    return MISCONFIGURED, 503, {"Content-Type": "text/plain; charset=utf-8"}


MISCONFIGURED = "A setting of this installation is wrong. `flask doctor` on the server says which.\n"


def _page(heading: str, message: str, code: int) -> tuple[str, int]:
    try:
        return render_template("trouble.html", heading=heading, message=message, hint=""), code
    except Exception:
        log.exception("page of an error")
        return heading, code
