"""Who acts in the stories of edits: linked records in somebody's hands, and the town they live in.

A story is a generator: it takes records that nobody else has taken, edits them, yields for the run, and then asserts
what a bookkeeper expects. An edit is on the other side afterwards, or held with a reason; wherever it is, the person's
own value still stands where they put it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Link
from tests.system.switch_rig import Rig, Row

Told: TypeAlias = Generator[None, None, None]
Story: TypeAlias = "Callable[[Town], Told]"
STORIES: Final[dict[str, Story]] = {}
SUBFORMS: Final = {"invoice": "Invoiced_Items", "purchase_order": "Purchase_Items"}
TOTALS: Final = frozenset({"total_differs", "tax_total_differs"})
A_DAY: Final = 24 * 3600 + 60.0
KEPT: Final = (
    *("LineItemID", "Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "Tracking"),
    *("DiscountRate", "DiscountAmount"),
)


def story(told: Story) -> Story:
    STORIES[told.__name__] = told
    return told


@dataclass
class Pair:
    """One linked record, as it is now on each side."""

    rig: Rig
    link: Link
    kinds: Mapping[Side, str]

    def id(self, side: Side) -> str:
        """Of the row it lives in."""
        return self.link.ids[side].partition("/")[0]

    @property
    def crm(self) -> Row:
        return self.rig.row(ZOHO, self.kinds[ZOHO], self.id(ZOHO))

    @property
    def books(self) -> Row:
        return self.rig.row(XERO, self.kinds[XERO], self.id(XERO))

    def in_crm(self, do: str = "edit", /, **changes: Any) -> None:
        self.rig.people(ZOHO, do, self.kinds[ZOHO], self.id(ZOHO), **changes)

    def in_xero(self, do: str = "edit", /, **changes: Any) -> None:
        self.rig.people(XERO, do, self.kinds[XERO], self.id(XERO), **changes)

    # -------------------------------------------------- documents

    @property
    def rows(self) -> list[Row]:
        """The CRM's lines."""
        return list(self.crm[SUBFORMS[self.link.entity]])

    def row(self, id_: str) -> Row:
        return next(row for row in self.rows if row["id"] == id_)

    def edit_rows(self, *rows: Row) -> None:
        self.in_crm(**{SUBFORMS[self.link.entity]: list(rows)})

    @property
    def lines(self) -> list[Row]:
        """Xero's lines, ready to be sent again."""
        return [{name: line[name] for name in KEPT if name in line} for line in self.books["LineItems"]]

    def line(self, id_: str) -> Row:
        return next(line for line in self.lines if line["LineItemID"] == id_)

    def edit_lines(self, *lines: Row) -> None:
        self.in_xero(LineItems=list(lines))

    @property
    def same_totals(self) -> bool:
        """Equal to the cent; where both sides round in another way, a difference is held."""
        apart = rounds_apart(self.rig)
        return bool(self.crm["Grand_Total"] == self.books["Total"] or (apart and self.held & TOTALS))

    # -------------------------------------------------- ours

    @property
    def held(self) -> set[str]:
        """Why the last run held it."""
        return {h.reason for h in self.rig.report.holds if (h.entity, h.side, h.id) in self._ends}

    @property
    def why(self) -> set[str]:
        """Every reason that the last run gave, skips included."""
        return {reason for where, reason in self.rig.reasons(self.rig.report).items() if where in self._ends}

    @property
    def live(self) -> bool:
        return self.rig.store.links([self.link.id])[0].state == "live"

    @property
    def _ends(self) -> set[tuple[str, str, str]]:
        return {(self.link.entity, side, self.link.ids[side]) for side in SIDES}


