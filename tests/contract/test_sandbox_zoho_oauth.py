"""The accounts server and authentication (facts/zoho.md 3.1, 3.2; behaviours 5.2, 1 and 2)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.world import World
from sandbox.zoho.organisation import NEIGHBOURS, USERS
from sandbox.zoho.service import EVERY_SCOPE
from tests.contract.zoho_caller import Crm

CALLBACK = "https://app.example/callback"
ASK = {
    "client_id": "sandbox",
    "response_type": "code",
    "access_type": "offline",
    "prompt": "consent",
    "redirect_uri": CALLBACK,
    "scope": ",".join(EVERY_SCOPE),
    "state": "s t/1",
}


@pytest.fixture
def crm() -> Crm:
    return Crm()


def consent(crm: Crm, **changes: str) -> dict[str, str]:
    """The callback's parameters after pressing Accept at once."""
    answer = crm.app.test_client().get("/oauth/v2/auth", query_string={**ASK, **changes, "auto": "1"})
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def token(crm: Crm, host: str = "localhost", **form: str) -> dict[str, Any]:
    sent = {"client_id": "sandbox", "client_secret": "sandbox", **form}
    answer = crm.app.test_client().post("/oauth/v2/token", data=sent, base_url=f"http://{host}")
    assert answer.status_code == 200, "errors come with HTTP 200, too"
    found: dict[str, Any] = answer.get_json()
    return found


def exchange(crm: Crm, code: str, **form: str) -> dict[str, Any]:
    return token(crm, grant_type="authorization_code", code=code, **{"redirect_uri": CALLBACK, **form})


def refreshed(crm: Crm, refresh_token: str) -> dict[str, Any]:
    return token(crm, grant_type="refresh_token", refresh_token=refresh_token)


def code_of(crm: Crm, access_token: str) -> str | None:
    """What a call with this token is refused with, if it is."""
    crm.token = access_token
    answer = crm.get("/org").json
    return answer.get("code") if isinstance(answer, dict) else None


@pytest.mark.behaviour("zoho", 1)
def test_no_token_a_wrong_scheme_and_an_unknown_token(crm: Crm) -> None:
    """5.2, 1; the body is that of a live probe."""
    assert crm.get("/org", Authorization="").json == {
        "code": "AUTHENTICATION_FAILURE",
        "details": {},
        "message": "Authentication failed",
        "status": "error",
    }
    assert crm.get("/org", Authorization=f"Bearer {crm.token}").json["code"] == "AUTHENTICATION_FAILURE"
    unknown = crm.get("/org", Authorization="Zoho-oauthtoken 1000.x")
    assert (unknown.status, unknown.json["code"], unknown.json["message"]) == (
        401,
        "INVALID_TOKEN",
        "invalid oauth token",
    )


@pytest.mark.behaviour("zoho", 1)
def test_a_scope_is_needed_for_each_area(crm: Crm) -> None:
    """5.2, 1"""
    crm.token = crm.service.access_token(["ZohoCRM.modules.accounts.READ"])
    assert crm.listed("Accounts").status == 204
    assert (crm.create("Accounts", {"Account_Name": "A"}).status, crm.get("/org").status) == (401, 401)
    assert crm.listed("Contacts").json["code"] == "OAUTH_SCOPE_MISMATCH"
    crm.token = crm.service.access_token(["ZohoCRM.modules.ALL"])
    assert crm.listed("Contacts").status == 204, "a wider scope holds the narrower ones"
    assert crm.get("/Accounts/search", {"word": "abc"}).json["code"] == "OAUTH_SCOPE_MISMATCH"


@pytest.mark.behaviour("zoho", 2)
def test_the_page_is_passed_with_one_button_and_says_where_to_exchange_the_code(crm: Crm) -> None:
    """3.1: the callback carries location and accounts-server."""
    client = crm.app.test_client()
    page = client.get("/oauth/v2/auth", query_string=ASK)
    assert page.text.count("<button") == 1
    assert 'name="redirect_uri"' in page.text
    answer = client.post("/oauth/v2/auth", data=ASK, base_url="http://127.0.0.1:4321")
    found = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert answer.headers["Location"].startswith(CALLBACK)
    assert (found["state"], found["location"]) == (["s t/1"], ["au"])
    assert found["accounts-server"] == ["http://127.0.0.1:4321"]
    info = client.get("/oauth/serverinfo", base_url="http://127.0.0.1:4321").get_json()
    assert info["locations"] == {"au": "http://127.0.0.1:4321"}


