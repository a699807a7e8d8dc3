"""How the local Xero delivers what it tells of: many at once, again, in another order (facts/xero.md 3.15; B19)."""

from __future__ import annotations

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sandbox import post
from sandbox.post import Message
from sandbox.xero.webhooks import AGAIN
from tests.contract.sandbox_xero_listener import KEY, URL, Listener, contact, invoice, listening, quiet
from tests.contract.sandbox_xero_visitor import Visitor


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def visitor(listener: Listener) -> Visitor:
    return listening(Visitor(), listener)


@pytest.mark.behaviour("xero", 19)
def test_organisations_share_a_body(visitor: Visitor, listener: Listener) -> None:
    """3.15: several events, several tenants; in the order in which they happened."""
    listener.away = True
    contact(visitor)
    visitor.code(tenant=visitor.service.neighbour_id)
    headers = {**visitor.headers, "xero-tenant-id": visitor.service.neighbour_id}
    visitor.http.put("/api.xro/2.0/Contacts", json={"Contacts": [{"Name": "There"}]}, headers=headers)
    quiet(visitor)
    listener.away = False
    visitor.service.clock.advance(AGAIN.total_seconds())
    visitor.service.webhooks.retry()
    quiet(visitor)
    (body,) = listener.bodies
    assert [event["tenantId"] for event in body["events"]] == [visitor.service.main_id, visitor.service.neighbour_id]
    assert body["lastEventSequence"] - body["firstEventSequence"] == 1


@pytest.mark.behaviour("xero", 19)
def test_what_was_changed_twice_in_one_request_is_one_event(visitor: Visitor, listener: Listener) -> None:
    made = contact(visitor)
    quiet(visitor)
    listener.bodies.clear()
    twice = [{"ContactID": made, "FirstName": name} for name in ("A", "B")]
    visitor.http.post("/api.xro/2.0/Contacts", json={"Contacts": twice}, headers=visitor.headers)
    quiet(visitor)
    assert [(event["resourceId"], event["eventType"]) for event in listener.events] == [(made, "UPDATE")]


@pytest.mark.behaviour("xero", 19)
def test_what_moves_no_time_is_no_event(visitor: Visitor, listener: Listener) -> None:
    """3.5, 3.15: that a contact became a customer by its first invoice."""
    made = contact(visitor)
    invoice(visitor, made)
    quiet(visitor)
    assert [event["eventCategory"] for event in listener.events] == ["CONTACT", "INVOICE"]


@pytest.mark.behaviour("xero", 19)
@pytest.mark.parametrize(("backwards", "order"), [(False, [0, 1, 2]), (True, [2, 1, 0])])
def test_bodies_can_come_in_another_order(
    visitor: Visitor, listener: Listener, backwards: bool, order: list[int]
) -> None:
    visitor.service.post.behave("held")
    made = []
    for name in "ABC":
        made.append(contact(visitor, name))
        quiet(visitor)
    assert listener.events == []
    visitor.service.post.release(backwards=backwards)
    assert [event["resourceId"] for event in listener.events] == [made[place] for place in order]


@pytest.mark.behaviour("xero", 19)
def test_what_failed_is_tried_again_at_once(visitor: Visitor) -> None:
    """3.15: at least once, so a body whose answer was lost comes twice."""
    seen: list[bytes] = []

    def loses_the_first_answer(message: Message) -> int:
        seen.append(message.body)
        return 0 if len(seen) == 1 else 200

    visitor.service.post.carry = loses_the_first_answer
    contact(visitor)
    quiet(visitor)
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert visitor.service.webhooks.hook.waiting == ()


@pytest.mark.behaviour("xero", 19)
def test_events_are_kept_for_a_month(visitor: Visitor, listener: Listener) -> None:
    """3.15: 31 days; what is older is gone for good, and only a poll tells of it."""
    listener.away = True
    contact(visitor, "Old")
    quiet(visitor)
    visitor.service.clock.advance(timedelta(days=2).total_seconds())
    visitor.service.webhooks.retry()
    quiet(visitor)
    assert visitor.service.webhooks.hook.status == "disabled"
    young = contact(visitor, "Young")
    visitor.service.clock.advance(timedelta(days=29, minutes=1).total_seconds())
    listener.away = False
    assert visitor.service.webhooks.register(URL, KEY) == "ok"
    quiet(visitor)
    assert [event["resourceId"] for event in listener.events] == [young]


class Answers(BaseHTTPRequestHandler):
    """Says yes: barely, in many words, with a cookie, or not at all."""

    def do_POST(self) -> None:
        if self.path == "/slow":
            self.server.answering.wait(3)  # type: ignore[attr-defined]
        self.send_response(302 if self.path == "/moved" else 200)
        if self.path == "/cookie":
            self.send_header("Set-Cookie", "session=1")
        words = b"thank you" if self.path == "/words" else b""
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.mark.behaviour("xero", 19)
def test_a_yes_is_bare_and_comes_within_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """3.15: 200, no body, no cookies."""
    assert post.SECONDS == 5.0
    monkeypatch.setattr(post, "SECONDS", 0.2)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.answering = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    messages = webhooks_to(url)
    try:
        assert {path: post.by_http(message) for path, message in messages.items()} == {
            "/bare": 200,
            "/words": post.UNREACHABLE,
            "/cookie": post.UNREACHABLE,
            "/slow": post.UNREACHABLE,
            "/moved": 302,
        }
    finally:
        server.answering.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()


def webhooks_to(url: str) -> dict[str, Message]:
    """The webhook's own message to each of these addresses."""
    made, found = Visitor(), dict[str, Message]()

    def kept(message: Message) -> int:
        found[message.url.removeprefix(url)] = message
        return 200

    made.service.post.carry = kept
    for path in ("/bare", "/words", "/cookie", "/slow", "/moved"):
        made.service.webhooks.register(url + path, KEY)
    return found
