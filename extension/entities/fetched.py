"""What was fetched of both organisations' set-up, typed.

Pure. The document is kept per connection and refreshed by *Data fetch*; nothing in here is hard-coded, because API
names, picklists, taxes and accounts differ from one organisation to the next. A part that was not fetched is None
or empty, and then nothing is checked against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from extension.entities.values import NO_CHOICE, NOTHING, amount, number, text, truth
from extension.sync.canonical import Value

HUNDRED: Final = Decimal(100)
SHOWN: Final = Decimal("0.0001")
APPLIES_TO: Final[Mapping[str, str]] = {
    "CanApplyToAssets": "ASSET",
    "CanApplyToEquity": "EQUITY",
    "CanApplyToExpenses": "EXPENSE",
    "CanApplyToLiabilities": "LIABILITY",
    "CanApplyToRevenue": "REVENUE",
}
CLASSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("REVENUE", "SALES", "OTHERINCOME"), "REVENUE"),
    **dict.fromkeys(("DIRECTCOSTS", "EXPENSE", "OVERHEADS", "DEPRECIATN"), "EXPENSE"),
    **dict.fromkeys(("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"), "ASSET"),
    **dict.fromkeys(("CURRLIAB", "LIABILITY", "TERMLIAB"), "LIABILITY"),
    "EQUITY": "EQUITY",
}
"""The class of an account by its type, for a chart that was fetched without classes."""
COUNTRIES: Final = {"new zealand": "NZ", "australia": "AU", "united kingdom": "GB", "uk": "GB", "canada": "CA"}


@dataclass(frozen=True, slots=True)
class CrmField:
    """One field of a CRM module, as its metadata says."""

    name: str
    label: str = ""
    kind: str = ""
    length: int | None = None
    places: int | None = None
    unique: bool = False
    read_only: bool = False
    mandatory: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CrmTax:
    name: str
    percent: Decimal
    id: str | None = None


@dataclass(frozen=True, slots=True)
class XeroTax:
    """A rate of Xero. `percent`: of the net amount, all components together. `shares`: each component's part of it.
    `refuses`: classes of account that it may not be used with."""

    type: str
    name: str
    percent: Decimal
    sales: bool
    purchases: bool
    active: bool = True
    shares: tuple[Decimal, ...] = ()
    refuses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GlAccount:
    """An account of Xero's chart. `kind`: its class, "" where that is not known. `system`: what Xero itself books
    on it, "" where it is anybody's."""

    code: str
    name: str
    type: str
    active: bool
    kind: str = ""
    system: str = ""


@dataclass(frozen=True)
class Fetched:
    """`fields` by module and API name."""

    fields: Mapping[str, Mapping[str, CrmField]] = field(default_factory=dict)
    subforms: Mapping[str, str] = field(default_factory=dict)
    crm_taxes: Sequence[CrmTax] = ()
    crm_currency: str | None = None
    multi_currency: bool = False
    crm_currencies: frozenset[str] = frozenset()
    crm_country: str | None = None
    xero_country: str | None = None
    short_code: str | None = None
    xero_currency: str | None = None
    xero_currencies: frozenset[str] = frozenset()
    xero_taxes: Sequence[XeroTax] = ()
    accounts: Sequence[GlAccount] = ()
    themes: Sequence[tuple[str, str]] = ()  # (name, id)

    def field_of(self, module: str, name: str) -> CrmField | None:
        return self.fields.get(module, {}).get(name)

    def lacks(self, module: str, name: str) -> bool:
        """Whether the module's fields are known and this is none of them."""
        return module in self.fields and name not in self.fields[module]


