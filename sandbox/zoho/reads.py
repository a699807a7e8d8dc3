"""Lists, single records, deletions and counts (facts/zoho.md 3.4).

A list is walked in an order and filtered as it goes, so that a page of 100,000 records costs what the page costs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

from sandbox.zoho.errors import ApiError, bad_param, bad_time, limit_exceeded, missing_param
from sandbox.zoho.paging import PageTokens, Position, binding
from sandbox.zoho.render import Renderer
from sandbox.zoho.schema import Module
from sandbox.zoho.settings import Switches
from sandbox.zoho.store import PERMANENT, RECYCLE, Record, Store, Table
from sandbox.zoho.values import moment, record_id, spelled

Answer: TypeAlias = tuple[int, dict[str, Any] | None]

MAX_FIELDS, MAX_FIELDS_TEXT = 50, 1024
MAX_PER_PAGE, MAX_IDS, MAX_BY_PAGE = 200, 100, 2000
SORTS = ("id", "Created_Time", "Modified_Time")
KNOWN_PARAMS = frozenset(
    {"fields", "ids", "page", "per_page", "page_token", "sort_by", "sort_order", "converted", "approved", "type"}
)


@dataclass(frozen=True)
class Query:
    """A read as it came: its parameters, its If-Modified-Since, who asks and where."""

    params: Mapping[str, str]
    since: str | None
    version: str
    user: int
    path: str = ""

    def since_seconds(self) -> float | None:
        if self.since is None:
            return None
        parsed = moment(self.since)
        if parsed is None:
            raise bad_time("If-Modified-Since")
        return parsed.timestamp()

    def number(self, name: str, default: int, most: int | None = None) -> int:
        text = self.params.get(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise bad_param(name)
        if most is not None and int(text) > most:
            raise limit_exceeded(name, most)
        return int(text)

    def one_of(self, name: str, values: Sequence[str]) -> str:
        value = self.params.get(name, values[0])
        if value not in values:
            raise bad_param(name)
        return value


@dataclass(frozen=True)
class Order:
    """How a list is sorted."""

    by: str
    descending: bool

    def key(self, record: Record) -> tuple[Any, ...]:
        """Of what is equal the newest comes first, whichever way the list goes (recorded in v2)."""
        last = record.id if self.descending else -record.id
        match self.by:
            case "id":
                return (record.id,)
            case "Created_Time":
                return (record.created, last)
            case "Modified_Time":
                return (record.modified, last)
        value = record.values.get(self.by)
        return (value is not None, str(value).casefold() if isinstance(value, str) else value or 0, last)


class Reader:
    """Answers reads with (status, body)."""

    def __init__(
        self,
        store: Store,
        renderer: Renderer,
        tokens: PageTokens,
        switches: Switches,
        now: Callable[[], float],
        notice: Callable[[str], None],
    ) -> None:
        self._store = store
        self._renderer = renderer
        self._tokens = tokens
        self._switches = switches
        self._now = now
        self._notice = notice

    def page(self, module: Module, query: Query) -> Answer:
        """GET /{module}."""
        for name in query.params.keys() - KNOWN_PARAMS:
            self._notice(f"parameter {name} of a list")
        names = self._fields(query)
        since, order = query.since_seconds(), self._order(module, query)
        per_page = query.number("per_page", MAX_PER_PAGE, MAX_PER_PAGE)
        position, skip = self._start(query, per_page)
        table = self._store.tables[module.api_name]
        found = self._walk(table, query, since, order, position)
        records = list(islice(found, skip, skip + per_page + 1))
        more = len(records) > per_page
        records = records[:per_page]
        if not records:
            return (304 if since is not None and table.live else 204), None
        first = position or Position((), skip, query.number("page", 1))
        info = self._info(query, order, per_page, first, records, more)
        return 200, {"data": self._rows(module, records, names, query.version), "info": info}

    def one(self, module: Module, wanted: int, query: Query) -> Answer:
        """GET /{module}/{id}."""
        since = query.since_seconds()
        record = self._store.tables[module.api_name].live.get(wanted)
        if record is None:
            return 204, None
        if since is not None and record.modified < since:
            return 304, None
        return 200, {"data": self.whole(module, [record], query)}

    def whole(self, module: Module, records: Sequence[Record], query: Query) -> list[dict[str, Any]]:
        """Records with line items; with `fields`, only what these name."""
        if "fields" not in query.params:
            return self._renderer.full_rows(module, records, query.version)
        names = query.params["fields"].split(",")
        rows = self._renderer.rows(module, records, names, query.version)
        for row, record in zip(rows, records, strict=True):
            if module.items in names:
                row.update(self._renderer.line_items(module, record, query.version))
        return rows

    def deleted(self, module: Module, query: Query) -> Answer:
        """GET /{module}/deleted; a restored record is in it no more."""
        kind = query.one_of("type", ("all", RECYCLE, PERMANENT))
        since = query.since_seconds()
        per_page, page = query.number("per_page", MAX_PER_PAGE, MAX_PER_PAGE), query.number("page", 1)
        gone = sorted(
            (entry.at, entry.record.id, entry)
            for entry in self._store.tables[module.api_name].deleted.values()
            if kind in ("all", entry.kind) and (since is None or entry.at >= since)
        )
        start = (page - 1) * per_page
        part = gone[start : start + per_page]
        if not part:
            return int(self._switches.deleted_none_since) if since is not None else 204, None
        rows = [self._renderer.deleted_row(module, entry) for _, _, entry in part]
        info = {
            "per_page": per_page,
            "count": len(rows),
            "page": page,
            "more_records": len(gone) > start + per_page,
        }
        return 200, {"data": rows, "info": info}

    def lag(self, seconds: float) -> float | None:
        """Up to when an index that lags so much is current; none if it does not lag."""
        return self._now() - seconds if seconds else None

    def _fields(self, query: Query) -> list[str] | None:
        text = query.params.get("fields")
        if text is None:
            if query.version == "v2":
                return None
            raise missing_param("fields")
        names = [name.strip() for name in text.split(",") if name.strip()]
        if query.version != "v2":
            if len(names) > MAX_FIELDS:
                raise limit_exceeded("fields", MAX_FIELDS)
            if len(text) > MAX_FIELDS_TEXT:
                raise limit_exceeded("fields", MAX_FIELDS_TEXT)
        return names

    def _order(self, module: Module, query: Query) -> Order:
        sorts = (*SORTS, *module.by_name) if query.version == "v2" else SORTS
        return Order(query.one_of("sort_by", sorts), query.one_of("sort_order", ("desc", "asc")) == "desc")

    def _start(self, query: Query, per_page: int) -> tuple[Position | None, int]:
        token = query.params.get("page_token")
        if token is None:
            skip = (query.number("page", 1) - 1) * per_page
            if skip >= MAX_BY_PAGE and (query.version != "v2" or self._switches.v2_pages_end):
                message = "You can only get the first 2000 records without using page_token param"
                raise ApiError(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, {"limit": MAX_BY_PAGE})
            return None, skip
        if "page" in query.params:
            due_to = [{"param_name": "page"}, {"param_name": "page_token"}]
            raise ApiError(400, "AMBIGUITY_DURING_PROCESSING", "ambiguity while processing", {"due_to": due_to})
        return self._tokens.use(token, self._binding(query), self._now()), 0

    def _walk(
        self, table: Table, query: Query, since: float | None, order: Order, position: Position | None
    ) -> Iterator[Record]:
        if "ids" in query.params:  # read by key, so no index lags here
            wanted = sorted(i for i in self._ids(query) if i in table.live)
            return _in_order(table, wanted, None, since, order, position)
        lag = self.lag(self._switches.list_index_lag)
        some = table.modified_since(since) if since is not None else None
        return _in_order(table, table.ids if some is None else some, lag, since, order, position)

    def _ids(self, query: Query) -> set[int]:
        text = query.params["ids"]
        longest = self._switches.ids_max_characters
        if longest and len(text) > longest:
            raise limit_exceeded("ids", longest)
        ids = [record_id(part.strip()) for part in text.split(",")]
        if len(ids) > MAX_IDS:
            raise limit_exceeded("ids", MAX_IDS)
        if None in ids:
            raise bad_param("ids")
        return {i for i in ids if i is not None}

    def _rows(
        self, module: Module, records: Sequence[Record], names: list[str] | None, version: str
    ) -> list[dict[str, Any]]:
        if names is None:
            return self._renderer.full_rows(module, records, version)
        return self._renderer.rows(module, records, names, version)

    def _info(
        self, query: Query, order: Order, per_page: int, start: Position, records: Sequence[Record], more: bool
    ) -> dict[str, Any]:
        info: dict[str, Any] = {
            "per_page": per_page,
            "count": len(records),
            "page": start.page,
            "sort_by": order.by,
            "sort_order": "desc" if order.descending else "asc",
            "more_records": more,
        }
        if query.version == "v2":
            return info
        token: str | None = None
        expiry: str | None = None
        if more:
            after = Position(order.key(records[-1]), start.seen + len(records), start.page + 1)
            token, expires = self._tokens.give(self._binding(query), after, self._now())
            expiry = spelled(int(expires), self._renderer.zone)
        return {**info, "next_page_token": token, "previous_page_token": None, "page_token_expiry": expiry}

    def _binding(self, query: Query) -> str:
        return binding(query.user, query.path, query.params, query.since)


def _in_order(
    table: Table,
    ids: Sequence[int],
    lag: float | None,
    since: float | None,
    order: Order,
    position: Position | None,
) -> Iterator[Record]:
    """The visible records of `ids` (ascending) in order, after a position."""
    if order.by == "id":
        after = position.after[0] if position else None
        return _visible(table, _turned(ids, after, order.descending), lag, since)
    found = sorted(_visible(table, ids, lag, since), key=order.key, reverse=order.descending)
    if position is None:
        return iter(found)
    beyond = (record for record in found if _is_after(order.key(record), position.after, order.descending))
    return iter(beyond)


def _turned(ids: Sequence[int], after: int | None, descending: bool) -> Iterator[int]:
    if descending:
        end = len(ids) if after is None else bisect_left(ids, after)
        return (ids[place] for place in range(end - 1, -1, -1))
    start = 0 if after is None else bisect_right(ids, after)
    return (ids[place] for place in range(start, len(ids)))


def _is_after(key: tuple[Any, ...], after: tuple[Any, ...], descending: bool) -> bool:
    return key < after if descending else key > after


def _visible(
    table: Table, ids: Iterator[int] | Sequence[int], lag: float | None, since: float | None
) -> Iterator[Record]:
    live = table.live
    for i in ids:
        record = live[i] if lag is None else table.as_of(i, lag)
        if record is not None and (since is None or record.modified >= since):
            yield record
