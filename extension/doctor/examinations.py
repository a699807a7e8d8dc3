"""Everything that is asked of a connection, in the order in which people read it. A new one is one function and one row
here: the function yields findings over `Facts` and nothing where all is well, which is said in the row's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from extension.doctor import accounts, charges, currencies, fields, locks, numbers, products, scopes, statuses, taxes
from extension.doctor.facts import Facts
from extension.doctor.findings import Finding


@dataclass(frozen=True)
class Examination:
    """`well`: what is said where nothing is found. `codes`: of the findings that it may yield."""

    check: str
    examine: Callable[[Facts], Iterator[Finding]]
    well: str
    codes: tuple[str, ...]


EXAMINATIONS: Final = (
    Examination(scopes.CHECK, scopes.examine, "Both services granted what is needed.", ("scope_missing",)),
    Examination(
        fields.CHECK,
        fields.examine,
        "The fields are there and can be written; no Xero ID can stand twice.",
        ("field_missing", "xero_id_duplicates", "field_gone", "field_read_only"),
    ),
    Examination(
        fields.THEMES, fields.examine_themes, "The picklists have Xero's themes.", ("theme_missing", "theme_gone")
    ),
    Examination(
        statuses.CHECK,
        statuses.examine,
        "Every status has its counterpart, in each direction.",
        ("status_unmapped", "status_gone"),
    ),
    Examination(
        taxes.CHECK,
        taxes.examine,
        "Every tax of the map and of the documents has its counterpart.",
        ("tax_rate", "tax_gone", "tax_unmapped"),
    ),
    Examination(
        taxes.CHECK,
        accounts.examine_pairs,
        "Xero takes the rates of the map on the accounts that they would meet.",
        ("tax_refused",),
    ),
    Examination(
        accounts.CHECK,
        accounts.examine,
        "Every account that lines are posted to is there and active.",
        ("account", "account_class", "no_account"),
    ),
    Examination(
        currencies.CHECK,
        currencies.examine,
        "Both sides have the currencies of the documents.",
        ("base_currency", "currency", "no_rate"),
    ),
    Examination(
        numbers.CHECK,
        numbers.examine,
        "The numbers of new documents are free in Xero.",
        ("number_taken", "number_doubled", "number_not_unique", "no_number"),
    ),
    Examination(
        products.CHECK,
        products.examine,
        "Every new product has a code that Xero takes.",
        ("no_code", "code_too_long", "code_doubled"),
    ),
    Examination(
        products.LINES,
        products.examine_lines,
        "Every line of Xero has an item, or a product that stands for it.",
        ("itemless", "itemless_gone", "itemless_linked"),
    ),
    Examination(
        charges.CHECK,
        charges.examine,
        "Every discount and adjustment of a whole document has an account for its line.",
        ("charge_account", "document_tax"),
    ),
    Examination(
        locks.CHECK,
        locks.examine,
        "No document is dated up to a lock date of Xero.",
        ("locked_new", "locked_linked"),
    ),
)


def examined(facts: Facts, connection: str) -> Iterator[Finding]:
    """All of them."""
    for each in EXAMINATIONS:
        found = list(each.examine(facts)) or [Finding(each.check, "ok", each.well)]
        yield from (replace(finding, connection=connection) for finding in found)
