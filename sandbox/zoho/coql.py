"""COQL: `select ... from M where ... [order by ...] [limit ... [offset ...]]` (facts/zoho.md 3.4).

Reads the table itself, so no index lags here. `id > X ... order by id` starts at X instead of scanning from the first.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sandbox.zoho.criteria import ID, Compare, Condition, Every, Some, literal
from sandbox.zoho.errors import ApiError
from sandbox.zoho.reads import Order
from sandbox.zoho.schema import Field, Module
from sandbox.zoho.store import Record, Table

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.|'')*')|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<word>[A-Za-z_$][\w.$]*)"
    r"|(?P<sign><=|>=|!=|=|<|>|\(|\)|,))"
)
RESERVED = frozenset({"select", "from", "where", "order", "by", "limit", "offset", "and", "or", "asc", "desc"})
MAX_ROWS, MAX_ROWS_V2, MAX_OFFSET, MAX_IN = 2000, 200, 100_000, 50


@dataclass(frozen=True)
class Select:
    """A parsed query, its fields not yet looked up."""

    fields: tuple[str, ...]
    module: str
    where: Any
    order: tuple[tuple[str, bool], ...]
    limit: int
    offset: int


def syntax_error(near: str) -> ApiError:
    return ApiError(400, "SYNTAX_ERROR", "error occured while parsing query", {"near": near})


def invalid_query(column: str) -> ApiError:
    return ApiError(400, "INVALID_QUERY", "column given seems to be invalid", {"column_name": column})


class Parser:
    """Reads one query; `where` becomes a tree of ("and"|"or", parts) and (field, operator, literals)."""

    def __init__(self, query: str) -> None:
        self._tokens = _tokens(query)
        self._at = 0

    def select(self) -> Select:
        self._keyword("select")
        fields = [self._word()]
        while self._accept(","):
            fields.append(self._word())
        self._keyword("from")
        module = self._word()
        self._keyword("where")
        where = self._either()
        order: list[tuple[str, bool]] = []
        if self._accept("order"):
            self._keyword("by")
            order.append(self._sort())
            while self._accept(","):
                order.append(self._sort())
        limit, offset = self._limits()
        if self._peek():
            raise syntax_error(self._peek())
        return Select(tuple(fields), module, where, tuple(order), limit, offset)

    def _limits(self) -> tuple[int, int]:
        limit, offset = MAX_ROWS_V2, 0
        if self._accept("limit"):
            limit = self._count()
            if self._accept(","):
                limit, offset = self._count(), limit
            elif self._accept("offset"):
                offset = self._count()
        return limit, offset

    def _sort(self) -> tuple[str, bool]:
        name = self._word()
        descending = self._accept("desc")
        if not descending:
            self._accept("asc")
        return name, descending

    def _either(self) -> Any:
        parts = [self._both()]
        while self._accept("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else ("or", parts)

    def _both(self) -> Any:
        parts = [self._condition()]
        while self._accept("and"):
            parts.append(self._condition())
        return parts[0] if len(parts) == 1 else ("and", parts)

    def _condition(self) -> Any:
        if self._accept("("):
            inner = self._either()
            self._keyword(")")
            return inner
        name = self._word()
        if self._accept("is"):
            negated = self._accept("not")
            self._keyword("null")
            return name, "is not null" if negated else "is null", []
        negated = self._accept("not")
        operator = self._take().lower()
        if operator == "in":
            self._keyword("(")
            values = [self._literal()]
            while self._accept(","):
                values.append(self._literal())
            self._keyword(")")
        elif operator == "between":
            values = [self._literal()]
            self._keyword("and")
            values.append(self._literal())
        elif operator in ("=", "!=", ">", "<", ">=", "<=", "like"):
            values = [self._literal()]
        else:
            raise syntax_error(operator)
        return name, f"not {operator}" if negated else operator, values

    def _literal(self) -> str:
        token = self._take()
        return re.sub(r"\\(.)|''", lambda m: m[1] or "'", token[1:-1]) if token.startswith("'") else token

    def _count(self) -> int:
        token = self._take()
        if not token.isdigit():
            raise syntax_error(token)
        return int(token)

    def _word(self) -> str:
        token = self._take()
        if token.lower() in RESERVED or not re.fullmatch(r"[A-Za-z_$][\w.$]*", token):
            raise syntax_error(token)
        return token

    def _keyword(self, word: str) -> None:
        if not self._accept(word):
            raise syntax_error(self._peek())

    def _accept(self, word: str) -> bool:
        if self._peek().lower() != word:
            return False
        self._at += 1
        return True

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        if not token:
            raise syntax_error("")
        self._at += 1
        return token


def _tokens(query: str) -> list[str]:
    tokens, at = [], 0
    query = query.rstrip().removesuffix(";")
    while at < len(query):
        match = TOKEN.match(query, at)
        if match is None:
            raise syntax_error(query[at : at + 20])
        tokens.append(match[0].strip())
        at = match.end()
    return tokens


def column(module: Module, name: str) -> Field:
    """A column of a query; `Lookup.id` is the lookup itself."""
    field = ID if name == "id" else module.by_name.get(name.removesuffix(".id"))
    if field is None or field.data_type in ("subform", "textarea"):
        raise invalid_query(name)
    return field


def condition(module: Module, tree: Any) -> Condition:
    """The tree of a WHERE with its fields and literals looked up."""
    match tree:
        case ("and", parts):
            return Every(tuple(condition(module, part) for part in parts))
        case ("or", parts):
            return Some(tuple(condition(module, part) for part in parts))
    name, operator, values = tree
    field = column(module, name)
    if len(values) > MAX_IN:
        raise ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": str(MAX_IN)})
    try:
        return Compare(field, operator, tuple(literal(field, value) for value in values))
    except ValueError as error:
        raise invalid_query(name) from error


def run(
    table: Table, module: Module, select: Select, version: str, lag: float | None = None
) -> tuple[list[Record], bool]:
    """The records a query selects, and whether there are more. `lag`: up to when its index is current."""
    most = MAX_ROWS_V2 if version == "v2" else MAX_ROWS
    if not 1 <= select.limit <= most or select.offset > MAX_OFFSET:
        limit = most if select.limit > most else MAX_OFFSET
        raise ApiError(400, "LIMIT_EXCEEDED", "limit exceeded", {"limit": str(limit)})
    where = condition(module, select.where)
    by_id = select.order in ((), (("id", False),))
    start = _first(table.ids, where) if by_id else 0
    live, ids = table.live, table.ids
    known = (live[ids[at]] if lag is None else table.as_of(ids[at], lag) for at in range(start, len(ids)))
    found = (record for record in known if record is not None and where.holds(record))
    page = list(
        islice(_sorted(module, found, () if by_id else select.order), select.offset, select.offset + select.limit + 1)
    )
    return page[: select.limit], len(page) > select.limit


def selected(module: Module, select: Select) -> list[str]:
    """The fields to answer with; `Lookup.id` answers with the lookup."""
    names = [name.removesuffix(".id") for name in select.fields]
    for name in names:
        field = module.by_name.get(name)
        if name != "id" and (field is None or field.data_type == "subform"):
            raise invalid_query(name)
    return names


def _sorted(module: Module, found: Iterable[Record], order: Sequence[tuple[str, bool]]) -> Iterable[Record]:
    if not order:
        return found
    records = list(found)
    for name, descending in reversed(order):
        column(module, name)
        records.sort(key=Order(name, descending).key, reverse=descending)
    return records


def _first(ids: Sequence[int], where: Condition) -> int:
    """Where a scan in id order may start."""
    parts = where.parts if isinstance(where, Every) else (where,)
    start = 0
    for part in parts:
        if isinstance(part, Compare) and part.field is ID and part.operator in (">", ">=", "="):
            start = max(start, bisect_left(ids, part.values[0]))
    return start
