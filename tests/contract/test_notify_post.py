"""The outbox is emptied: once each, with growing patience, and no longer than it makes sense; over the real tables."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from structlog.testing import capture_logs

from extension.notify.mail import Letter, Undeliverable
from extension.notify.post import CLAIM, deliver
from extension.store import Connections, Database, Mail, Mails
from tests.contract.conftest import NUMBERS

NOW: Final = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
AWAY: Final = "The mail server mail.example.com cannot be reached at port 587."


@dataclass
class Server:
    """Takes letters, or says why not."""

    why: Undeliverable | None = None
    got: list[str] = field(default_factory=list)

    def __call__(self, letter: Letter) -> None:
        if self.why is not None:
            raise self.why
        self.got.append(letter.subject)


class Office:
    """One connection's letters; nothing of an earlier test waits."""

    def __init__(self, database: Database) -> None:
        self.mails, self.number = Mails(database), Connections(database).create(f"test {next(NUMBERS)}").id
        while left := self.mails.due(NOW + timedelta(days=999)):
            for letter in left:
                self.mails.sent(letter.id, NOW)

    def put(self, key: str) -> bool:
        return self.mails.put(self.number, "ann@example.com", key, "text", "<p>html</p>", key, NOW)

    @property
    def last(self) -> Mail:
        return self.mails.recent(self.number)[0]

    def deliver(self, server: Server, **after: float) -> int:
        with capture_logs():
            return deliver(self.mails, server, NOW + timedelta(**after))


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_a_letter_leaves_once(office: Office) -> None:
    server = Server()
    assert office.put("one")
    assert not office.put("one")
    assert [office.deliver(server), office.deliver(server)] == [1, 0]
    assert (server.got, office.last.state, office.last.problem) == (["one"], "sent", "")


def test_a_failure_is_tried_again_with_growing_patience_and_then_given_up(office: Office) -> None:
    office.put("one")
    waits, at = [], timedelta(0)
    for _ in range(5):
        assert office.deliver(Server(Undeliverable(AWAY)), seconds=at.total_seconds()) == 0
        assert office.last.problem == AWAY
        if office.last.next_try is not None:
            waits.append(office.last.next_try - NOW - at)
            at = office.last.next_try - NOW
    assert waits == [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2)]
    assert (office.last.state, office.last.tries) == ("failed", 5)


def test_a_server_that_comes_back_gets_what_waited(office: Office) -> None:
    office.put("one")
    server = Server(Undeliverable(AWAY))
    office.deliver(server)
    server.why = None
    assert office.deliver(server, seconds=59) == 0
    assert office.deliver(server, seconds=60) == 1
    assert (office.last.state, office.last.problem) == ("sent", "")


def test_a_letter_that_will_never_be_taken_is_given_up_at_once(office: Office) -> None:
    office.put("one")
    office.deliver(Server(Undeliverable("There is no such person.", final=True)))
    assert (office.last.state, office.last.problem) == ("failed", "There is no such person.")


def test_a_server_that_is_away_is_asked_once_and_not_for_every_letter(office: Office) -> None:
    tried: list[str] = []

    def away(letter: Letter) -> None:
        tried.append(letter.subject)
        raise Undeliverable(AWAY)

    for key in ("one", "two", "three"):
        office.put(key)
    with capture_logs():
        deliver(office.mails, away, NOW)
    assert tried == ["one"]


def test_one_addressee_who_is_refused_keeps_nobody_elses_letter_back(office: Office) -> None:
    for key in ("one", "two"):
        office.put(key)
    server = Server()

    def picky(letter: Letter) -> None:
        if letter.subject == "one":
            raise Undeliverable("No such person.", letter=True)
        server(letter)

    with capture_logs():
        assert deliver(office.mails, picky, NOW) == 1
    assert server.got == ["two"]


def test_two_workers_send_a_letter_once(office: Office) -> None:
    for number in range(6):
        office.put(f"letter {number}")
    server, start = Server(), threading.Barrier(3)

    def work() -> None:
        start.wait(20)
        deliver(office.mails, server, NOW)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(server.got) == [f"letter {number}" for number in range(6)]


def test_a_worker_that_died_between_claim_and_sending_is_replaced(office: Office) -> None:
    office.put("one")
    [letter] = [each for each in office.mails.due(NOW) if each.connection_id == office.number]
    assert office.mails.claim(letter, NOW + CLAIM)
    assert not office.mails.claim(letter, NOW + CLAIM)
    server = Server()
    assert office.deliver(server) == 0
    assert office.deliver(server, minutes=5) == 1
