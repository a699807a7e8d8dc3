"""The local Xero's OAuth: consent, codes, tokens, connections (facts/xero.md 3.1 to 3.3, B1 to B3)."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import simplejson

from sandbox.xero.identity import USER_ID
from tests.contract.sandbox_xero_visitor import REDIRECT, SCOPES, START, Visitor, body

MINUTE, DAY = 60, 86_400


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def exchange(visitor: Visitor, code: str, **more: str) -> dict[str, object]:
    return visitor.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **more})


def refresh(visitor: Visitor, token: object) -> dict[str, object]:
    return visitor.token(grant_type="refresh_token", refresh_token=str(token))


# Consent


def test_the_consent_page_is_a_form_that_a_script_can_pass(visitor: Visitor) -> None:
    page = visitor.authorize(auto="", code_challenge="")
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    fields = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text))
    tenants = re.findall(r'name="tenant" value="([^"]*)"', page.text)
    assert len(tenants) == 2, "a second organisation is offered"
    answer = visitor.http.post("/identity/connect/authorize", data={**fields, "tenant": tenants})
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query["state"] == ["s1"]
    assert exchange(visitor, query["code"][0])["access_token"]


def test_nothing_is_chosen_shows_the_page_again(visitor: Visitor) -> None:
    form = {"client_id": "sandbox", "redirect_uri": REDIRECT, "scope": SCOPES, "state": "s"}
    assert visitor.http.post("/identity/connect/authorize", data=form).status_code == 200


@pytest.mark.behaviour("xero", 3)
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"client_id": "someone"}, "unauthorized_client"),
        ({"redirect_uri": "http://127.0.0.1/callback"}, "Invalid redirect_uri"),
        ({"redirect_uri": "http://example.com/"}, "Invalid redirect_uri"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "offline_access accounting.transactions"}, "Invalid scope for client"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "transform"),
        ({"tenant": "no-such"}, "no organisation"),
    ],
)
def test_a_wrong_request_is_refused_on_a_page_and_not_redirected(
    visitor: Visitor, changes: dict[str, str], why: str
) -> None:
    """3.1: http only to localhost; 3.3: the broad scopes are not for new apps."""
    answer = visitor.authorize(**changes)
    assert answer.status_code == 400
    assert why in answer.text


def test_what_a_client_writes_into_the_page_is_escaped(visitor: Visitor) -> None:
    page = visitor.authorize(auto="", state='"><script>')
    assert "<script>" not in page.text


def test_who_cancels_goes_back_without_a_code(visitor: Visitor) -> None:
    page = visitor.authorize(auto="")
    assert f'href="{REDIRECT}?error=access_denied&amp;state=s1"' in page.text


# Codes


@pytest.mark.behaviour("xero", 3)
def test_a_code_is_good_once(visitor: Visitor) -> None:
    code = visitor.code()
    assert exchange(visitor, code)["token_type"] == "Bearer"
    assert exchange(visitor, code) == {"error": "invalid_grant"}


@pytest.mark.behaviour("xero", 3)
def test_a_code_lives_five_minutes(visitor: Visitor) -> None:
    code = visitor.code()
    visitor.service.clock.advance(5 * MINUTE)
    assert exchange(visitor, code) == {"error": "invalid_grant"}


@pytest.mark.behaviour("xero", 3)
def test_the_redirect_uri_must_be_the_very_same(visitor: Visitor) -> None:
    assert exchange(visitor, visitor.code(), redirect_uri=REDIRECT + "/") == {"error": "invalid_grant"}


@pytest.mark.behaviour("xero", 3)
def test_pkce_is_checked_when_it_was_asked_for(visitor: Visitor) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    assert exchange(visitor, visitor.code(**asked)) == {"error": "invalid_grant"}
    assert exchange(visitor, visitor.code(**asked), code_verifier="w" * 43) == {"error": "invalid_grant"}
    assert exchange(visitor, visitor.code(**asked), code_verifier=verifier)["access_token"]


# Clients


@pytest.mark.behaviour("xero", 3)
def test_the_client_may_sign_in_by_basic_or_in_the_body(visitor: Visitor) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": str(visitor.tokens["refresh_token"])}
    basic = base64.b64encode(b"sandbox:sandbox").decode()
    assert (
        visitor.http.post("/connect/token", data=form, headers={"Authorization": f"Basic {basic}"}).status_code == 200
    )
    assert visitor.token(**form)["access_token"]


@pytest.mark.behaviour("xero", 3)
@pytest.mark.parametrize("header", ["Basic " + base64.b64encode(b"sandbox:wrong").decode(), "Basic %%%", ""])
def test_any_other_client_is_refused(visitor: Visitor, header: str) -> None:
    answer = visitor.http.post(
        "/connect/token", data={"grant_type": "refresh_token"}, headers={"Authorization": header}
    )
    assert (answer.status_code, body(answer)) == (400, {"error": "invalid_client"})


def test_an_unknown_grant_is_refused(visitor: Visitor) -> None:
    assert visitor.token(grant_type="password") == {"error": "unsupported_grant_type"}


# Tokens


@pytest.mark.behaviour("xero", 2)
def test_the_token_answer_has_the_recorded_shape(visitor: Visitor) -> None:
    """3.1: half an hour, Bearer, the scope as one text; an id_token only with openid."""
    assert set(visitor.tokens) == {"access_token", "expires_in", "token_type", "refresh_token", "scope"}
    assert (visitor.tokens["expires_in"], visitor.tokens["scope"]) == (1800, SCOPES)
    assert "id_token" in exchange(visitor, visitor.code("openid"))
    assert "refresh_token" not in exchange(visitor, visitor.code("accounting.contacts"))


def test_the_access_token_is_a_jwt_with_the_documented_claims(visitor: Visitor) -> None:
    part = visitor.tokens["access_token"].split(".")[1]
    claims = simplejson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert claims["xero_userid"] == USER_ID
    assert claims["scope"] == SCOPES.split()
    (connection,) = body_list(visitor)
    assert claims["authentication_event_id"] == connection["authEventId"]


@pytest.mark.behaviour("xero", 2)
def test_refreshing_rotates_and_the_one_before_has_half_an_hour(visitor: Visitor) -> None:
    """B2: the answer to a refresh may be lost; the old token can be tried again, then no more."""
    first = visitor.tokens["refresh_token"]
    second = refresh(visitor, first)["refresh_token"]
    assert second != first
    visitor.service.clock.advance(29 * MINUTE)
    third = refresh(visitor, first)["refresh_token"]
    assert third not in (first, second)
    visitor.service.clock.advance(2 * MINUTE)
    assert refresh(visitor, first) == {"error": "invalid_grant"}
    assert refresh(visitor, third)["access_token"]


@pytest.mark.behaviour("xero", 2)
def test_a_refresh_token_lives_sixty_days(visitor: Visitor) -> None:
    visitor.service.clock.advance(60 * DAY)
    assert refresh(visitor, visitor.tokens["refresh_token"]) == {"error": "invalid_grant"}


def test_a_custom_connection_has_no_person_and_no_refresh_token(visitor: Visitor) -> None:
    tokens = visitor.token(grant_type="client_credentials", scope="accounting.contacts offline_access")
    assert "refresh_token" not in tokens
    visitor.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    assert visitor.rows("Contacts") == []
    assert visitor.token(grant_type="client_credentials", scope="everything") == {"error": "invalid_scope"}


def test_a_custom_connection_needs_to_name_neither_scopes_nor_its_organisation(visitor: Visitor) -> None:
    """As both of Xero's own clients show it in their README."""
    person = visitor.headers["Authorization"]
    token = visitor.token(grant_type="client_credentials")["access_token"]
    visitor.headers |= {"Authorization": f"Bearer {token}", "xero-tenant-id": ""}
    assert visitor.rows("Contacts") == []
    visitor.headers["Authorization"] = person
    assert visitor.ask("GET", "Contacts").status_code == 403, "a person's token is for no organisation by itself"


