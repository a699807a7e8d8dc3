"""How tests fill in the settings pages: a page's own form, with some of it changed, is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.system.live_books import Books
from tests.web.visitor import Answer, Visitor

SETTINGS = "/c/1/settings"
Values = dict[str, Any]


def values_of(answer: Answer, action: str) -> Values:
    """What the form with this action would send as it stands."""
    (found,) = [form for form in answer.forms() if form["action"].endswith(action) and form["method"] == "post"]
    return {name: values[0] if len(values) == 1 else values for name, values in found["values"].items()}


def settings(books: Books) -> Mapping[str, Any]:
    return books.house.connection(None).settings


def row_of(books: Books, entity: str, name: str) -> Mapping[str, Any] | None:
    return next((row for row in settings(books)["entities"][entity]["fields"] if row["name"] == name), None)


def send(visitor: Visitor, page: str, action: str, change: Mapping[str, Any] | None = None) -> Answer:
    """Opens a page, changes some of what its form holds, and sends it. None takes a value out."""
    values = {**values_of(visitor.get(SETTINGS + page), action), **(change or {})}
    return visitor.post(SETTINGS + action, {name: value for name, value in values.items() if value is not None})
