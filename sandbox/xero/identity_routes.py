"""/identity/connect/authorize, /connect/token, /connect/revocation and /connections (facts/xero.md 3.1, 3.2).

The consent page is a plain form that a browser or a script can pass; with `auto=1` in its address it passes itself.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from sandbox.pages import hidden, page
from sandbox.xero.answers import Reply, json_reply, refusal_reply
from sandbox.xero.gateway import UNSUCCESSFUL
from sandbox.xero.identity import CODE_LIFE, KNOWN_SCOPES, Code, OAuthError
from sandbox.xero.refusals import Denied
from sandbox.xero.service import XeroService

IDENTITY, LOGIN = "identity.xero.com", "login.xero.com"
FORM_FIELDS = ("client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
FORM = Markup(
    "<p>The application <b>{client}</b> asks for access to your data in Xero:</p><ul>{scopes}</ul>"
    '<form method="post" action="/identity/connect/authorize">{hidden}<fieldset><legend>Organisations</legend>'
    '{organisations}</fieldset><button type="submit">Accept</button> <a href="{reject}">Cancel</a></form>'
)
TENANT = Markup('<label><input type="checkbox" name="tenant" value="{id}"{checked}> {name}</label>')


def endpoints(asked: str) -> dict[str, object]:
    """Where is what, for clients that begin by asking, as xero-node does; `asked` is how this server was addressed.

    Under Xero's own name the other hosts are named as Xero names them, and always by https.
    """
    own = urlsplit(asked).hostname == IDENTITY
    issuer, login = (f"https://{IDENTITY}", f"https://{LOGIN}") if own else (asked, asked)
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{login}/identity/connect/authorize",
        "token_endpoint": f"{issuer}/connect/token",
        "revocation_endpoint": f"{issuer}/connect/revocation",
        "scopes_supported": sorted(KNOWN_SCOPES),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


class ConsentError(Exception):
    """A wrong authorisation request; shown on a page, since its redirect_uri cannot be trusted."""


def identity_blueprint(service: XeroService) -> Blueprint:
    """The identity service over this sandbox's state."""
    blueprint = Blueprint("sandbox_xero_identity", __name__)

    @blueprint.errorhandler(ConsentError)
    def _wrong_request(error: ConsentError) -> Response:
        return page("Xero", "Error", Markup("<p>{}</p>").format(str(error)), 400)

    @blueprint.errorhandler(OAuthError)
    def _refused(error: OAuthError) -> Response:
        return _response(json_reply({"error": str(error)}, 400))

    @blueprint.get("/.well-known/openid-configuration")
    def discovery() -> Response:
        return _response(json_reply(endpoints(request.host_url.rstrip("/"))))

    @blueprint.get("/identity/connect/authorize")
    def consent_page() -> BaseResponse:
        asked = {name: request.args.get(name, "") for name in FORM_FIELDS}
        if request.args.get("response_type") != "code":
            raise ConsentError("unsupported_response_type")
        _check(service, asked)
        if request.args.get("auto") == "1":
            return _accepted(service, asked, request.args.getlist("tenant") or [service.main_id])
        return _consent_page(service, asked)

    @blueprint.post("/identity/connect/authorize")
    def consent() -> BaseResponse:
        asked = {name: request.form.get(name, "") for name in FORM_FIELDS}
        _check(service, asked)
        chosen = request.form.getlist("tenant")
        if not chosen:
            return _consent_page(service, asked)
        return _accepted(service, asked, chosen)

    @blueprint.post("/connect/token")
    def token() -> Response:
        _check_client(service)
        form, now = request.form, service.clock.now()
        with service.lock:
            identity = service.state.identity
            match form.get("grant_type"):
                case "authorization_code":
                    code, verifier = form.get("code", ""), form.get("code_verifier", "")
                    granted = identity.exchange(now, code, form.get("redirect_uri", ""), verifier)
                case "refresh_token":
                    granted = identity.refreshed(now, form.get("refresh_token", ""))
                case "client_credentials":
                    tenant = (service.main_id, str(service.ledger.organisation["Name"]))
                    granted = identity.client_credentials(now, tuple(form.get("scope", "").split()), tenant)
                case _:
                    raise OAuthError("unsupported_grant_type")
        return _response(json_reply(granted))

    @blueprint.post("/connect/revocation")
    def revocation() -> Response:
        _check_client(service)
        with service.lock:
            service.state.identity.revoke(request.form.get("token", ""))
        return Response(status=200)

    @blueprint.get("/connections")
    @blueprint.get("/Connections")
    def connections() -> Response:
        with service.lock:
            if refusal := _unauthorised(service):
                return refusal
            event = request.args.get("authEventId", "")
            held = service.state.identity.connections.values()
            shown = [each.shown() for each in held if event in ("", each.auth_event)]
        return _response(json_reply(shown))

    @blueprint.delete("/connections/<connection_id>")
    @blueprint.delete("/Connections/<connection_id>")
    def disconnect(connection_id: str) -> Response:
        with service.lock:
            if refusal := _unauthorised(service):
                return refusal
            ended = service.state.identity.disconnect(connection_id.lower())
        return Response(status=204 if ended else 404)

    return blueprint


