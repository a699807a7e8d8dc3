"""How our values lie in columns: one spelling for both databases.

Times are integers, UTC microseconds; only aware times go in. Texts that are compared or ordered have the same
order in both databases (code points). Documents are plain JSON, and money in them stays Decimal.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import simplejson
import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers rows by itself only as INTEGER
Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def ticks(moment: datetime) -> int:
    """A time as a column holds it; raises TypeError for one without a zone."""
    if moment.tzinfo is None:
        raise TypeError("a time without a zone")
    return (moment - EPOCH) // MICROSECOND


class Moment(TypeDecorator[datetime]):
    """An aware UTC time as integer microseconds."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        return None if value is None else ticks(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Document(TypeDecorator[Any]):
    """Plain JSON."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else dump(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else simplejson.loads(value, use_decimal=True)


def dump(value: Any) -> str:
    """Plain JSON text: equal values have equal text."""
    return str(simplejson.dumps(value, use_decimal=True, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
