"""Canonical values and their one spelling.

Pure. Values are str, Decimal, bool, None (blank) or, for `lines`, a list of dicts of such values with
their native `id`. A field that is absent from a base was never agreed (UNSET). Decimals survive JSON
exactly: `Decimal("1.50")` is `{"$":"1.5"}`; equal values have equal text, and so equal digests.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any, Final, Literal, TypeAlias, TypeVar

Side: TypeAlias = Literal["zoho", "xero"]
ZOHO: Final[Side] = "zoho"
XERO: Final[Side] = "xero"
SIDES: Final[tuple[Side, Side]] = (ZOHO, XERO)
SERVICES: Final[Mapping[Side, str]] = {ZOHO: "Zoho CRM", XERO: "Xero"}  # as people call them

Value: TypeAlias = Any  # str | Decimal | bool | None | list[dict[str, Value]] (lines)
Fields: TypeAlias = Mapping[str, Value]
Where: TypeAlias = tuple[str, Side, str]  # entity, side, record id


def other(side: Side) -> Side:
    """The opposite side."""
    return XERO if side == ZOHO else ZOHO


class Unset(enum.Enum):
    """The base value of a field that was never agreed."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Stands for the handle of a record that an action of the same plan will link: `entity:side:id` of its source."""

    token: str

    @staticmethod
    def of(where: Where) -> Placeholder:
        return Placeholder(":".join(where))

    @property
    def where(self) -> Where:
        entity, side, id_ = self.token.split(":", 2)
        return (entity, ZOHO if side == ZOHO else XERO, id_)


def _digits(number: Decimal) -> str:
    """Plain digits without trailing zeros, exact at any length: `normalize` would round to 28."""
    if not number:
        return "0"  # not "-0", which equals it
    text = str(number)
    if "E" in text:
        text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _revive(pairs: dict[str, Any]) -> Any:
    if len(pairs) == 1:
        if "$" in pairs:
            return Decimal(pairs["$"])
        if "@" in pairs:
            return Placeholder(pairs["@"])
    return pairs


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return {"$": _digits(value)}
    if isinstance(value, Placeholder):
        return {"@": value.token}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"not a canonical value: {type(value).__name__}")


_encoder = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def encode(fields: object) -> str:
    """Canonical JSON: sorted, exact (`Decimal("1.50")` is `{"$":"1.5"}`), the same text for equal values.

    Every observed record comes here. What fields are made of is put together by its class, in two thirds of the time
    that the standard library's encoder takes, which stops to ask about each number; anything else is its to spell.
    """
    return _SPELLED.get(fields.__class__, _encoder.encode)(fields)


@lru_cache(4096)  # prices and quantities repeat
def _number(number: Decimal) -> str:
    return f'{{"$":"{_digits(number)}"}}'


def _list(items: list[Any]) -> str:
    return f"[{','.join([encode(item) for item in items])}]"


def _object(fields: dict[str, Any]) -> str:
    form = _form(tuple(fields))
    if form is None:
        return _encoder.encode(fields)
    ordered, template = form
    spelled, patient, quoted = _SPELLED, _encoder.encode, encode_basestring
    # Most values are texts or blank: a look into the table for each of them would be most of the work.
    return template % tuple(
        [
            "null"
            if value is None
            else quoted(value)
            if value.__class__ is str
            else spelled.get(value.__class__, patient)(value)
            for value in ordered(fields)
        ]
    )


@lru_cache(1024)  # as many as there are kinds of records and lines
def _form(names: tuple[str, ...]) -> tuple[Callable[[dict[str, Any]], tuple[Any, ...]], str] | None:
    """What takes the values in the order of their names, and the text they stand in; None for what is no record and no
    line: fewer names than two, or names that are not all texts."""
    if len(names) < 2 or any(name.__class__ is not str for name in names):
        return None
    ordered = sorted(names)
    spelt = [f"{encode_basestring(name).replace('%', '%%')}:%s" for name in ordered]
    return itemgetter(*ordered), f"{{{','.join(spelt)}}}"


_SPELLED: Final[Mapping[type, Callable[[Any], str]]] = {
    str: encode_basestring,
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    Decimal: _number,
    list: _list,
    dict: _object,
}


def decode(text: str) -> Any:
    """The inverse of `encode`."""
    return json.loads(text, object_hook=_revive)


def digest_of(*parts: object) -> str:
    """A short stable digest of canonical values."""
    whole = "".join([f"{part if isinstance(part, str) else encode(part)}\0" for part in parts])
    return blake2b(whole.encode(), digest_size=16).hexdigest()


T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """Consecutive pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
