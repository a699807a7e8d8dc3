"""Who may see what: every route is walked by everybody, and says no in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from extension.bootstrap import Connection
from extension.web.access import ACCESS
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.visitor import INSTALLER, SITE, STRANGER, Visitor, administrator, salesperson

Visitors = Callable[[Person | None], Visitor]
FRAMED = ("/widget/button", "/widget/settings")  # what the CRM shows in a frame
WINDOWS = ("/auth/zoho/start", "/connect/zoho/callback")  # a window that must reach the frame which opened it


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every rule, method and address, with the connection's number 1."""
    for rule in app.url_map.iter_rules():
        given = {}
        for name in rule.arguments:
            kind = next((type(c).__name__ for n, c in rule._converters.items() if n == name), "default")
            given[name] = 1 if "Integer" in kind else {"side": "zoho", "entity": "account"}.get(name, "x")
        if rule.endpoint == "static":
            given = {"filename": "tokens.css"}
        address = rule.build(given, append_unknown=False)
        assert address is not None, rule
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            yield rule, method, address[1]


def ask(visitor: Visitor, method: str, path: str) -> int:
    return visitor.get(path).status if method == "GET" else visitor.post(path).status


def test_every_route_says_what_it_needs(portal: Flask) -> None:
    known = portal.extensions[ACCESS]
    assert {rule.endpoint for rule, _, _ in routes(portal)} <= set(known)


def test_nobody_sees_nothing(portal: Flask, visitor: Visitors) -> None:
    nobody, known = visitor(None), portal.extensions[ACCESS]
    for rule, method, path in routes(portal):
        if known[rule.endpoint] not in ("open", "api"):
            answer = nobody.get(path) if method == "GET" else nobody.post(path)
            assert answer.status == 302, (rule, answer.text)
            assert answer.leads_to.startswith("/sign-in"), rule


def test_the_api_lets_nobody_in_without_a_session(portal: Flask, visitor: Visitors) -> None:
    installer, known = visitor(INSTALLER), portal.extensions[ACCESS]
    for rule, method, path in routes(portal):
        if known[rule.endpoint] == "api" and (path, method) != ("/api/session", "POST"):
            answer = installer.client.open(path, method=method, base_url=SITE, json={}, headers={"Origin": SITE})
            assert answer.status_code == 401, (rule, answer.text)
            assert answer.mimetype == "application/problem+json"


def test_another_organisation_finds_nothing(portal: Flask, visitor: Visitors, connection: Connection) -> None:
    """0 leaks: a connection that is not theirs does not exist, whatever is asked of it."""
    eve, known = visitor(STRANGER), portal.extensions[ACCESS]
    for rule, method, path in routes(portal):
        if known[rule.endpoint] in ("look", "press", "manage"):
            answer = eve.get(path) if method == "GET" else eve.post(path)
            assert answer.status == 404, (rule, answer.status)
            assert connection.name not in answer.html
            assert all(each not in answer.html for each in connection.organisations.values())


def test_who_may_only_look_changes_nothing(
    portal: Flask, visitor: Visitors, connection: Connection, books: Books
) -> None:
    sam, known = visitor(salesperson(connection)), portal.extensions[ACCESS]
    before = books.house.connections.get(connection.id)
    for rule, method, path in routes(portal):
        if known[rule.endpoint] in ("manage", "installer"):
            assert ask(sam, method, path) == 403, rule
    assert books.house.connections.get(connection.id) == before
    assert books.house.connections.changes(connection.id) == []


def test_an_administrator_of_a_crm_is_no_installer(portal: Flask, visitor: Visitors, connection: Connection) -> None:
    ada, known = visitor(administrator(connection)), portal.extensions[ACCESS]
    for rule, method, path in routes(portal):
        if known[rule.endpoint] == "installer":
            assert ask(ada, method, path) == 403, rule


def test_headers_are_on_every_answer(portal: Flask, visitor: Visitors) -> None:
    installer = visitor(INSTALLER)
    answers = [installer.get(path).response for _, method, path in routes(portal) if method == "GET"]
    answers += [installer.get("/there/is/nothing").response, installer.post("/there/is/nothing").response]
    answers += [installer.post("/").response, visitor(None).get("/").response]
    for answer in answers:
        policy, framed = answer.headers["Content-Security-Policy"], answer.request.path in FRAMED
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert ("frame-ancestors 'none'" in policy) != framed
        assert ("X-Frame-Options" in answer.headers) != framed
        assert ("Cross-Origin-Opener-Policy" in answer.headers) == (answer.request.path not in (*FRAMED, *WINDOWS))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        kept = answer.headers["Cache-Control"]
        assert kept == "no-store" or answer.request.path.startswith("/static/"), answer.request.path


def test_a_fault_of_ours_tells_nothing(portal: Flask, visitor: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setitem(portal.view_functions, "overview.overview", broken)
    answer = visitor(INSTALLER).get("/")
    assert answer.status == 500
    assert "hunter2" not in answer.html
    assert "RuntimeError" not in answer.html
    assert answer.response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://localhost:5001", "https://localhost"])
def test_a_change_from_another_site_is_refused(visitor: Visitors, origin: str | None) -> None:
    installer = visitor(INSTALLER)
    headers = {"Origin": origin} if origin else {}
    data = {"form_token": installer.form_token()}
    answer = installer.client.post("/sign-out", base_url=SITE, data=data, headers=headers)
    assert answer.status_code == 403
    assert installer.get("/").status == 200


def test_a_form_without_its_token_is_refused(visitor: Visitors) -> None:
    installer = visitor(INSTALLER)
    for data in ({}, {"form_token": "0" * 64}, {"form_token": visitor(INSTALLER).form_token()}):
        answer = installer.client.post("/sign-out", base_url=SITE, data=data, headers={"Origin": SITE})
        assert answer.status_code == 403
    assert installer.get("/").status == 200


def test_signing_out_ends_the_session_itself(visitor: Visitors) -> None:
    installer = visitor(INSTALLER)
    cookie = installer.client.get_cookie("xero2zoho", domain="localhost")
    assert cookie is not None
    assert installer.follow(installer.post("/sign-out")).text.count("You are signed out.") == 1
    installer.client.set_cookie("xero2zoho", cookie.value, domain="localhost")
    assert installer.get("/").leads_to.startswith("/sign-in")
