"""What time brings costs a tick the same however many connections there are: statements are counted, never time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa

from extension import health, heeding, listening, mailing, scheduling
from extension.bootstrap import Connection, House, Signal
from extension.config import Settings
from extension.connecting import Connecting
from extension.doctor import installation
from extension.jobs import appointments, rounds
from extension.jobs.queue import STALE
from extension.serving import prompt_chores, slow_chores
from extension.store.portal import task
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput
from extension.sync.model import Scope
from extension.sync.ports import Grant
from extension.sync.schedule import next_run

NOW: Final = datetime(2026, 5, 4, 3, 7, tzinfo=UTC)
QUARTERS: Final = {"schedule": {"on": True, "every": 15}, "notify": {"on_loss": False}}
FEW, MANY = 3, 20


class Hands:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements that were executed meanwhile; several with the same shape are several."""
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(Settings.load(_env_file=None, instance_dir=tmp_path), clock=Hands())
    yield made
    made.close()


def connections(house: House, many: int, settings: dict[str, Any] = QUARTERS) -> list[Connection]:
    """So many, with appointments that stand right, and a run of the schedule that ended well behind each."""
    number, made = len(house.connections.list()), []
    for n in range(number, number + many):
        one = house.connections.create(f"organisation {n}", f"z{n}", f"x{n}", settings)
        house.connections.set_next_run(one.id, NOW - timedelta(minutes=7))
        house.tasks.ask_scheduled(
            one.id,
            Scope(trigger="schedule"),
            NOW - timedelta(minutes=7),
            was=NOW - timedelta(minutes=7),
            following=next_run(scheduling.schedule_of(one), NOW),
            email=False,
        )
        task = house.tasks.take("test", NOW - timedelta(minutes=7), STALE, of=one.id)
        assert task is not None
        house.tasks.end(task.id, "test", "done", 1, {"calls": {"zoho": 12, "xero": 4}}, NOW - timedelta(minutes=6))
        made.append(house.connections.get(one.id))
    return made


def grows(house: House, more: Callable[[], object], chore: Callable[[], object]) -> tuple[int, int]:
    """Statements of a chore before and after there are more connections."""
    with counted(house.database.engine) as few:
        chore()
    more()
    with counted(house.database.engine) as many:
        chore()
    return len(few), len(many)


def tick(house: House, *, slow: bool) -> None:
    for chore in slow_chores(house) if slow else prompt_chores(house, lambda: None):
        chore.do(house.clock.now())


@pytest.mark.parametrize("slow", [False, True], ids=["prompt", "slow"])
def test_a_tick_with_nothing_to_do_asks_as_little_of_many_as_of_a_few(house: House, slow: bool) -> None:
    connections(house, FEW)
    tick(house, slow=slow)
    few, many = grows(house, lambda: connections(house, MANY), lambda: tick(house, slow=slow))
    assert few == many


def test_what_grew_old_is_forgotten_by_the_tick(house: House) -> None:
    one, other = connections(house, 2)
    house.tasks.ask(one.id, "sync", Scope(trigger="schedule"), "schedule", NOW)
    newer = house.tasks.take("test", NOW, STALE, of=one.id)
    assert newer is not None
    house.tasks.end(newer.id, "test", "done", 2, {}, NOW)
    clock = house.clock
    assert isinstance(clock, Hands)
    clock.time = NOW + timedelta(days=31)
    assert [each.id for each in house.to_prune([one, other])] == [one.id, other.id]
    tick(house, slow=True)
    assert _asked(house, one) == [newer.id], "the latest stays"
    assert len(_asked(house, other)) == 1


def _asked(house: House, one: Connection) -> list[int]:
    with house.database.reading(one.id) as transaction:
        return list(transaction.scalars(sa.select(task.c.pk).where(task.c.connection_id == one.id)))


def test_the_whole_round_is_made_some_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = connections(house, MANY)
    for one in made:
        house.connections.set_next_run(one.id, None)
    keep = scheduling.appointments(house).keep
    round_: rounds.Round[Connection] = rounds.Round(house.connections.some, keep, timedelta(minutes=10), 8)
    right = [0]
    for _ in range(4):
        round_(NOW)
        right.append(sum(one.next_run_at is not None for one in house.connections.list()))
    assert right == [0, 8, 16, 20, 20]
    house.connections.set_next_run(made[0].id, None)
    round_(NOW + timedelta(minutes=9))
    assert house.connections.get(made[0].id).next_run_at is None, "it is not time yet"
    round_(NOW + timedelta(minutes=10))
    assert house.connections.get(made[0].id).next_run_at is not None


def test_a_part_of_a_round_that_fails_keeps_nobody_else_waiting() -> None:
    seen: list[int] = []

    def look(these: Sequence[Numbered], now: datetime) -> None:
        if these[0].id == 1:
            raise ValueError("the first ones")
        seen.extend(each.id for each in these)

    everybody = [Numbered(n) for n in range(1, 6)]
    some = lambda after, limit: [each for each in everybody if each.id > after][:limit]  # noqa: E731
    round_: rounds.Round[Numbered] = rounds.Round(some, look, timedelta(hours=1), 2)
    with pytest.raises(ValueError, match="the first ones"):
        round_(NOW)
    for _ in range(3):
        round_(NOW)
    assert seen == [3, 4, 5]


class Numbered:
    def __init__(self, id: int) -> None:
        self.id = id


