"""Consent and tokens against the sandbox's own accounts and identity servers (facts/zoho.md 3.2, facts/xero.md 3.1)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from extension.remote.oauth import App, Authority, Consent
from extension.remote.xero.authority import XeroGrants
from extension.remote.zoho.authority import ZohoGrants
from extension.sync import errors
from extension.sync.ports import Grant
from tests.contract.remote_rig import ADDRESSES, SANDBOX, Rig, XeroRig, ZohoRig, consented

RIGS: tuple[Callable[[], Rig], ...] = (ZohoRig, XeroRig)


def grant(rig: Rig) -> Grant:
    found = rig.grants.get(rig.side)
    assert found is not None
    return found


def tokens_asked(rig: Rig) -> int:
    return rig.transport.calls.get((rig.side, "token"), 0)


def worker(authority: Authority, got: list[str]) -> threading.Thread:
    return threading.Thread(target=lambda: got.append(authority.access_token()))


def another(rig: Rig, app: App = SANDBOX) -> Authority:
    """A second worker on the same stored grant."""
    provider = ZohoGrants(ADDRESSES) if rig.side == "zoho" else XeroGrants(ADDRESSES)
    return Authority(rig.transport, provider, app, rig.grants, pause=lambda _: time.sleep(0.005))


# ------------------------------------------------------------------ consent


def test_zohos_consent_asks_for_a_refresh_token_with_state_and_pkce() -> None:
    consent = Consent.begin()
    url = urlsplit(ZohoRig().authority.authorise_url(consent))
    asked = {k: v[0] for k, v in parse_qs(url.query).items()}
    assert url.path == "/oauth/v2/auth"
    assert (asked["access_type"], asked["prompt"]) == ("offline", "consent")
    assert (asked["state"], asked["code_challenge"]) == (consent.state, consent.challenge)
    assert asked["code_challenge_method"] == "S256"
    assert "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL" in asked["scope"]


def test_xeros_consent_asks_for_granular_scopes() -> None:
    """Apps made after 2 March 2026 cannot have accounting.transactions (3.3)."""
    url = urlsplit(XeroRig().authority.authorise_url(Consent.begin()))
    asked = {k: v[0] for k, v in parse_qs(url.query).items()}
    assert url.path == "/identity/connect/authorize"
    assert asked["scope"].split() == [
        "offline_access",
        "accounting.invoices",
        "accounting.contacts",
        "accounting.settings.read",
    ]


@pytest.mark.parametrize("rig_type", RIGS)
def test_every_consent_has_a_state_and_a_verifier_of_its_own(rig_type: Callable[[], Rig]) -> None:
    one, other = Consent.begin(), Consent.begin()
    assert one.state != other.state
    assert 43 <= len(one.verifier) <= 128
    assert one.state not in repr(one)
    assert one.verifier not in repr(one)


@pytest.mark.parametrize("rig_type", RIGS)
def test_an_answer_with_another_state_is_not_ours(rig_type: Callable[[], Rig]) -> None:
    rig = rig_type()
    consent = Consent.begin()
    callback = consented(Client(rig.app), rig.authority, consent)
    before = tokens_asked(rig)
    for wrong in ({**callback, "state": "other"}, {k: v for k, v in callback.items() if k != "state"}):
        with pytest.raises(errors.BadInput) as caught:
            rig.authority.exchange(consent, wrong)
        assert caught.value.code == "bad_state"
    assert tokens_asked(rig) == before


@pytest.mark.parametrize("rig_type", RIGS)
def test_a_code_works_once_and_only_with_its_verifier(rig_type: Callable[[], Rig]) -> None:
    rig = rig_type()
    consent = Consent.begin()
    callback = consented(Client(rig.app), rig.authority, consent)
    with pytest.raises(errors.Unauthorised):
        rig.authority.exchange(replace(consent, verifier=Consent.begin().verifier), callback)
    fresh = consented(Client(rig.app), rig.authority, consent)
    assert rig.authority.exchange(consent, fresh).refresh
    with pytest.raises(errors.Unauthorised):
        rig.authority.exchange(consent, fresh)


@pytest.mark.parametrize("rig_type", RIGS)
def test_a_refused_consent_is_said_so(rig_type: Callable[[], Rig]) -> None:
    consent = Consent.begin()
    with pytest.raises(errors.BadInput) as caught:
        rig_type().authority.exchange(consent, {"state": consent.state, "error": "access_denied"})
    assert caught.value.code == "no_consent"


@pytest.mark.parametrize("rig_type", RIGS)
def test_a_wrong_client_is_a_setting_to_correct_and_breaks_nothing(rig_type: Callable[[], Rig]) -> None:
    """Zoho says it with HTTP 200 (facts/zoho.md 3.2)."""
    rig = rig_type()
    wrong = another(rig, App("sandbox", "wrong-secret-canary", SANDBOX.redirect_uri))
    rig.clock.advance(4000)
    with pytest.raises(errors.Unauthorised) as caught:
        wrong.access_token()
    assert caught.value.code == "bad_client"
    assert rig.grants.problem(rig.side) is None
    assert "canary" not in str(caught.value) + repr(wrong._app)
    rig.clock.advance(46)  # its claim ends
    assert rig.authority.access_token()


# ------------------------------------------------------------------ refresh


@pytest.mark.parametrize(("rig_type", "good", "early"), [(ZohoRig, 3600, 300), (XeroRig, 1800, 120)])
def test_a_token_is_renewed_in_time_and_not_before(rig_type: Callable[[], Rig], good: int, early: int) -> None:
    rig = rig_type()
    first, before = rig.authority.access_token(), tokens_asked(rig)
    rig.clock.advance(good - early - 30)
    assert rig.authority.access_token() == first
    rig.clock.advance(60)
    assert rig.authority.access_token() != first
    assert tokens_asked(rig) == before + 1


def test_zohos_refresh_token_stays() -> None:
    """A refresh brings none (3.2)."""
    rig = ZohoRig()
    old = grant(rig)
    rig.clock.advance(4000)
    rig.authority.access_token()
    assert grant(rig).refresh == old.refresh
    assert grant(rig).generation == old.generation + 1


def test_xeros_pair_rotates_and_is_stored_before_it_is_used() -> None:
    rig = XeroRig()
    old = grant(rig)
    rig.clock.advance(1800)
    stored_when_sent: list[bool] = []
    send = rig.transport.send

    def watch(request: object, *more: object) -> object:
        token = getattr(request, "headers", {}).get("Authorization", "")
        if token.startswith("Bearer "):
            stored_when_sent.append(token.removeprefix("Bearer ") == grant(rig).access)
        return send(request, *more)  # type: ignore[arg-type]

    rig.transport.send = watch  # type: ignore[assignment,method-assign]
    rig.remote.identity()
    new = grant(rig)
    assert stored_when_sent == [True]
    assert new.refresh != old.refresh
    assert new.previous_refresh == old.refresh
    assert new.generation > old.generation


def test_the_organisation_is_asked_for_once_per_token() -> None:
    """Only a new token can reach another organisation; a run with nothing to do makes no call for it."""
    rig = XeroRig()
    asked = {rig.remote.identity() for _ in range(3)}
    assert len(asked) == 1
    assert sum(call.lower().endswith("/connections") for call in rig.journal()) == 1
    rig.clock.advance(1800)
    rig.remote.identity()
    assert sum(call.lower().endswith("/connections") for call in rig.journal()) == 1


def test_a_lost_refresh_answer_is_asked_for_once_more_with_the_same_token() -> None:
    """Xero has rotated already, and takes the one before for half an hour (facts/xero.md 3.1)."""
    rig = XeroRig()
    rig.clock.advance(1800)
    rig.fault(method="POST", path="/connect/token", kind="cut_after")
    before = tokens_asked(rig)
    assert rig.authority.access_token() == grant(rig).access
    assert tokens_asked(rig) == before + 2


def test_two_lost_answers_end_the_attempt_and_the_next_one_still_gets_in() -> None:
    rig = XeroRig()
    rig.clock.advance(1800)
    rig.fault(method="POST", path="/connect/token", kind="cut_after", times=2)
    with pytest.raises(errors.RemoteError) as caught:
        rig.authority.access_token()
    assert caught.value.code == "no_answer"
    assert rig.grants.problem("xero") is None
    rig.clock.advance(60)
    assert rig.authority.access_token() == grant(rig).access


def test_an_unknown_newer_token_falls_back_once_to_the_one_before() -> None:
    """A store brought back from a backup, or an answer that was stored and never confirmed."""
    rig = XeroRig()
    rig.clock.advance(1800)
    rig.authority.access_token()
    good = grant(rig)
    rig.grants.save("xero", replace(good, refresh="never-issued"))
    rig.clock.advance(1700)
    before = tokens_asked(rig)
    assert rig.authority.access_token()
    assert tokens_asked(rig) == before + 2


def test_after_half_an_hour_the_one_before_is_not_tried() -> None:
    rig = XeroRig()
    rig.clock.advance(1800)
    rig.authority.access_token()
    rig.grants.save("xero", replace(grant(rig), refresh="never-issued"))
    rig.clock.advance(1801)
    before = tokens_asked(rig)
    with pytest.raises(errors.Unauthorised) as caught:
        rig.authority.access_token()
    assert tokens_asked(rig) == before + 1
    assert caught.value.code == "invalid_grant"
    assert rig.grants.problem("xero") == "invalid_grant"


@pytest.mark.parametrize("rig_type", RIGS)
def test_a_revoked_grant_is_marked_and_asks_for_a_new_connection(rig_type: Callable[[], Rig]) -> None:
    rig = rig_type()
    rig.grants.save(rig.side, replace(grant(rig), refresh="revoked", previous_refresh=""))
    rig.clock.advance(4000)
    with pytest.raises(errors.Unauthorised) as caught:
        rig.authority.access_token()
    assert caught.value.hint
    assert rig.grants.problem(rig.side)
    with pytest.raises(errors.Unauthorised) as again:
        rig.authority.access_token()
    assert again.value.code == "not_connected"


@pytest.mark.parametrize("status", ["200", "400", "429"])
def test_zohos_throttle_says_access_denied_under_whatever_status(status: str) -> None:
    """Ten tokens in ten minutes per refresh token (3.2); nobody has seen the answer."""
    rig = ZohoRig()
    rig.service.set_switches({"token_throttle_status": status})
    for _ in range(10):
        rig.authority.access_token(rejected=grant(rig).access)
    with pytest.raises(errors.Throttled) as caught:
        rig.authority.access_token(rejected=grant(rig).access)
    assert caught.value.until is not None
    assert caught.value.until > rig.clock.now() + timedelta(minutes=9)
    assert rig.grants.problem("zoho") is None


@pytest.mark.parametrize("rig_type", RIGS)
def test_refreshing_is_single_flight(rig_type: Callable[[], Rig]) -> None:
    """Six threads with an expired token made six refreshes of one refresh token (facts/xero.md T6)."""
    rig = rig_type()
    rig.clock.advance(4000)
    before = tokens_asked(rig)
    workers = [another(rig) for _ in range(3)]
    got: list[str] = []
    threads = [worker(authority, got) for authority in workers * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert set(got) == {grant(rig).access}
    assert len(got) == 6
    assert tokens_asked(rig) == before + 1


def test_while_another_worker_refreshes_a_token_that_still_works_is_used() -> None:
    rig = XeroRig()
    first = grant(rig)
    rig.clock.advance(1800 - 90)
    assert rig.grants.claim("xero", first.generation, rig.clock.now(), 45)
    assert rig.authority.access_token() == first.access


def test_a_worker_that_never_comes_back_does_not_hold_the_grant_for_ever() -> None:
    rig = XeroRig()
    rig.clock.advance(1800)
    assert rig.grants.claim("xero", grant(rig).generation, rig.clock.now(), 45)
    with pytest.raises(errors.Refused) as caught:
        rig.authority.access_token()
    assert caught.value.code == "refreshing"
    rig.clock.advance(46)
    assert rig.authority.access_token()


def test_a_worker_that_slept_past_its_claim_breaks_nothing() -> None:
    rig = XeroRig()
    rig.clock.advance(1800)
    stale = grant(rig)

    def meanwhile() -> None:
        good_for = rig.clock.now() + timedelta(hours=1)
        rig.grants.save("xero", replace(grant(rig), access="newer", expires_at=good_for))

    rig.grants.save("xero", replace(stale, refresh="outlived", previous_refresh=""))
    rig.after(lambda request: request.kind == "token", meanwhile)
    assert rig.authority.access_token() == "newer"
    assert rig.grants.problem("xero") is None


def test_keys_that_nobody_knows_in_a_token_answer_do_no_harm() -> None:
    """One more key was a TypeError in the SDK (T8)."""
    rig = XeroRig()
    rig.clock.advance(1800)
    body = {"access_token": "a", "refresh_token": "r", "expires_in": 1800, "session_state": "?", "scope": "x y"}
    rig.fault(path="/connect/token", kind="status_before", params={"status": 200, "body": body})
    assert rig.authority.access_token() == "a"
    assert grant(rig).scopes == ("x", "y")


@pytest.mark.parametrize("says", [False, True])
def test_a_refresh_grants_no_more_than_the_person_did(says: bool) -> None:
    """Whether Zoho's answer names scopes is not documented; what a newer version asks for was not granted to it."""
    rig = ZohoRig(switches={"token_says_scope": says})
    assert grant(rig).scopes
    rig.grants.save("zoho", replace(grant(rig), scopes=("ZohoCRM.modules.ALL",)))
    rig.clock.advance(3600)
    rig.authority.access_token()
    assert ("ZohoCRM.settings.ALL" in grant(rig).scopes) == says


