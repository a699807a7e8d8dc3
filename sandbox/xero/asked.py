"""A request as the handlers see it: address, query and body, with everything that is written in any case folded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from werkzeug.datastructures import Headers

from sandbox.xero.bodies import elements_of
from sandbox.xero.dates import parse_day, parse_modified_since
from sandbox.xero.queries import DEFAULT_PAGE_SIZE, LARGEST_PAGE, Page, Question
from sandbox.xero.refusals import BadHeader, BadQuery


class Query:
    """The query string; names in any case, and booleans as True, true or 1 (2.4 T15)."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values = {name.lower(): value for name, value in pairs}

    def names(self) -> Iterable[str]:
        return self._values

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def only(self, known: frozenset[str]) -> Query:
        """What an address does not take counts for nothing there; `known` is in lower case."""
        return Query((name, value) for name, value in self._values.items() if name in known)

    def text(self, name: str) -> str:
        return self._values.get(name.lower(), "")

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.text(name).lower()
        return default if not value else value in ("true", "1")

    def csv(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def whole(self, name: str, default: int) -> int:
        try:
            return int(self.text(name) or default)
        except ValueError:
            return default

    def day(self, name: str) -> date | None:
        try:
            return parse_day(self.text(name)) if self.text(name) else None
        except ValueError as error:
            raise BadQuery(f"{name} is not a date") from error


@dataclass(frozen=True)
class Asked:
    """One request about one organisation."""

    method: str
    path: tuple[str, ...]
    """The parts after /api.xro/2.0, as they were written."""
    query: Query
    headers: Headers
    body: bytes

    def elements(self, name: str) -> list[Any]:
        """What the body holds, of the kind of that name."""
        return elements_of(self.body, self.headers.get("Content-Type", ""), name)

    @property
    def places(self) -> int:
        return 4 if self.query.text("unitdp") == "4" else 2

    @property
    def modified_since(self) -> datetime | None:
        text = self.headers.get("If-Modified-Since")
        if not text:
            return None
        try:
            return parse_modified_since(text)
        except ValueError as error:
            raise BadHeader("If-Modified-Since") from error

    @property
    def question(self) -> Question:
        query = self.query
        return Question(
            modified_since=self.modified_since,
            where=query.text("where"),
            order=query.text("order"),
            ids=tuple(text.lower() for text in query.csv("IDs")),
            numbers=query.csv("InvoiceNumbers"),
            contact_ids=tuple(text.lower() for text in query.csv("ContactIDs")),
            statuses=tuple(text.upper() for text in (query.csv("Statuses") or query.csv("Status"))),
            include_archived=query.flag("includeArchived"),
            search=query.text("searchTerm"),
            by_this_app=query.flag("createdByMyApp"),
            first_day=query.day("DateFrom"),
            last_day=query.day("DateTo"),
        )

    def page(self, *, always: bool = False) -> Page | None:
        """The page asked for, its size brought into range; summaryOnly forces paging (3.5)."""
        wanted = always or "page" in self.query or "pageSize" in self.query or self.query.flag("summaryOnly")
        if not wanted:
            return None
        size = min(LARGEST_PAGE, max(1, self.query.whole("pageSize", DEFAULT_PAGE_SIZE)))
        return Page(max(1, self.query.whole("page", 1)), size)
