"""A panel inside the CRM without a screen: it signs in by the window, asks the API, and sends what a panel sends."""

from __future__ import annotations

import re
import secrets
from typing import Any

from werkzeug.test import TestResponse

from extension.web.inside import challenge_of
from tests.system.live_books import Books
from tests.web.consent import accepted
from tests.web.visitor import SITE, Answer, Visitor

COOKIE = "xero2zoho-widget"


class Panel:
    """One frame. `cookies` False: the browser keeps none in it, so the token in memory stands in."""

    def __init__(self, books: Books, window: Visitor, *, cookies: bool = True) -> None:
        self.books, self.window, self.cookies = books, window, cookies
        self.client = window.app.test_client()
        self.verifier = secrets.token_urlsafe(32)
        self.token = self.csrf = ""

    def code(self, **chosen: str) -> str:
        """What the sign-in window hands over."""
        left = self.window.get(f"/auth/zoho/start?challenge={challenge_of(self.verifier)}")
        page = self.window.get(accepted(self.books, _as_see_other(left), **chosen))
        found = re.search(r'data-hand-over="([A-Z0-9]{8})"', page.html)
        assert found, page.text
        return found.group(1)

    def sign_in(self, **chosen: str) -> dict[str, Any]:
        answer = self.redeem(self.code(**chosen))
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.get_json()
        self.csrf = told["csrf"]
        if not self.cookies:
            self.token = told["token"]
            self.client.delete_cookie(COOKIE, domain="localhost")
        return told

    def redeem(self, code: str) -> TestResponse:
        return self.post("/api/session", {"code": code, "verifier": self.verifier})

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=SITE, headers={**self._headers(), **headers})

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        said = {"Origin": SITE, **({"X-CSRF-Token": self.csrf} if self.csrf else {}), **self._headers(), **headers}
        return self.client.post(path, base_url=SITE, json={} if body is None else body, headers=said)

    def delete(self, path: str) -> TestResponse:
        said = {"Origin": SITE, "X-CSRF-Token": self.csrf, **self._headers()}
        return self.client.delete(path, base_url=SITE, headers=said)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def _as_see_other(left: Answer) -> Answer:
    assert left.status in (302, 303), left.text
    return left
