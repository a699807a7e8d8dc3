"""What one data centre of Zoho gave, no other takes (facts/zoho.md 3.1; behaviour 5.2, 2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from extension.remote.datacentres import TABLE, Addresses
from extension.remote.oauth import App, Authority, Consent
from extension.remote.transport import Transport
from extension.remote.wsgi import mounted
from extension.remote.zoho.authority import ZohoGrants
from extension.sync.errors import RemoteError
from extension.sync.memory_access import MemoryGrants
from sandbox.zoho.datacentres import CENTRES
from tests.contract.test_sandbox_zoho_oauth import ASK, CALLBACK
from tests.contract.zoho_caller import Crm

HOME, ABROAD = "accounts.zoho.com.au", "accounts.zoho.eu"
CLIENT = {"client_id": "sandbox", "client_secret": "sandbox", "redirect_uri": CALLBACK}


@pytest.fixture
def crm() -> Crm:
    return Crm()


def called_back(crm: Crm, host: str, **asked: str) -> dict[str, str]:
    """What the browser brings home from a consent at that accounts server."""
    query = {**ASK, **asked, "auto": "1"}
    answer = crm.app.test_client().get("/oauth/v2/auth", query_string=query, base_url=f"https://{host}")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def token(crm: Crm, host: str, **form: str) -> dict[str, Any]:
    answer = crm.app.test_client().post("/oauth/v2/token", data={**CLIENT, **form}, base_url=f"https://{host}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.mark.behaviour("zoho", 2)
def test_a_code_is_taken_in_its_own_data_centre_only(crm: Crm) -> None:
    code = called_back(crm, HOME)["code"]
    assert token(crm, ABROAD, grant_type="authorization_code", code=code) == {"error": "invalid_code"}
    tokens = token(crm, HOME, grant_type="authorization_code", code=code)
    assert tokens["api_domain"] == "https://www.zohoapis.com.au"
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert token(crm, ABROAD, **refresh) == {"error": "invalid_code"}
    revoked = crm.app.test_client().post(
        "/oauth/v2/token/revoke", data={"token": tokens["refresh_token"]}, base_url=f"https://{ABROAD}"
    )
    assert revoked.get_json() == {"error": "invalid_code"}
    assert "access_token" in token(crm, HOME, **refresh)


@pytest.mark.behaviour("zoho", 2)
def test_whoever_is_asked_anywhere_is_sent_home(crm: Crm) -> None:
    """The browser may begin at any of them; the callback names the organisation's own."""
    found = called_back(crm, "accounts.zoho.com")
    assert (found["location"], found["accounts-server"]) == ("au", f"https://{HOME}")
    info = crm.app.test_client().get("/oauth/serverinfo", base_url="https://accounts.zoho.com").get_json()
    assert info["locations"] == {centre.location: f"https://{centre.accounts}" for centre in CENTRES}


@pytest.mark.behaviour("zoho", 1)
def test_a_token_is_taken_in_its_own_data_centre_only(crm: Crm) -> None:
    def asked(host: str, version: str = "v8") -> tuple[int, str | None]:
        answer = crm.app.test_client().get(
            f"/crm/{version}/org", headers={"Authorization": f"Zoho-oauthtoken {crm.token}"}, base_url=f"https://{host}"
        )
        return answer.status_code, answer.get_json().get("code")

    assert asked("www.zohoapis.com.au") == (200, None)
    assert asked("www.zohoapis.eu") == (401, "INVALID_TOKEN")
    assert asked(HOME) == (400, "INVALID_HOST")
    assert asked(HOME, "v2") == (200, None)


def test_both_tables_name_the_same_hosts() -> None:
    """The sandbox knows nothing of the product, and has its own."""
    ours = {(row.location, row.accounts, row.api) for row in TABLE if row.location != "uk"}  # whose API is unverified
    assert {(c.location, f"https://{c.accounts}", f"https://{c.api}") for c in CENTRES} == ours


def test_our_client_exchanges_a_code_at_home(crm: Crm) -> None:
    """And is refused where the callback was tampered with."""
    addresses = Addresses()
    wires = {url: crm.app.wsgi_app for row in TABLE for url in (row.accounts, row.api)}
    transport = Transport(addresses.all(), session=mounted(wires), clock=crm.clock)
    app = App("sandbox", "sandbox", CALLBACK)
    authority = Authority(transport, ZohoGrants(addresses), app, MemoryGrants())
    consent = Consent.begin()
    asked = parse_qs(urlsplit(authority.authorise_url(consent)).query)
    came = called_back(crm, "accounts.zoho.com", **{name: values[0] for name, values in asked.items()})
    with pytest.raises(RemoteError, match="invalid_code"):
        authority.exchange(consent, {**came, "location": "eu", "accounts-server": f"https://{ABROAD}"})
    assert authority.exchange(consent, came).extra == {
        "accounts_url": f"https://{HOME}",
        "api_url": "https://www.zohoapis.com.au",
    }
