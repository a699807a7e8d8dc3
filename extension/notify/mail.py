"""Sends one letter by SMTP_URL: smtp://user:password@host:port (STARTTLS) or smtps://... (TLS from the start).

A password never travels in the clear, and to another machine nothing does. Headers are set by `EmailMessage`, which
refuses line breaks in them. What went wrong is told in a sentence without the address's secrets.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from ipaddress import ip_address
from typing import Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from extension.sync.errors import BadInput, SyncError

TIMEOUT_SECONDS: Final = 20.0
PORTS: Final = {"smtp": 587, "smtps": 465}
LONGEST_ADDRESS: Final = 254  # RFC 5321
PLAIN: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")  # as browsers check `type=email`


class Undeliverable(SyncError):
    """The letter did not leave. `final`: it never will; `letter`: for a reason of its own, so others may leave."""

    code = "undeliverable"

    def __init__(self, message: str, *, final: bool = False, letter: bool = False) -> None:
        super().__init__(message)
        self.final, self.letter = final, letter or final


class Letter(Protocol):
    """What is sent."""

    @property
    def to(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def html(self) -> str: ...


@dataclass(frozen=True)
class Postbox:
    """Where letters are handed in."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    tls: bool = False  # from the first byte on

    @staticmethod
    def of(url: str, domain: str) -> Postbox:
        """Reads SMTP_URL. `domain`: of our own address, for a sender where the URL names none (`?from=`)."""
        found = urlsplit(url)
        try:
            port = found.port or PORTS.get(found.scheme, 0)
        except ValueError:
            port = 0
        if found.scheme not in PORTS or not found.hostname or not port or found.path not in ("", "/"):
            raise BadInput(
                "SMTP_URL is not an address such as smtp://user:password@mail.example.com:587.", code="bad_smtp_url"
            )
        user = unquote(found.username or "")
        sender = parse_qs(found.query).get("from", [user if "@" in user else f"xero2zoho@{domain}"])[0]
        check(sender)
        return Postbox(found.hostname, port, user, unquote(found.password or ""), sender, found.scheme == "smtps")

    @property
    def here(self) -> bool:
        """Whether it is on this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def check(address: str) -> str:
    """One plain address. Raises BadInput with a sentence."""
    try:
        if PLAIN.fullmatch(address) and len(address) <= LONGEST_ADDRESS:
            Address(addr_spec=address)
            return address
    except (ValueError, IndexError):  # what the parser of `email` raises
        pass
    raise BadInput(
        f"“{address[:80]}” is not an e-mail address.", code="bad_email", hint="Write it like ann@example.com."
    )


def send(letter: Letter, postbox: Postbox, now: datetime, *, timeout: float = TIMEOUT_SECONDS) -> None:
    """Hands it in. Raises Undeliverable."""
    message = written(letter, postbox, now)
    try:
        with _opened(postbox, timeout) as server:
            if postbox.user:
                server.login(postbox.user, postbox.password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        code = next(iter(refused.recipients.values()))[0]
        words = f"The mail server does not take letters to {letter.to}."
        raise Undeliverable(words, final=code >= 500, letter=True) from None
    except smtplib.SMTPAuthenticationError:
        raise Undeliverable("The mail server refuses the user or password of SMTP_URL.") from None
    except smtplib.SMTPSenderRefused:
        raise Undeliverable(f"The mail server takes no letters from {postbox.sender}.") from None
    except smtplib.SMTPDataError as said:
        raise Undeliverable(f"The mail server did not take the letter (code {said.smtp_code}).", letter=True) from None
    except smtplib.SMTPResponseException as said:
        raise Undeliverable(f"The mail server answered with code {said.smtp_code}.") from None
    except smtplib.SMTPNotSupportedError:
        raise Undeliverable("The mail server does not offer what SMTP_URL asks of it.") from None
    except ssl.SSLError:
        raise Undeliverable(f"The certificate or encryption of {postbox.host} is not what it should be.") from None
    except (TimeoutError, OSError, smtplib.SMTPException):
        raise Undeliverable(f"The mail server {postbox.host} cannot be reached at port {postbox.port}.") from None


def written(letter: Letter, postbox: Postbox, now: datetime) -> EmailMessage:
    """The message with both bodies."""
    message = EmailMessage()
    try:
        message["Subject"] = letter.subject
        message["From"] = Address("xero2zoho", addr_spec=postbox.sender)
        message["To"] = Address(addr_spec=check(letter.to))
    except (ValueError, BadInput) as wrong:
        told = wrong.message if isinstance(wrong, BadInput) else "The subject holds a line break."
        raise Undeliverable(told, final=True) from None
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=postbox.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers to it
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def _opened(postbox: Postbox, timeout: float) -> smtplib.SMTP:
    """A session that is encrypted, unless the server is on this machine and offers nothing."""
    context = ssl.create_default_context()
    if postbox.here:  # it would get the letter in the clear, too, and its certificate names the outside
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if postbox.tls:
        return smtplib.SMTP_SSL(postbox.host, postbox.port, timeout=timeout, context=context)
    server = smtplib.SMTP(postbox.host, postbox.port, timeout=timeout)
    try:
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif not postbox.here:
            raise Undeliverable(f"The mail server {postbox.host} offers no encryption, so nothing was sent.")
    except BaseException:
        server.close()
        raise
    return server


Send = Callable[[Letter], None]
"""Hands one letter in, or raises Undeliverable."""
