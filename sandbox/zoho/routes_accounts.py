"""The accounts server: consent page, token endpoint, revocation and discovery (facts/zoho.md 3.2).

The page has one button, which a browser or a script can press; `&auto=1` presses it at once. Token errors are HTTP 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup, escape

from sandbox.zoho.http import json_response
from sandbox.zoho.oauth import CLIENT_ID, CODE_SECONDS, Grant, OAuthError, Throttled, check_client
from sandbox.zoho.service import ZohoService
from sandbox.zoho.values import record_id

PAGE = Markup("""<!doctype html><html lang="en"><meta charset="utf-8"><title>Zoho Accounts (sandbox)</title>
<h1>{company}</h1><p>The application <b>{client}</b> asks {user} for access to:</p><ul>{scopes}</ul>
<form method="post" action="/oauth/v2/auth">{hidden}<button type="submit">Accept</button></form></html>
""")
REFUSAL = Markup("""<!doctype html><html lang="en"><meta charset="utf-8"><title>Zoho Accounts (sandbox)</title>
<h1>Error Occurred</h1><p>{reason}</p></html>
""")
ASKED = (
    "client_id", "scope", "redirect_uri", "response_type", "access_type", "prompt", "state", "code_challenge",
    "code_challenge_method", "user",
)  # fmt: skip
THROTTLED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


def accounts_blueprint(service: ZohoService) -> Blueprint:
    """The /oauth routes over one service."""
    accounts = Blueprint("zoho_accounts", __name__, url_prefix="/oauth")

    @accounts.get("/v2/auth")
    def ask() -> Response:
        asked = {name: request.args[name] for name in ASKED if name in request.args}
        if reason := unacceptable(asked):
            return Response(REFUSAL.format(reason=reason), status=400)
        return accept(service, asked) if request.args.get("auto") == "1" else page(service, asked)

    @accounts.post("/v2/auth")
    def accepted() -> Response:
        asked = {name: request.form[name] for name in ASKED if name in request.form}
        if reason := unacceptable(asked):
            return Response(REFUSAL.format(reason=reason), status=400)
        return accept(service, asked)

    @accounts.post("/v2/token")
    def token() -> Response:
        try:
            answer = tokens(service, request.values.to_dict())
        except Throttled:
            return json_response(200, THROTTLED)
        except OAuthError as error:
            return json_response(200, {"error": str(error)})
        return json_response(200, {**answer, "api_domain": base_url()})

    @accounts.post("/v2/token/revoke")
    def revoke() -> Response:
        revoked = service.accounts.revoke(request.values.get("token", ""))
        return json_response(200, {"status": "success"} if revoked else {"error": "invalid_code"})

    @accounts.get("/serverinfo")
    def serverinfo() -> Response:
        return json_response(200, {"result": "success", "locations": {service.settings.location: base_url()}})

    return accounts


def unacceptable(asked: Mapping[str, str]) -> str:
    """Why a consent cannot even be asked for; nothing if it can."""
    if asked.get("client_id") != CLIENT_ID:
        return "Invalid Client ID"
    if asked.get("response_type") != "code":
        return "Invalid response type"
    if not asked.get("scope"):
        return "Scope does not exist"
    if not asked.get("redirect_uri", "").startswith(("http://", "https://")):
        return "Invalid Redirect Uri"
    return ""


def page(service: ZohoService, asked: Mapping[str, str]) -> Response:
    hidden = Markup("").join(
        Markup('<input type="hidden" name="{}" value="{}">').format(name, value) for name, value in asked.items()
    )
    scopes = Markup("").join(Markup("<li>{}</li>").format(scope) for scope in asked["scope"].split(","))
    text = PAGE.format(
        company=service.settings.company_name,
        client=asked["client_id"],
        user=service.organisation.by_user[_user(service, asked)].full_name,
        scopes=scopes,
        hidden=hidden,
    )
    return Response(text, content_type="text/html; charset=utf-8")


def accept(service: ZohoService, asked: Mapping[str, str]) -> Response:
    """Back to the application, with a code and where to exchange it."""
    user = _user(service, asked)
    again = service.accounts.consented_before(user) and asked.get("prompt") != "consent"
    offline = asked.get("access_type") == "offline" and (not again or service.switch.refresh_token_without_prompt)
    grant = Grant(
        client_id=asked["client_id"],
        user=user,
        scopes=frozenset(scope.strip() for scope in asked["scope"].split(",")),
        redirect_uri=asked["redirect_uri"],
        offline=offline,
        expires=service.now() + CODE_SECONDS,
        challenge=asked.get("code_challenge"),
        challenge_method=asked.get("code_challenge_method", "plain"),
    )
    try:
        code = service.accounts.consent(grant)
    except Throttled as error:
        return Response(REFUSAL.format(reason=escape(str(error))), status=400)
    found = {"code": code, "location": service.settings.location, "accounts-server": base_url()}
    if "state" in asked:
        found["state"] = asked["state"]
    glue = "&" if "?" in asked["redirect_uri"] else "?"
    return Response(status=302, headers={"Location": f"{asked['redirect_uri']}{glue}{urlencode(found)}"})


def tokens(service: ZohoService, given: Mapping[str, str]) -> dict[str, object]:
    check_client(given.get("client_id"), given.get("client_secret"))
    match given.get("grant_type"):
        case "authorization_code":
            return service.accounts.exchange(
                given.get("code", ""), given.get("redirect_uri", ""), given.get("code_verifier")
            )
        case "refresh_token":
            return service.accounts.refresh(given.get("refresh_token", ""))
    raise OAuthError("invalid_grant_type")


def base_url() -> str:
    """This server as the caller addressed it."""
    return request.host_url.rstrip("/")


def _user(service: ZohoService, asked: Mapping[str, str]) -> int:
    wanted = record_id(asked.get("user"))
    return wanted if wanted in service.organisation.by_user else service.organisation.users[0].id
