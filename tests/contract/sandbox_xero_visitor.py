"""A client of the local Xero for the tests of it: in process, connected, with short ways to ask.

Facts are cited in the tests by their number in facts/xero.md: sections as "3.7", behaviours of section 5.2 as "B9".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import simplejson
from werkzeug.test import Client, TestResponse

from sandbox.clock import Clock
from sandbox.xero import Settings, Switches, XeroService, create_app

START = datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)
REDIRECT = "http://localhost/callback"
SCOPES = "offline_access accounting.invoices accounting.contacts accounting.settings.read accounting.payments"
API = "/api.xro/2.0/"
Row = dict[str, Any]


def service(**switches: Any) -> XeroService:
    return XeroService(Clock(START), Settings(switches=Switches().changed(switches)))


class Visitor:
    """Someone with a token for the first organisation."""

    def __init__(self, over: XeroService | None = None, scopes: str = SCOPES, **switches: Any) -> None:
        self.service = over or service(**switches)
        self.http = Client(create_app(self.service))
        self.headers = {"Accept": "application/json", "xero-tenant-id": self.service.main_id}
        self.tokens: Row = {}
        self.sign_in(scopes)

    def stands_still(self) -> Visitor:
        """From now on it is START, and no time passes but what is added: a busy machine makes nothing late."""
        self.service.clock.stop()
        self.service.clock.set(START)
        return self

    # OAuth

    def sign_in(self, scopes: str = SCOPES) -> None:
        """Consent and a fresh token; needed again after half an hour of the sandbox's time."""
        self.tokens = self.token(grant_type="authorization_code", code=self.code(scopes), redirect_uri=REDIRECT)
        self.headers["Authorization"] = f"Bearer {self.tokens['access_token']}"

    def authorize(self, **changes: str) -> TestResponse:
        asked = {
            "response_type": "code",
            "client_id": "sandbox",
            "redirect_uri": REDIRECT,
            "scope": SCOPES,
            "state": "s1",
            "auto": "1",
            **changes,
        }
        return self.http.get(f"/identity/connect/authorize?{urlencode(asked)}")

    def code(self, scopes: str = SCOPES, **changes: str) -> str:
        answer = self.authorize(scope=scopes, **changes)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    def token(self, **form: str) -> Row:
        """The token endpoint's JSON, with client credentials in the body."""
        return body(self.http.post("/connect/token", data={"client_id": "sandbox", "client_secret": "sandbox", **form}))

    # The Accounting API

    def ask(
        self, method: str, path: str, payload: object = None, headers: Mapping[str, str] | None = None, **query: Any
    ) -> TestResponse:
        data = None if payload is None else simplejson.dumps(payload, use_decimal=True)
        return self.http.open(
            API + path,
            method=method,
            query_string={name: str(value) for name, value in query.items()},
            headers={**self.headers, **(headers or {})},
            data=data,
            content_type="application/json" if data else None,
        )

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> Row:
        answer = self.ask("GET", path, None, headers, **query)
        assert answer.status_code == 200, (answer.status, answer.text)
        return body(answer)

    def rows(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> list[Row]:
        found: list[Row] = self.get(path, headers, **query)[name_of(path)]
        return found

    def one(self, path: str, **query: Any) -> Row:
        (row,) = self.rows(path, **query)
        return row

    def put(self, path: str, *elements: Row, **query: Any) -> Row:
        """Create, and the first element that came back; anything but 200 fails the test."""
        return self._first("PUT", path, elements, query)

    def post(self, path: str, *elements: Row, **query: Any) -> Row:
        return self._first("POST", path, elements, query)

    def _first(self, method: str, path: str, elements: tuple[Row, ...], query: Mapping[str, Any]) -> Row:
        answer = self.ask(method, path, {name_of(path): list(elements)}, **query)
        assert answer.status_code == 200, (answer.status, answer.text)
        row: Row = body(answer)[name_of(path)][0]
        return row

    def refused(self, method: str, path: str, *elements: Row, **query: Any) -> list[str]:
        """The messages of a write that is refused with error 10."""
        answer = self.ask(method, path, {name_of(path): list(elements)}, **query)
        assert answer.status_code == 400, (answer.status, answer.text)
        shown = body(answer)
        assert shown["ErrorNumber"] == 10, shown
        return [error["Message"] for element in shown["Elements"] for error in element["ValidationErrors"]]

    def person(self, do: str, kind: str, record_id: str | None = None, **changes: Any) -> str:
        return self.service.edit(do, kind, record_id, changes)

    # Short ways to have something

    def contact(self, name: str = "Acme", **more: Any) -> Row:
        return self.put("Contacts", {"Name": name, **more})

    def item(self, code: str = "PEN", **more: Any) -> Row:
        return self.put("Items", {"Code": code, **more}, unitdp=4)

    def invoice(self, **more: Any) -> Row:
        return self.put("Invoices", {**self.draft(), **more}, unitdp=4)

    def approved(self, **more: Any) -> Row:
        return self.invoice(**{"Status": "AUTHORISED", "DueDate": "2026-10-20", **more})

    def draft(self) -> Row:
        return {"Type": "ACCREC", "Contact": {"Name": "Acme"}, "LineItems": [line()]}

    def order(self, **more: Any) -> Row:
        found = self.rows("Contacts", where='Name=="Acme"') or [self.contact()]
        return self.put(
            "PurchaseOrders", {"Contact": {"ContactID": found[0]["ContactID"]}, "LineItems": [line()], **more}
        )


def line(**more: Any) -> Row:
    return {"Description": "Pens", "Quantity": 2, "UnitAmount": Decimal("10.00"), "AccountCode": "200", **more}


def body(answer: TestResponse) -> Row:
    parsed: Row = simplejson.loads(answer.get_data(), use_decimal=True)
    return parsed


def name_of(path: str) -> str:
    first = path.split("/")[0]
    return {"Organisation": "Organisations"}.get(first, first)
