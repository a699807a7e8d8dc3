"""Signing in with Zoho: who is this person, and of which connected organisation.

The token that Zoho gives for it answers two questions and is given back at once; nothing of it is stored. Inside the
CRM it stays, sealed, with a session of an hour, to ask what this person may see. Somebody whose organisation is not
connected here is nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from extension.bootstrap import House
from extension.remote.held import Held
from extension.remote.line import Line
from extension.remote.oauth import Authority, Consent
from extension.remote.zoho import people, records
from extension.remote.zoho.authority import ZohoSignIn, ZohoVisit, revoke
from extension.remote.zoho.reading import ROOT
from extension.sync.canonical import ZOHO
from extension.sync.errors import BadInput, SyncError
from extension.sync.ports import Grant

OK = 200
REFUSALS = (204, 400, 403, 404)  # not there, or not for these eyes: the same to whoever asks
ACCOUNT = "sign-in"  # whose budget these calls are counted on: nobody's sync pays for them


@dataclass(frozen=True)
class Visitor:
    """Somebody of a connected organisation. `manages`: an administrator of its CRM."""

    connection: int
    user: str
    name: str
    email: str
    organisation: str
    manages: bool


class SigningIn:
    """One person's way in: `url` for the browser, then `finish` with what it came back with."""

    provider: type[ZohoSignIn] = ZohoSignIn

    def __init__(self, house: House, consent: Consent | None = None) -> None:
        self._house, self._kept = house, Held()
        self.consent = consent or Consent.begin()
        self._authority = Authority(house.transport, self.provider(house.addresses), house.app(ZOHO), self._kept)

    @property
    def url(self) -> str:
        """Where to send the browser."""
        return self._authority.authorise_url(self.consent)

    def finish(self, callback: Mapping[str, str]) -> Visitor:
        """Raises BadInput where this is nobody of ours."""
        grant = self._authority.exchange(self.consent, callback)
        self._kept.save(ZOHO, grant)
        try:
            found = people.present(records.line(self._house.transport, self._authority, ACCOUNT))
        finally:
            with suppress(SyncError):  # it ends by itself within the hour, and nobody has it any more
                revoke(self._house.transport, self._house.addresses, grant)
        return self._visitor(found)

    def _visitor(self, found: people.Present) -> Visitor:
        connection = self._house.connections.by_organisation(ZOHO, found.organisation)
        if connection is None:
            raise BadInput(
                f"Your organisation, {found.organisation_name or found.organisation}, is not connected here.",
                code="not_connected",
                hint="Sign in with the Zoho account of a connected organisation, or ask who set this installation up.",
            )
        return Visitor(connection.id, found.user, found.name, found.email, found.organisation, found.administrator)


class Visiting(SigningIn):
    """The way in from inside the CRM: the token stays with the session, to ask which records this person sees."""

    provider = ZohoVisit

    def arrive(self, callback: Mapping[str, str]) -> tuple[Visitor, Grant]:
        """Raises BadInput where this is nobody of ours; then nothing of the token is kept either."""
        grant = self._authority.exchange(self.consent, callback)
        self._kept.save(ZOHO, grant)
        try:
            return self._visitor(people.present(self._way())), grant
        except SyncError:
            self._house.give_back(grant)
            raise

    def _way(self) -> Line:
        return records.line(self._house.transport, self._authority, ACCOUNT)


class Sight:
    """What one person sees in the CRM, asked with the token that they brought."""

    def __init__(self, house: House, grant: Grant, organisation: str) -> None:
        kept = Held()
        kept.put(ZOHO, grant)
        authority = Authority(house.transport, ZohoVisit(house.addresses), house.app(ZOHO), kept)
        self._way = records.line(house.transport, authority, organisation)

    def seen(self, module: str, ids: Sequence[str]) -> frozenset[str]:
        """Those of these records (at most 100) that the CRM shows to them. Raises Unauthorised when their token has
        ended."""
        params = [("ids", ",".join(ids)), ("fields", "id")]
        answer = self._way.ask("list", "GET", f"{ROOT}/{module}", params=params, accept=REFUSALS)
        rows = answer.dictionary().get("data") if answer.status == OK else None
        return frozenset(str(row.get("id")) for row in rows or ())
