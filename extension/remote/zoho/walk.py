"""A walk over one feed, as a generator of pages whose position says how to go on.

Positions are `token:{rows so far}:{last id}:{page token}` and, beyond what page tokens reach, `after:{last id}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from extension.remote.zoho.reading import PER_PAGE, Reader, TokenLimit, TokenSpent
from extension.remote.zoho.rows import DOCUMENTS, MODIFIED, row, stamp
from extension.sync.canonical import chunks
from extension.sync.ports import Page

TOKEN_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Position:
    """Where a walk stands. `token` None: by COQL after `last`."""

    token: str | None
    seen: int
    last: str

    @staticmethod
    def parse(text: str) -> Position:
        way, _, rest = text.partition(":")
        if way == "after":
            return Position(None, 0, rest)
        seen, last, token = rest.split(":", 2)
        return Position(token, int(seen), last)

    def __str__(self) -> str:
        return f"after:{self.last}" if self.token is None else f"token:{self.seen}:{self.last}:{self.token}"


def walk(
    reader: Reader, feed: str, since: datetime | None, position: str | None, token_rows: int = TOKEN_ROWS
) -> Iterator[Page]:
    """Every row modified at or after `since`, ordered by id."""
    here = Position.parse(position) if position else Position("", 0, "")
    while here.token is not None:
        try:
            listed = reader.listed(feed, since, here.token or None)
        except TokenSpent:
            # A walk that lay for a day begins again with the same `since`: nothing is missed, rows repeat.
            here = Position("", 0, "")
            continue
        except TokenLimit:
            here = Position(None, 0, here.last)
            break
        seen = here.seen + len(listed.bodies)
        last = str(listed.bodies[-1]["id"]) if listed.bodies else here.last
        rows = reader.rows(feed, listed)
        if listed.token is None:
            yield Page(rows, None, listed.at)
            return
        here = Position(listed.token if seen < token_rows else None, seen, last)
        yield Page(rows, str(here), listed.at)
    yield from _after(reader, feed, since, here.last)


def _after(reader: Reader, feed: str, since: datetime | None, last: str) -> Iterator[Page]:
    """The rest by ids. Queries give ids only: what a query says of lookups is another shape than a list's."""
    while True:
        where = "" if since is None else f"{MODIFIED} >= '{stamp(since)}'"
        found, _, at = reader.query(feed, where, last or "0")
        if not found:
            yield Page([], None, at)
            return
        for part in chunks(found, PER_PAGE):
            last = str(part[-1]["id"])
            if feed in DOCUMENTS:
                rows = [row(feed, body, at, partial=True) for body in part]
            else:
                whole = reader.whole(feed, [str(body["id"]) for body in part])
                rows = [one for one in whole.values() if one is not None]
            yield Page(rows, f"after:{last}", at)
