"""Search: criteria, email, phone or word over an index that lags (facts/zoho.md 3.4, 5.2, 20).

"equals" on text is loose as soon as several conditions are given (ABC also finds ABC Inc).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from sandbox.zoho.criteria import Compare, Condition, Every, Some, comparable, literal
from sandbox.zoho.errors import ApiError, bad_param, missing_param
from sandbox.zoho.reads import MAX_BY_PAGE, MAX_PER_PAGE, Answer, Query, Reader
from sandbox.zoho.render import Renderer
from sandbox.zoho.schema import TEXTS, Module
from sandbox.zoho.settings import Switches
from sandbox.zoho.store import Record, Table

OPERATORS = {
    "equals": "=", "not_equal": "!=", "starts_with": "starts_with", "in": "in", "between": "between",
    "greater_than": ">", "greater_equal": ">=", "less_than": "<", "less_equal": "<=",
}  # fmt: skip
MAX_CRITERIA = 10


class Search:
    """GET /{module}/search and the count with conditions."""

    def __init__(self, renderer: Renderer, reader: Reader, switches: Switches) -> None:
        self._renderer = renderer
        self._reader = reader
        self._switches = switches

    def page(self, module: Module, table: Table, query: Query) -> Answer:
        found = self.found(module, table, query)
        per_page, page = query.number("per_page", MAX_PER_PAGE, MAX_PER_PAGE), query.number("page", 1)
        start = (page - 1) * per_page
        if start >= MAX_BY_PAGE:
            raise ApiError(400, "LIMIT_REACHED", "you have reached the limit of records", {"limit": MAX_BY_PAGE})
        part = found[start : start + per_page]
        if not part:
            return 204, None
        rows = (
            self._renderer.rows(module, part, query.params["fields"].split(","), query.version)
            if "fields" in query.params
            else self._renderer.full_rows(module, part, query.version, lines=query.version == "v2")
        )
        more = len(found) > start + per_page
        return 200, {
            "data": rows,
            "info": {"per_page": per_page, "count": len(rows), "page": page, "more_records": more},
        }

    def found(self, module: Module, table: Table, query: Query) -> list[Record]:
        """All the index knows that meets the conditions, newest first."""
        where = self._condition(module, query)
        lag = self._reader.lag(self._switches.search_index_lag)
        versions = (table.live[i] if lag is None else table.as_of(i, lag) for i in reversed(table.ids))
        return list(islice((record for record in versions if record and where.holds(record)), MAX_BY_PAGE + 1))

    def _condition(self, module: Module, query: Query) -> Condition:
        params = query.params
        if text := params.get("criteria"):
            return Criteria(module, text, loose=self._switches.search_fuzzy).parse()
        if text := params.get("email"):
            return _any_field(module, ("email",), "=", text)
        if text := params.get("phone"):
            return _any_field(module, ("phone",), "=", text)
        if text := params.get("word"):
            return Word(tuple(text.casefold().split()), module)
        raise missing_param("criteria")


class Criteria:
    """Parses `((A:equals:x)and(B:starts_with:y))`; brackets and commas in values are escaped with a backslash."""

    def __init__(self, module: Module, text: str, *, loose: bool) -> None:
        self._module = module
        self._text = text.strip()
        self._at = 0
        count = len(re.findall(r"\([^()]*:", self._text))
        if count > MAX_CRITERIA:
            raise bad_param("criteria", limit=MAX_CRITERIA)
        self._loose = loose and count > 1

    def parse(self) -> Condition:
        if not self._text.startswith("("):
            self._text = f"({self._text})"
        found = self._chain()
        if self._at != len(self._text):
            raise bad_param("criteria")
        return found

    def _chain(self) -> Condition:
        parts, joins = [self._group()], set()
        while match := re.compile(r"\s*(and|or)\s*(?=\()", re.IGNORECASE).match(self._text, self._at):
            joins.add(match[1].lower())
            self._at = match.end()
            parts.append(self._group())
        if len(joins) > 1:
            raise bad_param("criteria")
        if len(parts) == 1:
            return parts[0]
        return Every(tuple(parts)) if joins == {"and"} else Some(tuple(parts))

    def _group(self) -> Condition:
        self._expect("(")
        if self._text.startswith("(", self._at):
            found = self._chain()
        else:
            match = re.compile(r"((?:\\.|[^()\\])*)").match(self._text, self._at)
            assert match is not None
            self._at = match.end()
            found = self._compare(match[1])
        self._expect(")")
        return found

    def _compare(self, text: str) -> Condition:
        name, _, rest = text.partition(":")
        word, _, value = rest.partition(":")
        field, operator = self._module.by_name.get(name.strip()), OPERATORS.get(word.strip())
        if field is None or operator is None:
            raise bad_param("criteria", api_name=name)
        values = re.split(r"(?<!\\),", value) if operator in ("in", "between") else [value]
        try:
            literals = tuple(literal(field, re.sub(r"\\(.)", r"\1", entry)) for entry in values)
        except ValueError as error:
            raise bad_param("criteria", api_name=name) from error
        if operator == "=" and self._loose and field.data_type in TEXTS:
            operator = "contains"
        return Compare(field, operator, literals)

    def _expect(self, sign: str) -> None:
        if not self._text.startswith(sign, self._at):
            raise bad_param("criteria")
        self._at += 1


class Word:
    """Every word begins a word of some text field."""

    def __init__(self, words: Sequence[str], module: Module) -> None:
        self._words = words
        self._fields = [field for field in module.fields if field.data_type in TEXTS]

    def holds(self, record: Record) -> bool:
        texts = [str(value) for field in self._fields if (value := comparable(record, field))]
        held = [word for text in texts for word in re.split(r"[\s@.,]+", text)] + texts
        return all(any(entry.startswith(word) for entry in held) for word in self._words)


def _any_field(module: Module, kinds: tuple[str, ...], operator: str, value: str) -> Condition:
    fields = [field for field in module.fields if field.data_type in kinds]
    return Some(tuple(Compare(field, operator, (value.casefold(),)) for field in fields))
