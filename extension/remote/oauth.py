"""Consent and tokens of one side of one connection: OAuth 2 authorisation code with state and PKCE.

`Authority.access_token` is the only way to a token. A refresh is single flight: a lock inside this process, a claim in
the store between processes. A new pair is durable before it is used. Xero rotates refresh tokens, so a lost answer
must not cost the connection; Zoho's stay. Nothing in here is ever printed: secrets and tokens have no repr.
"""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from extension.remote.transport import Answer, Request, Transport, lost
from extension.sync import errors
from extension.sync.canonical import Side
from extension.sync.ports import Grant, Grants

CLAIM_SECONDS: Final = 45.0  # longer than two token calls may take
TOKEN_TIMEOUT: Final = (5.0, 15.0)
OTHERS_REFRESH: Final = 10.0  # how long to wait for a worker that refreshes already
GRACE: Final = timedelta(minutes=30)  # Xero takes the previous refresh token that long (facts/xero.md 3.1)


@dataclass(frozen=True, slots=True)
class App:
    """Our registration with a service."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What a round trip must remember, server side and for ten minutes: its state and the PKCE verifier."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)

    @staticmethod
    def begin() -> Consent:
        return Consent(secrets.token_urlsafe(32), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        return str(create_s256_code_challenge(self.verifier))


class Provider(Protocol):
    """What differs between the services."""

    side: Side
    early: timedelta
    rotates: bool
    lasting: bool  # whether consent must bring a refresh token
    refusals: frozenset[int]  # statuses of the token endpoint whose bodies say why

    def authorise_url(self, app: App, consent: Consent) -> str: ...
    def token_url(self, grant: Grant | None, callback: Mapping[str, str]) -> str: ...
    def client_auth(self, app: App) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Headers and form fields that prove who we are."""
        ...

    def grant(self, body: Mapping[str, Any], url: str, old: Grant | None, now: datetime) -> Grant: ...
    def api_url(self, grant: Grant) -> str: ...


NOBODYS: Final = "nobody"  # a refresh token that no service gives
REACHED = "organisation of "  # key of Grant.extra, followed by the token's end


