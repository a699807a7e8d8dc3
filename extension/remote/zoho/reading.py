"""Reading the CRM: lists in id order, records by id, COQL for ids, the deletions feed.

Lists are ordered by id, which no edit can change. `page_token` ends at 100,000 rows and after a day: beyond the first
the walk goes on by COQL, after the second it begins again. Queries find ids only; rows always come from GET.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from extension.remote.line import Line
from extension.remote.pool import in_order
from extension.remote.transport import Answer, refusal
from extension.remote.wire import dumps
from extension.remote.zoho import words
from extension.remote.zoho.bodies import info_of, rows_of, unreadable
from extension.remote.zoho.rows import DOCUMENTS, MODIFIED, groups, moment, row, stamp
from extension.sync.canonical import chunks
from extension.sync.errors import Unauthorised
from extension.sync.model import Row
from extension.sync.ports import Tombstone

ROOT: Final = "/crm/v8"
PER_PAGE: Final = 200
BY_IDS: Final = 100
PER_QUERY: Final = 2000
SHORTEST: Final = 25
TORN: Final = 3  # times that a record read in parts may change under our hands


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list; `token` leads to the next."""

    bodies: Sequence[Mapping[str, Any]]
    token: str | None
    at: datetime


class TokenSpent(Exception):
    """The page token expired or no longer fits the question."""


class TokenLimit(Exception):
    """Page tokens lead no further than 100,000 rows."""