@pytest.mark.behaviour("xero", 2)
def test_revoking_ends_everything_the_person_connected(visitor: Visitor) -> None:
    """3.2."""
    visitor.code(tenant=visitor.service.neighbour_id)
    form = {"token": visitor.tokens["refresh_token"], "client_id": "sandbox", "client_secret": "sandbox"}
    answer = visitor.http.post("/connect/revocation", data=form)
    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert refresh(visitor, visitor.tokens["refresh_token"]) == {"error": "invalid_grant"}
    assert visitor.ask("GET", "Contacts").status_code == 401
    visitor.sign_in()
    assert [row["tenantId"] for row in body_list(visitor)] == [visitor.service.main_id], (
        "the other is to be chosen anew"
    )


# Connections


def body_list(visitor: Visitor, path: str = "/connections") -> list[dict[str, str]]:
    answer = visitor.http.get(path, headers={"Authorization": visitor.headers["Authorization"]})
    assert answer.status_code == 200
    found: list[dict[str, str]] = simplejson.loads(answer.get_data())
    return found


@pytest.mark.behaviour("xero", 6)
def test_connections_are_spelt_as_recorded(visitor: Visitor) -> None:
    """3.2: seven fractional digits, no zone; the SDK asks with a capital C; no limit headers."""
    (connection,) = body_list(visitor, "/Connections")
    assert set(connection) == {
        "id",
        "authEventId",
        "tenantId",
        "tenantType",
        "tenantName",
        "createdDateUtc",
        "updatedDateUtc",
    }
    assert connection["tenantType"] == "ORGANISATION"
    assert connection["tenantName"] == "Harbour Office Supplies (sandbox)"
    assert re.fullmatch(r"2026-09-14T09:29:59\.\d{7}", connection["createdDateUtc"])
    assert connection["createdDateUtc"] == connection["updatedDateUtc"]
    assert "X-DayLimit-Remaining" not in visitor.http.get("/connections", headers=visitor.headers).headers


