"""Native values into canonical ones, and the few spellings that both sides must agree on.

Pure. Text is stripped and blank is None; numbers are Decimal, dates `YYYY-MM-DD`. A key is normalised by NFKC,
case-fold and white space only (design.md 5): anything cleverer would pair people who are not the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

NOTHING: Final = Decimal(0)
NO_CHOICE: Final = "-None-"  # Zoho's spelling of an empty picklist
STEPS: Final = {places: Decimal(1).scaleb(-places) for places in range(10)}


def text(value: Any) -> str | None:
    """Stripped text; blank is None."""
    if value.__class__ is not str:
        if value is None:
            return None
        value = str(value)
    return (value if value.isascii() else _whole(value)).strip() or None


def _whole(value: str) -> str:
    """Half of a surrogate pair, which a service leaves that cuts in the middle of one, cannot be stored or sent."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def name(value: Any) -> str | None:
    """Text whose inner white space is single, as Xero wants names (facts/xero.md 3.9)."""
    if value.__class__ is str and value.isascii():
        return " ".join(value.split()) or None
    given = text(value)
    return " ".join(given.split()) if given else None


def choice(value: Any) -> str | None:
    """A picklist's value."""
    given = text(value)
    return None if given == NO_CHOICE else given


def number(value: Any) -> Decimal | None:
    """A number out of JSON, whatever it came as; zero has no sign."""
    if value.__class__ is int:
        return Decimal(value)
    if value.__class__ is not Decimal:
        if value is None or value == "" or isinstance(value, bool):
            return None
        try:
            value = Decimal(str(value))
        except InvalidOperation:
            return None
    return (value or NOTHING) if value.is_finite() else None


def amount(value: Any) -> Decimal:
    """A number whose absence means none of it."""
    return number(value) or NOTHING


def day(value: Any) -> str | None:
    """The calendar date of an ISO date or time."""
    given = text(value)
    return given[:10] if given else None


def truth(value: Any) -> bool:
    return value is True or value == "true"


def lookup(value: Any) -> str | None:
    """The id in a Zoho lookup."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return text(value)


def key(value: str | None) -> str | None:
    """How natural keys are compared."""
    if not value:
        return None
    if not value.isascii():
        value = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    return " ".join(value.casefold().split()) or None


def fits(value: str, length: int | None) -> bool:
    """Whether a text is not too long for a field. Both services count UTF-16 units, in which an emoji is two."""
    if length is None or 2 * len(value) <= length:
        return True
    return len(value) <= length and (value.isascii() or len(value.encode("utf-16-le")) <= 2 * length)


def fit(value: str, length: int | None) -> str | None:
    """What remains of a text in a field of that length."""
    if length is None or fits(value, length):
        return value or None
    return value.encode("utf-16-le")[: 2 * length].decode("utf-16-le", "ignore").strip() or None


def rounded(value: Decimal, places: int | None) -> Decimal:
    """What remains of a number in a field with that many decimals; a tie goes away from zero."""
    if places is None:
        return value
    return value.quantize(STEPS[places], ROUND_HALF_UP) or NOTHING


def lines_of(value: str) -> list[str]:
    """The non-blank lines of a street."""
    return [line for line in (part.strip() for part in value.splitlines()) if line]


def zoho_id(value: str | None) -> str | None:
    """The text when it looks like the id of a CRM record (facts/zoho.md 3.4), else None."""
    return value if value and 15 <= len(value) <= 20 and value.isascii() and value.isdigit() else None


TRANSFORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "upper": str.upper,
    "lower": str.lower,
    "digits": lambda value: "".join(c for c in value if c.isdigit()),
}
"""What a field map may do to a text on its way. Each is idempotent, or the sides would never agree."""
