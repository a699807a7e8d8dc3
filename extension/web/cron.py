"""The door for a cron outside, where no process of ours may keep a clock (SERVE_TASKS=cron).

Asked by a machine that holds CRON_SECRET and nothing else: no cookie, no session, no form. Who is refused learns
neither whether a secret is set nor how much of it was right. The caller chooses nothing: what is due stands in our
tables.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from extension.slices import slices_of
from extension.web import access
from extension.web.api import problems
from extension.web.limits import limiter, visitor

pages = access.Pages("cron", __name__)

OFTEN: Final = "30 per minute"
SCHEME: Final = "Bearer "
WATCHES: Final = frozenset({"tasks.one", "tasks.now", "api_runs.one"})  # asked again and again while a run is under way


def _asker() -> str:
    """Whoever guesses from the cron's own address uses up their own tries and not the cron's."""
    return "cron" if _knows() else visitor()


def _knows() -> bool:
    """Compared by digests: neither time nor length tells anything."""
    wanted = access.house().settings.cron_secret.get_secret_value()
    header = request.headers.get("Authorization", "")
    given = header.removeprefix(SCHEME) if header.startswith(SCHEME) else ""
    return bool(wanted) and hmac.compare_digest(_digest(given), _digest(wanted))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


@pages.post("/internal/tick", needs="open")
@limiter.limit(OFTEN, key_func=_asker)
def tick() -> ResponseReturnValue:
    """One tick, and a slice of what waits. `more`: there is more to do; `busy`: somebody here is at it already."""
    settings = access.house().settings
    if settings.serve_tasks == "off":
        abort(404)
    if not _knows():
        return problems.problem(401, "CRON_SECRET is asked for, as `Authorization: Bearer ...`.", "wrong_secret")
    done = slices_of(current_app).work(settings.cron_slice_seconds)
    return {"status": "busy" if done is None else "done" if done.finished else "more"}


@pages.after_app_request
def lend_a_hand(response: Response) -> Response:
    """Somebody watches a run, and the next minute of a cron is long: their own requests keep us awake meanwhile."""
    if request.endpoint in WATCHES and response.status_code in (200, 304):
        settings = access.house().settings
        if settings.serve_tasks == "cron":
            slices_of(current_app).begin(settings.cron_slice_seconds)
    return response