def read(document: Mapping[str, Any]) -> Fetched:
    """The fetched document as values."""
    zoho, xero = document.get("zoho") or {}, document.get("xero") or {}
    org, organisation = zoho.get("org") or {}, xero.get("organisation") or {}
    return Fetched(
        fields={module: _fields(rows) for module, rows in (zoho.get("fields") or {}).items()},
        subforms=dict(zoho.get("subforms") or {}),
        crm_taxes=tuple(_crm_tax(row) for row in zoho.get("taxes") or ()),
        crm_currency=text(org.get("iso_code")),
        multi_currency=truth(zoho.get("multi_currency", org.get("mc_status"))),
        crm_currencies=_codes(zoho.get("currencies") or (), "iso_code"),
        crm_country=_country(org.get("country")),
        xero_country=_country(organisation.get("CountryCode")),
        short_code=text(organisation.get("ShortCode")),
        xero_currency=text(organisation.get("BaseCurrency")),
        xero_currencies=_codes(xero.get("currencies") or (), "Code"),
        xero_taxes=tuple(_xero_tax(row) for row in xero.get("tax_rates") or ()),
        accounts=tuple(_account(row) for row in xero.get("accounts") or () if row.get("Code")),
        themes=tuple((row["Name"], row["BrandingThemeID"]) for row in xero.get("branding_themes") or ()),
    )


def _fields(rows: Iterable[Mapping[str, Any]]) -> dict[str, CrmField]:
    return {row["api_name"]: _field(row) for row in rows}


def _field(row: Mapping[str, Any]) -> CrmField:
    return CrmField(
        name=row["api_name"],
        label=row.get("field_label") or row.get("display_label") or "",
        kind=row.get("data_type") or "",
        length=_whole(row.get("length")),
        places=_whole(row.get("decimal_place")),
        unique=bool(row.get("unique")),
        read_only=bool(row.get("read_only") or row.get("field_read_only")),
        mandatory=bool(row.get("mandatory")),
        choices=tuple(value for value in map(_choice, row.get("pick_list_values") or ()) if value != NO_CHOICE),
    )


def _choice(entry: Any) -> str:
    """A picklist's values come as rows of the metadata, or plain."""
    return entry if isinstance(entry, str) else entry.get("actual_value") or entry["display_value"]


def _crm_tax(row: Mapping[str, Any]) -> CrmTax:
    percent = row.get("percentage")
    return CrmTax(row["name"], amount(row.get("value") if percent is None else percent), text(row.get("id")))


def _xero_tax(row: Mapping[str, Any]) -> XeroTax:
    percent, shares = number(row.get("EffectiveRate")), _shares(row.get("TaxComponents") or ())
    exact = sum(shares, NOTHING)
    if percent is None:
        percent = exact if shares else amount(row.get("DisplayTaxRate"))
    elif exact.quantize(SHOWN) == percent:  # a tax on a tax has more decimals than the four that are shown
        percent = exact
    return XeroTax(
        type=row["TaxType"],
        name=row.get("Name") or row["TaxType"],
        percent=percent,
        sales=truth(row.get("CanApplyToRevenue")),
        purchases=truth(row.get("CanApplyToExpenses")),
        active=row.get("Status", "ACTIVE") == "ACTIVE",
        shares=shares,
        refuses=frozenset(kind for name, kind in APPLIES_TO.items() if row.get(name) is False),
    )


def _shares(components: Sequence[Mapping[str, Any]]) -> tuple[Decimal, ...]:
    """What each component takes of the net amount: one that is compound is a tax on the others, too."""
    plain = sum((amount(one.get("Rate")) for one in components if not truth(one.get("IsCompound"))), NOTHING)
    return tuple(
        amount(one.get("Rate")) * (HUNDRED + plain) / HUNDRED if truth(one.get("IsCompound")) else amount(one["Rate"])
        for one in components
        if one.get("Rate") is not None
    )


def _account(row: Mapping[str, Any]) -> GlAccount:
    kind = row.get("Type") or ""
    return GlAccount(
        row["Code"],
        row.get("Name") or "",
        kind,
        row.get("Status", "ACTIVE") == "ACTIVE",
        row.get("Class") or CLASSES.get(kind, ""),
        row.get("SystemAccount") or "",
    )


def _country(given: Any) -> str | None:
    """The ISO code of a country that the services may call by name."""
    found = text(given)
    return COUNTRIES.get(found.casefold(), found.upper()) if found else None


def _codes(rows: Iterable[Any], key: str) -> frozenset[str]:
    return frozenset(row if isinstance(row, str) else row[key] for row in rows if _active(row))


def _active(row: Any) -> bool:
    return isinstance(row, str) or row.get("is_active", True) is not False


def _whole(value: Value) -> int | None:
    found = number(value)
    return int(found) if found is not None and found > 0 else None