class Authority:
    """Holds one side's grant. `provider` is Zoho's or Xero's."""

    def __init__(
        self,
        transport: Transport,
        provider: Provider,
        app: App,
        grants: Grants,
        *,
        pause: Callable[[float], None] = time.sleep,
        renewed: Callable[[Side, str], None] = lambda side, end: None,
    ) -> None:
        """`renewed`: is told of each renewal of a token how it ended: done, or the code of its error."""
        self.side = provider.side
        self._transport, self._provider, self._app, self._grants = transport, provider, app, grants
        self._pause, self._renewed = pause, renewed
        self._lock = threading.Lock()
        self._claimed: tuple[int, datetime] = (-1, transport.clock.now())

    # -------------------------------------------------- consent

    def authorise_url(self, consent: Consent) -> str:
        """Where to send the browser."""
        return self._provider.authorise_url(self._app, consent)

    def exchange(self, consent: Consent, callback: Mapping[str, str]) -> Grant:
        """The grant for a callback's query. It is not stored: the caller first learns whose it is."""
        if not secrets.compare_digest(callback.get("state", "").encode(), consent.state.encode()):
            raise errors.BadInput(
                "This answer does not belong to the connection that was begun here.",
                code="bad_state",
                hint="Begin again with Connect.",
            )
        if refused := callback.get("error"):
            raise errors.BadInput(f"The consent was not given ({refused[:60]}).", code="no_consent")
        url = self._provider.token_url(None, callback)
        form = {
            "grant_type": "authorization_code",
            "code": callback.get("code", ""),
            "redirect_uri": self._app.redirect_uri,
            "code_verifier": consent.verifier,
        }
        body = self._ask(url, form)
        if self._provider.lasting and not body.get("refresh_token"):
            raise errors.Unauthorised(
                "The service gave no refresh token, so nothing could run without you.",
                side=self.side,
                call="token",
                code="no_refresh_token",
            )
        return self._provider.grant(body, url, None, self._transport.clock.now())

    def introduce(self) -> None:
        """Asks whether the service knows our client id and secret, with a token that nobody ever got. Returns where it
        does, and raises Unauthorised (bad_client) where it does not."""
        try:
            self._ask(self._provider.token_url(None, {}), _renewal(NOBODYS))
        except _GrantGone:
            return

    # -------------------------------------------------- tokens

    def api_url(self) -> str:
        """Base URL of this grant's API."""
        return self._provider.api_url(self._grant())

    def access_token(self, rejected: str | None = None) -> str:
        """A token that is good for a while. `rejected`: one that the service just refused with 401."""
        return self._good(rejected).access

    def way_in(self) -> tuple[str, str]:
        """Base URL of this grant's API, and a token that is good for a while: one look at the grant for both."""
        grant = self._good()
        return self._provider.api_url(grant), grant.access

    def reached(self, ask: Callable[[], str]) -> str:
        """The organisation that this token reaches: asked once per token, since only a new one can reach another."""
        grant = self._good()
        known = grant.extra.get(f"{REACHED}{grant.expires_at.isoformat()}")
        if known:
            return known
        found = ask()
        kept = {k: v for k, v in grant.extra.items() if not k.startswith(REACHED)}
        kept[f"{REACHED}{grant.expires_at.isoformat()}"] = found
        self._grants.annotate(self.side, replace(grant, extra=kept))
        return found

    def broken(self, reason: str) -> None:
        """The service said that this grant is of no use any more."""
        self._grants.mark_broken(self.side, reason)

    def _grant(self) -> Grant:
        grant = self._grants.get(self.side)
        if grant is None:
            raise errors.Unauthorised("This side is not connected.", side=self.side, code="not_connected")
        return grant

    def _good(self, rejected: str | None = None) -> Grant:
        grant = self._grant()
        if self._fresh(grant, rejected):
            return grant
        with self._lock:
            return self._refreshed(rejected)

    def _fresh(self, grant: Grant, rejected: str | None) -> bool:
        soon = self._transport.clock.now() + self._provider.early
        return grant.access != rejected and grant.expires_at > soon

    def _refreshed(self, rejected: str | None) -> Grant:
        """Refreshes, or waits for the worker that does."""
        waited = 0.0
        while True:
            grant = self._grant()
            if self._fresh(grant, rejected):
                return grant
            if self._claim(grant.generation):
                return self._refresh(grant)
            still_good = grant.expires_at > self._transport.clock.now() + timedelta(seconds=30)
            if grant.access != rejected and still_good:
                return grant
            if waited >= OTHERS_REFRESH:
                raise errors.Refused(
                    "Another worker is renewing the access to this service.",
                    side=self.side,
                    call="token",
                    code="refreshing",
                    hint="Nothing to do: try again in a minute.",
                )
            self._pause(0.05)
            waited += 0.05

    def _claim(self, generation: int) -> bool:
        """Ours if nobody else holds it, or if it is still ours from an attempt that got no answer."""
        now = self._transport.clock.now()
        if self._claimed[0] == generation and now < self._claimed[1]:
            return True
        if not self._grants.claim(self.side, generation, now, CLAIM_SECONDS):
            return False
        self._claimed = (generation, now + timedelta(seconds=CLAIM_SECONDS))
        return True

    def _refresh(self, grant: Grant) -> Grant:
        try:
            renewed = self._exchanged(grant)
        except errors.SyncError as failed:
            self._renewed(self.side, failed.code)
            raise
        self._renewed(self.side, "done")
        return renewed

    def _exchanged(self, grant: Grant) -> Grant:
        url = self._provider.token_url(grant, {})
        try:
            body = self._renew(url, grant)
        except _GrantGone as gone:
            current = self._grant()
            if current.generation != grant.generation:  # we slept past our claim: somebody else refreshed
                return current
            self._grants.mark_broken(self.side, gone.reason)
            raise errors.Unauthorised(
                "The service has ended our access to this organisation.",
                side=self.side,
                call="token",
                code="invalid_grant",
            ) from None
        now = self._transport.clock.now()
        return self._grants.save(self.side, self._provider.grant(body, url, grant, now))

    def _renew(self, url: str, grant: Grant) -> Mapping[str, Any]:
        try:
            return self._ask(url, _renewal(grant.refresh))
        except _GrantGone:
            # Our newer pair is unknown to the service: within the grace the one before it still opens the door.
            if not self._in_grace(grant):
                raise
            return self._ask(url, _renewal(grant.previous_refresh))
        except errors.RemoteError as lost_answer:
            # The service may have rotated already. It takes the old token for a while, so ask once more at once.
            if not self._provider.rotates or lost_answer.code not in ("no_answer", "unreadable"):
                raise
            return self._ask(url, _renewal(grant.refresh))

    def _in_grace(self, grant: Grant) -> bool:
        since = grant.extra.get("renewed_at", "")
        if not (self._provider.rotates and grant.previous_refresh and since):
            return False
        return self._transport.clock.now() - datetime.fromisoformat(since) < GRACE

    def _ask(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        """One call to the token endpoint."""
        headers, who = self._provider.client_auth(self._app)
        request = Request(
            side=self.side,
            kind="token",
            method="POST",
            url=url,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **headers},
            body=_form({**form, **who}),
            accept=self._provider.refusals,
            timeout=TOKEN_TIMEOUT,
        )
        answer = self._transport.send(request)
        body = answer.dictionary()
        # Zoho says what went wrong with HTTP 200 (facts/zoho.md 3.2): the body decides, not the status.
        if body.get("error") or not body.get("access_token"):
            raise self._trouble(answer, body)
        return body

    def _trouble(self, answer: Answer, body: Mapping[str, Any]) -> errors.SyncError | _GrantGone:
        code = str(body.get("error") or "")
        tags: dict[str, Any] = {"side": self.side, "call": "token", "status": answer.status}
        if code in ("invalid_grant", "invalid_code"):
            return _GrantGone(code)
        if code in ("invalid_client", "invalid_client_secret", "unauthorized_client"):
            return errors.Unauthorised(
                f"The service does not know our client id and secret ({code}).",
                code="bad_client",
                hint="Check the client id and secret in the settings.",
                **tags,
            )
        denied = answer.status == 429 or code.lower() == "access denied"
        if denied or "too many requests" in str(body.get("error_description", "")).lower():
            until = self._transport.clock.now() + timedelta(minutes=10)
            return errors.Throttled("Too many token requests.", until=until, problem="token", **tags)
        if code:
            return errors.Refused(f"The token request was refused ({code[:60]}).", code="token_refused", **tags)
        return lost(answer.request, "unreadable", "the token answer was not understood", answer.status)