class Reader:
    """Reads one organisation. `fields` names the native fields that a feed must bring."""

    def __init__(self, line: Line, fields: Callable[[str], Sequence[str]], in_flight: int) -> None:
        self._line, self._fields, self._in_flight = line, fields, in_flight
        self._by_ids = BY_IDS

    # -------------------------------------------------- lists

    def listed(self, feed: str, since: datetime | None, token: str | None) -> Listed:
        """One page, ordered by id. 204 (empty) and 304 (nothing changed) are a last page without rows."""
        first, *_ = self._asked(feed)
        params = [("fields", first), ("sort_by", "id"), ("sort_order", "asc"), ("per_page", str(PER_PAGE))]
        if token:
            params.append(("page_token", token))
        headers = {"If-Modified-Since": stamp(since)} if since else {}
        answer = self._line.ask("list", "GET", f"{ROOT}/{feed}", params=params, headers=headers, accept=(400,))
        if answer.status == 400:
            raise self._of_token(answer)
        info = info_of(answer)
        more = info.get("next_page_token") if info["more_records"] else None
        if info["more_records"] and not more:
            raise unreadable(answer)
        return Listed(rows_of(answer), more, answer.at)

    def size(self, feed: str) -> int | None:
        """How many records the module has; None where our grant may not ask that (facts/zoho.md 3.3)."""
        try:
            answer = self._line.ask("count", "GET", f"{ROOT}/{feed}/actions/count", accept=(400, 403, 404))
        except Unauthorised:  # of this question alone, or the walk will say so
            return None
        found = answer.dictionary().get("count") if answer.status == 200 else None
        return int(found) if isinstance(found, int | str) and str(found).isdecimal() else None

    def rows(self, feed: str, listed: Listed) -> list[Row]:
        """The rows of a page: documents partial, masters with the fields of further calls joined by id."""
        partial = feed in DOCUMENTS
        more = self._asked(feed)[1:]
        if not more:
            return [row(feed, body, listed.at, partial=partial) for body in listed.bodies]
        whole = self.whole(feed, [str(body["id"]) for body in listed.bodies], {str(b["id"]): b for b in listed.bodies})
        return [found for found in whole.values() if found is not None]

    def _asked(self, feed: str) -> list[str]:
        return [MODIFIED] if feed in DOCUMENTS else groups(self._fields(feed))

    def _of_token(self, answer: Answer) -> Exception:
        match words.code_of(answer):
            case "EXPIRED_VALUE" | "TOKEN_BOUND_DATA_MISMATCH", _:
                return TokenSpent()
            case "PAGINATION_LIMIT_EXCEEDED", _:
                return TokenLimit()
        return refusal(answer, words.listen(answer))

    def deleted(self, feed: str, since: datetime | None) -> Iterator[list[Tombstone]]:
        """Tombstones, newest first as Zoho gives them: one more deletion repeats a row on the next page, drops none."""
        headers = {"If-Modified-Since": stamp(since)} if since else {}
        number = 1
        while True:
            params = [("type", "all"), ("per_page", str(PER_PAGE)), ("page", str(number))]
            answer = self._line.ask("deleted", "GET", f"{ROOT}/{feed}/deleted", params=params, headers=headers)
            if answer.status in (204, 304):
                return
            more = info_of(answer)["more_records"]
            yield [
                Tombstone(feed, str(one["id"]), moment(one["deleted_time"]) if one.get("deleted_time") else None)
                for one in rows_of(answer, timed=False)
            ]
            if not more:
                return
            number += 1

    # -------------------------------------------------- by id

    def whole(
        self, feed: str, ids: Sequence[str], begun: Mapping[str, Mapping[str, Any]] | None = None
    ) -> dict[str, Row | None]:
        """Whole rows by id; None: not there. `begun`: what a list already gave of them."""
        wanted = list(dict.fromkeys(ids))
        if feed in DOCUMENTS:
            found = in_order(lambda id_: self._document(feed, id_), wanted, self._in_flight)
            return dict(zip(wanted, found, strict=True))
        rows: dict[str, Row] = {}
        for part in self._parts(wanted):
            rows.update(self._masters(feed, part, begun or {}))
        return {id_: rows.get(id_) for id_ in wanted}

    def _document(self, feed: str, id_: str) -> Row | None:
        answer = self._line.ask("get", "GET", f"{ROOT}/{feed}/{id_}", accept=(404,))
        if answer.status in (204, 404):
            return None
        bodies = rows_of(answer)
        if not bodies:
            raise unreadable(answer)  # of a record that is gone it says 204
        return row(feed, bodies[0], answer.at)

    def _masters(self, feed: str, ids: Sequence[str], begun: Mapping[str, Mapping[str, Any]]) -> dict[str, Row]:
        """One call per group of fields. Parts of different age are read again: they are not one record."""
        asked = self._asked(feed)
        parts: dict[str, list[Mapping[str, Any]]] = {id_: [begun[id_]] for id_ in ids if id_ in begun}
        pending, at = list(ids), None
        rows: dict[str, Row] = {}
        for attempt in range(TORN):
            for n, fields in enumerate(asked):
                if n == 0 and attempt == 0 and begun:
                    continue
                bodies, at = self._some(feed, pending, fields)
                for body in bodies:
                    parts.setdefault(str(body["id"]), []).append(body)
            torn = []
            for id_ in pending:
                mine = parts.pop(id_, [])
                if len(mine) < len(asked):
                    continue  # not there, or gone while we looked
                if len({body[MODIFIED] for body in mine}) > 1 and attempt + 1 < TORN:
                    torn.append(id_)
                elif at is not None:
                    rows[id_] = row(feed, {k: v for body in mine for k, v in body.items()}, at)
            pending = torn
            if not pending:
                break
        return rows

    def _some(self, feed: str, ids: Sequence[str], fields: str) -> tuple[list[Mapping[str, Any]], datetime]:
        params = [("ids", ",".join(ids)), ("fields", fields), ("per_page", str(PER_PAGE))]
        answer = self._line.ask("ids", "GET", f"{ROOT}/{feed}", params=params, accept=(400, 414))
        if answer.status >= 400:
            if len(ids) == 1 or not _too_long(answer):
                raise refusal(answer, words.listen(answer))
            half = (len(ids) + 1) // 2
            self._by_ids = max(half, SHORTEST)
            found = [self._some(feed, part, fields) for part in chunks(ids, half)]
            return [body for bodies, _ in found for body in bodies], found[0][1]
        return rows_of(answer), answer.at

    def _parts(self, ids: Sequence[str]) -> Iterator[Sequence[str]]:
        at = 0
        while at < len(ids):
            size = self._by_ids
            yield ids[at : at + size]
            at += size

    # -------------------------------------------------- queries

    def query(
        self, feed: str, where: str, after: str = "", *, timed: bool = True
    ) -> tuple[list[Mapping[str, Any]], bool, datetime]:
        """Ids and modified times of the records that meet a condition, in id order, and whether there are more."""
        condition = f"({where} and id > {after})" if where and after else where or f"id > {after or 0}"
        text = f"select id, {MODIFIED} from {feed} where {condition} order by id asc limit {PER_QUERY}"
        body = dumps({"select_query": text})
        headers = {"Content-Type": "application/json"}
        answer = self._line.ask("coql", "POST", f"{ROOT}/coql", body=body, headers=headers)
        return rows_of(answer, timed=timed), bool(info_of(answer)["more_records"]), answer.at

    def ids_where(self, feed: str, where: str) -> list[str]:
        """Every id that a query finds."""
        ids: list[str] = []
        more = True
        while more:
            bodies, more, _ = self.query(feed, where, ids[-1] if ids else "", timed=False)
            ids += [str(body["id"]) for body in bodies]
            more = more and bool(bodies)
        return ids

    def search(self, feed: str, criteria: str) -> list[str]:
        """Ids by the search index, which lags and finds more than was asked for."""
        params = [("criteria", criteria), ("fields", MODIFIED), ("per_page", str(PER_PAGE))]
        answer = self._line.ask("search", "GET", f"{ROOT}/{feed}/search", params=params)
        return [str(body["id"]) for body in rows_of(answer, timed=False)]


def _too_long(answer: Answer) -> bool:
    """Whether `ids` had too many characters: the specification says 1,024, the documentation a hundred ids."""
    return answer.status == 414 or words.code_of(answer) in (("LIMIT_EXCEEDED", "ids"), ("INVALID_DATA", "ids"))
