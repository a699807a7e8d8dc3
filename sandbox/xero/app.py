"""The Flask app over a XeroService: one catch-all for the Accounting API, since its addresses come in any case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from sandbox.admin import admin_blueprint
from sandbox.screens import screens_blueprint
from sandbox.strikes import Own, gateway_page, with_faults
from sandbox.tabs import XERO_TABS
from sandbox.xero import gateway
from sandbox.xero.answers import HTML, Reply, throttled
from sandbox.xero.asked import Asked, Query
from sandbox.xero.identity_routes import identity_blueprint
from sandbox.xero.service import XeroService
from sandbox.xero.viewing import PAGES, viewing_blueprint
from sandbox.xero.webhook_routes import webhook_blueprint

API = "/api.xro/2.0/"
LARGEST_BODY = 10_000_000
METHODS = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE")
USUAL_WAIT = 26


def create_app(service: XeroService) -> Flask:
    """The whole sandbox as one app: hosts are folded into paths."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.register_blueprint(identity_blueprint(service))
    app.register_blueprint(admin_blueprint(service))
    app.register_blueprint(webhook_blueprint(service))
    app.register_blueprint(screens_blueprint(service, "Xero", XERO_TABS))
    app.register_blueprint(viewing_blueprint(service))

    @app.route(f"{API}<path:path>", methods=METHODS)
    def accounting(path: str) -> BaseResponse:
        request.max_content_length = service.settings.switches.largest_body
        asked = Asked(
            method=request.method,
            path=tuple(part for part in path.split("/") if part),
            query=Query(request.args.items(multi=True)),
            headers=request.headers,
            body=request.get_data(),
        )
        return _response(gateway.answer(service, asked, request.full_path))

    @app.errorhandler(HTTPException)
    def _unknown(error: HTTPException) -> BaseResponse:
        """An unknown address is 404, text/html and empty (3.18)."""
        if error.code == 404:
            service.note(f"{request.method} {request.path}")
        return Response(b"", error.code or 500, content_type=HTML)

    own = Own(_throttled, _failed, service.strike)
    layered = with_faults(app.wsgi_app, service.faults, service.journal, service.clock, own, PAGES)
    app.wsgi_app = layered  # type: ignore[assignment]  # the way Flask documents to add a layer
    return app


def _response(reply: Reply) -> BaseResponse:
    response = Response(reply.body, reply.status, headers=dict(reply.headers), content_type=reply.content_type)
    if reply.content_type is None:
        response.headers.pop("Content-Type", None)
    return response


def _throttled(params: Mapping[str, Any]) -> BaseResponse:
    """The service's own 429, as recorded; `bare`: it says nothing but its status (3.4)."""
    problem = params.get("problem", "minute")
    wait = params.get("retry_after", None if problem == "concurrent" else USUAL_WAIT)
    response = _response(throttled(problem, wait))
    if params.get("bare"):
        response.headers.clear()
        return response
    response.headers["X-DayLimit-Remaining"] = "0" if problem == "day" else "344"
    response.headers["X-MinLimit-Remaining"] = "0" if problem == "minute" else "60"
    if problem == "appminute":
        response.headers["X-AppMinLimit-Remaining"] = "0"
    return response


def _failed(status: int) -> BaseResponse:
    """Xero's 500 is JSON or a page that begins like this, its 503 a page (3.18)."""
    if status != 500:
        return gateway_page(status)
    return Response("<html><body>An error occurred in Xero.</body></html>", status, content_type=HTML)
