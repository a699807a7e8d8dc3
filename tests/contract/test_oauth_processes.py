"""One process refreshes, whatever the others do: Xero's refresh token is good for one refresh (facts/platform.md 3)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier

import pytest
from werkzeug.test import Client

from extension.remote.datacentres import Addresses
from extension.remote.oauth import CLAIM_SECONDS, GRACE, Authority, Consent
from extension.remote.transport import SystemClock, Transport
from extension.remote.xero.authority import XeroGrants
from extension.store import Connections, Database, SqlGrants
from extension.sync.canonical import XERO
from extension.sync.errors import Unauthorised
from extension.sync.ports import Clock
from sandbox.clock import Clock as Hands
from sandbox.server import Server
from sandbox.xero import XeroService, identity
from sandbox.xero import create_app as create_xero_app
from tests.contract.conftest import NUMBERS
from tests.contract.processes import FORK, at_once
from tests.contract.remote_rig import SANDBOX, ZOHO_URL, consented

PROCESSES = 8


@dataclass
class Installation:
    """A connected organisation, whose identity server many processes can reach."""

    service: XeroService
    url: str
    database_url: str
    keys: list[str]
    number: int

    def authority(self, database: Database, clock: Clock) -> Authority:
        addresses = Addresses(ZOHO_URL, ZOHO_URL, self.url, self.url, self.url)
        transport = Transport(addresses.all(), clock=clock)
        return Authority(transport, XeroGrants(addresses), SANDBOX, SqlGrants(database, self.number))

    def answers(self) -> list[int]:
        """Statuses of all token requests since the last call of this."""
        found = [call.status for call in self.service.journal.since() if call.path == "/connect/token"]
        self.service.journal.clear()
        return found


@pytest.fixture
def installation(database: Database, encryption_keys: list[str]) -> Iterator[Installation]:
    service = XeroService(Hands())
    app = create_xero_app(service)
    server = Server(app)
    server.start()
    number = Connections(database).create(f"test {next(NUMBERS)}").id
    where = database.engine.url.render_as_string(hide_password=False)
    made = Installation(service, server.url, where, encryption_keys, number)
    authority, consent = made.authority(database, SystemClock()), Consent.begin()
    grant = authority.exchange(consent, consented(Client(app), authority, consent))
    SqlGrants(database, number).save(XERO, grant)
    made.answers()
    yield made
    server.stop()


def refreshed(made: Installation, rounds: int) -> Callable[[Barrier], set[str]]:
    """Each round every process is told that the token of the round before is of no use any more."""

    def work(barrier: Barrier) -> set[str]:
        own = Database(made.database_url, made.keys)
        authority, seen = made.authority(own, SystemClock()), set()
        for _ in range(rounds):
            before = authority.access_token()
            barrier.wait(30)
            seen.add(authority.access_token(rejected=before))
            barrier.wait(30)
        own.dispose()
        return seen

    return work


@pytest.mark.parametrize("rounds", [2, pytest.param(25, marks=pytest.mark.slow)])
def test_eight_processes_refresh_once_and_none_is_refused(
    installation: Installation, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "GRACE", timedelta(0))  # harder than Xero: an old token is refused at once
    seen = at_once([refreshed(installation, rounds)] * PROCESSES)
    assert all(each == seen[0] for each in seen)
    assert len(seen[0]) == rounds
    assert installation.answers() == [200] * rounds


class Later:
    """The same clock, some time on."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        return SystemClock().now() + self.by


def killed_before_it_stored(made: Installation) -> None:
    """A process of its own renews, and is killed with the new pair in its hand."""

    def work() -> None:
        own = Database(made.database_url, made.keys)
        SqlGrants.save = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment,method-assign]
        authority = made.authority(own, SystemClock())
        authority.access_token(rejected=authority.access_token())

    process = FORK.Process(target=work)
    process.start()
    process.join(30)
    assert process.exitcode == -signal.SIGKILL
    assert made.answers() == [200], "the service has rotated"


def test_a_pair_lost_with_its_process_is_asked_for_again(installation: Installation, database: Database) -> None:
    """Xero takes the old token for half an hour, which is more than the claim of the dead lasts: nobody notices."""
    killed_before_it_stored(installation)
    clock = Later(timedelta(seconds=CLAIM_SECONDS + 1))
    authority = installation.authority(database, clock)
    installation.service.clock.advance(clock.by.total_seconds())
    old = SqlGrants(database, installation.number).get(XERO)
    assert old is not None
    assert authority.access_token(rejected=old.access) != old.access
    assert installation.answers() == [200]
    assert SqlGrants(database, installation.number).problem(XERO) is None


def test_a_pair_lost_for_longer_needs_the_person(installation: Installation, database: Database) -> None:
    """Nobody asked within the half hour, and the access token ran out: the connection says so and waits for consent."""
    killed_before_it_stored(installation)
    clock = Later(GRACE + timedelta(minutes=1))
    installation.service.clock.advance(clock.by.total_seconds())
    with pytest.raises(Unauthorised) as caught:
        installation.authority(database, clock).access_token()
    assert caught.value.code == "invalid_grant"
    assert SqlGrants(database, installation.number).problem(XERO) == "invalid_grant"
