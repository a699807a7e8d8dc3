"""The accounts server: consent page, token endpoint, revocation and discovery (facts/zoho.md 3.2).

The page has one button, which a browser or a script can press; `&auto=1` presses it at once. Whoever accepted is
signed in from then on. Token errors are HTTP 200.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from markupsafe import Markup

from sandbox.pages import hidden, page
from sandbox.zoho.datacentres import BY_LOCATION, CENTRES, behind, elsewhere
from sandbox.zoho.http import json_response
from sandbox.zoho.oauth import CLIENT_ID, CODE_SECONDS, Grant, OAuthError, Throttled, check_client
from sandbox.zoho.service import ZohoService
from sandbox.zoho.values import record_id

NAME, SIGNED_IN = "Zoho Accounts", "zoho_sandbox_user"
FORM = Markup("""<p>The application <b>{client}</b> asks for access to your data in Zoho CRM:</p><ul>{scopes}</ul>
<form method="post" action="/oauth/v2/auth">{hidden}{people}
<button type="submit">Accept</button> <a href="{reject}">Reject</a></form>
""")
PEOPLE = Markup("<fieldset><legend>Signed in at {company} as</legend>{people}</fieldset>")
PERSON = Markup('<label><input type="radio" name="user" value="{id}"{checked}> {name}, {profile}</label>')
ASKED = (
    "client_id", "scope", "redirect_uri", "response_type", "access_type", "prompt", "state", "code_challenge",
    "code_challenge_method", "user",
)  # fmt: skip
THROTTLED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


def accounts_blueprint(services: Sequence[ZohoService]) -> Blueprint:
    """The /oauth routes; several organisations share one accounts server."""
    service = services[0]
    accounts = Blueprint("zoho_accounts", __name__, url_prefix="/oauth")

    @accounts.get("/v2/auth")
    def ask() -> Response:
        asked = {name: request.args[name] for name in ASKED if name in request.args}
        if reason := unacceptable(asked):
            return _refusal(reason)
        if request.args.get("auto") == "1" or remembered(service, asked):
            return accept(services, asked)
        return consent_page(services, asked)

    @accounts.post("/v2/auth")
    def accepted() -> Response:
        asked = {name: request.form[name] for name in ASKED if name in request.form}
        if reason := unacceptable(asked):
            return _refusal(reason)
        return accept(services, asked)

    @accounts.post("/v2/token")
    def token() -> Response:
        try:
            answer = tokens(service, request.values.to_dict())
        except Throttled:
            return json_response(int(service.switch.token_throttle_status), THROTTLED)
        except OAuthError as error:
            return json_response(200, {"error": str(error)})
        return json_response(200, {**answer, "api_domain": own_url(service, "api")})

    @accounts.post("/v2/token/revoke")
    def revoke() -> Response:
        here = not elsewhere(request.host, service.settings.location)
        revoked = here and service.accounts.revoke(request.values.get("token", ""))
        return json_response(200, {"status": "success"} if revoked else {"error": "invalid_code"})

    @accounts.get("/serverinfo")
    def serverinfo() -> Response:
        known = {centre.location: f"https://{centre.accounts}" for centre in CENTRES if behind(request.host)}
        own = {service.settings.location: own_url(service, "accounts")}
        return json_response(200, {"result": "success", "locations": {**known, **own}})

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


def consent_page(services: Sequence[ZohoService], asked: Mapping[str, str]) -> Response:
    """What is asked for, and by whom; the sandbox lets anyone be anyone."""
    signed_in = _user(services, asked)
    form = FORM.format(
        client=asked["client_id"],
        scopes=Markup("").join(Markup("<li>{}</li>").format(scope) for scope in asked["scope"].split(",")),
        hidden=hidden({name: value for name, value in asked.items() if name != "user"}),
        people=Markup("").join(_people(each, signed_in) for each in services),
        reject=_back(asked, {"error": "access_denied"}),
    )
    return page(NAME, "Allow access?", form)


def _people(service: ZohoService, signed_in: int) -> Markup:
    people = (
        PERSON.format(
            id=user.id,
            name=user.full_name,
            profile=user.profile,
            checked=Markup(" checked") if user.id == signed_in else "",
        )
        for user in service.organisation.users
        if user.status == "active"
    )
    return PEOPLE.format(company=service.settings.company_name, people=Markup("").join(people))


def _refusal(reason: str) -> Response:
    return page(NAME, "Error occurred", Markup("<p>{}</p>").format(reason), 400)


def remembered(service: ZohoService, asked: Mapping[str, str]) -> bool:
    """Whether nobody is asked: this person is signed in here and granted all of it before, and no prompt is wanted."""
    user = record_id(request.cookies.get(SIGNED_IN))
    if not service.switch.remembers_consent or user is None or "user" in asked:
        return False
    online = asked.get("access_type", "online") == "online" and asked.get("prompt") != "consent"
    return online and service.accounts.granted(user, _scopes(asked))


def accept(services: Sequence[ZohoService], asked: Mapping[str, str]) -> Response:
    """Back to the application, with a code and where to exchange it."""
    service, user = services[0], _user(services, asked)
    again = service.accounts.consented_before(user) and asked.get("prompt") != "consent"
    offline = asked.get("access_type") == "offline" and (not again or service.switch.refresh_token_without_prompt)
    grant = Grant(
        client_id=asked["client_id"],
        user=user,
        scopes=_scopes(asked),
        redirect_uri=asked["redirect_uri"],
        offline=offline,
        expires=service.now() + CODE_SECONDS,
        challenge=asked.get("code_challenge"),
        challenge_method=asked.get("code_challenge_method", "plain"),
    )
    try:
        code = service.accounts.consent(grant)
    except Throttled as error:
        return _refusal(str(error))
    found = {"code": code, "location": service.settings.location, "accounts-server": own_url(service, "accounts")}
    answer = Response(status=302, headers={"Location": _back(asked, found)})
    answer.set_cookie(SIGNED_IN, str(user), httponly=True, samesite="Lax")
    return answer


def tokens(service: ZohoService, given: Mapping[str, str]) -> dict[str, object]:
    check_client(given.get("client_id"), given.get("client_secret"))
    if elsewhere(request.host, service.settings.location):
        raise OAuthError("invalid_code")  # what one data centre gave, another does not know
    match given.get("grant_type"):
        case "authorization_code":
            return service.accounts.exchange(
                given.get("code", ""), given.get("redirect_uri", ""), given.get("code_verifier")
            )
        case "refresh_token":
            return service.accounts.refresh(given.get("refresh_token", ""))
    raise OAuthError("invalid_grant_type")


def own_url(service: ZohoService, server: str) -> str:
    """Where the organisation's own "accounts" or "api" server is: this one, as the caller addressed it, unless by the
    name of a data centre."""
    if behind(request.host) is None:
        return request.host_url.rstrip("/")
    return f"https://{getattr(BY_LOCATION[service.settings.location], server)}"


def _user(services: Sequence[ZohoService], asked: Mapping[str, str]) -> int:
    """Who was chosen, else who is signed in in this browser, else the administrator."""
    known = {user.id for each in services for user in each.organisation.users}
    wanted = (record_id(asked.get("user")), record_id(request.cookies.get(SIGNED_IN)))
    return next((user for user in wanted if user in known), services[0].organisation.users[0].id)


def _scopes(asked: Mapping[str, str]) -> frozenset[str]:
    return frozenset(scope.strip() for scope in asked["scope"].split(","))


def _back(asked: Mapping[str, str], found: dict[str, str]) -> str:
    """Where the browser goes next, with this in its address."""
    if "state" in asked:
        found = {**found, "state": asked["state"]}
    glue = "&" if "?" in asked["redirect_uri"] else "?"
    return f"{asked['redirect_uri']}{glue}{urlencode(found)}"
