"""The one door: what may leave, what an answer means, what is never shown."""

from __future__ import annotations

import gzip
import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError

from extension.remote import wire
from extension.remote.transport import Answer, Request, Said, Sent, Transport
from extension.sync import errors

NOW = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
URL = "https://api.example.com/things"


class At:
    def __init__(self, moment: datetime = NOW) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


def transport(**more: Any) -> Transport:
    return Transport(["https://api.example.com", "http://127.0.0.1:8101"], clock=At(), **more)


def read(**more: Any) -> Request:
    return Request("xero", "list", "GET", **{"url": URL, **more})


def write(**more: Any) -> Request:
    return Request("xero", "create", "PUT", URL, body=b"{}", write=True, **more)


@responses.activate
def test_a_request_leaves_once_and_comes_back_with_exact_numbers_and_both_clocks() -> None:
    headers = {"Date": "Mon, 14 Sep 2026 09:29:59 GMT"}
    responses.get(URL, body='{"a": 0.1, "id": 4970762000000809235}', headers=headers)
    answer = transport().send(read(params=[("page", "1"), ("where", 'Type=="ACCREC"')]))
    assert answer.json() == {"a": Decimal("0.1"), "id": 4970762000000809235}
    assert answer.at == datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)
    assert answer.received == NOW
    assert responses.calls[0].request.url == URL + "?page=1&where=Type%3D%3D%22ACCREC%22"


@responses.activate
def test_gzip_is_asked_for_and_undone() -> None:
    responses.get(URL, body=gzip.compress(b'{"a":1}'), headers={"Content-Encoding": "gzip"})
    assert transport().send(read()).json() == {"a": 1}
    assert "gzip" in responses.calls[0].request.headers["Accept-Encoding"]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.com/things",
        "https://api.example.com.evil.example/things",
        "https://api.example.com@evil.example/things",
        "https://evil.example\\@api.example.com/things",
        "https://api.example.com:444/things",
        "http://api.example.com/things",
        "http://127.0.0.1:8102/things",
        "ftp://api.example.com/things",
        "//api.example.com/things",
        "/things",
        "https://api.example.com/a b",
    ],
)
@responses.activate
def test_nothing_leaves_for_an_address_that_is_not_on_the_list(url: str) -> None:
    with pytest.raises(errors.Refused) as caught:
        transport().send(read(url=url))
    assert caught.value.code == "not_allowed"
    assert len(responses.calls) == 0


@pytest.mark.parametrize("url", ["http://example.com", "ftp://example.com", "example.com", "https://"])
def test_the_list_itself_takes_https_and_this_machine_only(url: str) -> None:
    with pytest.raises(ValueError):
        Transport([url])


@responses.activate
def test_redirects_are_not_followed() -> None:
    responses.get(URL, status=302, headers={"Location": "https://evil.example/"})
    responses.put(URL, status=302, headers={"Location": "https://evil.example/"})
    with pytest.raises(errors.RemoteError) as caught:
        transport().send(read())
    assert caught.value.code == "redirected"
    with pytest.raises(errors.Unknown):
        transport().send(write())
    assert len(responses.calls) == 2


NEVER_SENT = [
    requests.ConnectTimeout("slow"),
    requests.exceptions.ProxyError("no proxy"),
    requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"),
    requests.exceptions.InvalidHeader("a header"),
    requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))),  # type: ignore[arg-type]
]
MAYBE_SENT = [
    requests.ReadTimeout("slow"),
    requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))),
    requests.ConnectionError(ProtocolError("Connection aborted.", BrokenPipeError(32, "pipe"))),
    requests.exceptions.SSLError("UNEXPECTED_EOF_WHILE_READING"),
    requests.exceptions.ChunkedEncodingError("half an answer"),
    requests.exceptions.ContentDecodingError("not gzip"),
]


@pytest.mark.parametrize("trouble", NEVER_SENT, ids=repr)
@responses.activate
def test_what_was_never_sent_is_refused(trouble: Exception) -> None:
    for request in (read(), write()):
        responses.add(request.method, URL, body=trouble)
        with pytest.raises(errors.Refused) as caught:
            transport().send(request)
        assert caught.value.code == "unreachable"