class Town:
    """The people of one company: who takes a record is alone with it. Nobody takes a document of one who leaves."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.taken, self.leavers, self.parties = rig, set[str](), set[str](), set[str]()

    def pairs(self, entity: str) -> Iterator[Pair]:
        """Linked, in step, and nobody's yet."""
        pairing = self.rig.registry.entity(entity)
        for link in self.rig.links(entity):
            pair = Pair(self.rig, link, pairing.feeds)
            if pair.id(XERO) not in self.taken and not pair.why and pair.crm and pair.books:
                yield pair

    def take(self, entity: str, fits: Callable[[Pair], bool] = lambda pair: True, *, leaves: bool = False) -> Pair:
        """`leaves`: it will be deleted, archived or merged."""
        for pair in self.pairs(entity):
            own, party = pair.id(XERO), pair.books.get("Contact", {}).get("ContactID", "")
            if party in self.leavers or (leaves and own in self.parties) or not fits(pair):
                continue
            self.taken.add(own)
            self.parties.add(party)
            self.leavers.update({own} if leaves else ())
            return pair
        raise LookupError(f"this company is too small: no such {entity} is left")

    def papers(self, company: Pair) -> list[Pair]:
        """Approved invoices of a company."""
        of = company.id(XERO)
        return [p for p in self.pairs("invoice") if p.books["Contact"]["ContactID"] == of and plain(p.books)]

    def account(self, *, leaves: bool = False) -> Pair:
        return self.take("account", lambda p: p.books["ContactStatus"] == "ACTIVE", leaves=leaves)

    def invoice(self, status: str = "AUTHORISED", lines: int = 1) -> Pair:
        return self.take("invoice", lambda p: plain(p.books, status, lines))

    def order(self, status: str = "AUTHORISED", lines: int = 1) -> Pair:
        return self.take("purchase_order", lambda p: plain(p.books, status, lines))

    def switched(self, **switches: Any) -> bool:
        """Whether this world has one of these settings."""
        now = {**self.rig.zoho.switches(), **self.rig.xero.switches()}
        return any(now[name] == value for name, value in switches.items())

    def settle(self, **scope: Any) -> None:
        """A run between two edits."""
        self.later()
        self.rig.sync(**scope)

    def later(self) -> None:
        """Until the next run; where money moves no document's time, that is the first of the next day, which reads
        open documents again."""
        self.rig.later(*([A_DAY] if self.switched(payments_touch_documents=False) else []))


def rounds_apart(rig: Rig) -> bool:
    """Whether a document of several lines may come to a cent more on one side: where Xero's ties go to the even digit
    (facts/xero.md 3.12), or the CRM rounds the tax of all lines as one sum."""
    return bool(rig.xero.switches()["tie_rounding"] == "half_even" or rig.zoho.switches()["tax_rounding"] == "document")


def plain(row: Row, status: str = "AUTHORISED", lines: int = 1) -> bool:
    """Nothing paid, every line an item, no discount, prices without tax."""
    return (
        row["Status"] == status
        and not row.get("AmountPaid")
        and len(row["LineItems"]) >= lines
        and row["LineAmountTypes"] == "Exclusive"
        and all(line.get("ItemCode") and not line.get("DiscountRate") for line in row["LineItems"])
        and not any(line.get("DiscountAmount") for line in row["LineItems"])
    )


def phone(row: Row) -> str:
    return next((p["PhoneNumber"] for p in row["Phones"] if p["PhoneType"] == "DEFAULT"), "")


def phones(number: str) -> list[Row]:
    return [{"PhoneType": "DEFAULT", "PhoneNumber": number, "PhoneAreaCode": "", "PhoneCountryCode": ""}]


def approved(town: Town, it: Pair, arrived: Callable[[], bool]) -> None:
    """The edit of an approved sales invoice arrived; some say that the API refuses it (facts/xero.md 3.10)."""
    cents = TOTALS if rounds_apart(town.rig) else frozenset[str]()
    if town.switched(edit_authorised=False) and it.kinds[XERO] == "Invoices":
        assert it.held & {"locked", *cents}, "nothing is sent, or refused, that would differ by a cent"
    else:
        came(town, it, arrived)


def came(town: Town, it: Pair, arrived: Callable[[], bool]) -> None:
    """An edit arrived, unless the two services would differ by a cent: then it waits for a person's word."""
    assert it.held <= (TOTALS if rounds_apart(town.rig) else frozenset[str]())
    assert it.held or arrived()


def live(rig: Rig, then: Callable[[], object] = lambda: None) -> None:
    """Everybody edits at once; one run later everything is where a bookkeeper expects it, and stays there.

    `then`: what happens between the edits and that run.
    """
    town = Town(rig)
    begun = {name: told(town) for name, told in STORIES.items()}
    for each in begun.values():
        next(each, None)
    then()
    town.later()
    rig.rests()
    for name, each in begun.items():
        try:
            next(each, None)
        except AssertionError as wrong:
            wrong.add_note(f"in the story {name}")
            raise
