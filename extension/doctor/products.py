"""Products of the CRM that would become items of Xero: a code each, of at most 30 characters, that no other has.

And the product that stands in the CRM for lines of Xero without an item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from extension.doctor.facts import Facts
from extension.doctor.findings import Finding
from extension.doctor.observed import Good, Tally
from extension.doctor.words import named
from extension.entities.product import LONGEST_CODE
from extension.entities.values import fits, key
from extension.sync.canonical import XERO, ZOHO

CHECK: Final = "Products"
LINES: Final = "Lines"


def examine(facts: Facts) -> Iterator[Finding]:
    module = facts.modules.get("product")
    if module is not None and XERO in module.writes:
        yield from _codes([good for good in facts.observed.goods if not good.linked], facts)


def _codes(new: list[Good], facts: Facts) -> Iterator[Finding]:
    codes = Counter(key(good.code) for good in new)
    taken = {key(good.code) for good in facts.observed.goods if good.linked}
    cases: tuple[tuple[str, Callable[[Good], bool], str, str], ...] = (
        ("no_code", lambda good: not good.code, "No product code, and Xero needs one", "Give each one in the CRM."),
        (
            "code_too_long",
            lambda good: not fits(good.code or "", LONGEST_CODE),
            f"A code of more than {LONGEST_CODE} characters, which Xero does not take",
            "Give them shorter codes in the CRM.",
        ),
        (
            "code_doubled",
            lambda good: bool(good.code) and (codes[key(good.code)] > 1 or key(good.code) in taken),
            "A code that another product has, and to Xero upper and lower case are the same",
            "Give each its own code in the CRM, or merge those that are one product.",
        ),
    )
    for code, wrong, says, hint in cases:
        tally = Tally()
        for good in new:
            if wrong(good):
                tally.add(good.title)
        if tally.n:
            message = f"{says}: {named(tally, 'product')}."
            yield Finding(CHECK, "attention", message, hint, code, records=tally.n, place="attention")


def examine_lines(facts: Facts) -> Iterator[Finding]:
    chosen = facts.settings.get("itemless_product")
    if chosen and facts.observed.products and not facts.observed.products.get(str(chosen)):
        says = "The product for lines without an item is not in the CRM any more."
        hint = "Choose another one under Settings, Accounts."
        yield Finding(LINES, "attention", says, hint, "itemless_gone", place="accounts")
    mistaken = next((good for good in facts.observed.goods if good.id == str(chosen) and good.linked), None)
    if mistaken is not None:
        says = f"“{mistaken.title}” stands for lines without an item, and is an item of Xero itself: its lines lose it."
        hint = "Choose a product under Settings, Accounts, that is not synchronised."
        yield Finding(LINES, "attention", says, hint, "itemless_linked", place="accounts")
    if chosen:
        return
    for module in facts.documents:
        tally = facts.observed.of(module.name, XERO).itemless
        if ZOHO in module.writes and tally.n:
            says = f"Lines of Xero without an item; the CRM needs a product on each: {named(tally, module.pair.label)}."
            hint = "Choose a product for such lines under Settings, Accounts, or give the lines items in Xero."
            yield Finding(LINES, "attention", says, hint, "itemless", records=tally.n, place="accounts")