@pytest.mark.parametrize("trouble", MAYBE_SENT, ids=repr)
@responses.activate
def test_what_was_sent_and_not_answered_is_unknown_for_a_write(trouble: Exception) -> None:
    for method in ("GET", "PUT"):
        responses.add(method, URL, body=trouble)
    with pytest.raises(errors.Unknown):
        transport().send(write())
    with pytest.raises(errors.RemoteError) as caught:
        transport().send(read())
    assert caught.value.code == "no_answer"
    assert not isinstance(caught.value, errors.Refused | errors.Unknown)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, errors.Invalid, "invalid"),
        (401, errors.Unauthorised, "unauthorised"),
        (403, errors.Refused, "forbidden"),
        (404, errors.Missing, "missing"),
        (409, errors.Refused, "refused"),
        (412, errors.Stale, "stale"),
        (422, errors.Invalid, "invalid"),
        (429, errors.Throttled, "throttled"),
        (501, errors.Refused, "not_supported"),
    ],
)
@responses.activate
def test_the_table_is_the_same_for_reads_and_writes_below_500(status: int, kind: type, code: str) -> None:
    for request in (read(), write()):
        responses.add(request.method, URL, status=status)
        with pytest.raises(errors.RemoteError) as caught:
            transport().send(request)
        assert type(caught.value) is kind
        assert (caught.value.code, caught.value.status) == (code, status)
        assert (caught.value.side, caught.value.call) == ("xero", request.kind)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@responses.activate
def test_a_server_error_leaves_a_write_open(status: int) -> None:
    for method in ("GET", "PUT"):
        responses.add(method, URL, status=status, body="<html>", content_type="text/html")
    with pytest.raises(errors.Unknown):
        transport().send(write())
    with pytest.raises(errors.RemoteError) as caught:
        transport().send(read())
    assert caught.value.code == ("no_answer" if status == 408 else "server_error")


@responses.activate
def test_nothing_is_sent_twice_whatever_comes_back() -> None:
    """xero-python re-sends a lost PUT up to four times and sleeps through a 429 (facts/xero.md T1, T2)."""
    for status in (429, 500, 503):
        responses.add("PUT", URL, status=status, headers={"Retry-After": "41"})
    door = transport()
    for _ in range(3):
        with pytest.raises(errors.RemoteError):
            door.send(write())
    assert len(responses.calls) == 3
    assert door.calls == {("xero", "create"): 3}


@responses.activate
def test_statuses_that_the_caller_reads_itself_are_no_errors() -> None:
    responses.get(URL, status=400, json={"Elements": []})
    responses.get(URL, status=304)
    door = transport()
    assert door.send(read(accept=frozenset({400}))).status == 400
    assert door.send(read()).status == 304


@responses.activate
def test_an_answer_that_is_not_json_counts_as_none() -> None:
    responses.put(URL, body='{"Invoices": [{"Inv')
    responses.get(URL, body="[1]")
    answer = transport().send(write())
    with pytest.raises(errors.Unknown):
        answer.json()
    with pytest.raises(errors.RemoteError) as caught:
        transport().send(read()).dictionary()
    assert caught.value.code == "unreadable"


@responses.activate
def test_an_empty_body_is_none_where_there_may_be_one_and_lost_elsewhere() -> None:
    for status in (204, 304):
        responses.get(URL, status=status)
        assert transport().send(read()).dictionary() == {}
    for status in (200, 201):
        responses.get(URL, status=status)
        responses.put(URL, status=status)
        with pytest.raises(errors.RemoteError) as caught:
            transport().send(read()).dictionary()
        assert caught.value.code == "unreadable"
        with pytest.raises(errors.Unknown):
            transport().send(write()).dictionary()


@pytest.mark.parametrize(
    ("headers", "problem", "seconds"),
    [
        ({"Retry-After": "26"}, "minute", 26),
        ({"Retry-After": "66975"}, "day", 66975),
        ({"Retry-After": "999999999"}, "day", 3600),
        ({"Retry-After": "700000"}, "day", 86400),
        ({"Retry-After": "Mon, 14 Sep 2026 09:31:00 GMT"}, "", 60),
        ({"Retry-After": "Mon, 14 Sep 2026 09:00:00 GMT"}, "", 0),
        ({"Retry-After": "soon"}, "minute", 60),
        ({}, "Minute", 60),
        ({}, "concurrent", 5),
        ({}, "Day", 3600),
        ({}, "", 60),
    ],
)
@responses.activate
def test_a_throttled_call_says_when_to_come_back_and_nobody_sleeps(
    headers: dict[str, str], problem: str, seconds: int
) -> None:
    responses.get(URL, status=429, headers=headers)
    with pytest.raises(errors.Throttled) as caught:
        transport().send(read(), lambda _: Said(problem=problem))
    assert caught.value.until == NOW + timedelta(seconds=seconds)
    assert caught.value.problem == problem
    assert caught.value.hint == "Nothing to do: it goes on by itself."
    assert "wants a pause" in caught.value.message


