"""What protects every answer and every change (facts/platform.md 3).

A strict content security policy without inline scripts, styles or eval; no framing but of the widget's shells by the
CRM; nothing kept in caches that is not a file of ours. A change is taken only from a page of this portal: by its
origin, and by the form's token where somebody is signed in. Referrers stay inside, so that browsers still name the
origin of a form (`no-referrer` makes it "null").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request

from extension.bootstrap import house_of
from extension.sync.errors import SyncError
from extension.web import visit

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY: Final = (
    "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors {frames}; form-action {forms}"
)
ALONE: Final = frozenset({"popup.start", "connecting.callback"})  # a window that a frame opened, and that must reach it
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS: Final = "max-age=31536000; includeSubDomains"
# Asked by no browser: they want a secret that no browser has, and look at no cookie.
MACHINES: Final = frozenset({"cron.tick", "hooks.xero", "hooks.zoho"})
FILES: Final = "static"  # the one endpoint whose answers may be kept
API: Final = "/api/"
LARGEST: Final = 2 * 1024 * 1024  # bytes of a request: a settings file is the largest thing that a person sends


@dataclass(frozen=True)
class Framed:
    """A page that others may show in a frame. `scripts`: where Zoho's own script comes from, which must run in it."""

    by: str
    scripts: str


def protect(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.before_request(_only_ours)
    app.after_request(_headers)


def _only_ours() -> None:
    """Refuses a change that another site made a browser send."""
    if request.method in SAFE or request.endpoint is None or request.endpoint in MACHINES:
        return
    named = request.headers.get("Origin") or request.headers.get("Referer") or ""
    if _origin(named) != _origin(house_of(current_app).settings.public_url):
        abort(403, "origin")
    if request.path.startswith(API):
        return  # which looks at its own sessions, and takes nothing that a form can send
    given = request.headers.get("X-Form-Token") or request.form.get("form_token", "")
    if visit.person() is not None and not visit.form_is_ours(given):
        abort(403, "form")


def _origin(url: str) -> tuple[str, str, int | None]:
    found = urlsplit(url)
    try:
        port = found.port
    except ValueError:
        port = None
    standard = {"https": 443, "http": 80}.get(found.scheme)
    return found.scheme, (found.hostname or "").lower(), port or standard


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    framed: Framed | None = g.get("framed")
    scripts = f"'self' {framed.scripts}" if framed else "'self'"
    policy = POLICY.format(scripts=scripts, frames=framed.by if framed else "'none'", forms=" ".join(_forms()))
    response.headers["Content-Security-Policy"] = policy
    if framed:
        del response.headers["X-Frame-Options"]  # which knows one origin at most, and would win in old browsers
    if framed or request.endpoint in ALONE:
        del response.headers["Cross-Origin-Opener-Policy"]
    if _public_url().startswith("https:"):
        response.headers["Strict-Transport-Security"] = HSTS
    if not (request.endpoint or "").endswith(FILES):
        response.headers["Cache-Control"] = "no-store"
    elif "v" not in request.args:  # asked for by a name that stays when the content changes
        response.headers["Cache-Control"] = "no-cache"
    return response


def _public_url() -> str:
    try:
        return house_of(current_app).settings.public_url
    except ValueError:  # the settings are wrong: /readyz says so, and even that answer is protected
        return ""


def _forms() -> Iterable[str]:
    """Forms lead to this portal, and on to the pages where a person gives consent: Chromium holds redirects to it."""
    yield "'self'"
    try:
        yield from sorted(house_of(current_app).consent_origins)
    except (ValueError, SyncError):  # settings, keys or database are wrong: even the answer that says so is protected
        return
