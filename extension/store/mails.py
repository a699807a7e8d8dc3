"""The outbox: letters that were written and perhaps not sent yet.

A letter has a key that says what it tells of, so that two workers who both see the same event put it here once. A
letter that could not be sent keeps the reason, and waits for its next try or has failed for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from extension.store.database import EVERYBODY, Database
from extension.store.portal import mail
from extension.store.rowset import inserting
from extension.sync.errors import BadInput

NAMES = ("connection_id", "subject", "text", "html", "key", "made_at", "next_try", "tries", "state", "problem")


@dataclass(frozen=True)
class Mail:
    """One letter. States: waiting, sent, failed."""

    id: int
    connection_id: int | None  # None: about the installation
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    key: str
    made_at: datetime
    next_try: datetime | None
    tries: int
    state: str
    problem: str


class Mails:
    """The outbox of this installation."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put(
        self, connection_id: int | None, to: str, subject: str, text: str, html: str, key: str, now: datetime
    ) -> bool:
        """False: a letter with this key was put here before."""
        values: dict[str, object] = {"connection_id": connection_id, "addressee": to, "subject": subject}
        values |= {"text": text, "html": html}
        values |= {"key": key, "made_at": now, "next_try": now, "tries": 0, "state": "waiting", "problem": ""}
        with self.database.writing(connection_id or EVERYBODY) as transaction:
            statement = inserting(transaction, mail).values(values).on_conflict_do_nothing().returning(mail.c.pk)
            return transaction.scalar(statement) is not None

    def due(self, now: datetime, limit: int = 20) -> Sequence[Mail]:
        """Those whose time has come, longest overdue first."""
        ready = (mail.c.state == sa.literal_column("'waiting'"), mail.c.next_try <= now)
        return self._found(sa.select(mail).where(*ready).order_by(mail.c.next_try, mail.c.pk).limit(limit), EVERYBODY)

    def claim(self, letter: Mail, until: datetime) -> bool:
        """The right to send it now: one of several workers has it, and another one only after `until`."""
        mine = sa.and_(mail.c.pk == letter.id, mail.c.state == "waiting", mail.c.next_try == letter.next_try)
        with self.database.writing(EVERYBODY) as transaction:
            return transaction.execute(sa.update(mail).where(mine).values(next_try=until)).rowcount == 1

    def sent(self, id: int, now: datetime) -> None:
        self._change(id, {"state": "sent", "problem": "", "next_try": None})

    def failed(self, id: int, now: datetime, problem: str, next_try: datetime | None) -> None:
        """It could not be sent. `next_try` None: that was the last time."""
        self._change(id, {"state": "waiting" if next_try else "failed", "problem": problem, "next_try": next_try})

    def again(self, connection_id: int, id: int, now: datetime) -> None:
        """A letter that was given up is tried anew."""
        given_up = sa.and_(_of(connection_id), mail.c.pk == id, mail.c.state == "failed")
        with self.database.writing(connection_id) as transaction:
            change = sa.update(mail).where(given_up).values(state="waiting", next_try=now, tries=0)
            if transaction.execute(change).rowcount != 1:
                raise BadInput("There is no such letter that was given up.", code="no_letter")

    def recent(self, connection_id: int | None, limit: int = 20) -> Sequence[Mail]:
        """Newest first."""
        newest = sa.select(mail).where(_of(connection_id)).order_by(mail.c.pk.desc()).limit(limit)
        return self._found(newest, connection_id or EVERYBODY)

    def prune(self, connection_id: int | None, before: datetime) -> int:
        """Forgets letters that were sent or given up before then. Returns how many."""
        old = sa.delete(mail).where(_of(connection_id), mail.c.state != "waiting", mail.c.made_at < before)
        with self.database.writing(connection_id or EVERYBODY) as transaction:
            return transaction.execute(old).rowcount

    def _found(self, statement: sa.Select[tuple[object, ...]], whose: int) -> list[Mail]:
        with self.database.reading(whose) as transaction:
            rows = transaction.execute(statement).mappings().all()
        return [Mail(id=row["pk"], to=row["addressee"], **{name: row[name] for name in NAMES}) for row in rows]

    def _change(self, id: int, values: dict[str, object]) -> None:
        with self.database.writing(EVERYBODY) as transaction:
            change = sa.update(mail).where(mail.c.pk == id, mail.c.state == "waiting")
            transaction.execute(change.values(tries=mail.c.tries + 1, **values))


def _of(connection_id: int | None) -> sa.ColumnElement[bool]:
    return mail.c.connection_id.is_(None) if connection_id is None else mail.c.connection_id == connection_id
