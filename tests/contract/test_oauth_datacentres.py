"""What a callback says about hosts picks a row of a fixed table, and is never used raw (facts/zoho.md 3.1)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import responses

from extension.remote.datacentres import TABLE, Addresses
from extension.remote.oauth import App, Authority, Consent
from extension.remote.transport import Transport
from extension.remote.zoho.authority import ZohoGrants
from extension.sync.errors import BadInput
from extension.sync.memory_access import MemoryGrants
from extension.sync.ports import Grant

REAL = Addresses()
APP = App("id", "secret-canary", "https://us.example/callback")


def authority(addresses: Addresses = REAL) -> Authority:
    return Authority(Transport(addresses.all()), ZohoGrants(addresses), APP, MemoryGrants())


def callback(consent: Consent, **more: str) -> dict[str, str]:
    return {"code": "1000.a.b", "state": consent.state, **more}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.location)
@responses.activate
def test_a_code_is_exchanged_where_it_was_given(row: object) -> None:
    accounts, api, location = row.accounts, row.api, row.location  # type: ignore[attr-defined]
    body = {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "api_domain": api}
    responses.post(f"{accounts}/oauth/v2/token", json=body)
    consent = Consent.begin()
    grant = authority().exchange(consent, callback(consent, location=location, **{"accounts-server": accounts}))
    assert grant.extra == {"accounts_url": accounts, "api_url": api}
    sent = str(responses.calls[0].request.body)
    assert "code_verifier=" in sent
    assert "client_secret=secret-canary" in sent
    assert "secret-canary" not in str(responses.calls[0].request.url)


@pytest.mark.parametrize(
    "said",
    [
        {"location": "eu", "accounts-server": "https://accounts.evil.example"},
        {"accounts-server": "https://accounts.zoho.com.evil.example"},
        {"accounts-server": "https://accounts.zoho.com@evil.example"},
        {"accounts-server": "http://accounts.zoho.com"},
        {"location": "moon"},
        {"location": "us", "accounts-server": "https://accounts.zoho.eu"},
    ],
)
@responses.activate
def test_no_secret_goes_to_a_host_that_a_callback_invents(said: dict[str, str]) -> None:
    consent = Consent.begin()
    with pytest.raises(BadInput) as caught:
        authority().exchange(consent, callback(consent, **said))
    assert caught.value.code == "unknown_data_centre"
    assert len(responses.calls) == 0


@pytest.mark.parametrize("domain", ["https://evil.example", "https://www.zohoapis.com", "nonsense"])
@responses.activate
def test_no_token_goes_to_an_api_host_that_an_answer_invents(domain: str) -> None:
    body = {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "api_domain": domain}
    responses.post("https://accounts.zoho.eu/oauth/v2/token", json=body)
    consent = Consent.begin()
    with pytest.raises(BadInput):
        authority().exchange(consent, callback(consent, location="eu"))


@responses.activate
def test_zohos_own_sandbox_of_the_same_data_centre_is_fine() -> None:
    domain = "https://sandbox.zohoapis.eu"
    body = {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "api_domain": domain}
    responses.post("https://accounts.zoho.eu/oauth/v2/token", json=body)
    consent = Consent.begin()
    assert authority().exchange(consent, callback(consent, location="eu")).extra["api_url"] == domain


@responses.activate
def test_a_configured_address_stands_in_for_all_of_them() -> None:
    addresses = Addresses(zoho_accounts="https://proxy.example", zoho_api="https://proxy.example")
    body = {"access_token": "a", "refresh_token": "r", "expires_in": 3600, "api_domain": "https://www.zohoapis.eu"}
    responses.post("https://proxy.example/oauth/v2/token", json=body)
    consent = Consent.begin()
    said = {"location": "eu", "accounts-server": "https://accounts.zoho.eu"}
    assert authority(addresses).exchange(consent, callback(consent, **said)).extra["api_url"] == "https://proxy.example"


def test_a_proxy_for_the_accounts_server_needs_one_for_the_api() -> None:
    with pytest.raises(BadInput):
        Addresses(zoho_accounts="https://proxy.example").api_of("https://www.zohoapis.eu", "https://proxy.example")


def test_a_stored_address_is_checked_again_when_it_is_used() -> None:
    later = datetime(2999, 1, 1, tzinfo=UTC)
    extra = {"accounts_url": "https://accounts.zoho.eu", "api_url": "https://evil.example"}
    held = MemoryGrants()
    held.save("zoho", Grant("a", "r", later, extra=extra))
    with pytest.raises(BadInput):
        Authority(Transport(REAL.all()), ZohoGrants(REAL), APP, held).api_url()


@responses.activate
def test_without_a_refresh_token_there_is_no_connection() -> None:
    body = {"access_token": "a", "expires_in": 3600, "api_domain": "https://www.zohoapis.com"}
    responses.post("https://accounts.zoho.com/oauth/v2/token", json=body)
    consent = Consent.begin()
    with pytest.raises(Exception, match="no refresh token"):
        authority().exchange(consent, callback(consent))