@responses.activate
def test_the_services_words_are_shown_in_one_line_of_300_characters() -> None:
    responses.get(URL, status=400)
    with pytest.raises(errors.Invalid) as caught:
        transport().send(read(), lambda _: Said(message="Bad\n\n name " + "x" * 400, fields={"Name": "bad"}))
    assert len(caught.value.message) < 330
    assert "Bad name xxx" in caught.value.message
    assert caught.value.fields == {"Name": "bad"}


CANARIES = ("canary-access-token", "canary-secret", "1000.abcdef123456.fedcba654321", "eyJhbGciOi.eyJzdWIiOi.c2ln")


@responses.activate
def test_no_secret_is_ever_printed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = Said(message=f"token {CANARIES[0]} client_secret={CANARIES[1]} {CANARIES[2]} {CANARIES[3]}")
    request = read(headers={"Authorization": f"Bearer {CANARIES[0]}"}, body=CANARIES[1].encode())
    shown = [repr(request)]
    for status, body in ((400, "x"), (200, CANARIES[2])):
        responses.get(URL, status=status, body=body)
        try:
            shown.append(repr(transport().send(request, lambda _: said)))
        except errors.RemoteError as caught:
            shown += [repr(caught), str(caught), str(vars(caught))]
    responses.get(URL, body=requests.ConnectionError(f"url: /?code={CANARIES[1]}"))
    with pytest.raises(errors.RemoteError) as lost:
        transport().send(request)
    shown += [repr(lost.value), str(lost.value.__cause__)]
    assert lost.value.__suppress_context__
    everything = " ".join([*shown, caplog.text])
    assert not [canary for canary in CANARIES if canary in everything]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer SECRET",
        "Zoho-oauthtoken SECRET",
        "https://x/?code=SECRET&state=1",
        'client_secret: {"client_secret": "SECRET"}',
        "refresh_token=SECRET",
        "{'access_token': 'SECRET'}",
    ],
)
def test_redaction_knows_the_usual_places(text: str) -> None:
    assert "s3cr3t-value" not in wire.redact(text.replace("SECRET", "s3cr3t-value"))


@responses.activate
def test_every_call_is_counted_and_metered() -> None:
    responses.get(URL, json={})
    responses.get(URL, body=requests.ReadTimeout())
    seen: list[Sent] = []
    door = transport(meter=seen.append)
    door.send(read())
    with pytest.raises(errors.RemoteError):
        door.send(read())
    assert door.calls == {("xero", "list"): 2}
    assert [(sent.kind, sent.status) for sent in seen] == [("list", 200), ("list", 0)]


@responses.activate
def test_cookies_are_not_kept_and_netrc_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Connections of different tenants share one pool, and a .netrc would replace our token."""
    (tmp_path / "netrc").write_text("machine api.example.com login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    responses.get(URL, json={}, headers={"Set-Cookie": "session=1; Path=/"})
    door = transport()
    for _ in range(2):
        door.send(read(headers={"Authorization": "Bearer ours"}))
    sent = responses.calls[1].request.headers
    assert sent["Authorization"] == "Bearer ours"
    assert "Cookie" not in sent


def test_json_survives_a_round_trip_exactly() -> None:
    text = b'{"a":0.30,"b":12.3456,"id":4970762000000809235,"c":1E+2,"n":"\\u0101"}'
    assert wire.loads(wire.dumps(wire.loads(text))) == wire.loads(text)
    assert wire.dumps({"x": Decimal("0.10")}) == b'{"x":0.10}'


def test_an_answer_shows_neither_headers_nor_content() -> None:
    answer = Answer(read(), 200, {"Set-Cookie": "canary"}, b"canary", NOW, NOW)
    assert "canary" not in repr(answer)
