"""The API's own description: it is what lies in docs, and what the API answers is described."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from apiflask import APIFlask
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from extension.web.limits import limiter
from extension.web.visit import Person
from tests.system.live_books import Books
from tests.web.panel import Panel
from tests.web.visitor import SITE, Visitor

KEPT = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
CASES = 25  # of every operation


def made(portal: Flask) -> dict[str, Any]:
    assert isinstance(portal, APIFlask)
    with portal.app_context():
        found: dict[str, Any] = json.loads(json.dumps(portal.spec))
    return found


def test_the_description_in_docs_is_that_of_the_code(portal: Flask) -> None:
    """`make openapi` writes it anew."""
    assert json.loads(KEPT.read_text()) == made(portal)


@pytest.fixture
def _unlimited() -> Iterator[None]:
    limiter.enabled = False
    yield
    limiter.enabled = True
    limiter.reset()


@pytest.mark.usefixtures("_unlimited")
def test_no_question_breaks_it_and_every_answer_is_described(
    books: Books, portal: Flask, visitor: Callable[[Person | None], Visitor]
) -> None:
    """Whatever is asked, sensible or not, of every operation: no 5xx, and no status or shape that is not described."""
    account = books.crm("Accounts", Account_Name="Harbour Cafe")
    books.sync()
    panel = Panel(books, visitor(None))
    panel.sign_in()
    schema = schemathesis.openapi.from_dict(made(portal))
    cookie = panel.client.get_cookie("xero2zoho-widget", domain="localhost")
    assert cookie is not None
    sent = {"Origin": SITE, "X-CSRF-Token": panel.csrf, "Cookie": f"xero2zoho-widget={cookie.value}"}

    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if operation.method.upper() != "DELETE":  # which would end the session of the others
            _walk(operation, portal, sent, account)


def _walk(operation: Any, portal: Flask, sent: dict[str, str], account: str) -> None:
    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        if data.draw(st.booleans()) and "zoho_id" in (case.path_parameters or {}):
            case.path_parameters |= {"entity": "Accounts", "zoho_id": account}
        case.headers = {**(case.headers or {}), **sent}
        case.call_and_validate(app=portal.wsgi_app, base_url=SITE)

    ask()
