"""A form as a typed value, or what is wrong beside each field.

A form is a pydantic model; what was typed is kept whatever is wrong with it, so that nobody types it twice. The
sentences are ours: a bookkeeper reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

Model = TypeVar("Model", bound=BaseModel)

WORDS: Final[Mapping[str, str]] = {
    "missing": "Please fill this in.",
    "string_too_short": "Please fill this in.",
    "int_parsing": "This must be a whole number.",
    "int_from_float": "This must be a whole number.",
    "decimal_parsing": "This must be a number.",
    "decimal_type": "This must be a number.",
    "date_from_datetime_parsing": "This must be a date such as 2026-04-01.",
    "date_parsing": "This must be a date such as 2026-04-01.",
    "time_parsing": "This must be a time such as 09:30.",
    "literal_error": "Choose one of the values offered.",
    "enum": "Choose one of the values offered.",
    "bool_parsing": "This must be ticked or not.",
}
LIMITS: Final[Mapping[str, str]] = {
    "greater_than_equal": "This must be at least {ge}.",
    "greater_than": "This must be more than {gt}.",
    "less_than_equal": "This must be at most {le}.",
    "less_than": "This must be less than {lt}.",
    "string_too_long": "This may have at most {max_length} characters.",
    "too_short": "Choose at least {min_length}.",
    "too_long": "Choose at most {max_length}.",
}


@dataclass(frozen=True)
class Filled(Generic[Model]):
    """A form as it was sent. `value` is None iff `errors` has something to say. "" names the form as a whole."""

    given: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    value: Model | None = None

    def wrong(self, name: str, sentence: str) -> Filled[Model]:
        """The same form, refused for one more reason."""
        return Filled(self.given, {**self.errors, name: sentence}, None)


def read(model: type[Model], sent: MultiDict[str, str]) -> Filled[Model]:
    """What was sent as `model`. An absent checkbox is False, an absent list empty; blanks around text are dropped."""
    given: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        many = get_origin(info.annotation) in (list, tuple, set, frozenset)
        if many:
            given[name] = [value.strip() for value in sent.getlist(name) if value.strip()]
        elif info.annotation is bool:
            given[name] = name in sent and sent[name].lower() not in ("", "0", "false", "off", "no")
        elif name in sent:
            text = sent[name].strip()
            given[name] = None if not text and _optional(info.annotation) else text
    try:
        return Filled(given, {}, model.model_validate(given))
    except ValidationError as wrong:
        return Filled(given, _sentences(wrong), None)


def _optional(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def _sentences(wrong: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for error in wrong.errors(include_url=False, include_input=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        found.setdefault(name, _sentence(error["type"], error.get("ctx") or {}, error["msg"]))
    return found


def _sentence(kind: str, facts: Mapping[str, Any], said: str) -> str:
    if kind in WORDS:
        return WORDS[kind]
    if kind in LIMITS:
        return LIMITS[kind].format(**facts)
    return said.removeprefix("Value error, ")
