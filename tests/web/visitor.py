"""A browser without a screen: it signs in, follows links and sends forms as a page would, and reads what comes back.

Over a connection between two local services in process (`tests.system.live_books`), so that a page can be tested in
milliseconds with everything behind it real.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from extension.bootstrap import Connection, House
from extension.sync.canonical import ZOHO
from extension.web.visit import Person

SITE = "http://localhost:5000"


def administrator(connection: Connection) -> Person:
    """Manages the connection: an administrator of its CRM."""
    return Person("Ada Admin", "ada@example.com", "1", connection.organisations[ZOHO], manages=True)


def salesperson(connection: Connection) -> Person:
    """Looks and presses: any other user of its CRM."""
    return Person("Sam Sales", "sam@example.com", "2", connection.organisations[ZOHO])


INSTALLER = Person("Set-up", manages=True, installs=True)
STRANGER = Person("Eve Elsewhere", "eve@example.com", "9", "999000999", manages=True)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def html(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def text(self) -> str:
        """What a reader sees: without tags, entities and double blanks."""
        bare = re.sub(r"<(script|style|template)\b.*?</\1>", " ", self.html, flags=re.S)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare))).strip()

    @property
    def leads_to(self) -> str:
        return self.response.headers.get("Location", "")

    def forms(self) -> list[dict[str, Any]]:
        """Every form of the page: action, method and the values it would send."""
        reader = _Forms()
        reader.feed(self.html)
        return reader.forms


class Visitor:
    """One person's browser. `person` None: nobody is signed in."""

    def __init__(self, app: Flask, house: House, person: Person | None = None) -> None:
        self.app, self.house, self.client = app, house, app.test_client()
        self.token = ""
        if person is not None:
            holder = {"person": asdict(person)}
            life = timedelta(hours=8)
            session = house.sessions.start(holder, house.clock.now(), life.total_seconds(), longest=life)
            self.client.set_cookie("xero2zoho", session, domain="localhost")

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return Answer(self.client.get(path, base_url=SITE, headers=dict(headers or {}), buffered=True))

    def post(self, path: str, values: Mapping[str, Any] | None = None, **options: Any) -> Answer:
        """Sends a form of this portal, with its token."""
        data = {"form_token": self.form_token(), **(values or {})}
        return Answer(
            self.client.post(path, base_url=SITE, data=data, headers={"Origin": SITE}, buffered=True, **options)
        )

    def follow(self, answer: Answer) -> Answer:
        """The page that an answer leads to."""
        assert answer.status in (301, 302, 303), answer.text
        return self.get(answer.leads_to.removeprefix(SITE))

    def form_token(self) -> str:
        """What the forms of this session carry: from the first page, or from where that leads."""
        if not self.token:
            page = self.get("/")
            if page.status == 302:
                page = self.follow(page)
            found = re.search(r'name="form-token" content="([0-9a-f]*)"', page.html)
            self.token = found.group(1) if found else ""
        return self.token


class _Forms(HTMLParser):
    """Collects forms with what they would send as they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.forms.append(
                {"action": given.get("action", ""), "method": (given.get("method") or "get").lower(), "values": {}}
            )
        if not self.forms:
            return
        values: dict[str, list[str]] = self.forms[-1]["values"]
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                values.setdefault(name, []).append(given.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            values.setdefault(self._select, []).append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
