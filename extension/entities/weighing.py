"""Whether both sides will come to the same total, told before anything is sent; and what a person lets happen if not.

Pure. What Xero will say is computed as Xero does (`money`, `xero_lines`), what the CRM will say as the CRM does. A
difference of a cent is held with both numbers. A person's word about exactly these two numbers lets it stand, or has
it carried: in Xero by a rounding line, in the CRM by its adjustment. A rounding line that is there already moves by
itself, as long as what it carries is what the rounding of lines explains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from extension.entities import locks, rounding, totals
from extension.entities.lines import MONEY, AnyLine, crm_totals
from extension.entities.money import INCLUSIVE
from extension.entities.settings_documents import DocumentSettings
from extension.entities.taxes import TaxMap, Trade
from extension.entities.values import NOTHING, amount
from extension.entities.xero_lines import XeroLines
from extension.sync.canonical import SIDES, XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import Cannot
from extension.sync.model import AMOUNT, Record, of_header
from extension.sync.ports import Resolver

TOTAL: Final = "total"
Numbers: TypeAlias = tuple[Value, Value]


@dataclass(frozen=True, slots=True)
class Moved:
    """The lines whose money a patch changes, as they will be and as they were."""

    added: Sequence[AnyLine]
    taken: Sequence[AnyLine]


def _moved(patch: Fields, record: Record) -> Moved | None:
    """None: no line comes to anything else."""
    if "lines" not in patch:
        return None
    old = {line["id"]: line for line in record.fields.get("lines") or ()}
    added: list[AnyLine] = []
    taken: list[AnyLine] = []
    for line in patch["lines"]:
        before = old.pop(line["id"], None) if line.get("id") else None
        if before is None or any(line.get(name) != before.get(name) for name in (*MONEY, AMOUNT)):
            added.append(line)
            taken += [] if before is None else [before]
    taken += [line for line in old.values() if not of_header(line["id"])]  # what goes of the header is said
    return Moved(added, taken) if added or taken else None


@dataclass(frozen=True)
class Scales:
    """How one kind of document is weighed. `adjusts`: the CRM has an adjustment of the whole document."""

    taxes: TaxMap
    trade: Trade
    rates_only: bool
    settings: DocumentSettings
    adjusts: bool

    # ------------------------------------------------------------------ a new document

    def create(self, to: Side, done: dict[str, Value], foretold: Decimal, source: Record, word: Resolver) -> None:
        """Compares what `to` will come to with what the source says. Raises Cannot, or does as a person said."""
        stated: Decimal | None = source.fields.get(TOTAL)
        if stated is None or stated == foretold:
            return
        values = numbers(to, stated, foretold)
        match word.word(source, TOTAL, values):
            case "send":
                return
            case "round":
                carry = self._carry(to, None, stated - foretold, values)
                done.update({name: amount(done.get(name)) + value for name, value in carry.items()})
            case _:
                raise differs(to, stated, foretold)

    # ------------------------------------------------------------------ lines about to change

    def patch(
        self, patch: Mapping[Side, Fields], records: Mapping[Side, Record], base: Mapping[Side, Fields], word: Resolver
    ) -> dict[Side, Fields]:
        """What goes along with this patch of lines; raises Cannot where both sides would come to different totals."""
        moved = {side: _moved(patch[side], records[side]) for side in SIDES}
        if not any(moved.values()):
            return {}
        if moved[XERO] and locks.locked(records[XERO].fields):  # nothing that could be said of a cent is a way out
            raise locks.refusal("Its lines cannot be changed")
        gross = records[XERO].fields.get("amounts") == INCLUSIVE
        zoho, xero = (self._come(side, patch[side], records[side], moved[side], gross) for side in SIDES)
        if not zoho or not xero or set(zoho) & set(xero):
            return {}
        values = (zoho[0], xero[0])
        if values == (base[ZOHO].get(TOTAL), base[XERO].get(TOTAL)):
            return {}  # a person let this very difference stand
        to: Side = XERO if moved[XERO] else ZOHO
        by, said = values[0] - values[1], word.word(records[ZOHO], TOTAL, values)
        if said == "send":
            return {}
        if self._moves(records[XERO], by) or (to == XERO and said == "round"):
            return {XERO: self._carry(XERO, records[XERO].fields.get(rounding.NAME), by, values)}
        if said == "round":
            have = patch[ZOHO].get("adjustment", records[ZOHO].fields.get("adjustment"))
            return {ZOHO: self._carry(ZOHO, have, -by, values)}
        raise differs(to, *(values if to == XERO else values[::-1]))

    def _come(self, side: Side, patch: Fields, record: Record, moved: Moved | None, gross: bool) -> tuple[Decimal, ...]:
        """What a side will come to; none where it cannot be told, several where it may be either: a tax set by hand
        goes when its line is written, and stays where it is not."""
        told: Decimal | None = record.fields.get(TOTAL)
        if told is None:
            return ()
        more = self._adjusted(patch, record, gross) if side == ZOHO else [NOTHING]
        if moved is None:
            return tuple(told + each for each in more)
        added = self._sum(side, moved.added, record)  # raises what is wrong with a line that is to be written
        sums: list[Decimal] = []
        with suppress(Cannot):  # of a line that stands there now: then the totals are compared once it is written
            sums.append(told + added - self._sum(side, moved.taken, record))
        with suppress(Cannot):
            sums.append(self._whole(side, patch, record))
        return tuple(dict.fromkeys(sum_ + each for sum_ in sums for each in more))

    @staticmethod
    def _adjusted(patch: Fields, record: Record, gross: bool) -> list[Decimal]:
        """By how much the CRM's adjustment may change with it: where it is the rounding of gross prices, it follows."""
        have = amount(record.fields.get("adjustment"))
        if "adjustment" in patch:
            return [amount(patch["adjustment"]) - have]
        return [NOTHING, -have] if gross and have and abs(have) <= totals.rounds(record.fields) else [NOTHING]

    def _whole(self, side: Side, patch: Fields, record: Record) -> Decimal:
        fields = record.fields
        own = amount(fields.get(rounding.NAME))
        if side == ZOHO:
            said = {line["id"] for line in patch["lines"]}
            stays = [line for line in fields["lines"] if of_header(line["id"]) and line["id"] not in said]
            own = amount(fields["document_tax"]) + crm_totals(stays, self.taxes).total
        return self._sum(side, patch["lines"], record) + own

    def _sum(self, side: Side, lines: Sequence[AnyLine], record: Record) -> Decimal:
        if side == ZOHO:
            return crm_totals(lines, self.taxes).total
        return XeroLines(record.fields["amounts"], self.taxes, self.rates_only).totals(lines).total

    # ------------------------------------------------------------------ what differs afterwards

    def mend(self, records: Mapping[Side, Record], name: str, word: str) -> dict[Side, Fields]:
        """What brings the totals of two linked documents in step; empty where a person must say so first."""
        if name != TOTAL:
            return {}
        xero = records[XERO]
        values: Numbers = (records[ZOHO].fields[TOTAL], xero.fields[TOTAL])
        by = amount(values[0]) - amount(values[1])
        if word != "round" and not self._moves(xero, by):
            return {}
        if locks.locked(xero.fields):  # then the CRM's document says what Xero's does
            return {ZOHO: self._carry(ZOHO, records[ZOHO].fields.get("adjustment"), -by, values)}
        return {XERO: self._carry(XERO, xero.fields.get(rounding.NAME), by, values)}

    @staticmethod
    def _moves(xero: Record, by: Decimal) -> bool:
        """Whether the rounding line that is there may carry the difference without a new word."""
        have = amount(xero.fields.get(rounding.NAME))
        return bool(have) and abs(have + by) <= totals.rounds(xero.fields)

    def _carry(self, to: Side, have: Decimal | None, by: Decimal, values: Numbers) -> dict[str, Value]:
        if to == ZOHO:
            if not self.adjusts:
                raise differs(to, values[1], values[0])
            return {"adjustment": amount(have) + by}
        rounding.check_account(self.settings, self.trade, {TOTAL: values})
        return {rounding.NAME: (amount(have) + by) or None}


def numbers(to: Side, stated: Value, foretold: Value) -> Numbers:
    """Both numbers, the CRM's first."""
    return (stated, foretold) if to == XERO else (foretold, stated)


def differs(to: Side, stated: Decimal, foretold: Decimal) -> Cannot:
    """`to` would make another total of the lines than the other side states."""
    says = (
        f"The CRM says {stated:.2f}, Xero would say {foretold:.2f}."
        if to == XERO
        else f"Xero says {stated:.2f}, the CRM would say {foretold:.2f}."
    )
    hint = "Check the taxes and discounts of its lines, and correct one side."
    return Cannot("total_differs", says, hint, values={TOTAL: numbers(to, stated, foretold)})
