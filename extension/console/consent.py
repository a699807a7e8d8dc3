"""The two ways through a consent page: a person's browser that comes back to a listener, or, on this machine, a script.

Against loopback there is no person to ask: the page's own form is sent as a browser would. Anywhere else the address
is printed, and a listener that answers one request waits for the browser to come back.
"""

from __future__ import annotations

import http.client
import secrets
import socketserver
import time
from collections.abc import Mapping
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from extension.config import is_loopback
from extension.sync.errors import BadInput, Refused

MINUTES: Final = 10  # as long as a person may take; codes live for three to five
STEPS: Final = 5
DONE: Final = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>xero2zoho</title>
<h1>Thank you</h1><p>You can close this page and go back to the terminal.</p></html>"""
WRONG: Final = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>xero2zoho</title>
<h1>Not this page</h1><p>Open the address that the terminal shows.</p></html>"""


# ------------------------------------------------------------------ a script, on this machine


def pass_through(url: str, redirect_uri: str, choose: str = "") -> dict[str, str]:
    """Accept the consent page of a local service; returns the query it comes back with.

    `choose`: the organisation to tick, by value or by label; "": what the page has ticked.
    """
    method, form = "GET", ""
    for _ in range(STEPS):
        status, location, page = _ask(method, url, form)
        if location:
            target = urljoin(url, location)
            if target.partition("?")[0] == redirect_uri:
                return dict(parse_qsl(urlsplit(target).query))
            method, url, form = "GET", target, ""
            continue
        if status != 200 or method == "POST":
            raise _no_consent(url, page)
        found = _Form()
        found.feed(page)
        method, url, form = "POST", urljoin(url, found.action), urlencode(found.filled(choose))
    raise _no_consent(url, "")


def _ask(method: str, url: str, form: str) -> tuple[int, str, str]:
    address = urlsplit(url)
    if address.scheme != "http" or not is_loopback(url):
        raise BadInput(f"A consent page at {address.netloc} needs a person.", code="no_consent")
    line = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=30)
    try:
        path = f"{address.path}?{address.query}" if address.query else address.path
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        line.request(method, path, form or None, headers)
        answer = line.getresponse()
        return answer.status, answer.getheader("Location") or "", answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise Refused(
            f"Nothing answers at {address.netloc} ({type(error).__name__}).",
            call="consent",
            code="unreachable",
            hint="Start the sandbox (`flask sandbox`), or look at the addresses in the settings.",
        ) from None
    finally:
        line.close()


def _no_consent(url: str, page: str) -> BadInput:
    words = _Words()
    words.feed(page)
    said = " ".join("".join(words.text).split())[:200]
    return BadInput(
        f"The consent page at {urlsplit(url).netloc} did not accept: {said or 'no form'}",
        code="no_consent",
        hint="Check the client id, and that PUBLIC_URL is the address registered with the service.",
    )


class _Words(HTMLParser):
    """What a page says below its title."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self._unseen = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen = tag in ("title", "style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = False

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.text.append(f"{data} ")


class _Form(HTMLParser):
    """The first form of a page, with the labels of its boxes."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self._fields: list[tuple[str, str]] = []
        self._boxes: list[tuple[str, str, bool]] = []
        self._labels: list[str] = []
        self._in_label = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "label":
            self._in_label = True
        elif tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("type") == "checkbox":
            self._boxes.append((given.get("name", ""), given.get("value", ""), "checked" in given))
            self._labels.append("")
        elif tag == "input" and given.get("name") and (given.get("type") != "radio" or "checked" in given):
            self._fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self._in_label = self._in_label and tag != "label"

    def handle_data(self, data: str) -> None:
        if self._labels and self._in_label:
            self._labels[-1] += data

    def filled(self, choose: str) -> list[tuple[str, str]]:
        ticked = []
        for (name, value, checked), label in zip(self._boxes, self._labels, strict=True):
            named = choose.casefold() in (value.casefold(), label.strip().casefold())
            if named if choose else checked:
                ticked.append((name, value))
        return self._fields + ticked


# ------------------------------------------------------------------ a person, with a browser


class _Listening(socketserver.TCPServer):
    allow_reuse_address = True
    answer: Mapping[str, str] | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away is no news."""


class Listener:
    """Waits on this machine for the browser to come back, as a context manager: the port is taken before it is sent."""

    def __init__(self, redirect_uri: str, state: str, port: int) -> None:
        path = urlsplit(redirect_uri).path

        class Handler(BaseHTTPRequestHandler):
            """Takes the one request that carries our state; a favicon or a stray page does not end the wait."""

            timeout = 10

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                query = dict(parse_qsl(address.query))
                ours = address.path == path and secrets.compare_digest(query.get("state", "").encode(), state.encode())
                if ours:
                    listening.answer = query
                self.send_response(200 if ours else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Referrer-Policy", "no-referrer")  # the address of this page holds a code
                self.end_headers()
                self.wfile.write(DONE if ours else WRONG)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: the address carries a code."""

        try:
            listening = _Listening(("127.0.0.1", port), Handler)
        except OSError as error:
            raise BadInput(
                f"Port {port} of this machine is taken ({error.strerror}).",
                hint="Stop what listens there, or choose another port in PUBLIC_URL and register it with the services.",
            ) from None
        self._listening = listening

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.server_close()

    def wait(self, minutes: float = MINUTES) -> dict[str, str]:
        """The query that the browser brought."""
        ends = time.monotonic() + minutes * 60
        while self._listening.answer is None:
            left = ends - time.monotonic()
            if left <= 0:
                raise BadInput("Nobody came back from the consent page in time.", code="no_consent")
            self._listening.timeout = min(left, 1.0)
            self._listening.handle_request()
        return dict(self._listening.answer)


def port_of(public_url: str, given: int | None) -> int:
    """Where to listen: --port, else the port of PUBLIC_URL where that is this machine."""
    if given is not None:
        return given
    if not is_loopback(public_url):
        raise BadInput(
            f"PUBLIC_URL ({public_url}) is not this machine, so the browser would not come back here.",
            hint="Say with --port where it is forwarded to, or set PUBLIC_URL=http://localhost:5000 for this command.",
        )
    address = urlsplit(public_url)
    return address.port or (443 if address.scheme == "https" else 80)
