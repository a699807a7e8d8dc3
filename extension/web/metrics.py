"""The figures of this installation for a monitoring system that shows METRICS_TOKEN.

Asked by a machine: no cookie, no session. Without a token there is no such page, and whoever guesses has few tries.
"""

from __future__ import annotations

from typing import Final

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from extension.metrics.exposition import Asked, exposition, may_read
from extension.web import access
from extension.web.api import problems
from extension.web.limits import limiter, visitor

pages = access.Pages("metrics", __name__)

OFTEN, STRANGE = "120 per minute", "10 per minute"
TOLD: Final = "xero2zoho.metrics"


def _knows() -> bool:
    return may_read(access.house().settings, request.headers.get("Authorization", ""))


def _asker() -> str:
    """Whoever guesses uses up their own tries and not those of the monitoring system."""
    return "metrics" if _knows() else visitor()


@pages.get("/metrics", needs="open")
@limiter.limit(lambda: OFTEN if _knows() else STRANGE, key_func=_asker)
def metrics() -> ResponseReturnValue:
    """What this server has done, and how the installation stands."""
    if not access.house().settings.metrics_token:
        abort(404)
    if not _knows():
        return problems.problem(401, "METRICS_TOKEN is asked for, as `Authorization: Bearer ...`.", "wrong_secret")
    if TOLD not in current_app.extensions:
        current_app.extensions[TOLD] = exposition(access.house())
    told: Asked = current_app.extensions[TOLD]
    text, media = told(request.headers.get("Accept", ""))
    return Response(text, content_type=media)
