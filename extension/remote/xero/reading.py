"""Reading Xero: pages in id order, records by id, and the lists that a lost create is looked for in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from extension.remote.line import Line
from extension.remote.pool import in_order
from extension.remote.transport import Answer, lost
from extension.remote.wire import zulu
from extension.remote.xero.client import Composer
from extension.remote.xero.dates import plain
from extension.remote.xero.feeds import Feed, ours, row
from extension.sync.canonical import chunks
from extension.sync.model import Row
from extension.sync.ports import Page

NOTHING_ELSE: Final[Mapping[str, Any]] = {}
LONGEST_WHERE: Final = 1500  # an address of about 2,000 characters is as long as they get through


class Reader:
    """Reads one organisation."""

    def __init__(self, line: Line, composer: Composer, page_size: int, in_flight: int) -> None:
        self._line, self._composer = line, composer
        self._page_size, self._in_flight = page_size, in_flight

    def ask(
        self, kind: str, operation: str, *args: Any, accept: Sequence[int] = (), **kw: Any
    ) -> tuple[Answer, dict[str, Any]]:
        """One read of the Accounting API, with its body in plain JSON."""
        built = self._composer.build(operation, *args, **kw)
        answer = self._line.ask(
            kind, built.method, built.path, params=built.params, headers=built.headers, accept=accept
        )
        return answer, body_of(answer) if answer.status == 200 else {}

    # -------------------------------------------------- walks

    def size(self, feed: Feed) -> int | None:
        """How many rows a whole walk brings; None for a list that comes in one piece anyway."""
        if not feed.paged:
            return None
        _, body = self.ask("count", feed.listed, **feed.asked, page=1, page_size=1)
        pagination = body.get("pagination")
        found = pagination.get("itemCount") if isinstance(pagination, dict) else None
        return found if isinstance(found, int) else None

    def walk(
        self, feed: Feed, since: datetime | None, position: str | None, only: Mapping[str, Any] = NOTHING_ELSE
    ) -> Iterator[Page]:
        """Every row modified at or after `since` that `only` lets through. The position is the next page's number:
        an edit only ever adds rows to what `since` lets through, so pages shift towards the end and repeat rows, but
        skip none."""
        number = int(position) if position else 1
        while True:
            more: dict[str, Any] = {"page": number, "page_size": self._page_size} if feed.paged else {}
            if since is not None:
                more["if_modified_since"] = zulu(since)  # other spellings are sent or read differently
            # Beyond the last page (fewer rows since we stopped there) is 404 or empty; nothing changed: 200 or 304.
            answer, body = self.ask(
                "list", feed.listed, accept=(404,) if number > 1 else (), **feed.asked, **only, **more
            )
            bodies = self._rows(feed, answer, body)
            last = not feed.paged or self._is_last(body, number, len(bodies))
            rows = [row(feed, one, answer.at) for one in ours(feed, bodies)]
            yield Page(rows, None if last else str(number + 1), answer.at)
            if last:
                return
            number += 1

    def _is_last(self, body: Mapping[str, Any], number: int, count: int) -> bool:
        pagination = body.get("pagination")
        if isinstance(pagination, dict) and isinstance(pagination.get("pageCount"), int):
            return number >= int(pagination["pageCount"])
        return count == 0  # a full page is whatever the service made of the size we asked for

    def _rows(self, feed: Feed, answer: Answer, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        if answer.status != 200:
            return []
        found = body.get(feed.name)
        if not isinstance(found, list):
            raise lost(answer.request, "unreadable", f"answered without {feed.name}", answer.status)
        if not all(isinstance(one, dict) and one.get(feed.id) for one in found):
            raise lost(answer.request, "unreadable", "sent rows that cannot be read", answer.status)
        return found

    # -------------------------------------------------- by id

    def whole(self, feed: Feed, ids: Sequence[str]) -> dict[str, Row | None]:
        """Whole rows by id; None: not there. One id is asked for alone: a list of ids may lag like any list."""
        wanted = list(dict.fromkeys(ids))
        if not feed.by_ids or len(wanted) == 1:
            found = in_order(lambda id_: self.one(feed, id_), wanted, self._in_flight)
            return dict(zip(wanted, found, strict=True))
        rows = in_order(lambda part: self._by_ids(feed, part), list(chunks(wanted, feed.by_ids)), self._in_flight)
        by_id = {one.id.lower(): one for part in rows for one in part}
        return {id_: by_id.get(id_.lower()) for id_ in wanted}

    def one(self, feed: Feed, handle: str, operation: str = "") -> Row | None:
        """One record by its id, or by its number where the operation takes that."""
        answer, body = self.ask("get", operation or feed.one, handle, accept=(404,), **feed.single)
        found = ours(feed, self._rows(feed, answer, body))
        return row(feed, found[0], answer.at) if found else None

    def _by_ids(self, feed: Feed, ids: Sequence[str]) -> list[Row]:
        # Asked for by page: otherwise contacts come without their people and invoices without their lines.
        asked = {**feed.asked, "i_ds": list(ids), "page": 1, "page_size": max(feed.by_ids, len(ids))}
        asked.pop("where", None)
        answer, body = self.ask("ids", feed.listed, **asked)
        return [row(feed, one, answer.at) for one in ours(feed, self._rows(feed, answer, body))]

    # -------------------------------------------------- lists

    def listed(self, feed: Feed, **asked: Any) -> list[Row]:
        """All rows of a list with these parameters."""
        found: list[Row] = []
        number = 1
        while True:
            paging: dict[str, Any] = {"page": number, "page_size": self._page_size} if feed.paged else {}
            accept = (404,) if number > 1 else ()
            answer, body = self.ask("find", feed.listed, accept=accept, **{**feed.asked, **asked}, **paging)
            bodies = self._rows(feed, answer, body)
            found += [row(feed, one, answer.at) for one in ours(feed, bodies)]
            if not feed.paged or self._is_last(body, number, len(bodies)):
                return found
            number += 1


def body_of(answer: Answer) -> dict[str, Any]:
    """An answer's body with plain dates. One that is not JSON counts as no answer."""
    try:
        body = plain(answer.content)
    except (ValueError, RecursionError):
        raise lost(answer.request, "unreadable", "sent something that is not JSON", answer.status) from None
    if not isinstance(body, dict):
        raise lost(answer.request, "unreadable", "sent something unexpected", answer.status)
    return body
