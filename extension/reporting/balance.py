"""Money in step: what both sides say their documents come to, per module, currency and status. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from extension.sync.canonical import Side


class Worth(Protocol):
    """What one side says. `linked`: of documents that both sides have."""

    @property
    def entity(self) -> str: ...
    @property
    def side(self) -> Side: ...
    @property
    def currency(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def linked(self) -> bool: ...
    @property
    def documents(self) -> int: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def at(self) -> datetime: ...


@dataclass
class Sums:
    """Of one side."""

    documents: int = 0
    total: Decimal = Decimal(0)
    alone: int = 0
    alone_total: Decimal = Decimal(0)


@dataclass(frozen=True)
class Line:
    """One currency and status of one module. `zoho` and `xero` count linked documents; `alone` is in one place only."""

    entity: str
    currency: str
    status: str
    zoho: Sums
    xero: Sums

    @property
    def difference(self) -> Decimal:
        return self.zoho.total - self.xero.total

    @property
    def alike(self) -> bool:
        return not self.difference and self.zoho.documents == self.xero.documents


def lines(worths: Iterable[Worth]) -> list[Line]:
    """Both sides beside each other, by module, currency and status."""
    sums: dict[tuple[str, str, str], dict[Side, Sums]] = defaultdict(lambda: {"zoho": Sums(), "xero": Sums()})
    for worth in worths:
        one = sums[worth.entity, worth.currency, worth.status][worth.side]
        if worth.linked:
            one.documents += worth.documents
            one.total += worth.total
        else:
            one.alone += worth.documents
            one.alone_total += worth.total
    return [Line(*place, each["zoho"], each["xero"]) for place, each in sorted(sums.items())]
