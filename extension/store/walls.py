"""The second wall between connections: on PostgreSQL the database itself hides what is not ours (row-level security).

Every statement names its connection (`rowset`); this is for the one that forgot. A policy on each tenant table compares
the row with the setting `app.connection_id`: the number of one connection, or EVERYBODY for the few questions that are
about the whole installation, which say so. Without any the first row raises an error: an empty answer would read as
"nothing is linked yet", and be believed.

A read is one statement, and a statement more to say whose it is would cost as much as the read. So it is said of the
raw connection, remembered there, and said again only when the next one is about somebody else. A transaction says it
for itself, unless the raw connection stands there already: what is said in a transaction that is taken back would be
forgotten. (A pooler that hands raw connections round between transactions breaks this: docs/deployment.md.)
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

EVERYBODY: Final = 0  # no connection has this number
SAID: Final = "whose"  # among what SQLAlchemy keeps with a raw connection, for as long as that lives

_WHOSE = sa.bindparam("whose", type_=sa.Text())
STAY = sa.select(sa.func.set_config("app.connection_id", _WHOSE, sa.literal_column("false")))
FOR_NOW = sa.select(sa.func.set_config("app.connection_id", _WHOSE, sa.literal_column("true")))
BYPASSES = sa.text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


def stay_within(connection: sa.Connection, whose: int) -> None:
    """From now on, until it is said of somebody else. Only outside transactions."""
    if connection.dialect.name == "postgresql" and connection.info.get(SAID) != whose:
        connection.info.pop(SAID, None)
        connection.execute(STAY, {"whose": str(whose)})
        connection.info[SAID] = whose


def begin_within(transaction: sa.Connection, whose: int) -> None:
    """Until this transaction ends."""
    if transaction.dialect.name == "postgresql" and transaction.info.get(SAID) != whose:
        transaction.execute(FOR_NOW, {"whose": str(whose)})


def stand(connection: sa.Connection) -> bool:
    """Whether they hold us: a superuser, or a role that was let past them, is under no policy."""
    return not connection.scalar(BYPASSES)
