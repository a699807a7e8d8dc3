"""Letters from a run and from a loss to an SMTP server of this machine, over two real local services."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from extension import mailing, serving
from extension.bootstrap import House
from extension.jobs.tick import Tick
from extension.sync.model import Scope
from tests.ports import free_port
from tests.system.live_books import Books, Connected

ANN: Final = "ann@example.com"


@dataclass
class Inbox:
    """A mail server and what it was given."""

    got: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        found = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        self.got.append(found)
        return "250 OK"

    def text(self) -> str:
        body = self.got[-1].get_body(("plain",))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass
class Office:
    """Both services, a connection whose letters go to Ann, and the tick and the queue by hand."""

    books: Books
    inbox: Inbox

    @property
    def house(self) -> House:
        return self.books.house

    @property
    def number(self) -> int:
        return self.house.connection(None).id

    def settings(self, **changes: Any) -> None:
        connection = self.house.connection(None)
        new = {**connection.settings, **changes}
        self.house.connections.update_settings(connection.id, new, "ann", self.house.clock.now())

    def tick(self) -> None:
        Tick(serving.chores(self.house, lambda: None), lambda: True, self.house.clock)()

    def serve(self) -> None:
        """Whatever waits, performed."""
        perform, now = serving.performer(self.house), self.house.clock.now
        while task := self.house.tasks.take("a test", now(), timedelta(days=1)):
            ended = perform(task, Quiet())
            self.house.tasks.end(task.id, "a test", ended.state, ended.run, ended.result, now())


class Quiet:
    """Nobody watches, nobody wishes."""

    wish = ""

    def tell(self, progress: object) -> None:
        """Not kept."""

    def visit(self, perform: object) -> bool:
        return False


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    return Connected.once(tmp_path_factory.mktemp("connected") / "instance")


@pytest.fixture
def office(connected: Connected, tmp_path: Path) -> Iterator[Office]:
    books, inbox = connected.again(tmp_path / "instance"), Inbox()
    port = free_port()
    server = Controller(inbox, hostname="127.0.0.1", port=port, ready_timeout=60)
    server.start()
    smtp = {"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}")}
    books.house.settings = books.house.settings.model_copy(update=smtp)
    made = Office(books, inbox)
    made.settings(notify={"email": ANN})
    yield made
    server.stop()
    books.house.close()


def test_a_scheduled_run_reports_what_it_did(office: Office) -> None:
    office.books.crm("Accounts", Account_Name="Kōwhai")
    office.books.sync()
    office.settings(schedule={"on": True, "times": ["09:00"], "email": True})
    office.tick()
    due = office.house.connection(None).next_run_at
    assert due is not None
    office.books.crm("Accounts", Account_Name="Rimu")
    office.books.clock.advance((due - office.house.clock.now()).total_seconds() + 5)
    office.tick()
    office.serve()
    assert [row["Name"] for row in office.books.in_xero("Contacts")] == ["Kōwhai", "Rimu"]
    office.tick()
    office.tick()
    [letter] = office.inbox.got
    name = office.house.connection(None).name
    assert (letter["To"], letter["Subject"]) == (ANN, f"{name}: Synchronisation is done")
    assert "Accounts: created in Xero 1" in office.inbox.text()
    assert "Asked for by the schedule" in office.inbox.text()
    assert f"http://localhost:5000/c/{office.number}/tasks/" in office.inbox.text()


def test_a_run_that_needs_a_person_says_so(office: Office) -> None:
    office.books.crm("Accounts", Account_Name="Kōwhai")
    office.house.tasks.ask(office.number, "sync", Scope(), "Ada", office.house.clock.now(), email=True)
    office.serve()
    office.tick()
    assert "needs your approval" in office.inbox.got[0]["Subject"]
    assert "nothing to do" not in office.inbox.text()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("fetch", "What was read\n  Accounts: in Zoho CRM 1"),
        ("preview", "What a run would do\n  Accounts: to create in Xero 1"),
        ("audit", "What a run would do\n  Accounts: to create in Xero 1"),
    ],
)
def test_what_may_not_write_reports_what_it_saw(office: Office, kind: str, told: str) -> None:
    office.books.crm("Accounts", Account_Name="Kōwhai")
    office.house.tasks.ask(office.number, kind, Scope(), "Ada", office.house.clock.now(), email=True)
    office.serve()
    office.tick()
    assert told in office.inbox.text()


def test_nobody_who_does_not_want_letters_gets_one(office: Office) -> None:
    for wanted, address in ((False, ANN), (True, "")):
        office.settings(notify={"email": address})
        office.house.tasks.ask(office.number, "fetch", Scope(), "Ada", office.house.clock.now(), email=wanted)
        office.serve()
    office.tick()
    assert office.house.mails.recent(office.number) == []


def test_the_installations_address_stands_in(office: Office) -> None:
    office.settings(notify={})
    office.house.services.set_note(mailing.ADDRESSEE, "books@example.com")
    assert mailing.addressee(office.house, office.house.connection(None)) == "books@example.com"
    office.settings(notify={"email": "nobody at all"})
    assert mailing.addressee(office.house, office.house.connection(None)) == ""


def test_a_lost_connection_is_told_once_per_loss(office: Office) -> None:
    grants = office.house.grants(office.number)
    for loss in (1, 2):
        grant = grants.get("xero")
        assert grant is not None
        grants.mark_broken("xero", "disconnected")
        for _ in range(3):
            office.tick()
        assert len(office.inbox.got) == loss
        grants.save("xero", replace(grant, generation=0))  # connected again
        office.tick()
    assert office.inbox.got[0]["Subject"].endswith("the connection to Xero was lost")
    assert "disconnected this app in Xero" in office.inbox.text()
    assert f"/c/{office.number}/set-up" in office.inbox.text()


def test_who_does_not_want_to_hear_of_losses_does_not(office: Office) -> None:
    office.settings(notify={"email": ANN, "on_loss": False})
    office.house.grants(office.number).mark_broken("zoho", "invalid_grant")
    office.tick()
    assert office.inbox.got == []


def test_without_a_mail_server_letters_wait(office: Office) -> None:
    office.house.settings = office.house.settings.model_copy(update={"smtp_url": SecretStr("")})
    office.house.grants(office.number).mark_broken("zoho", "invalid_grant")
    office.tick()
    assert not office.house.mail_ready
    assert [letter.state for letter in office.house.mails.recent(office.number)] == ["waiting"]
