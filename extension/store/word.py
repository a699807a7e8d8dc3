"""A person's word, between runs or during one: decisions, approvals, another try.

No lease is needed: none of this changes what a run observed or did, and the next plan, perhaps the next pass of a run
under way, reads it. A word that no plan could ever follow is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from extension.store.records import Records
from extension.store.standing import Approvals, Decisions, Rejections
from extension.sync.canonical import ZOHO, Where, other
from extension.sync.errors import BadInput
from extension.sync.ports import Decision
from extension.sync.wishes import SETTLING

VERBS: Final = ("link", "ignore", "keep", "create", "take", "retire", "recreate", *SETTLING)
OF_FIELDS: Final = ("take", *SETTLING)


class Word:
    """One person's word about one connection, in one transaction."""

    def __init__(self, transaction: sa.Connection, connection_id: int) -> None:
        self._records = Records(transaction, connection_id)
        self._decisions = Decisions(transaction, connection_id)
        self._rejections = Rejections(transaction, connection_id)
        self._approvals = Approvals(transaction, connection_id)

    def decide(self, decision: Decision) -> None:
        """Raises BadInput, and changes nothing, where it names records that are not there."""
        entity, side, _ = decision.where
        if decision.verb not in VERBS:
            raise BadInput(f"“{decision.verb}” is nothing that can be decided.", code="no_verb")
        self._check_known(decision.where)
        if decision.verb == "link":
            if not decision.twin:
                raise BadInput("It was not said which record it belongs with.", code="no_twin")
            self._check_known((entity, other(side), decision.twin))
        if decision.verb == "take" and (side != ZOHO or decision.takes is None or not decision.field):
            raise BadInput("It was not said which side counts in which field.", code="no_side")
        if decision.verb in SETTLING and not (decision.field and decision.about):
            raise BadInput("It was not said of which two values.", code="no_values")
        if decision.verb not in OF_FIELDS and decision.field:
            raise BadInput("This cannot be said of a single field.", code="no_field")
        self._decisions.save(decision)

    def _check_known(self, where: Where) -> None:
        entity, side, id_ = where
        if not self._records.by_id(entity, side, [id_]):
            raise BadInput("This record is not known here (any more).", code="no_record", hint="Fetch the data again.")

    def undecide(self, where: Where, field: str = "") -> None:
        self._decisions.drop(where, field)

    def approve(self, digests: Iterable[str]) -> None:
        """The next run does these actions, as long as they are still the same."""
        self._approvals.add(digests)

    def disapprove(self, digests: Iterable[str]) -> None:
        self._approvals.use(digests)

    def forgive(self, wheres: Sequence[Where] | None) -> None:
        """What a service refused is tried again (None: all of it)."""
        self._rejections.forgive(wheres)

    def unpark(self) -> None:
        """Everything unlinked is looked at again: the start date, the scope or the mapping changed."""
        self._records.unpark()
