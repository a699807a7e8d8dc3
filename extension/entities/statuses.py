"""A document's status on both sides, by the connection's status map.

Pure. Several statuses of one side may stand for one of the other: then they agree, and nothing moves. What Xero
alone decides (an invoice is PAID) agrees with whatever the CRM's status stands for, and is never written. A change
that Xero does not allow (facts/xero.md 3.10, 3.11) is held before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from extension.sync.canonical import XERO, Side
from extension.sync.errors import Cannot

VOIDED: Final = "VOIDED"
DELETED: Final = "DELETED"
ENDED: Final = (VOIDED, DELETED)

Moves = Mapping[str, frozenset[str]]

INVOICE_MOVES: Final[Moves] = {
    "DRAFT": frozenset({"SUBMITTED", "AUTHORISED", DELETED}),
    "SUBMITTED": frozenset({"DRAFT", "AUTHORISED", DELETED}),
    "AUTHORISED": frozenset({VOIDED}),
    "PAID": frozenset(),
    VOIDED: frozenset(),
    DELETED: frozenset(),
}
ORDER_MOVES: Final[Moves] = {
    "DRAFT": frozenset({"SUBMITTED", "AUTHORISED", DELETED}),
    "SUBMITTED": frozenset({"DRAFT", "AUTHORISED", DELETED}),
    "AUTHORISED": frozenset({"BILLED", DELETED}),
    "BILLED": frozenset(),  # Xero lets it be deleted, but a bill was made of it: that is a person's to decide
    DELETED: frozenset(),
}
UNPAID: Final = frozenset({"AUTHORISED"})  # of these something is to be paid; PAID is what nothing is due of
BIRTHS: Final = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
WORDS: Final = {
    "DRAFT": "a draft",
    "SUBMITTED": "awaiting approval",
    "AUTHORISED": "approved",
    "PAID": "paid",
    "BILLED": "billed",
    VOIDED: "voided",
    DELETED: "deleted",
}
HINT: Final = "Complete the status map in the settings."


@dataclass(frozen=True)
class StatusMap:
    """`to_xero` and `to_zoho` as the connection's settings say; a blank status of the CRM is None."""

    to_xero: Mapping[str | None, str]
    to_zoho: Mapping[str, str | None]
    moves: Moves

    def project(self, to: Side, value: str | None, there: str | None) -> str | None:
        """The status that `to` would hold. `there`: what it holds now, None for a record yet to be made."""
        return self._xero(value, there) if to == XERO else self._zoho(value, there)

    def _xero(self, value: str | None, there: str | None) -> str:
        wanted = self._in_xero(value)
        if there is None or there == wanted:
            return wanted
        if there in self.to_zoho and self.to_xero.get(self.to_zoho[there]) == wanted:
            return there
        allowed = self.moves.get(there, frozenset())
        if wanted == VOIDED and VOIDED not in allowed and DELETED in allowed:
            return DELETED
        if wanted not in allowed:
            raise Cannot(
                "status_refused",
                f"It is {WORDS.get(there, there)} in Xero, which cannot become {WORDS.get(wanted, wanted)} from here.",
                "Change the status in Xero, or set the CRM's status back.",
            )
        return wanted

    def _in_xero(self, value: str | None) -> str:
        if value not in self.to_xero:
            raise Cannot("status_unmapped", f"The CRM's status “{value or 'none'}” stands for none in Xero.", HINT)
        return self.to_xero[value]

    def _zoho(self, value: str | None, there: str | None) -> str | None:
        if value is None or value not in self.to_zoho:
            raise Cannot("status_unmapped", f"Xero's status {value} stands for none in the CRM.", HINT)
        wanted = self.to_zoho[value]
        if there is not None and there in self.to_xero and self.to_xero[there] in (value, self.to_xero.get(wanted)):
            return there
        return wanted

    def creatable(self, value: str | None) -> None:
        """Raises Cannot where Xero does not let a document begin like this."""
        if value not in BIRTHS:
            raise Cannot(
                "status_refused",
                f"Xero does not take a new document that is already {WORDS.get(value or '', value)}.",
                "Set it to a status that stands for a draft or an approved document.",
            )

    def ended(self, side: Side, value: str | None) -> bool:
        """Voided or cancelled: matched with its twin, but never created anew."""
        return (value if side == XERO else self.to_xero.get(value)) in ENDED

    def void(self, there: str | None) -> str:
        """What voiding makes of a Xero document in this status; raises Cannot."""
        wanted = next((s for s in ENDED if s in self.moves.get(there or "", frozenset())), None)
        if wanted is None:
            raise Cannot("status_refused", "Xero does not void it as it stands.", "Remove its payments in Xero first.")
        return wanted
