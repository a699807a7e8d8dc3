"""Every page of the portal, and an address for each, found as a person finds it: by following links from the first one.

A page that no link leads to is a page that nobody finds; the few that are met another way are listed with the way.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from html import unescape
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app import create_app
from tests.web.visitor import Visitor

LINK: Final = re.compile(r'(?:<a\b[^>]*\bhref|\bdata-live|<form (?!method="post")[^>]*\baction)="([^"]*)"')
MOST: Final = 400  # pages that a walk looks at
PER_PAGE: Final = 3  # of one kind of page, different ones may have different links

# Endpoints that are met another way than by a link.
OTHERWISE: Final[Mapping[str, str]] = {
    "static": "files of the pages",
    "healthz": "asked by machines",
    "readyz": "asked by machines",
    "metrics.metrics": "asked by machines",
    "signing_in.sign_in": "where nobody is signed in",
    "signing_in.setup_link": "printed by the server",
    "connecting.callback": "where consent leads back to",
    "installing.organisation": "where both consents lead",
    "tasks.now": "a part of a page, asked for while a run is under way",
}


# Parts that are not walked to: what the widget inside the CRM asks for, with tests of their own.
INSIDE_THE_CRM: Final = ("api_", "widget.", "popup.")


def endpoints() -> list[str]:
    """Every page of the portal."""
    rules = create_app().url_map.iter_rules()
    found = {rule.endpoint for rule in rules if "GET" in (rule.methods or ())} - set(OTHERWISE)
    return sorted(name for name in found if not name.startswith(INSIDE_THE_CRM))


def endpoint_of(app: Flask, path: str) -> str | None:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(path).path)
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint)


def walked(visitor: Visitor, start: str = "/") -> dict[str, list[str]]:
    """Endpoint -> addresses that links led to, and the fragments that pages ask for by themselves."""
    found: dict[str, list[str]] = {}
    seen, waiting = {start}, deque([start])
    while waiting and len(seen) < MOST:
        path = waiting.popleft()
        endpoint = endpoint_of(visitor.app, path)
        if endpoint is None or len(found.get(endpoint, ())) >= PER_PAGE:
            continue
        found.setdefault(endpoint, []).append(path)
        answer = visitor.get(path)
        if answer.status in (302, 303):
            path = urljoin(path, answer.leads_to)
            endpoint, answer = endpoint_of(visitor.app, path), visitor.follow(answer)
            found.setdefault(str(endpoint), []).append(path)
        assert answer.status == 200, f"a link leads to {path}, which answers {answer.status}: {answer.text[:300]}"
        if answer.response.mimetype != "text/html":
            continue
        for link in LINK.findall(answer.html):
            target = urldefrag(urljoin(path, unescape(link))).url
            if target.startswith("/") and target not in seen:
                seen.add(target)
                waiting.append(target)
    return found
