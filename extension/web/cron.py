"""The door for a cron outside, where no process of ours may keep a clock (SERVE_TASKS=cron).

Asked by a machine that holds CRON_SECRET and nothing else: no cookie, no session, no form. Who is refused learns
neither whether a secret is set nor how much of it was right. The caller chooses nothing: what is due stands in our
tables.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from flask import abort, current_app, request
from flask.typing import ResponseReturnValue

from extension.slices import slices_of
from extension.web import access
from extension.web.api import problems
from extension.web.limits import limiter, visitor

pages = access.Pages("cron", __name__)

OFTEN: Final = "30 per minute"
SCHEME: Final = "Bearer "


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
    """One tick, and a slice of what waits. `more`: ask again at once, there is more to do."""
    settings = access.house().settings
    if settings.serve_tasks == "off":
        abort(404)
    if not _knows():
        return problems.problem(401, "CRON_SECRET is asked for, as `Authorization: Bearer ...`.", "wrong_secret")
    done = slices_of(current_app).work(settings.cron_slice_seconds)
    if done is None:
        return problems.problem(409, "Another request is at work here.", "busy", "Nothing to do: it goes on by itself.")
    return {"status": "done" if done.finished else "more"}
