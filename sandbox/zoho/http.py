"""Requests and answers as Zoho spells them: authentication, scopes, credits, bodies and headers."""

from __future__ import annotations

import gzip
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import simplejson
from flask import Request, Response

from sandbox.zoho.datacentres import behind, elsewhere
from sandbox.zoho.errors import bad_body, bad_time, invalid_host, invalid_token, scope_mismatch, unauthenticated
from sandbox.zoho.oauth import Access, permits
from sandbox.zoho.reads import Query
from sandbox.zoho.service import ZohoService
from sandbox.zoho.values import moment, spelled
from sandbox.zoho.writes import Act

CONTENT_TYPE = "application/json;charset=UTF-8"
PREFIX = "Zoho-oauthtoken "
ROWS_PER_CREDIT = 10


@dataclass(frozen=True)
class Caller:
    """Who calls, in which version, and with what."""

    service: ZohoService
    request: Request
    version: str
    access: Access

    def needs(self, *scopes: str) -> None:
        """One of these scopes, or OAUTH_SCOPE_MISMATCH."""
        if not permits(self.access.scopes, *scopes):
            raise scope_mismatch()

    def charge(self, credits: int = 1) -> None:
        self.service.limits.admit(credits)

    def charge_rows(self, body: Mapping[str, Any]) -> None:
        """A write costs one credit per ten rows (facts/zoho.md 3.3)."""
        rows = body.get("data")
        self.charge(max(1, math.ceil(len(rows) / ROWS_PER_CREDIT)) if isinstance(rows, list) else 1)

    def query(self) -> Query:
        return Query(
            self.request.args.to_dict(),
            self.request.headers.get("If-Modified-Since"),
            self.version,
            self.access.user,
            self.request.path,
        )

    def act(self) -> Act:
        """The optimistic lock exists from v2.1 on (facts/zoho.md 3.5)."""
        header = self.request.headers.get("If-Unmodified-Since")
        if header is None or self.version == "v2":
            return Act(self.access.user, self.version)
        parsed = moment(header)
        if parsed is None:
            raise bad_time("If-Unmodified-Since")
        return Act(self.access.user, self.version, unmodified_since=parsed.timestamp())

    def body(self) -> dict[str, Any]:
        """The JSON body; zcrmsdk sends it without a Content-Type, others compressed (facts/zoho.md 1.3)."""
        raw = self.request.get_data()
        try:
            if self.request.headers.get("Content-Encoding", "").lower() == "gzip":
                raw = gzip.decompress(raw)
            body = simplejson.loads(raw.decode(), use_decimal=True)
        except (simplejson.JSONDecodeError, UnicodeDecodeError, OSError, EOFError) as error:
            raise bad_body() from error
        if not isinstance(body, dict):
            raise bad_body()
        return body

    def answer(self, status: int, body: object) -> Response:
        """With the headers every call of a known caller has."""
        response = json_response(status, body)
        zone = self.service.settings.zone
        response.headers["x-accesstoken-reset"] = spelled(int(self.access.expires), zone)
        remaining = self.service.limits.remaining()
        if remaining is not None:
            response.headers["X-API-CREDITS-REMAINING"] = str(remaining)
        return response


def authenticated(services: Sequence[ZohoService], request: Request, version: str) -> Caller:
    """The caller behind the Authorization header, in the organisation that this person belongs to, or a 401."""
    centre = behind(request.host)
    if centre is not None and request.host != centre.api and version != "v2":
        raise invalid_host()
    accounts = services[0].accounts
    header = request.headers.get("Authorization", "")
    if not header.startswith(PREFIX):
        raise unauthenticated()
    token = header.removeprefix(PREFIX).strip()
    access = accounts.holder(token)
    if access is None or elsewhere(request.host, services[0].settings.location):
        raise invalid_token()
    home = next(each for each in services if access.user in each.organisation.by_user)
    return Caller(home, request, version, access)


def json_response(status: int, body: object) -> Response:
    """204 and 304 have no body and no type."""
    if body is None:
        response = Response(status=status)
        del response.headers["Content-Type"]
        return response
    text = simplejson.dumps(body, use_decimal=True, ensure_ascii=False, check_circular=False, separators=(",", ":"))
    return Response(text, status=status, content_type=CONTENT_TYPE)
