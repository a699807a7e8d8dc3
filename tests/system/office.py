"""An office that asks for runs: tasks over two real local services, performed and noted as a queue would."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from extension.bootstrap import House, Task
from extension.jobs.queue import Ended
from extension.performing import perform
from extension.sync.model import Scope
from tests.system.live_books import Books

ASKER: Final = "Ada Admin"


@dataclass
class Beat:
    """A performance that is watched; `wishes`: what is wished of it at each place where it may stop."""

    wishes: list[str] = field(default_factory=list)
    told: list[Mapping[str, Any]] = field(default_factory=list)
    visits: list[Callable[[Callable[[Task, Any], Ended]], bool]] = field(default_factory=list)

    def tell(self, progress: Mapping[str, Any]) -> None:
        self.told.append(progress)

    @property
    def wish(self) -> str:
        return self.wishes.pop(0) if self.wishes else ""

    def visit(self, perform: Callable[[Task, Any], Ended]) -> bool:
        return self.visits.pop(0)(perform) if self.visits else False

    @property
    def steps(self) -> list[str]:
        """The steps in their order, each once."""
        return list(dict.fromkeys(said["step"] for said in self.told))


@dataclass
class Office:
    """Both services, and somebody who asks for runs."""

    books: Books
    owner: str = "a test"

    @property
    def house(self) -> House:
        return self.books.house

    @property
    def number(self) -> int:
        return self.house.connection(None).id

    def ask(self, kind: str, **scope: Any) -> Task:
        return self.house.tasks.ask(self.number, kind, Scope(**scope), ASKER, self.house.clock.now())

    def turn(self, beat: Beat | None = None) -> tuple[Task, Ended]:
        """The next task that may be worked on, performed and noted as a queue would."""
        task = self.house.tasks.take(self.owner, self.house.clock.now(), timedelta(days=1))
        assert task is not None
        beat = beat or Beat()
        ended = perform(self.house, task, beat)
        if beat.told:
            self.house.tasks.beat(task.id, self.owner, self.house.clock.now(), beat.told[-1])
        if ended.state == "waiting":
            self.house.tasks.postpone(task.id, self.owner, ended.run, ended.result, ended.until)
        else:
            now = self.house.clock.now()
            self.house.tasks.end(task.id, self.owner, ended.state, ended.run, ended.result, now)
        return self.house.tasks.get(task.connection_id, task.id), ended

    def done(self, kind: str, **scope: Any) -> Task:
        self.ask(kind, **scope)
        task, _ = self.turn()
        return task


def accounts(office: Office, names: tuple[str, ...] = ("Kōwhai", "Rimu")) -> None:
    for name in names:
        office.books.crm("Accounts", Account_Name=name)