@pytest.mark.parametrize("rig_type", RIGS)
def test_a_consent_knows_what_was_granted(rig_type: Callable[[], Rig]) -> None:
    rig = rig_type()
    asked = parse_qs(urlsplit(rig.authority.authorise_url(Consent.begin())).query)["scope"][0]
    assert set(grant(rig).scopes) == set(asked.replace(",", " ").split())


# ------------------------------------------------------------------ 401 during work


@pytest.mark.parametrize("rig_type", RIGS)
def test_a_401_is_answered_by_one_fresh_token_and_the_same_request(rig_type: Callable[[], Rig]) -> None:
    """zcrmsdk never refreshes on 401 (facts/zoho.md 1.4)."""
    rig = rig_type()
    rig.fault(kind="expire_token")
    before = tokens_asked(rig)
    feed = "Accounts" if rig.side == "zoho" else "Contacts"
    assert [page.rows for page in rig.remote.walk(feed, None, None)] == [[]]
    assert tokens_asked(rig) == before + 1


@pytest.mark.parametrize("rig_type", RIGS)
def test_a_second_401_is_believed(rig_type: Callable[[], Rig]) -> None:
    rig = rig_type()
    rig.fault(kind="status_before", path="org|onnections", times=0, params={"status": 401, "body": {}})
    before = tokens_asked(rig)
    with pytest.raises(errors.Unauthorised):
        rig.remote.identity()
    assert tokens_asked(rig) == before + 1


