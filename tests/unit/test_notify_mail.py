"""Letters on their way, against a real SMTP server of this machine: handed in whole, or why not in a sentence."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from extension.notify.mail import Postbox, Undeliverable, check, send, written
from extension.sync.errors import BadInput
from tests.ports import free_port

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Addressed:
    """A letter with an addressee."""

    to: str = "ann@example.com"
    subject: str = "Kōwhai: done"
    text: str = "Created: 3\n"
    html: str = "<p>Created: 3</p>"


@dataclass
class Server:
    """What a mail server does with a letter: `answer` at each step, None as it should."""

    at_mail: str | None = None
    at_rcpt: str | None = None
    at_data: str | None = None
    got: list[EmailMessage] = field(default_factory=list)

    async def handle_MAIL(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.at_mail or "250 OK"

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.at_rcpt is None:
            envelope.rcpt_tos.append(address)
        return self.at_rcpt or "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        if self.at_data is None:
            found = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(found, EmailMessage)
            self.got.append(found)
        return self.at_data or "250 OK"


@contextmanager
def serving(server: Server, **options: Any) -> Iterator[str]:
    """A server on a free port; yields host:port."""
    port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port, ready_timeout=60, **options)
    controller.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        controller.stop()


def postbox(url: str) -> Postbox:
    return Postbox.of(url, "sync.example.com")


# ------------------------------------------------------------------ handing in


def test_a_letter_arrives_with_both_bodies() -> None:
    server = Server()
    with serving(server) as at:
        send(Addressed(), postbox(f"smtp://{at}"), NOW)
    [found] = server.got
    assert (found["To"], found["Subject"], found["Auto-Submitted"]) == (
        "ann@example.com",
        "Kōwhai: done",
        "auto-generated",
    )
    assert found["From"] == "xero2zoho <xero2zoho@sync.example.com>"
    plain, html = found.get_body(("plain",)), found.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert (plain.get_content().strip(), html.get_content().strip()) == ("Created: 3", "<p>Created: 3</p>")


def test_the_url_may_name_the_sender() -> None:
    server = Server()
    with serving(server) as at:
        send(Addressed(), postbox(f"smtp://{at}?from=books@example.org"), NOW)
    assert server.got[0]["From"] == "xero2zoho <books@example.org>"


def signed_in(user: bytes, password: bytes) -> Callable[..., AuthResult]:
    def check_it(_: SMTP, __: Session, ___: Envelope, mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (user, password), handled=False)

    return check_it


def test_a_user_signs_in_with_what_the_url_says() -> None:
    server = Server()
    known = {"authenticator": signed_in(b"ann@example.com", b"p@ss/word"), "auth_require_tls": False}
    with serving(server, **known) as at:
        send(Addressed(), postbox(f"smtp://ann%40example.com:p%40ss%2Fword@{at}"), NOW)
        assert server.got[0]["From"] == "xero2zoho <ann@example.com>"
        with pytest.raises(Undeliverable, match="refuses the user or password") as refused:
            send(Addressed(), postbox(f"smtp://ann%40example.com:wrong-secret@{at}"), NOW)
    assert "wrong-secret" not in str(refused.value)
    assert not refused.value.letter


@pytest.mark.parametrize(
    ("server", "words", "final", "letter"),
    [
        (Server(at_rcpt="550 unknown"), "does not take letters to ann@example.com", True, True),
        (Server(at_rcpt="451 try later"), "does not take letters to ann@example.com", False, True),
        (Server(at_data="554 spam"), "did not take the letter", False, True),
        (Server(at_mail="550 not you"), "takes no letters from xero2zoho@sync.example.com", False, False),
    ],
)
def test_a_refusal_is_told_in_a_sentence(server: Server, words: str, final: bool, letter: bool) -> None:
    with serving(server) as at, pytest.raises(Undeliverable, match=words) as refused:
        send(Addressed(), postbox(f"smtp://{at}"), NOW)
    assert (refused.value.final, refused.value.letter) == (final, letter)
    assert server.got == []


def test_a_server_that_is_away_is_told_in_a_sentence() -> None:
    port = free_port()
    for scheme in ("smtp", "smtps"):
        with pytest.raises(Undeliverable, match="cannot be reached") as refused:
            send(Addressed(), postbox(f"{scheme}://u:s3cret@127.0.0.1:{port}"), NOW)
        assert "s3cret" not in str(refused.value)


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Undeliverable, match="cannot be reached"):
            send(Addressed(), postbox(url), NOW, timeout=0.05)


def test_another_machine_without_encryption_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    with serving(server) as at:
        monkeypatch.setattr(Postbox, "here", False)
        with pytest.raises(Undeliverable, match="no encryption"):
            send(Addressed(), postbox(f"smtp://{at}"), NOW)
    assert server.got == []


# ------------------------------------------------------------------ headers and addresses


@pytest.mark.parametrize(
    "letter",
    [
        Addressed(to="ann@example.com\r\nBcc: eve@example.com"),
        Addressed(to="ann@example.com, eve@example.com"),
        Addressed(to="Ann <ann@example.com>"),
        Addressed(subject="done\r\nBcc: eve@example.com"),
        Addressed(subject="done\nX: y"),
    ],
)
def test_no_line_of_ours_can_bring_another_header(letter: Addressed) -> None:
    with pytest.raises(Undeliverable) as refused:
        written(letter, postbox("smtp://localhost"), NOW)
    assert refused.value.final


@pytest.mark.parametrize("good", ["ann@example.com", "a.b+c@mail.example.co.nz", "root@localhost"])
def test_an_address(good: str) -> None:
    assert check(good) == good


@pytest.mark.parametrize(
    "bad",
    ["", "ann", "ann@", "@example.com", "a b@example.com", "a@b@c", "a..b@example.com", "ä@example.com", "x" * 300],
)
def test_no_address(bad: str) -> None:
    with pytest.raises(BadInput, match="is not an e-mail address"):
        check(bad)


@pytest.mark.parametrize(
    "url", ["http://mail", "smtp://", "smtp://h:port", "mail.example.com", "smtp://h/path", "smtp://h?from=nobody"]
)
def test_a_wrong_setting_is_a_sentence_without_its_secrets(url: str) -> None:
    with pytest.raises(BadInput) as refused:
        postbox(url.replace("://h", "://u:s3cret@h"))
    assert "s3cret" not in refused.value.message


def test_a_password_is_never_shown() -> None:
    found = postbox("smtps://u:s3cret@mail.example.com")
    assert (found.port, found.tls, found.here) == (465, True, False)
    assert "s3cret" not in repr(found)
    assert postbox("smtp://localhost").here