@pytest.mark.behaviour("xero", 1)
def test_connecting_again_keeps_the_connection_and_moves_its_time(visitor: Visitor) -> None:
    (before,) = body_list(visitor)
    visitor.service.clock.advance(DAY)
    again = Visitor(visitor.service)
    (after,) = body_list(again)
    assert after["id"] == before["id"]
    assert after["updatedDateUtc"] > after["createdDateUtc"] == before["createdDateUtc"]
    assert body_list(again, f"/connections?authEventId={after['authEventId']}") == [after]
    assert body_list(again, f"/connections?authEventId={before['authEventId']}") == []


@pytest.mark.behaviour("xero", 1)
def test_one_token_reaches_several_organisations(visitor: Visitor) -> None:
    main, other = visitor.service.state.ledgers
    visitor.code(tenant=other)
    assert {row["tenantId"] for row in body_list(visitor)} == {main, other}
    visitor.contact("Only here")
    visitor.headers["xero-tenant-id"] = other
    assert visitor.rows("Contacts") == []
    assert visitor.one("Organisation")["Name"] == "Quayside Rentals (sandbox)"


@pytest.mark.behaviour("xero", 1)
def test_deleting_a_connection(visitor: Visitor) -> None:
    """3.2: 204, then 404; calls about the organisation are then refused with 403."""
    (connection,) = body_list(visitor)
    path = f"/connections/{connection['id']}"
    assert visitor.http.delete(path, headers=visitor.headers).status_code == 204
    assert visitor.http.delete(path, headers=visitor.headers).status_code == 404
    assert visitor.ask("GET", "Contacts").status_code == 403


@pytest.mark.behaviour("xero", 1)
def test_a_person_can_disconnect_inside_xero(visitor: Visitor) -> None:
    (connection,) = body_list(visitor)
    visitor.person("disconnect", "Connections", connection["id"])
    assert visitor.ask("GET", "Contacts").status_code == 403
    with pytest.raises(KeyError):
        visitor.person("disconnect", "Connections", connection["id"])


# What stands before every call


@pytest.mark.behaviour("xero", 1)
def test_an_expired_token(visitor: Visitor) -> None:
    """B1: 401 with capital keys and the time at which it ran out."""
    visitor.service.clock.set(START)
    visitor.service.clock.advance(31 * MINUTE)
    answer = visitor.ask("GET", "Contacts")
    assert answer.status_code == 401
    shown = body(answer)
    assert set(shown) == {"Title", "Status", "Detail", "Instance"}
    assert re.fullmatch(r"TokenExpired: token expired at 09/14/2026 \d\d:\d\d:\d\d", shown["Detail"])