def test_zohos_missing_scope_is_not_cured_by_a_fresh_token() -> None:
    """OAUTH_SCOPE_MISMATCH is a 401, too; tokens are rationed."""
    rig = ZohoRig()
    rig.grants.save("zoho", replace(grant(rig), access=rig.service.access_token(["ZohoCRM.org.READ"])))
    before = tokens_asked(rig)
    with pytest.raises(errors.Unauthorised) as caught:
        list(rig.remote.walk("Accounts", None, None))
    assert caught.value.code == "missing_scope"
    assert tokens_asked(rig) == before


@pytest.mark.parametrize("status", [401, 403])
def test_xeros_missing_scope_is_recognised_in_either_spelling(status: int) -> None:
    for spelling in ("insufficent_scope", "insufficient_scope"):
        rig = XeroRig()
        header = {"WWW-Authenticate": f'Bearer error="{spelling}"'}
        rig.fault(kind="status_before", path="Contacts", params={"status": status, "headers": header})
        with pytest.raises(errors.Unauthorised) as caught:
            list(rig.remote.walk("Contacts", None, None))
        assert caught.value.code == "missing_scope"


def test_an_organisation_disconnected_inside_xero_is_marked() -> None:
    """403 AuthenticationUnsuccessful (3.2)."""
    rig = XeroRig()
    (connection,) = rig.service.dump()["Connections"]
    rig.edit("disconnect", "Connections", connection["id"])
    with pytest.raises(errors.Unauthorised) as caught:
        list(rig.remote.walk("Contacts", None, None))
    assert caught.value.code == "disconnected"
    assert rig.grants.problem("xero") == "disconnected"
