"""How long the portal takes to answer a page with many records and much history behind it.

Every address that an administrator can open is asked for, so that no slow page can be forgotten; beside them the
searches that people make. The time is that of the server alone: in process, without sockets and browser.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from bench.behind import grown, of_one
from bench.changes import Wrong
from bench.figures import Chapter, Figure, Sheet, middle, spelled
from bench.size import Size
from bench.tenant import Tenant
from extension.web.access import ACCESS
from extension.web.visit import Person, cookie_name

MOST: Final = 100.0
"""Milliseconds of server time that a page may take at the median."""

SITE: Final = "http://localhost:5000"
FILES: Final = ("downloads.",)  # a file is as long as what is in it
SEARCHES: Final = (
    "attention?reason=conflict",
    "attention?words=company+000042",
    "history?entity=account",
    "history?entity=account&outcome=held",
    "history?words=trading",
    "history?words=nowhere+to+be+found",
    "history?since=2020-01-01&until=2999-12-31",
    "audit?words=000042",
)


def measure(size: Size) -> Chapter:
    """The chapter on pages."""
    with grown(size) as tenant:
        app = create_app(house=tenant)
        client = _signed_in(app, tenant)
        samples = {path: _samples(client, path, size.runs) for path in addresses(app, tenant)}
    took = {path: middle([wall for wall, _ in each]) for path, each in samples.items()}
    busy = {path: middle([cpu for _, cpu in each]) for path, each in samples.items()}
    behind = f"{spelled(size.many_links)} records, {spelled(size.many_links // 10)} history entries"
    slowest = max(took, key=lambda path: took[path])
    order = sorted(took, key=lambda path: -took[path])
    rows = [[path, spelled(took[path], 1), spelled(busy[path], 1)] for path in order]
    return Chapter(
        "Pages",
        [
            Figure(
                f"slowest page, at the median ({slowest}), {behind}", took[slowest], "at most", MOST, "ms", places=0
            ),
            Figure(f"median of all {len(took)} pages, {behind}", middle(list(took.values())), unit="ms", places=0),
        ],
        [Sheet("Milliseconds of server time, the slowest first", ["Page", "median", "of it computing"], rows)],
    )


def addresses(app: Flask, tenant: Tenant) -> Iterator[str]:
    """Every page of the connection, and the searches. What is not there for this company (404) is no page."""
    given, number = of_one(tenant), tenant.tenant.id
    client = _signed_in(app, tenant)
    for rule in app.url_map.iter_rules():
        needs = app.extensions[ACCESS].get(rule.endpoint)
        if needs not in ("look", "press", "manage") or "GET" not in (rule.methods or ()):
            continue
        if rule.endpoint.startswith(FILES):
            continue
        named = {"number": str(number), "entity": "account", "side": "zoho"}
        values = {name: named.get(name) or given.get(name, ["1"])[0] for name in rule.arguments}
        built = rule.build(values, append_unknown=False)
        if built and client.get(built[1], base_url=SITE).status_code == 200:
            yield built[1]
    yield from (f"/c/{number}/{search}" for search in SEARCHES)


def _signed_in(app: Flask, tenant: Tenant) -> FlaskClient:
    """A browser of an administrator."""
    who, life = Person("bench", manages=True, installs=True), timedelta(hours=8)
    now = tenant.clock.now()
    token = tenant.sessions.start({"person": asdict(who)}, now, life.total_seconds(), longest=life)
    client = app.test_client()
    with app.test_request_context(base_url=SITE):
        client.set_cookie(cookie_name(), token, domain="localhost")
    return client


def _samples(client: FlaskClient, path: str, times: int) -> list[tuple[float, float]]:
    """Milliseconds that passed and that were computed, after one answer that warms what every page uses."""

    def ask() -> tuple[float, float]:
        begun, computed = time.perf_counter(), time.process_time()
        answer = client.get(path, base_url=SITE, buffered=True)
        passed, worked = time.perf_counter() - begun, time.process_time() - computed
        if answer.status_code != 200:
            raise Wrong(f"{path}: {answer.status}")
        return passed * 1000, worked * 1000

    ask()
    return [ask() for _ in range(times)]