@pytest.mark.behaviour("xero", 1)
@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic x", ""])
def test_no_token_of_ours(visitor: Visitor, header: str) -> None:
    answer = visitor.ask("GET", "Contacts", headers={"Authorization": header})
    assert (answer.status_code, body(answer)["Detail"]) == (401, "AuthenticationUnsuccessful")
    assert visitor.http.get("/connections", headers={"Authorization": header}).status_code == 401


@pytest.mark.behaviour("xero", 1)
@pytest.mark.parametrize("tenant", ["", "00000000-0000-0000-0000-000000000000"])
def test_a_wrong_organisation(visitor: Visitor, tenant: str) -> None:
    """B1: 403 with keys in lower case, and no limit headers."""
    answer = visitor.ask("GET", "Contacts", headers={"xero-tenant-id": tenant})
    assert answer.status_code == 403
    assert {**body(answer), "instance": ""} == {
        "title": "Forbidden",
        "status": 403,
        "detail": "AuthenticationUnsuccessful",
        "instance": "",
    }
    assert "X-MinLimit-Remaining" not in answer.headers


@pytest.mark.behaviour("xero", 3)
@pytest.mark.parametrize(
    ("scopes", "method", "path", "good"),
    [
        ("accounting.contacts.read", "GET", "Contacts", True),
        ("accounting.contacts.read", "PUT", "Contacts", False),
        ("accounting.contacts", "PUT", "Contacts", True),
        ("accounting.contacts", "GET", "Invoices", False),
        ("accounting.invoices.read", "GET", "PurchaseOrders", True),
        ("accounting.invoices.read", "GET", "Items", True),
        ("accounting.settings.read", "GET", "Items", True),
        ("accounting.settings.read", "GET", "TaxRates", True),
        ("accounting.settings.read", "PUT", "Items", False),
        ("accounting.invoices", "GET", "Payments", False),
        ("accounting.payments.read", "GET", "Payments", True),
        ("accounting.invoices", "GET", "Organisation", False),
    ],
)
def test_granular_scopes_are_checked_per_route(scopes: str, method: str, path: str, good: bool) -> None:
    """B3: and the service's own misspelling of the error."""
    answer = Visitor(scopes=scopes).ask(method, path, {path: []} if method == "PUT" else None)
    assert (answer.status_code == 200) is good
    if not good:
        assert answer.status_code == 401
        assert 'error="insufficent_scope"' in answer.headers["WWW-Authenticate"]


@pytest.mark.behaviour("xero", 3)
@pytest.mark.parametrize("word", ["insufficent_scope", "insufficient_scope"])
def test_how_a_missing_scope_is_spelt_is_a_switch(word: str) -> None:
    """3.1: several clients quote the misspelling; it may be put right one day."""
    answer = Visitor(scopes="openid", scope_error=word).ask("GET", "Contacts")
    assert answer.headers["WWW-Authenticate"] == f'Bearer error="{word}"'


@pytest.mark.behaviour("xero", 3)
def test_a_missing_scope_may_be_answered_with_403() -> None:
    assert Visitor(scopes="openid", scope_failure_status=403).ask("GET", "Contacts").status_code == 403


@pytest.mark.parametrize(
    ("host", "login", "token"),
    [
        ("http://127.0.0.1:9001", "http://127.0.0.1:9001", "http://127.0.0.1:9001"),
        ("http://identity.xero.com", "https://login.xero.com", "https://identity.xero.com"),
    ],
)
def test_where_is_what(visitor: Visitor, host: str, login: str, token: str) -> None:
    """As xero-node asks before anything else; through a proxy it does so under Xero's own name."""
    found = visitor.http.get("/.well-known/openid-configuration", base_url=host).get_json()
    assert found["authorization_endpoint"] == f"{login}/identity/connect/authorize"
    assert (found["issuer"], found["token_endpoint"]) == (token, f"{token}/connect/token")
    assert found["revocation_endpoint"] == f"{token}/connect/revocation"
