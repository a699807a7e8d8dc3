"""What the set-up made in a connection's CRM: fields, sections and the stand-in product, so that they alone can be
taken away again.

Noted before the call that makes them (`remote` empty) and completed by its answer: after a lost answer the next
set-up recognises its own. Nothing in here is believed to exist; the CRM is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import sqlalchemy as sa

from extension.store.database import Database
from extension.store.rowset import inserting
from extension.store.tables import flag, metadata, primary_key, tenant, text

Kind: TypeAlias = Literal["field", "section", "product"]

crm_made = sa.Table(
    "crm_made",
    metadata,
    primary_key(),
    tenant(),
    text("module"),
    text("kind"),
    text("label"),
    text("layout"),  # of a section; "" for a field, which is in all of them
    text("remote"),  # the service's id; "" until it answered
    flag("placed"),
    sa.Index("crm_made_one", "connection_id", "module", "kind", "layout", "label", unique=True),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class MadeThing:
    """A field, a section or a product. `placed`: the field was put into our section of every layout."""

    id: int
    module: str
    kind: Kind
    label: str
    layout: str
    remote: str
    placed: bool


class CrmMade:
    """What was made for one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database, self._connection = database, connection_id

    def all(self) -> Sequence[MadeThing]:
        statement = sa.select(crm_made).where(self._mine()).order_by(crm_made.c.pk)
        with self._database.reading(self._connection) as transaction:
            return [
                MadeThing(row.pk, row.module, row.kind, row.label, row.layout, row.remote, row.placed)
                for row in transaction.execute(statement)
            ]

    def begin(self, module: str, kind: Kind, labels: Iterable[str], layout: str = "") -> None:
        """These are about to be made."""
        own = {"connection_id": self._connection, "module": module, "kind": kind, "layout": layout}
        rows = [{**own, "label": label, "remote": "", "placed": False} for label in labels]
        with self._database.writing(self._connection) as transaction:
            transaction.execute(inserting(transaction, crm_made).values(rows).on_conflict_do_nothing())

    def done(self, module: str, kind: Kind, label: str, remote: str, layout: str = "") -> None:
        """It was made, under this id."""
        self.begin(module, kind, [label], layout)  # somebody who looked meanwhile may have forgotten it
        self._change(self._one(module, kind, label, layout), remote=remote, placed=False)

    def placed(self, ids: Iterable[int]) -> None:
        self._change(crm_made.c.pk.in_(list(ids)), placed=True)

    def forget(self, ids: Iterable[int]) -> None:
        """They were never made, or are gone."""
        with self._database.writing(self._connection) as transaction:
            transaction.execute(sa.delete(crm_made).where(self._mine(), crm_made.c.pk.in_(list(ids))))

    def _one(self, module: str, kind: str, label: str, layout: str) -> sa.ColumnElement[bool]:
        return sa.and_(
            crm_made.c.module == module, crm_made.c.kind == kind, crm_made.c.label == label, crm_made.c.layout == layout
        )

    def _mine(self) -> sa.ColumnElement[bool]:
        return crm_made.c.connection_id == self._connection

    def _change(self, which: sa.ColumnElement[bool], **values: object) -> None:
        with self._database.writing(self._connection) as transaction:
            transaction.execute(sa.update(crm_made).where(self._mine(), which).values(**values))
