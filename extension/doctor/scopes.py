"""What a person granted us on each side, compared with what is needed, and what stops working without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from extension.doctor.facts import NAMES, Facts
from extension.doctor.findings import Finding
from extension.sync.canonical import SIDES, XERO, ZOHO, Side

CHECK: Final = "Rights"
NEEDED: Final[Mapping[Side, Mapping[str, str]]] = {
    ZOHO: {
        "ZohoCRM.modules.ALL": "no record can be read or written",
        "ZohoCRM.settings.ALL": "fields, taxes and currencies cannot be read, and the set-up makes no fields",
        "ZohoCRM.users.READ": "nobody can be told apart, so nobody signs in",
        "ZohoCRM.org.READ": "the organisation cannot be recognised, so nothing runs",
        "ZohoCRM.notifications.ALL": "changes in the CRM are found by the schedule alone",
        "ZohoCRM.coql.READ": "records cannot be looked for by their contents, so a lost answer stays open",
        "ZohoCRM.bulk.READ": "large modules are read more slowly",
        "ZohoCRM.bulk.CREATE": "large modules are read more slowly",
        "ZohoSearch.securesearch.READ": "records cannot be searched for or counted",
    },
    XERO: {
        "offline_access": "access ends after half an hour",
        "accounting.invoices": "invoices, purchase orders and items cannot be read or written",
        "accounting.contacts": "contacts cannot be read or written",
        "accounting.settings.read": "accounts, taxes, currencies and themes cannot be read",
    },
}
WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    "accounting.invoices": ("accounting.transactions",),
    "accounting.settings.read": ("accounting.settings",),
}
"""What serves as well: wider rights, and those of apps made before March 2026 (facts/xero.md 3.3)."""


def examine(facts: Facts) -> Iterator[Finding]:
    for side in SIDES:
        granted = {scope.casefold() for scope in facts.scopes.get(side, frozenset())}
        for scope, without in NEEDED[side].items() if granted else ():
            if granted.isdisjoint(each.casefold() for each in (scope, *WIDER.get(scope, ()))):
                name = NAMES[side]
                says = f"{name[0].upper()}{name[1:]} did not grant {scope}: {without}."
                hint = "Connect again and accept everything that is asked for."
                yield Finding(CHECK, "attention", says, hint, "scope_missing", place="connection")
