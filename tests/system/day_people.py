"""Who works in a busy organisation: edits at both sides, new companies, invoices paid, voided and deleted.

Nobody edits a record whose last edit has not arrived yet: a day asks when each arrives; conflicts have their own tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Final

from extension.sync.canonical import XERO, ZOHO
from tests.system.cast import Pair, Town, phone, plain
from tests.system.switch_rig import Rig

NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass
class Edit:
    """What somebody did, and when it was on the other side. `by`: when it must be, by the longest interval that was in
    force meanwhile; while there are no calls left, by the first run after that."""

    name: str
    at: datetime
    there: Callable[[], bool] = field(repr=False)
    by: datetime = NEVER
    seen: datetime | None = None


class People:
    """Everybody who works there."""

    def __init__(self, rig: Rig, seed: int) -> None:
        self.rig, self.random, self.edits = rig, Random(seed), list[Edit]()
        self.pairs = self._cast()

    @property
    def now(self) -> datetime:
        return self.rig.clock.now()

    def _cast(self) -> dict[str, list[Pair]]:
        found = {entity: list(Town(self.rig).pairs(entity)) for entity in ("account", "product", "invoice")}
        found["invoice"] = [pair for pair in found["invoice"] if plain(pair.books)]
        found["account"] = [pair for pair in found["account"] if pair.books["ContactStatus"] == "ACTIVE"]
        assert all(found.values()), {name: len(pairs) for name, pairs in found.items()}
        return found

    def edit(self) -> None:
        """A person at work: mostly companies, then products and invoices; now and then one is paid or voided."""
        number = len(self.edits) + 100
        deeds: list[tuple[int, Callable[[int], Edit | None]]] = [
            (3, self._phone),
            (3, self._tax_number),
            (2, self._price),
            (3, self._due_date),
            (2, self._reference),
            (2, self._new_company),
            (2, self._new_contact),
            (1, self._paid),
            (1, self._voided),
            (1, self._deleted),
        ]
        (deed,) = self.random.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])
        edit = deed(number) or self._new_company(number)
        self.edits.append(edit)

    def free(self, entity: str) -> Pair | None:
        """One that nobody edited since its last edit arrived."""
        open_ = {edit.name.split()[0] for edit in self.edits if edit.seen is None}
        free = [pair for pair in self.pairs[entity] if pair.id(ZOHO) not in open_]
        return self.random.choice(free) if free else None

    def _of(self, entity: str, what: str, do: Callable[[Pair], object], there: Callable[[Pair], bool]) -> Edit | None:
        pair = self.free(entity)
        if pair is None:
            return None
        do(pair)
        return Edit(f"{pair.id(ZOHO)} {entity}: {what}", self.now, lambda: there(pair))

    def _phone(self, n: int) -> Edit | None:
        new = f"+64 9 {n:07}"
        return self._of("account", "phone", lambda it: it.in_crm(Phone=new), lambda it: phone(it.books) == new)

    def _tax_number(self, n: int) -> Edit | None:
        new = f"{n}-{n}"
        return self._of(
            "account", "tax number", lambda it: it.in_xero(TaxNumber=new), lambda it: it.crm["Tax_Number"] == new
        )

    def _price(self, n: int) -> Edit | None:
        def there(it: Pair) -> bool:
            return bool(it.books["SalesDetails"].get("UnitPrice") == n)

        return self._of("product", "price", lambda it: it.in_crm(Unit_Price=n), there)

    def _due_date(self, n: int) -> Edit | None:
        new = f"2027-{n % 12 + 1:02}-{n % 27 + 1:02}"

        def there(it: Pair) -> bool:
            return bool(it.books["DueDateString"][:10] == new)

        return self._of("invoice", "due date", lambda it: it.in_crm(Due_Date=new), there)

    def _reference(self, n: int) -> Edit | None:
        new = f"Order {n}"
        return self._of(
            "invoice", "reference", lambda it: it.in_xero(Reference=new), lambda it: it.crm["Subject"] == new
        )

    def _new_company(self, n: int) -> Edit:
        name = f"Company {n} Ltd"
        id_ = self.rig.people(ZOHO, "create", "Accounts", Account_Name=name, Add_to_Xero=True)
        return Edit(f"{id_} created in the CRM", self.now, lambda: bool(self.rig.row(ZOHO, "Accounts", id_)["Xero_ID"]))

    def _new_contact(self, n: int) -> Edit:
        name = f"Customer {n} Ltd"
        id_ = self.rig.people(XERO, "create", "Contacts", Name=name)
        table = self.rig.zoho.store.tables["Accounts"]

        def there() -> bool:
            return any(row.values.get("Account_Name") == name for row in table.live.values())

        return Edit(f"{id_} created in Xero", self.now, there)

    def _paid(self, n: int) -> Edit | None:
        return self._leaves("paid", lambda it: it.in_xero("pay"), lambda it: bool(it.crm["Status"] == "Paid"))

    def _voided(self, n: int) -> Edit | None:
        return self._leaves("voided", lambda it: it.in_xero("void"), lambda it: bool(it.crm["Status"] == "Voided"))

    def _deleted(self, n: int) -> Edit | None:
        """A deletion is never carried over unseen: it is held, and a person asked."""

        def there(it: Pair) -> bool:
            held = self.rig.store.holds()
            return any(hold.where == ("invoice", XERO, it.id(XERO)) for hold in held)

        return self._leaves("deleted", lambda it: it.in_crm("delete"), there)

    def _leaves(self, what: str, do: Callable[[Pair], object], there: Callable[[Pair], bool]) -> Edit | None:
        """An invoice that nobody edits afterwards."""
        pair = self.free("invoice")
        if pair is None or len(self.pairs["invoice"]) < 3:
            return None
        self.pairs["invoice"].remove(pair)
        do(pair)
        return Edit(f"{pair.id(ZOHO)} invoice: {what}", self.now, lambda: there(pair))