@pytest.mark.parametrize(
    "wrong", [{"client_id": "x"}, {"response_type": "token"}, {"scope": ""}, {"redirect_uri": "javascript:alert(1)"}]
)
def test_a_consent_that_cannot_be_asked_for_is_a_page_not_a_redirect(crm: Crm, wrong: dict[str, str]) -> None:
    answer = crm.app.test_client().get("/oauth/v2/auth", query_string={**ASK, **wrong, "auto": "1"})
    assert answer.status_code == 400


@pytest.mark.behaviour("zoho", 2)
def test_a_code_gives_tokens_once_and_the_api_domain_of_this_server(crm: Crm) -> None:
    """5.2, 2"""
    code = consent(crm)["code"]
    answer = token(crm, "127.0.0.1:999", grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert answer["api_domain"] == "http://127.0.0.1:999"
    assert (answer["expires_in"], answer["token_type"]) == (3600, "Bearer")
    assert code_of(crm, answer["access_token"]) is None
    assert exchange(crm, code) == {"error": "invalid_code"}


@pytest.mark.behaviour("zoho", 2)
def test_every_error_of_the_token_endpoint_comes_with_http_200(crm: Crm) -> None:
    """5.2, 2 and 3.2"""
    assert exchange(crm, "1000.x") == {"error": "invalid_code"}
    assert exchange(crm, "x", client_id="other") == {"error": "invalid_client"}
    assert exchange(crm, "x", client_secret="other") == {"error": "invalid_client_secret"}
    assert exchange(crm, consent(crm)["code"], redirect_uri="https://b.example") == {"error": "invalid_redirect_uri"}
    assert refreshed(crm, "1000.x") == {"error": "invalid_code"}
    late = consent(crm)["code"]
    crm.clock.advance(181)
    assert exchange(crm, late) == {"error": "invalid_code"}


def test_pkce_is_checked_when_it_was_begun(crm: Crm) -> None:
    """3.2: S256 is offered."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    more = {"code_challenge": challenge, "code_challenge_method": "S256"}
    assert exchange(crm, consent(crm, **more)["code"], code_verifier="w" * 43) == {"error": "invalid_code"}
    assert "access_token" in exchange(crm, consent(crm, **more)["code"], code_verifier="v" * 43)


@pytest.mark.behaviour("zoho", 2)
def test_a_refresh_answers_without_a_refresh_token_and_the_old_one_stays(crm: Crm) -> None:
    """5.2, 2"""
    first = exchange(crm, consent(crm)["code"])
    second = refreshed(crm, first["refresh_token"])
    assert "refresh_token" not in second
    assert second["api_domain"]
    assert "access_token" in refreshed(crm, first["refresh_token"])


@pytest.mark.behaviour("zoho", 2)
def test_online_consents_and_repeated_ones_without_prompt_give_no_refresh_token(crm: Crm) -> None:
    """3.2 [U]: the second is a switch."""
    assert "refresh_token" not in exchange(crm, consent(crm, access_type="online")["code"])
    assert "refresh_token" in exchange(crm, consent(crm)["code"])
    assert "refresh_token" not in exchange(crm, consent(crm, prompt="")["code"])
    crm.switch(refresh_token_without_prompt=True)
    assert "refresh_token" in exchange(crm, consent(crm, prompt="")["code"])


@pytest.mark.behaviour("zoho", 1, 2)
def test_an_access_token_lives_an_hour_and_says_so(crm: Crm) -> None:
    """3.2: x-accesstoken-reset on every call."""
    crm.token = exchange(crm, consent(crm)["code"])["access_token"]
    assert crm.get("/org").headers["x-accesstoken-reset"].startswith("2026-08-04T11:15")
    crm.clock.advance(3601)
    assert crm.get("/org").json["code"] == "INVALID_TOKEN"


@pytest.mark.behaviour("zoho", 1, 2)
def test_the_sixteenth_access_token_drops_the_oldest(crm: Crm) -> None:
    """5.2, 2"""
    crm.switch(token_limits=False)
    first = exchange(crm, consent(crm)["code"])
    others = [refreshed(crm, first["refresh_token"])["access_token"] for _ in range(14)]
    assert code_of(crm, first["access_token"]) is None
    refreshed(crm, first["refresh_token"])
    assert code_of(crm, first["access_token"]) == "INVALID_TOKEN"
    assert code_of(crm, others[0]) is None


@pytest.mark.behaviour("zoho", 2)
def test_the_twenty_first_refresh_token_drops_the_first_with_its_access_tokens(crm: Crm) -> None:
    """3.2"""
    crm.switch(token_limits=False)
    first, *_ = [exchange(crm, consent(crm)["code"]) for _ in range(21)]
    assert refreshed(crm, first["refresh_token"]) == {"error": "invalid_code"}
    assert code_of(crm, first["access_token"]) == "INVALID_TOKEN"


@pytest.mark.behaviour("zoho", 2)
def test_ten_access_tokens_in_ten_minutes(crm: Crm) -> None:
    """5.2, 2; the body is unverified."""
    refresh = exchange(crm, consent(crm)["code"])["refresh_token"]
    answers = [refreshed(crm, refresh) for _ in range(11)]
    assert "access_token" in answers[9]
    assert answers[10]["error"] == "Access Denied"
    crm.switch(token_throttle_status="429")
    form = {"client_id": "sandbox", "client_secret": "sandbox", "grant_type": "refresh_token", "refresh_token": refresh}
    assert crm.app.test_client().post("/oauth/v2/token", data=form).status_code == 429
    crm.clock.advance(601)
    assert "access_token" in refreshed(crm, refresh)


@pytest.mark.behaviour("zoho", 2)
def test_ten_codes_in_ten_minutes(crm: Crm) -> None:
    """3.2: per client, whoever consents."""
    codes = [consent(crm, user=str(USERS[n % 2].id))["code"] for n in range(10)]
    refused = crm.app.test_client().get("/oauth/v2/auth", query_string={**ASK, "auto": "1"})
    assert (refused.status_code, len(set(codes))) == (400, 10)
    assert "access_token" in exchange(crm, codes[0]), "those that were given are good"
    crm.clock.advance(601)
    assert consent(crm)["code"]


@pytest.mark.behaviour("zoho", 2)
def test_a_code_lives_three_minutes(crm: Crm) -> None:
    """3.2"""
    in_time, late = consent(crm)["code"], consent(crm)["code"]
    crm.clock.advance(175)
    assert "access_token" in exchange(crm, in_time)
    crm.clock.advance(6)
    assert exchange(crm, late) == {"error": "invalid_code"}


@pytest.mark.behaviour("zoho", 1)
def test_a_revoked_connection_is_over(crm: Crm) -> None:
    tokens = exchange(crm, consent(crm)["code"])
    answer = crm.app.test_client().post("/oauth/v2/token/revoke", query_string={"token": tokens["refresh_token"]})
    assert answer.get_json() == {"status": "success"}
    assert code_of(crm, tokens["access_token"]) == "INVALID_TOKEN"
    assert refreshed(crm, tokens["refresh_token"]) == {"error": "invalid_code"}


def test_a_snapshot_keeps_the_tokens(crm: Crm) -> None:
    tokens = exchange(crm, consent(crm)["code"])
    frozen = crm.service.freeze()
    crm.service.accounts.revoke(tokens["refresh_token"])
    crm.service.thaw(frozen)
    assert code_of(crm, tokens["access_token"]) is None


@pytest.mark.behaviour("zoho", 14)
def test_the_writer_is_whoever_consented(crm: Crm) -> None:
    """5.2, 14"""
    tom = crm.service.organisation.users[1]
    crm.token = exchange(crm, consent(crm, user=str(tom.id))["code"])["access_token"]
    made = crm.create("Accounts", {"Account_Name": "A"}).rows[0]
    assert made["details"]["Modified_By"] == {"name": "Tom Whitfield", "id": str(tom.id)}
    assert crm.one("Accounts", made["details"]["id"])["Modified_By"]["email"] == tom.email
    crm.token = crm.service.access_token()
    crm.update("Accounts", {"id": made["details"]["id"], "Phone": "1"})
    row = crm.one("Accounts", made["details"]["id"])
    assert (row["Modified_By"]["email"], row["Created_By"]["email"]) == (ADMINISTRATOR.email, tom.email)


# Who is signed in

SIGN_IN = {**ASK, "access_type": "online", "scope": "ZohoCRM.users.READ", "prompt": ""}
ADMINISTRATOR, SALESPERSON, _ = USERS


def test_the_page_lets_one_choose_who_is_signed_in(crm: Crm) -> None:
    page = crm.app.test_client().get("/oauth/v2/auth", query_string=SIGN_IN).text
    assert f'value="{ADMINISTRATOR.id}" checked' in page
    assert "Tom Whitfield, Standard" in page
    assert page.count(" checked") == 1


def test_who_accepted_is_who_calls_and_who_is_signed_in_from_then_on(crm: Crm) -> None:
    client = crm.app.test_client()
    answer = client.post("/oauth/v2/auth", data={**SIGN_IN, "user": str(SALESPERSON.id)})
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    tokens = exchange(crm, code)
    assert "refresh_token" not in tokens
    crm.token = tokens["access_token"]
    (me,) = crm.get("/users", {"type": "CurrentUser"}).json["users"]
    assert (me["email"], me["profile"]["name"]) == (SALESPERSON.email, "Standard")
    page = client.get("/oauth/v2/auth", query_string=ASK).text
    assert f'value="{SALESPERSON.id}" checked' in page


def test_who_rejects_goes_back_without_a_code(crm: Crm) -> None:
    page = crm.app.test_client().get("/oauth/v2/auth", query_string=SIGN_IN).text
    assert f'href="{CALLBACK}?error=access_denied&amp;state=s+t%2F1"' in page


@pytest.mark.behaviour("zoho", 2)
@pytest.mark.parametrize("remembers", [True, False])
def test_a_second_sign_in_asks_nobody_if_the_service_remembers_consent(crm: Crm, remembers: bool) -> None:
    crm.service.set_switches({"remembers_consent": remembers})
    client = crm.app.test_client()
    assert client.get("/oauth/v2/auth", query_string=SIGN_IN).status_code == 200, "nothing was granted yet"
    client.post("/oauth/v2/auth", data={**SIGN_IN, "user": str(SALESPERSON.id)})
    again = client.get("/oauth/v2/auth", query_string=SIGN_IN)
    assert again.status_code == (302 if remembers else 200)
    wider = {**SIGN_IN, "scope": "ZohoCRM.users.READ,ZohoCRM.org.READ"}
    for asked in (wider, {**SIGN_IN, "prompt": "consent"}, {**SIGN_IN, "access_type": "offline"}):
        assert client.get("/oauth/v2/auth", query_string=asked).status_code == 200, asked
    stranger = crm.app.test_client().get("/oauth/v2/auth", query_string=SIGN_IN)
    assert stranger.status_code == 200, "another browser, where nobody is signed in"


def test_administrators_are_told_from_other_users(crm: Crm) -> None:
    chosen = {kind: crm.get("/users", {"type": kind}).json["users"] for kind in ("AdminUsers", "AllUsers")}
    assert [user["email"] for user in chosen["AdminUsers"]] == [ADMINISTRATOR.email]
    assert len(chosen["AllUsers"]) == len(USERS)


def test_two_organisations_on_one_server_see_only_their_own() -> None:
    world = World(records=10, neighbour=True)
    assert world.neighbour is not None
    client = world.zoho_app.test_client()
    page = client.get("/oauth/v2/auth", query_string=ASK).text
    assert all(user.full_name in page for user in (*USERS, *NEIGHBOURS))
    seen = []
    for service in (world.zoho, world.neighbour):
        token = service.access_token()
        answers = [
            client.get(path, headers={"Authorization": f"Zoho-oauthtoken {token}"}).get_json()
            for path in ("/crm/v8/org", "/crm/v8/users?type=AdminUsers", "/crm/v8/Accounts?fields=Account_Name")
        ]
        assert answers[0]["org"][0]["id"] == service.settings.org_id
        assert answers[1]["users"][0]["id"] == str(service.organisation.users[0].id)
        seen.append({row["id"] for row in answers[2]["data"]})
    assert not seen[0] & seen[1]
    books = [set(ledger.contacts.by_id) for ledger in world.xero.state.ledgers.values()]
    assert all(books)
    assert not books[0] & books[1]
