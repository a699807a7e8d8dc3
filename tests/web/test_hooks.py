"""What the services tell us by themselves: who is believed, what is kept, and that nobody else learns anything."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app import create_app
from extension.bootstrap import Connection, House
from extension.config import Settings
from extension.listening import XERO_NOTE
from extension.store import EVERYBODY
from extension.store.inbox import MOST
from extension.sync.canonical import XERO, ZOHO
from extension.web.hooks import LARGEST
from extension.web.limits import limiter

KEY, OLD_KEY = "emulator-webhook-signing-key", "the-key-before-it"
TENANT, STRANGER = "96d8c4f0-0000-4000-8000-000000000001", "96d8c4f0-0000-4000-8000-000000000009"
CONTACT, INVOICE = "60aa0000-0000-4000-8000-000000000002", "60aa0000-0000-4000-8000-000000000003"
TOKEN = "t" * 43
CHANNEL = "1000000068001"
ITR = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "S0m3r4Nd0mt3xt"}'


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    given: dict[str, Any] = {"xero_webhook_keys": f"{KEY},{OLD_KEY}", "database_url": ""}
    made = House(Settings.load(_env_file=None, instance_dir=tmp_path / "instance", **given))
    limiter.reset()
    yield made
    made.close()


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house=house)


@pytest.fixture
def connection(house: House) -> Connection:
    made = house.connections.create("Kōwhai", "org 1", TENANT)
    until = house.clock.now() + timedelta(days=6)
    house.channels(made).begin(CHANNEL, TOKEN, "https://x.example/hooks/zoho/" + CHANNEL, ["Accounts"], until)
    return made


def signature(body: bytes, key: str = KEY) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, sha256).digest()).decode()


def event(**changed: Any) -> dict[str, Any]:
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Contacts/{CONTACT}",
        "resourceId": CONTACT,
        "eventDateUtc": "2026-09-14T09:29:59.100",
        "eventType": "UPDATE",
        "eventCategory": "CONTACT",
        "tenantId": TENANT,
        "tenantType": "ORGANISATION",
        **changed,
    }


def told(*events: dict[str, Any]) -> bytes:
    return json.dumps({"events": events, "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "X"}).encode()


def xero(app: Flask, body: bytes, signed: str | None = None, kind: str = "application/json") -> TestResponse:
    headers = {"x-xero-signature": signature(body) if signed is None else signed, "Cookie": "xero2zoho=whatever"}
    return app.test_client().post("/hooks/xero", data=body, headers=headers, content_type=kind)


def notification(**changed: Any) -> dict[str, Any]:
    return {
        "server_time": 1718117126473,
        "query_params": {},
        "module": "Accounts",
        "resource_uri": "https://evil.example/crm/v2/Accounts",
        "ids": ["5725767000000500005", 5725767000000500017],
        "affected_fields": [],
        "operation": "update",
        "channel_id": CHANNEL,
        "token": TOKEN,
        **changed,
    }


def zoho(app: Flask, said: object, path: str = CHANNEL, kind: str = "application/json;charset=UTF-8") -> TestResponse:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return app.test_client().post(f"/hooks/zoho/{path}", data=body, content_type=kind)


def is_empty(answer: TestResponse) -> bool:
    return answer.data == b"" and "Set-Cookie" not in answer.headers and "Content-Type" not in answer.headers


def waiting(house: House, connection: Connection) -> list[tuple[str, str, str]]:
    return [(each.side, each.feed, each.remote) for each in house.inbox(connection).waiting(5_000)]


# ------------------------------------------------------------------ Xero


def test_the_documented_vector(app: Flask) -> None:
    """facts/xero.md 3.15."""
    assert xero(app, ITR, "A6plSY89z4VSAPrfweZrEHk+Bp/z1PeN+FKcfLDZoro=").status_code == 200


def test_the_intent_to_receive_is_answered_right(app: Flask, house: House, connection: Connection) -> None:
    """Well signed 200, badly signed 401, both without a word; a body with sequence 0 is nothing that breaks."""
    for number in range(4):
        body = ITR.replace(b"S0m3r4", str(number).encode())
        right, wrong = xero(app, body), xero(app, body, signature(body, "another key"))
        assert (right.status_code, wrong.status_code) == (200, 401)
        assert is_empty(right)
        assert is_empty(wrong)
    assert set(house.services.note(XERO_NOTE)) == {"asked"}
    assert waiting(house, connection) == []


def test_a_signed_event_is_a_hint(app: Flask, house: House, connection: Connection) -> None:
    body = told(event(), event(resourceId=INVOICE, eventCategory="INVOICE", eventType="CREATE"))
    answer = xero(app, body)
    assert answer.status_code == 200
    assert is_empty(answer)
    assert waiting(house, connection) == [(XERO, "Contacts", CONTACT), (XERO, "Invoices", INVOICE)]
    assert set(house.services.note(XERO_NOTE)) == {"heard"}
    (first, _) = house.inbox(connection).waiting()
    assert first.at.isoformat() == "2026-09-14T09:29:59.100000+00:00"


@pytest.mark.parametrize("category", ["CREDITNOTE", "OVERPAYMENT", "PREPAYMENT"])
def test_credit_stirs_the_documents_that_it_does_not_name(
    app: Flask, house: House, connection: Connection, category: str
) -> None:
    more = {"data": {"Type": "ACCRECCREDIT", "Status": "PAID"}} if category == "CREDITNOTE" else {}
    assert xero(app, told(event(eventCategory=category, eventType="CREATE", **more))).status_code == 200
    assert waiting(house, connection) == [(XERO, "Invoices", CONTACT)]


def test_both_keys_are_taken_while_one_is_changed(app: Flask, house: House, connection: Connection) -> None:
    assert xero(app, told(event()), signature(told(event()), OLD_KEY)).status_code == 200
    assert len(waiting(house, connection)) == 1


def test_heard_twice_is_kept_once(app: Flask, house: House, connection: Connection) -> None:
    for _ in range(3):
        assert xero(app, told(event())).status_code == 200
    assert len(waiting(house, connection)) == 1


def test_events_of_strangers_are_counted_and_dropped(app: Flask, house: House, connection: Connection) -> None:
    with capture_logs() as logged:
        answer = xero(app, told(event(tenantId=STRANGER), event(), event(tenantId=STRANGER, resourceId=INVOICE)))
    assert answer.status_code == 200
    assert waiting(house, connection) == [(XERO, "Contacts", CONTACT)]
    assert [line["unknown"] for line in logged if line["event"] == "signals"] == [2]


def test_a_connection_that_was_ended_hears_nothing(app: Flask, house: House, connection: Connection) -> None:
    house.connections.end(connection.id, "ann", house.clock.now())
    assert xero(app, told(event())).status_code == 200
    assert zoho(app, notification()).status_code == 404
    assert waiting(house, connection) == []


@pytest.mark.parametrize(
    "strange",
    [
        {"eventCategory": "SUBSCRIPTION"},
        {"eventType": "DELETE"},
        {"resourceId": "../../etc"},
        {"resourceId": None},
        {"tenantId": 7},
        {"tenantId": ["x"]},
        {"resourceId": CONTACT + "\x00"},
    ],
)
def test_what_is_no_event_of_ours_is_dropped(
    app: Flask, house: House, connection: Connection, strange: dict[str, Any]
) -> None:
    assert xero(app, told(event(**strange), {}, event(resourceId=INVOICE))).status_code == 200
    assert waiting(house, connection) == [(XERO, "Contacts", INVOICE)]


@pytest.mark.parametrize("stamp", ["", "yesterday", "9999-12-31T23:59:59", None, 7, "0001-01-01T00:00:00+14:00"])
def test_nothing_happened_later_than_now(app: Flask, house: House, connection: Connection, stamp: Any) -> None:
    assert xero(app, told(event(eventDateUtc=stamp))).status_code == 200
    (found,) = house.inbox(connection).waiting()
    assert found.at <= house.clock.now()


@pytest.mark.parametrize(
    "body",
    [b"{}", b"[]", b'"events"', b"{", b'{"events": {}}', b"\xff\xfe", b"[" * 90_000, b'{"events": [1, [], null]}'],
)
def test_a_signed_body_that_says_nothing_does_nothing(
    app: Flask, house: House, connection: Connection, body: bytes
) -> None:
    answer = xero(app, body)
    assert answer.status_code == 200
    assert is_empty(answer)
    assert waiting(house, connection) == []


def refusals(body: bytes) -> list[tuple[bytes, dict[str, Any]]]:
    return [
        (body, {"signed": signature(body, "forged")}),
        (body, {"signed": ""}),
        (body, {"signed": signature(body)[:-2]}),
        (body, {"signed": "ü"}),
        (body + b" ", {"signed": signature(body)}),
        (body, {"kind": "text/plain"}),
        (body, {"kind": "application/x-www-form-urlencoded"}),
        (body, {"kind": ""}),
        (b"", {}),
        (b" " * (LARGEST + 1), {}),
    ]


@pytest.mark.parametrize("number", range(10))
def test_whatever_is_wrong_the_answer_is_the_same(
    app: Flask, house: House, connection: Connection, number: int
) -> None:
    body, given = refusals(told(event()))[number]
    with capture_logs() as logged:
        answer = xero(app, body, **given)
    assert answer.status_code == 401
    assert is_empty(answer)
    assert waiting(house, connection) == []
    assert house.services.note(XERO_NOTE) is None
    assert [line["event"] for line in logged] == ["signal refused"]
    assert CONTACT not in str(logged)


def test_without_a_key_nobody_is_believed(tmp_path: Path) -> None:
    made = House(Settings.load(_env_file=None, instance_dir=tmp_path, database_url=""))
    limiter.reset()
    app = create_app(house=made)
    for key in ("", "anything"):
        assert xero(app, ITR, signature(ITR, key)).status_code == 401
    made.close()


def test_an_inbox_has_an_end(app: Flask, house: House, connection: Connection) -> None:
    def id_of(number: int) -> str:
        return f"60aa0000-0000-4000-8000-{number:012d}"

    for start in (0, 600):
        body = told(*(event(resourceId=id_of(number)) for number in range(start, start + 600)))
        assert xero(app, body).status_code == 200
    assert len(waiting(house, connection)) == MOST


# ------------------------------------------------------------------ Zoho CRM


@pytest.mark.parametrize("channel", [CHANNEL, int(CHANNEL)])
@pytest.mark.parametrize("operation", ["insert", "update", "delete"])
def test_a_notification_is_a_hint_for_each_of_its_ids(
    app: Flask, house: House, connection: Connection, operation: str, channel: object
) -> None:
    answer = zoho(app, notification(operation=operation, channel_id=channel))
    assert answer.status_code == 200
    assert is_empty(answer)
    wanted = [(ZOHO, "Accounts", "5725767000000500005"), (ZOHO, "Accounts", "5725767000000500017")]
    assert waiting(house, connection) == wanted
    assert all(f".{operation} " in each.event for each in house.inbox(connection).waiting())
    (known,) = house.channels(connection).all()
    assert known.heard_at is not None


def test_the_same_notification_again_is_kept_once(app: Flask, house: House, connection: Connection) -> None:
    for _ in range(3):
        zoho(app, notification())
    assert len(waiting(house, connection)) == 2
    zoho(app, notification(server_time=1718117126474))
    assert len(waiting(house, connection)) == 4


@pytest.mark.parametrize(
    "strange",
    [{"ids": None}, {"ids": []}, {"ids": ["x", "-1", 1.5, True, {}]}, {"module": "Leads"}, {"operation": "edit"}],
)
def test_what_means_nothing_to_us_is_answered_and_dropped(
    app: Flask, house: House, connection: Connection, strange: dict[str, Any]
) -> None:
    assert zoho(app, notification(**strange)).status_code == 200
    assert waiting(house, connection) == []


@pytest.mark.parametrize(
    ("said", "given"),
    [
        (notification(token="wrong"), {}),
        (notification(token=TOKEN + "t"), {}),
        (notification(token=TOKEN[:-1] + "ü"), {}),
        (notification(token="t" * 51), {}),
        (notification(token=""), {}),
        (notification(token=None), {}),
        ({name: value for name, value in notification().items() if name != "token"}, {}),
        (notification(channel_id="1000000068002"), {}),
        (notification(channel_id=None), {}),
        (notification(channel_id=1000000068001.0), {}),
        (notification(), {"path": "1000000068002"}),
        (notification(channel_id="1000000068002"), {"path": "1000000068002"}),
        (notification(), {"path": "x" * 500}),
        (notification(), {"kind": "text/plain"}),
        (b"", {}),
        (b"{", {}),
        (b"[]", {}),
        (b"[" * 90_000, {}),
        (b" " * (LARGEST + 1), {}),
    ],
)
def test_who_is_not_a_channel_of_ours_learns_nothing(
    app: Flask, house: House, connection: Connection, said: object, given: dict[str, str]
) -> None:
    with capture_logs() as logged:
        answer = zoho(app, said, **given)
    assert answer.status_code == 404
    assert is_empty(answer)
    assert waiting(house, connection) == []
    assert house.channels(connection).all()[0].heard_at is None
    assert [line["event"] for line in logged] == ["signal refused"]
    assert TOKEN not in str(logged)


def test_one_connections_token_opens_no_other(app: Flask, house: House, connection: Connection) -> None:
    other = house.connections.create("Other", "org 2", STRANGER)
    until = house.clock.now() + timedelta(days=6)
    house.channels(other).begin("77", "u" * 43, "https://x.example/hooks/zoho/77", ["Accounts"], until)
    assert zoho(app, notification(channel_id="77"), path="77").status_code == 404
    assert zoho(app, notification(channel_id="77", token="u" * 43), path="77").status_code == 200
    assert waiting(house, connection) == []
    assert len(waiting(house, other)) == 2


def test_a_token_is_kept_as_its_hash_alone(house: House, connection: Connection) -> None:
    (known,) = house.channels(connection).all()
    assert TOKEN not in str(known)


# ------------------------------------------------------------------ both


@pytest.mark.parametrize("path", ["/hooks/xero", f"/hooks/zoho/{CHANNEL}"])
def test_it_is_no_page(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 405


def test_guessing_uses_up_the_guessers_tries_alone(app: Flask, house: House, connection: Connection) -> None:
    answers = [xero(app, ITR, "wrong") for _ in range(70)] + [zoho(app, notification(token="wrong"))]
    assert {answer.status_code for answer in answers} == {401, 429, 404}
    assert all(is_empty(answer) for answer in answers)
    assert answers[-2].status_code == 429
    assert xero(app, told(event())).status_code == 200
    assert zoho(app, notification()).status_code == 200
    assert len(waiting(house, connection)) == 3


def test_a_database_that_is_away_is_said_to_be(app: Flask, house: House, connection: Connection) -> None:
    with house.database.writing(EVERYBODY) as transaction:
        transaction.exec_driver_sql("ALTER TABLE inbox RENAME TO elsewhere")
        transaction.exec_driver_sql("ALTER TABLE channel RENAME TO nowhere")
    for answer in (xero(app, told(event())), zoho(app, notification())):
        assert answer.status_code == 503
        assert is_empty(answer)