class _GrantGone(errors.Unauthorised):
    """The token endpoint no longer knows our code or refresh token."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The service refused the code or token ({reason}).", call="token", code="invalid_grant")
        self.reason = reason


def consent_url(base: str, app: App, consent: Consent, scope: str, extra: Sequence[tuple[str, str]]) -> str:
    """An authorisation URL with state and PKCE S256."""
    more = {"code_challenge": consent.challenge, "code_challenge_method": "S256", **dict(extra)}
    made = prepare_grant_uri(
        base, app.client_id, "code", redirect_uri=app.redirect_uri, scope=scope, state=consent.state, **more
    )
    return str(made)


def granted(body: Mapping[str, Any], old: Grant | None, asked: Sequence[str]) -> tuple[str, ...]:
    """What a token answer says was granted. Zoho's documented one does not: then it stays what was granted before, and
    at first what the person was asked for. Never what this program asks for today: an old consent knows nothing of it.
    """
    said = body.get("scope")
    if isinstance(said, str) and said.strip():
        return tuple(said.replace(",", " ").split())
    return old.scopes if old is not None and old.scopes else tuple(asked)


def basic(app: App) -> str:
    """The value of a Basic Authorization header."""
    return "Basic " + base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()


def _renewal(token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": token}


def _form(fields: Mapping[str, str]) -> bytes:
    return urlencode(fields).encode()
