"""Products of the CRM and items of Xero, by their code.

A code has at most 30 characters in Xero and is never cut: two products must not become one. Codes that differ only
in case are one code there. Every write carries the code, because Xero's schema asks for it (facts/xero.md 3.9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from extension.entities.catalogue import PRODUCT
from extension.entities.entity import Pairing
from extension.entities.native import REPEATED, Body, write
from extension.entities.postings import CATEGORY
from extension.entities.settings import Settings
from extension.entities.values import choice, key, text
from extension.sync.actions import Part
from extension.sync.canonical import XERO, ZOHO, Side, Value
from extension.sync.errors import Cannot
from extension.sync.model import FieldRule, Record, Row
from extension.sync.ports import Resolver

LONGEST_CODE: Final = 30
SIDES_OF: Final = {"SalesDetails": ("sold", "IsSold"), "PurchaseDetails": ("purchased", "IsPurchased")}
"""What Xero keeps of an item's two sides, and the switch without which it keeps nothing (facts/xero.md 3.14)."""
COSTS_ACCOUNT: Final = "COGSAccountCode"  # a tracked item's; a write of the details must not lose it


class Product(Pairing):
    pair = PRODUCT
    id_field = "ItemID"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        derived = ("sold", "purchased", "costs_account", "category")
        self.rules = {**self.rules, **{name: FieldRule(name, "derived") for name in derived}}
        known = self.fetched.field_of(self.pair.module, CATEGORY) is not None
        self.also_read = (CATEGORY,) if known and settings.categories else ()

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> list[Record]:
        fields = self.read(side, row.body, row.id)
        state = self.state(side, row, fields)
        if side == XERO:
            fields |= {name: row.body.get(switch) is not False for name, switch in SIDES_OF.values()}
            fields["costs_account"] = text((row.body.get("PurchaseDetails") or {}).get(COSTS_ACCOUNT))
            if state == "active" and not (fields["sold"] or fields["purchased"]):
                state = "out_of_scope"
        if side == ZOHO and row.id == self.settings.itemless and state == "active":
            state = "out_of_scope"  # it stands for no item
        if side == ZOHO and self.also_read:
            fields["category"] = choice(row.body.get(CATEGORY))
        code: str | None = fields["code"]
        natural = key(code)
        return [
            Record(
                entity=self.name,
                side=side,
                id=row.id,
                remote=row.id,
                feed=row.feed,
                modified=row.modified,
                fields=fields,
                state=state,
                handle=row.id if side == ZOHO else code or "",
                keys=(natural,) if natural else (),
                stamp=self.stamped(fields) if side == ZOHO else None,
                title=fields["name"] or code or "",
                version=self.version,
                read_at=row.read_at,
            )
        ]

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        if name == "code" and to == XERO:
            return _code(value, of, resolver)
        return super().project(to, name, value, of, resolver)

    # ------------------------------------------------------------------ bodies

    def body(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        body = super().body(side, part, current)
        if side == ZOHO:
            if part.verb == "create" and (taxes := self._taxes()):
                # The CRM takes a line's tax only from among its product's (facts/zoho.md 3.6).
                body.update({"Taxable": True, "Tax": taxes})
            return body
        body.setdefault("Code", (part.read.handle if part.read else None) or part.fields.get("code"))
        if part.read is not None and part.verb == "update":
            self._repeat(body, part.read, current)
            for details, (name, switch) in SIDES_OF.items():
                if part.read.fields.get(name) is False and any(body.get(details, {}).values()):
                    body[switch] = True
        return body

    def _repeat(self, body: Body, read: Record, current: Mapping[str, Any]) -> None:
        """Details that are written at all are written whole: nobody says what becomes of what they lack."""
        for mapped in self.fields.values():
            path, value = mapped.xero, read.fields.get(mapped.name)
            if path is None or path.tail is None or path.head not in REPEATED or value is None:
                continue
            if path.head in body and path.tail not in body[path.head]:
                write(body, path, value, current)
        if "PurchaseDetails" in body and read.fields.get("costs_account"):
            body["PurchaseDetails"].setdefault(COSTS_ACCOUNT, read.fields["costs_account"])

    def _taxes(self) -> list[Body]:
        return [{"value": tax.name, **({"id": tax.id} if tax.id else {})} for tax in self.fetched.crm_taxes]

    def retired(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        """Xero keeps no archive of items: one that is neither sold nor bought is in nobody's way."""
        if side == XERO and part.policy in ("archive", "mark"):
            return {"IsSold": False, "IsPurchased": False}
        return super().retired(side, part, current)

    def probe_key(self, part: Part) -> str | None:
        return text(part.fields.get("code"))


def _code(value: str | None, of: Record, resolver: Resolver) -> str:
    if not value:
        raise Cannot("no_code", f"“{of.title}” has no product code, and Xero needs one.", "Give it a code in the CRM.")
    if len(value) > LONGEST_CODE:
        raise Cannot(
            "code_too_long",
            f"The code “{value}” has {len(value)} characters; Xero takes {LONGEST_CODE}.",
            "Give the product a shorter code in the CRM.",
        )
    twin = resolver.twin(of)
    there: str | None = twin.fields.get("code") if twin is not None else None
    return there if there is not None and key(there) == key(value) else value