def test_what_is_due_is_looked_up_together_and_asked_for_one_by_one(house: House) -> None:
    ask = scheduling.appointments(house).ask_due
    made = connections(house, 1 + FEW)

    def due(some: list[Connection]) -> None:
        for each in some:
            house.connections.set_next_run(each.id, NOW)

    due(made[:1])
    with counted(house.database.engine) as one:
        ask(NOW)
    due(made[1:])
    with counted(house.database.engine) as three:
        ask(NOW)
    for each in made:
        assert house.tasks.open(each.id)
    asking = [said for said in one if "INSERT INTO task" in said]
    assert len(asking) == 1
    reading = [said for said in one if said.lstrip().startswith("SELECT") and "FOR UPDATE" not in said]
    more = (len(three) - len(one)) / (FEW - 1)
    assert more <= len(one) - 4, "connections, tasks of the day and both budgets are read once for all"
    assert len(reading) >= 4


def test_signals_of_connections_that_are_served_anyway_cost_nothing(house: House) -> None:
    first = connections(house, FEW)
    look = heeding.looks(house)

    def told(some: list[Connection]) -> None:
        for one in some:
            signal = Signal(ZOHO, "Accounts", "1", "Accounts.edit 1", NOW - timedelta(minutes=1))
            house.inbox(one).receive([signal])
            house.tasks.ask(one.id, "sync", Scope(), "ann", NOW)

    told(first)
    assert grows(house, lambda: told(connections(house, MANY)), lambda: look(NOW)) == (1, 1)


def test_signals_of_paused_connections_wait_and_are_read_together(house: House) -> None:
    paused = {**QUARTERS, "paused": True}
    look = heeding.looks(house)

    def told(many: int) -> None:
        for one in connections(house, many, paused):
            house.inbox(one).receive([Signal(XERO, "Contacts", "1", "CONTACT.update 1", NOW - timedelta(minutes=1))])

    told(FEW)
    few, many = grows(house, lambda: told(MANY), lambda: look(NOW))
    assert few == many == 3
    assert all(house.inbox(one).waiting() for one in house.connections.list())


def test_lost_accesses_of_which_a_letter_tells_are_not_looked_at_again(house: House) -> None:
    wanted = {**QUARTERS, "notify": {"on_loss": True, "email": "ann@example.com"}}

    def lose(many: int) -> None:
        for one in connections(house, many, wanted):
            house.grants(one.id).save(XERO, Grant("a", "r", NOW))
            house.grants(one.id).mark_broken(XERO, "invalid_grant")
        mailing.look_for_losses(house, NOW)

    lose(FEW)
    assert grows(house, lambda: lose(MANY), lambda: mailing.look_for_losses(house, NOW)) == (1, 1)
    assert len(house.mails.due(NOW, 100)) == FEW + MANY


def test_lost_accesses_that_nobody_wants_to_know_of_are_read_together(house: House) -> None:
    def lose(many: int) -> None:
        for one in connections(house, many):
            house.grants(one.id).save(XERO, Grant("a", "r", NOW))
            house.grants(one.id).mark_broken(XERO, "invalid_grant")

    lose(FEW)
    few, many = grows(house, lambda: lose(MANY), lambda: mailing.look_for_losses(house, NOW))
    assert few == many


def test_channels_of_signals_are_read_together(house: House) -> None:
    def begin(many: int) -> list[Connection]:
        made = connections(house, many)
        for one in made:
            house.channels(one).begin(f"7{one.id}", "secret", "http://elsewhere", ["Accounts"], NOW + timedelta(days=6))
        return made

    first = begin(FEW)
    with counted(house.database.engine) as few:
        listening.keep(house, first)
    more = begin(MANY)
    with counted(house.database.engine) as many:
        listening.keep(house, [*first, *more])
    assert len(few) == len(many) == 1


def test_a_connection_is_found_by_its_name_without_reading_the_others(house: House) -> None:
    made = connections(house, FEW)
    few, many = grows(house, lambda: connections(house, MANY), lambda: house.connection("ORGANISATION 1"))
    assert few == many == 2
    assert house.connection("Organisation 1").name == made[1].name
    with pytest.raises(BadInput) as unsaid:
        house.connection(None)
    assert "organisation 0, organisation 1, " in unsaid.value.message
    assert unsaid.value.message.endswith("organisation 19 and others."), "5,000 names are no sentence"
    with pytest.raises(BadInput) as unknown:
        house.connection("organisation 99")
    assert "There is no connection “organisation 99”." in unknown.value.message
    free = Connecting(house)._free
    with pytest.raises(BadInput, match="There is a connection “Organisation 2” already"):
        free("Organisation 2")
    assert grows(house, lambda: connections(house, MANY), lambda: free("a new one")) == (1, 1)


def test_the_doctor_reads_connections_some_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = connections(house, FEW)
    monkeypatch.setattr(installation, "AT_ONCE", 2)
    with counted(house.database.engine) as said:
        assert [each.id for each in installation.everybody(house)] == [each.id for each in made]
    assert len(said) == 3


def test_whether_anybody_is_connected_is_no_question_about_everybody(house: House) -> None:
    made = connections(house, FEW)
    assert house.connections.some(0, 2) == made[:2]
    assert house.connections.some(made[0].id, 9) == made[1:]
    house.connections.end(made[1].id, "ann", NOW)
    assert [one.id for one in house.connections.some(0, 9)] == [made[0].id, made[2].id]
    assert len(house.connections.some(0, 9, active=False)) == FEW
    assert not house.needs_setup()
    assert health.examine(house).status == "ready"
    assert appointments.AT_ONCE == rounds.AT_ONCE
