"""What must be known about a Xero organisation before anything can be mapped: as plain dicts, as Xero spells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from extension.remote.line import Line
from extension.remote.transport import lost
from extension.remote.xero.client import Composer
from extension.remote.xero.reading import body_of


@dataclass(frozen=True, slots=True)
class Organisation:
    """The organisation itself. `short_code` makes links into Xero; days are days in `timezone`."""

    name: str
    base_currency: str
    short_code: str
    timezone: str
    country: str
    raw: dict[str, Any]


class XeroFacts:
    """Reads the set-up of one organisation."""

    def __init__(self, way: Line, tenant_id: str) -> None:
        self._line, self._composer = way, Composer(tenant_id)

    def organisation(self) -> Organisation:
        raw = self._all("get_organisations", "Organisations", counted=False)[0]
        return Organisation(
            name=str(raw.get("Name") or ""),
            base_currency=str(raw.get("BaseCurrency") or ""),
            short_code=str(raw.get("ShortCode") or ""),
            timezone=str(raw.get("Timezone") or ""),
            country=str(raw.get("CountryCode") or ""),
            raw=raw,
        )

    def accounts(self) -> list[dict[str, Any]]:
        return self._all("get_accounts", "Accounts")

    def tax_rates(self) -> list[dict[str, Any]]:
        return self._all("get_tax_rates", "TaxRates")

    def currencies(self) -> list[dict[str, Any]]:
        return self._all("get_currencies", "Currencies")

    def branding_themes(self) -> list[dict[str, Any]]:
        return self._all("get_branding_themes", "BrandingThemes")

    def _all(self, operation: str, name: str, *, counted: bool = True) -> list[dict[str, Any]]:
        built = self._composer.build(operation)
        answer = self._line.ask(
            "settings", built.method, built.path, params=built.params, headers=built.headers, counted=counted
        )
        rows = body_of(answer).get(name)
        if not isinstance(rows, list) or (name == "Organisations" and not rows):
            raise lost(answer.request, "unreadable", f"answered without {name}", answer.status)
        return rows