def _check(service: XeroService, asked: dict[str, str]) -> None:
    if asked["client_id"] != service.settings.client_id:
        raise ConsentError("unauthorized_client: unknown client")
    uri = urlsplit(asked["redirect_uri"])
    # https, or http://localhost; http://127.0.0.1 is refused (3.1).
    if not (uri.scheme == "https" and uri.netloc) and not (uri.scheme == "http" and uri.hostname == "localhost"):
        raise ConsentError("invalid_request: Invalid redirect_uri")
    if unknown := [scope for scope in asked["scope"].split() if scope not in KNOWN_SCOPES]:
        raise ConsentError(f"unauthorized_client: Invalid scope for client: {unknown[0]}")
    if asked["code_challenge"] and asked["code_challenge_method"] != "S256":
        raise ConsentError("invalid_request: transform algorithm not supported")


def _consent_page(service: XeroService, asked: dict[str, str]) -> Response:
    organisations = Markup("").join(
        TENANT.format(
            id=ledger.id,
            name=ledger.organisation["Name"],
            checked=Markup(" checked") if ledger.id == service.main_id else "",
        )
        for ledger in service.state.ledgers.values()
    )
    form = FORM.format(
        client=asked["client_id"],
        scopes=Markup("").join(Markup("<li>{}</li>").format(scope) for scope in asked["scope"].split()),
        hidden=hidden(asked),
        organisations=organisations,
        reject=_back(asked, {"error": "access_denied"}),
    )
    return page("Xero", "Connect an app to Xero", form)


def _accepted(service: XeroService, asked: dict[str, str], chosen: list[str]) -> BaseResponse:
    now = service.clock.now()
    with service.lock:
        ledgers = service.state.ledgers
        if unknown := [tenant for tenant in chosen if tenant not in ledgers]:
            raise ConsentError(f"invalid_request: no organisation {unknown[0]}")
        identity = service.state.identity
        code = Code(
            redirect_uri=asked["redirect_uri"],
            scopes=tuple(asked["scope"].split()),
            auth_event=identity.ids.guid(),
            expires=now + CODE_LIFE,
            challenge=asked["code_challenge"],
        )
        text = identity.consent(now, code, [(tenant, str(ledgers[tenant].organisation["Name"])) for tenant in chosen])
    return redirect(_back(asked, {"code": text, "scope": asked["scope"]}))


def _back(asked: dict[str, str], found: dict[str, str]) -> str:
    """Where the browser goes next, with this in its address."""
    joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
    return asked["redirect_uri"] + joint + urlencode({**found, "state": asked["state"]})


def _check_client(service: XeroService) -> None:
    """Basic or in the body; both are accepted (3.1)."""
    given = (request.form.get("client_id", ""), request.form.get("client_secret", ""))
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise OAuthError("invalid_client") from error
        given = (name, secret)
    if given != (service.settings.client_id, service.settings.client_secret):
        raise OAuthError("invalid_client")


def _unauthorised(service: XeroService) -> Response | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    access = service.state.identity.access.get(token) if scheme.lower() == "bearer" else None
    if access is not None and access.expires > service.clock.now():
        return None
    return _response(refusal_reply(Denied(401, UNSUCCESSFUL), service.state.envelope_ids.guid()))


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, headers=dict(reply.headers), content_type=reply.content_type)
