"""The Flask app over a ZohoService: routing, errors as Zoho spells them, and the layers around."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from sandbox.admin import admin_blueprint
from sandbox.screens import screens_blueprint
from sandbox.server import ADMIN
from sandbox.shell.installed import Installed
from sandbox.shell.routes import PREFIX, shell_blueprint
from sandbox.strikes import Own, gateway_page, with_faults
from sandbox.tabs import ZOHO_TABS
from sandbox.zoho.errors import (
    ApiError,
    internal_error,
    no_such_url,
    rate_limit_exceeded,
    too_many_requests,
    wrong_method,
)
from sandbox.zoho.http import authenticated, json_response
from sandbox.zoho.routes_accounts import accounts_blueprint
from sandbox.zoho.routes_channels import CHANNEL_ROUTES
from sandbox.zoho.routes_customising import CUSTOMISING_ROUTES
from sandbox.zoho.routes_deeds import DEED_ROUTES
from sandbox.zoho.routes_records import RECORD_ROUTES
from sandbox.zoho.routes_settings import SETTINGS_ROUTES, View
from sandbox.zoho.service import ZohoService

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

VERSIONS = ("v2", "v8")
PAGES = (f"{PREFIX}/",)


def create_app(service: ZohoService, *neighbours: ZohoService, installed: Installed | None = None) -> Flask:
    """The whole local Zoho on one app: accounts server, CRM v2 and v8, its pages and /__admin, which are those of the
    first one."""
    services = (service, *neighbours)
    app = Flask("sandbox.zoho", static_folder=None)
    app.register_blueprint(admin_blueprint(service))
    app.register_blueprint(screens_blueprint(service, "Zoho CRM", ZOHO_TABS))
    app.register_blueprint(shell_blueprint(service, installed or Installed()))
    app.register_blueprint(accounts_blueprint(services))
    for version in VERSIONS:
        for method, rule, view in (
            *SETTINGS_ROUTES,
            *CUSTOMISING_ROUTES,
            *CHANNEL_ROUTES,
            *DEED_ROUTES,
            *RECORD_ROUTES,
        ):
            app.add_url_rule(
                f"/crm/{version}{rule}",
                endpoint=f"{version}.{view.__name__}",
                view_func=_called(services, version, view),
                methods=[method],
                provide_automatic_options=False,
            )
    app.register_error_handler(ApiError, _refused)
    app.register_error_handler(HTTPException, lambda error: _unknown(service, error))
    serial = _one_at_a_time(app.wsgi_app, services)
    own = Own(_throttled, _failed, service.strike)
    layered = with_faults(serial, service.faults, service.journal, service.clock, own, PAGES)
    app.wsgi_app = layered  # type: ignore[assignment]  # the way Flask documents to add a layer
    return app


def _called(services: Sequence[ZohoService], version: str, view: View) -> View:
    def authenticated_view(**names: Any) -> Response:
        return view(authenticated(services, request, version), **names)

    return authenticated_view


def _one_at_a_time(app: WSGIApplication, services: Sequence[ZohoService]) -> WSGIApplication:
    """The lock around each call; those that wait for it count as running at once. What it wrote is told afterwards."""
    service = services[0]

    def serial(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith((ADMIN, *PAGES)):
            with service.lock:
                return app(environ, start_response)
        service.limits.enter()
        try:
            with service.lock:
                answer = app(environ, start_response)
                for each in services:
                    each.tell()
                return answer
        finally:
            service.limits.leave()

    return serial


def _refused(error: ApiError) -> Response:
    return json_response(error.status, error.body())


def _unknown(service: ZohoService, error: HTTPException) -> Response:
    if request.path.startswith((ADMIN, *PAGES)):
        return json_response(error.code or 500, {"error": error.description})
    service.notice(f"{request.method} {request.path}")
    return _refused(wrong_method() if isinstance(error, MethodNotAllowed) else no_such_url())


def _throttled(params: Mapping[str, Any]) -> Response:
    """No Retry-After, ever (facts/zoho.md 3.3)."""
    if params.get("problem") == "rate":
        return _refused(rate_limit_exceeded())
    answer = _refused(too_many_requests())
    if params.get("problem") == "credits":
        answer.headers["X-API-CREDITS-REMAINING"] = "0"
    return answer


def _failed(status: int) -> BaseResponse:
    """A 500 in the CRM's own words; what stands before it answers with a page."""
    return _refused(internal_error()) if status == 500 else gateway_page(status)
