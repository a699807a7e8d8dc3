"""What invoices and purchase orders have in common: lines, totals, currency, status.

Pure. Before a document is created, what the other service will make of its lines is computed and compared with what
this one says: a cent's difference is held. What Xero has locked is not written to (`locks`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final

from extension.entities import charges, header_tax, locks, rounding, totals
from extension.entities import lines as line_items
from extension.entities.currencies import Currencies
from extension.entities.entity import Pairing
from extension.entities.fields import fitted
from extension.entities.lines import AnyLine, ItemCode, LineNames, check_number, crm_totals, read_crm, write_crm
from extension.entities.money import EXCLUSIVE, INCLUSIVE
from extension.entities.native import Body
from extension.entities.numbering import Numbering, check_number_free, mark
from extension.entities.settings import TRADES, Settings
from extension.entities.statuses import ENDED
from extension.entities.values import NOTHING, amount, fit, rounded, text
from extension.entities.weighing import TOTAL, Scales
from extension.entities.xero_lines import XeroLines, read_xero
from extension.entities.xero_lines import rounding as rounding_of
from extension.sync.actions import Part
from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value, other
from extension.sync.errors import Cannot
from extension.sync.model import FieldRule, Link, Record, Ref, Row, of_header
from extension.sync.ports import Resolver

LENGTHS: Final[Mapping[Side, int]] = {ZOHO: 2000, XERO: 4000}  # of a line's description
PLACES: Final = {"quantity": 4, "price": 4, "discount": 2}


_ref = lru_cache(4096)(Ref)  # products and parties repeat


class Document(Pairing):
    """An invoice or a purchase order."""

    party: ClassVar[str]  # the field, and the entity, that it is addressed to
    rates_only: ClassVar[bool] = False
    numbered_by_xero: ClassVar[bool] = True  # whether Xero would number it, if it is not told a number
    restless: ClassVar[frozenset[str]] = frozenset()  # statuses of Xero in which money may move

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        own = settings.entities[self.pair.name]
        self.subform, self.line_names = own.subform, own.line_names or LineNames()
        self.statuses = settings.statuses[self.pair.name]
        self.currencies = Currencies(settings.fetched, sends_rate=settings.documents.rates == "crm")
        self.trade = TRADES[self.pair.name]
        self.taxes, self.postings = settings.taxes[self.trade], settings.postings[self.trade]
        self.amounts = settings.documents.amounts[self.pair.name]
        self.rules = {
            **self.rules,
            **{rule.name: rule for rule in (*totals.DERIVED, *header_tax.RULES, rounding.RULE, totals.ROUNDING)},
            "lines": FieldRule("lines", lines=True, label="Lines"),
        }
        self.line_rules = line_items.RULES
        self._rounds = not self.fetched.lacks(self.pair.module, totals.ADJUSTMENT)
        kind = settings.documents.numbering.get(self.pair.name, "") if self.numbered_by_xero else ""
        self.numbering = Numbering.of(kind, self.fields)
        self.unique = {ZOHO: True, XERO: not self.numbering.by_xero}
        self._scales = Scales(self.taxes, self.trade, self.rates_only, settings.documents, self._rounds)
        columns = self.fetched.fields.get(self.subform, {})
        self._length = {**LENGTHS, ZOHO: _first(columns, self.line_names.description, "length") or LENGTHS[ZOHO]}
        known = {name: _first(columns, getattr(self.line_names, name), "places") for name in ("quantity", "price")}
        self._places = {XERO: PLACES, ZOHO: {**PLACES, **{name: places for name, places in known.items() if places}}}

    # ------------------------------------------------------------------ views

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> list[Record]:
        body = row.body
        fields = self.read(side, body, row.id)
        if side == ZOHO:
            fields.update(totals.in_crm(body, self.subform))
            rows = body.get(self.subform) or ()
            fields["lines"] = lines = read_crm(rows, self.line_names, self.settings.itemless)
            levied = [entry for each in rows for entry in each.get(self.line_names.tax) or ()]
            fields.update(header_tax.spread(body, lines, levied, self.taxes))
        else:
            fields.update(totals.in_xero(body))
            fields["lines"] = lines = read_xero(body, self.taxes)
            fields["adjustment"] = rounding_of(body, lines, self.taxes) if self._rounds else NOTHING
        fields.update(self.currencies.read(side, body))
        addressed: str | None = fields[self.party]
        products = sorted({line["product"] for line in fields["lines"] if line["product"]})
        if side == ZOHO:
            fields["lines"] += charges.in_crm(body)
        named = [_ref(self.party, addressed)] if addressed else []
        refs = (*named, *[_ref("product", handle) for handle in products])
        called = fields.get("xero_number") or fields["number"] if side == ZOHO else fields["number"]
        return [
            Record(
                entity=self.name,
                side=side,
                id=row.id,
                remote=row.id,
                feed=row.feed,
                modified=row.modified,
                fields=fields,
                state=self.state(side, row, fields),
                handle=row.id,
                keys=self.numbering.keys(side, fields, row.id, body),
                stamp=self.stamped(fields) if side == ZOHO else None,
                refs=refs,
                demands=refs,
                births=not self.statuses.ended(side, fields["status"]),
                restless=side == XERO and fields["status"] in self.restless,
                title=called or fields.get("subject") or "",
                version=self.version,
                read_at=row.read_at,
            )
        ]

    # ------------------------------------------------------------------ values

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        if name == "lines":
            return [self._line(to, line, of, resolver) for line in value or ()]
        if name.startswith("lines."):
            return self._line_value(to, name.removeprefix("lines."), value, of, resolver)
        twin = resolver.twin(of)
        if name == "status":
            return self._status(to, value, twin)
        if self.numbering.settled(to, name, twin, of):
            return twin.fields.get(name) if twin is not None else None
        if name == "adjustment" and to == ZOHO and twin is not None:
            if of.fields["amounts"] != INCLUSIVE:
                return twin.fields[name]  # somebody's, and a line of Xero
            totals.check_ours(twin)
        projected = super().project(to, name, value, of, resolver)
        if to == ZOHO or twin is None or not locks.locked(twin.fields) or self.still_open(name, twin.fields):
            return projected
        mapped = self.fields.get(name)
        return projected if mapped is None or mapped.xero is None else locks.kept(mapped, projected, twin)

    def still_open(self, name: str, twin: Fields) -> bool:
        """Whether Xero lets this field change although its document is paid."""
        return False

    def takes(self, part: Part, current: Mapping[str, Any]) -> bool:
        """Whether Xero takes all of this part although its document is paid."""
        return False

    def _status(self, to: Side, value: str | None, twin: Record | None) -> str | None:
        there = twin.fields.get("status") if twin is not None else None
        projected = self.statuses.project(to, value, there)
        if to == XERO and twin is not None and projected != there and twin.fields.get("paid"):
            raise locks.refusal("The status cannot be changed")  # not before its payments are removed
        return projected

    def _line(self, to: Side, line: AnyLine, of: Record, resolver: Resolver) -> dict[str, Value]:
        if of_header(line["id"]):
            return charges.new_line(line, of.title, self.settings.documents.charges, self.trade)
        values = {
            name: self._line_value(to, name, line.get(name), of, resolver)
            for name, rule in self.line_rules.items()
            if rule.direction != "derived"
        }
        return {"id": None, "from": line["id"], **values}

    def _line_value(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        match name:
            case "product":
                return self._product(to, value, resolver)
            case "tax":
                if to == XERO and value is None:
                    header_tax.check_named(of)
                return self.taxes.to_xero(value) if to == XERO else self.taxes.to_crm(value)
            case "description":
                return fit(value, self._length[to]) if value else None
            case "quantity" if to == ZOHO and not value:
                raise Cannot(
                    "no_quantity", "A line has no quantity, and the CRM needs one.", "Give the line a quantity in Xero."
                )
            case "amount":
                return charges.no_item(value)
            case "quantity" | "price" | "discount":
                return rounded(amount(value), self._places[to][name])
        return value

    def _product(self, to: Side, value: str | None, resolver: Resolver) -> Value:
        if value is not None:
            there = resolver.counterpart("product", other(to), value)
            known = to == XERO and isinstance(there, str)  # else it is yet to be created
            return ItemCode.of(there, self._account(value, resolver)) if known else there
        if to == XERO or self.settings.itemless is not None:
            return None
        raise Cannot(
            "no_product",
            "A line has no item, and the CRM needs a product on each.",
            "Give the line an item in Xero, or choose in the settings a product for lines without one.",
        )

    # ------------------------------------------------------------------ creating

    def complete(self, to: Side, fields: Fields, source: Record, resolver: Resolver) -> Fields:
        done = dict(super().complete(to, fields, source, resolver))
        if not done.get("lines"):
            raise Cannot("no_lines", f"“{source.title}” has no lines.", "Add a line, or leave the document out.")
        # Not under the name of the field: what comes back there is to be compared with what the source says.
        done |= self.currencies.told(to, source.fields, source.title)
        if to == XERO:
            self._into_xero(done, source, resolver)
            writer = self._written(self.amounts)
            writer.rows(done["lines"], {})  # says early what cannot be written
            foretold = writer.totals(done["lines"]).total
        else:
            check_number(done["lines"])
            foretold = crm_totals(done["lines"], self.taxes).total + done["adjustment"]
        self._scales.create(to, done, foretold, source, resolver)
        return done

    def _into_xero(self, done: dict[str, Value], source: Record, resolver: Resolver) -> None:
        totals.check_adjustable(source, self.amounts)
        header_tax.check_named(source)
        totals.check_taxable(source, self.amounts)
        self.statuses.creatable(done.get("status"))
        if self.numbering.by_xero:
            self.numbering.begin(done, source)
        elif source.fields.get("number"):  # Xero takes over the CRM's number
            done["number"] = fitted(self.fields["number"], XERO, source.fields["number"], source)
        own = {line["id"]: line for line in source.fields["lines"]}
        done["lines"] = [
            line if of_header(line["from"]) else self._furnished(line, own[line["from"]], resolver)
            for line in done["lines"]
        ]

    def _furnished(self, line: AnyLine, source: AnyLine, resolver: Resolver) -> dict[str, Value]:
        """What a Xero line needs beside what the CRM's says: the account of its item, and some description."""
        product = resolver.record("product", ZOHO, source["product"]) if source["product"] else None
        account = self._account(source["product"], resolver) or self.postings.default
        if account is None:
            title = product.title if product is not None else "A line"
            raise Cannot(
                "no_account",
                f"“{title}” has no account for {self.trade} in Xero, and there is no default.",
                "Give the item an account in Xero, or choose a default account in the settings.",
            )
        described = line["description"] or (product.title if product is not None else None)
        return {**line, "description": described, "account": account}

    def _account(self, product: str | None, resolver: Resolver) -> str | None:
        """What is said of the account of a product's lines, but for the default."""
        ours = resolver.record("product", ZOHO, product) if product else None
        return self.postings.account_of(ours, resolver.twin(ours) if ours is not None else None)

    # ------------------------------------------------------------------ comparing

    def adoptable(self, zoho: Record, xero: Record, resolver: Resolver) -> None:
        """Raises Cannot: one number is not enough, since both sides count by themselves."""
        check_number_free(zoho, xero, alive=not self.statuses.ended(ZOHO, zoho.fields.get("status")))
        addressed = zoho.fields[self.party]
        if addressed and resolver.counterpart(self.party, ZOHO, addressed) != xero.fields[self.party]:
            ours, theirs = resolver.record(self.party, ZOHO, addressed), self._addressee(xero, resolver)
            raise Cannot(
                "party_differs",
                f"“{zoho.title}” is for “{ours.title if ours else addressed}” in the CRM and for “{theirs}” in Xero.",
                "Give one of them another number; or link the two companies first if they are one.",
            )
        for name in ("currency", "total"):
            problem, values = self.check(zoho, xero, name), (zoho.fields.get(name), xero.fields.get(name))
            if problem is not None:
                # No word lets them be one: what one of them says would be written over the other.
                reason = "totals_apart" if name == TOTAL else "currency_differs"
                raise Cannot(reason, problem, "Correct the document on one side.", values={name: values})

    def _addressee(self, xero: Record, resolver: Resolver) -> str:
        there = resolver.record(self.party, XERO, xero.fields[self.party] or "")
        return there.title if there is not None else "another company"

    def lines_of(self, record: Record, twin: Record, link: Link | None) -> Sequence[AnyLine]:
        lines: Sequence[AnyLine] = super().lines_of(record, twin, link)
        if record.side == XERO:
            return lines
        return [line for line in lines if not (of_header(line["id"]) and charges.settled(line, record, twin, link))]

    def accept_lines(self, to: Side, lines: Sequence[AnyLine], there: Record) -> None:
        if to == ZOHO:
            check_number(lines)
            charges.check_header(lines)
        else:
            self._written(there.fields["amounts"]).check_amounts(lines, there.fields["lines"])

    def check(self, zoho: Record, xero: Record, name: str) -> str | None:
        return totals.difference(zoho.fields, xero.fields, name)

    def mend(self, records: Mapping[Side, Record], name: str, word: str) -> Mapping[Side, Fields]:
        return self._scales.mend(records, name, word)

    def weigh(
        self,
        patch: Mapping[Side, Fields],
        records: Mapping[Side, Record],
        base: Mapping[Side, Fields],
        resolver: Resolver,
    ) -> Mapping[Side, Fields]:
        xero = records[XERO].fields
        if "lines" in patch[XERO]:
            self._written(xero["amounts"]).check_postings(patch[XERO]["lines"], xero["lines"])
        return self._scales.patch(patch, records, base, resolver)

    # ------------------------------------------------------------------ bodies

    def _written(self, amounts: str) -> XeroLines:
        return XeroLines(amounts, self.taxes, self.rates_only, self.postings)

    def body(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        wanted: Sequence[AnyLine] | None = part.fields.get("lines")
        if side == XERO and part.verb == "update" and not self.takes(part, current):
            locks.check_open(part, current)
        body = super().body(side, part, current)
        if part.verb == "create":
            self._begin(body, side, part)
        if side == ZOHO and (part.fields.get("adjustment") or (part.read and "adjustment" in part.fields)):
            body[totals.ADJUSTMENT] = part.fields["adjustment"]
        if side == XERO and wanted is None and rounding.NAME in part.fields:
            wanted = read_xero(current, self.taxes)
        if wanted is None:
            return body
        if side == ZOHO:
            read = part.read.fields if part.read is not None else {}
            charges.into_crm(body, wanted, read.get("lines") or ())
            goods = charges.rows(wanted)
            before, header = header_tax.moved_to_lines({**read, "lines": charges.rows(read.get("lines") or ())}, goods)
            body |= header
            rows = write_crm(goods, before, self.line_names, self.taxes, self.settings.itemless)
            if rows:  # an empty list would delete all lines (facts/zoho.md 3.5)
                body[self.subform] = rows
        else:
            body["LineItems"] = self._lines_for_xero(wanted, part, current)
        return body

    def _begin(self, body: Body, side: Side, part: Part) -> None:
        body.update(self.currencies.spelt(side, part.fields))
        if side == XERO:
            body["LineAmountTypes"] = self.amounts
            if self.numbering.by_xero:
                self.numbering.write(body, part.source)

    def _lines_for_xero(self, lines: Sequence[AnyLine], part: Part, current: Mapping[str, Any]) -> list[Body]:
        writer = self._written(current.get("LineAmountTypes") or EXCLUSIVE if current else self.amounts)
        rows = writer.rows(lines, current)
        if rounding.NAME not in part.fields:
            return rows
        return rounding.with_line(rows, part.fields[rounding.NAME], self.settings.documents.rounding[self.trade])

    def retired(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        there = part.read.fields.get("status") if part.read is not None else None
        if side == XERO:
            if part.policy in ("void", "archive"):
                return {"Status": self.statuses.void(there)}
            return super().retired(side, part, current)
        body = super().retired(side, part, current)
        status = self.fields["status"].zoho
        ended = next((self.statuses.to_zoho[s] for s in ENDED if s in self.statuses.to_zoho), None)
        if part.policy == "void" and status is not None and ended is not None:
            body[status.head] = ended
        return body

    def probe_key(self, part: Part) -> str | None:
        if part.side == XERO and self.numbering.by_xero and part.source is not None:
            return mark(part.source.fields, part.source.id)
        names = ("xero_number", "number") if part.side == ZOHO else ("number",)
        return next((text(part.fields[name]) for name in (*names, "subject") if part.fields.get(name)), None)


def _first(columns: Mapping[str, Any], name: str, attribute: str) -> int | None:
    found = columns.get(name)
    return getattr(found, attribute) if found is not None else None
