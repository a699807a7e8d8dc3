"""The organisation itself: its data, people, taxes and currencies, as rows of the settings APIs.

Zoho gives these in one shape in v2 and v8 alike, but for a few keys (facts/zoho.md 3.7).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.zoho.settings import ZohoSettings
from sandbox.zoho.values import Number, plain

CREATED = "2024-07-01T09:00:00+12:00"


@dataclass(frozen=True)
class User:
    """One person of the organisation."""

    id: int
    first_name: str
    last_name: str
    email: str
    role: str
    profile: str = "Standard"
    status: str = "active"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def reference(self) -> dict[str, str]:
        """As results of writes name a person."""
        return {"name": self.full_name, "id": str(self.id)}

    def owner(self) -> dict[str, str]:
        """As records name a person: with the address, in v2 and v8 (facts/zoho.md 2)."""
        return {"name": self.full_name, "id": str(self.id), "email": self.email}


@dataclass(frozen=True)
class Tax:
    """One tax of the organisation, which lines refer to."""

    id: int
    name: str
    percentage: Decimal

    def row(self, sequence: int) -> dict[str, Any]:
        return {
            "display_label": self.label,
            "name": self.name,
            "id": str(self.id),
            "value": plain(self.percentage),
            "sequence_number": sequence,
        }

    @property
    def label(self) -> str:
        return f"{self.name} - {self.percentage:f} %"


USERS = (
    User(5725767000000411001, "Aroha", "Ngata", "aroha.ngata@harbouroffice.example", "CEO", "Administrator"),
    User(5725767000000411015, "Tom", "Whitfield", "tom.whitfield@harbouroffice.example", "Sales"),
    User(5725767000000411029, "Mei", "Chen", "mei.chen@harbouroffice.example", "Accounts"),
)
NEIGHBOURS = (
    User(5725768000000411001, "Ken", "Marsh", "ken.marsh@quaysiderentals.example", "CEO", "Administrator"),
    User(5725768000000411015, "Lina", "Ortega", "lina.ortega@quaysiderentals.example", "Sales"),
)
"""The people of another organisation."""

TAXES = (
    Tax(5725767000000412001, "GST 15", Decimal("15.0")),
    Tax(5725767000000412003, "Zero", Decimal("0.0")),
    Tax(5725767000000412005, "GST Half", Decimal("7.5")),
    Tax(5725767000000412007, "GST 15 Purchases", Decimal("15.0")),
)
RATES: tuple[tuple[str, str, Number], ...] = (("AUD", "A$", Decimal("0.920")), ("USD", "US$", Decimal("0.610")))
"""What one unit of the home currency buys, as far as multi-currency is on."""

PROFILES = {"Administrator": "5725767000000026011", "Standard": "5725767000000026014"}
ROLES = {"CEO": "5725767000000026005", "Sales": "5725767000000026008", "Accounts": "5725767000000026009"}


@dataclass(frozen=True)
class Organisation:
    """The rows of org, users, taxes and currencies."""

    settings: ZohoSettings
    users: tuple[User, ...] = USERS
    taxes: tuple[Tax, ...] = TAXES
    by_user: dict[int, User] = field(init=False)
    by_tax: dict[int, Tax] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_user", {user.id: user for user in self.users})
        object.__setattr__(self, "by_tax", {tax.id: tax for tax in self.taxes})

    def tax_named(self, name: str) -> Tax | None:
        return next((tax for tax in self.taxes if tax.name == name), None)

    def rate(self, iso_code: str) -> Number | None:
        """The exchange rate of an active currency."""
        if iso_code == self.settings.iso_code:
            return 1
        return next((plain(rate) for code, _, rate in RATES if code == iso_code), None)

    def org_row(self, *, multi_currency: bool) -> dict[str, Any]:
        home = self.settings
        return {
            "id": home.org_id, "zgid": "7003412345", "company_name": home.company_name, "alias": None,
            "primary_zuid": "7003412399", "primary_email": self.users[0].email, "type": "production",
            "country": "New Zealand", "country_code": "NZ", "city": "Auckland", "state": None,
            "street": "12 Quay Street", "zip": "1010", "phone": "+64 9 555 0100", "mobile": None, "fax": None,
            "website": None, "description": None,
            "currency": "New Zealand Dollar", "currency_locale": "en_NZ", "currency_symbol": home.currency_symbol,
            "iso_code": home.iso_code, "time_zone": home.zone, "mc_status": multi_currency, "gapps_enabled": False,
            "domain_name": "org7003412345", "translation_enabled": False, "privacy_settings": False, "photo_id": None,
            "employee_count": "12", "zia_portal_id": None, "created_time": CREATED, "deletable_org_account": True,
            "hipaa_compliance_enabled": False, "lite_users_enabled": False,
            "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": None},
            "license_details": {
                "paid_expiry": None, "users_license_purchased": len(self.users), "trial_type": None,
                "trial_expiry": None, "paid": True, "paid_type": "enterprise", "portal_users_license_purchased": 0,
            },
        }  # fmt: skip

    def user_row(self, user: User) -> dict[str, Any]:
        admin = self.users[0].reference()
        return {
            "id": str(user.id), "first_name": user.first_name, "last_name": user.last_name, "full_name": user.full_name,
            "email": user.email, "status": user.status, "confirm": True, "zuid": f"70034{user.id % 100000:05d}",
            "role": {"name": user.role, "id": ROLES[user.role]},
            "profile": {"name": user.profile, "id": PROFILES[user.profile]},
            "time_zone": self.settings.zone, "language": "en_US", "locale": "en_GB", "country_locale": "en_NZ",
            "date_format": "dd/MM/yyyy", "time_format": "HH:mm", "decimal_separator": "Period", "microsoft": False,
            "alias": None, "phone": None, "mobile": None, "fax": None, "website": None, "street": None, "city": None,
            "state": None, "zip": None, "country": "New Zealand", "dob": None, "signature": None,
            "sandboxDeveloper": False, "personal_account": False, "default_tab_group": "0", "status_reason__s": None,
            "Reporting_To": None, "Current_Shift__s": None, "created_by": admin,
            "created_time": CREATED, "Modified_By": admin, "Modified_Time": CREATED,
        }  # fmt: skip

    def tax_rows(self) -> dict[str, Any]:
        """GET /org/taxes."""
        return {
            "taxes": [tax.row(sequence) for sequence, tax in enumerate(self.taxes, 1)],
            "preference": {"auto_populate_tax": False, "modify_tax_rates": False},
        }

    def currency_rows(self, *, multi_currency: bool) -> list[dict[str, Any]]:
        home = (self.settings.iso_code, self.settings.currency_symbol, Decimal("1.000"))
        known = (home, *RATES) if multi_currency else (home,)
        return [self._currency(place, *entry) for place, entry in enumerate(known)]

    def _currency(self, place: int, iso_code: str, symbol: str, rate: Number) -> dict[str, Any]:
        admin = self.users[0].reference()
        return {
            "id": str(5725767000000413001 + place * 2), "iso_code": iso_code, "name": f"{iso_code} currency",
            "symbol": symbol, "prefix_symbol": True, "is_base": place == 0, "is_active": True,
            "exchange_rate": f"{rate:f}",  # text, unlike every other number (facts/zoho.md 3.6)
            "format": {
                "decimal_separator": "Period", "thousand_separator": "Comma", "decimal_places": "2",
                "numeral_system": "International",
            },
            "created_by": admin, "modified_by": admin, "created_time": CREATED, "modified_time": CREATED,
        }  # fmt: skip
