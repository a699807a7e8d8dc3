"""What signals call for: by name, by a look, or nothing. Over a memory in plain dicts, no service anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.heed import MANY, NEWS, PATIENCE, Due, Heed, Hint
from extension.sync.keeping import FeedState
from extension.sync.model import FieldRule, Link, Record, Scope
from extension.sync.ports import Registry, Store

NOW = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)
SOON = timedelta(seconds=10)


@dataclass
class Kind:
    """An entity, as far as signals look at it."""

    name: str
    feeds: dict[Side, str]
    directions: tuple[Side, ...] = (ZOHO, XERO)
    rules: dict[str, FieldRule] = field(default_factory=dict)
    line_rules: dict[str, FieldRule] = field(default_factory=dict)


KINDS = [
    Kind("account", {ZOHO: "Accounts", XERO: "Contacts"}),
    Kind("product", {ZOHO: "Products", XERO: "Items"}),
    Kind("contact", {ZOHO: "Contacts", XERO: "Contacts"}, rules={"account": FieldRule("account", ref="account")}),
    Kind(
        "invoice",
        {ZOHO: "Invoices", XERO: "Invoices"},
        rules={"account": FieldRule("account", ref="account")},
        line_rules={"lines.product": FieldRule("lines.product", ref="product")},
    ),
]


class Company:
    """Registry and store in one: records, links, when each feed was last walked and what is restless was read."""

    def __init__(self) -> None:
        self.entities: Any = list(KINDS)
        self.records: list[Record] = []
        self.pairs: list[Link] = []
        self.through = {kind.name for kind in KINDS}
        self.walked: dict[tuple[Side, str], datetime | None] = {}
        self.roused: datetime | None = None
        self.open = 0

    def entity(self, name: str) -> Any:
        return next(kind for kind in self.entities if kind.name == name)

    def let_through(self) -> frozenset[str]:
        return frozenset(self.through)

    def by_remote(self, side: Side, feed: str, remotes: list[str]) -> list[Record]:
        return [r for r in self.records if (r.side, r.feed) == (side, feed) and r.remote in remotes]

    def links_of(self, entity: str, side: Side, ids: list[str]) -> list[Link]:
        return [each for each in self.pairs if each.entity == entity and each.ids[side] in ids]

    def feed(self, side: Side, feed: str) -> FeedState:
        return FeedState(side, feed, self.walked.get((side, feed), NOW - timedelta(hours=1)), roused=self.roused)

    def restless(self, side: Side, feed: str) -> list[str]:
        return [f"{feed} {n}" for n in range(self.open)]

    def knows(self, entity: str, side: Side, id_: str, **more: Any) -> None:
        feed = self.entity(entity).feeds[side]
        given = {"modified": NOW - timedelta(hours=2), "read_at": NOW - timedelta(hours=2), **more}
        self.records.append(Record(entity, side, id_, id_, feed, fields={}, **given))

    def linked(self, entity: str, zoho: str, xero: str) -> None:
        self.knows(entity, ZOHO, zoho)
        self.knows(entity, XERO, xero)
        self.pairs.append(Link(len(self.pairs) + 1, entity, {ZOHO: zoho, XERO: xero}, {ZOHO: {}, XERO: {}}))

    def due(self, *hints: Hint, scope: Scope | None = None) -> Due:
        return Heed(cast(Store, self), cast(Registry, self), scope or Scope(), NOW).due(hints)


@pytest.fixture
def company() -> Company:
    return Company()


def hint(side: Side, feed: str, remote: str, *, gone: bool = False, at: datetime = NOW - SOON, id_: int = 1) -> Hint:
    return Hint(id_, side, feed, remote, gone, at)


def credit(*, at: datetime = NOW - SOON, id_: int = 1) -> Hint:
    """Credit of Xero, which names no document."""
    return Hint(id_, XERO, "Invoices", "c1", False, at, stirs=True)


def named(due: Due) -> tuple[tuple[str, str], ...]:
    assert due.scope is not None
    return due.scope.records


# ------------------------------------------------------------------ by name


def test_a_record_of_the_crm_is_run_by_name_known_or_not(company: Company) -> None:
    due = company.due(hint(ZOHO, "Accounts", "z1"))
    assert named(due) == (("account", "z1"),)
    assert (due.heeded, due.spent) == ((1,), ())


def test_a_record_of_xero_is_run_by_its_twins(company: Company) -> None:
    """One contact of Xero may be an account and a contact of the CRM."""
    company.linked("account", "z1", "x1")
    company.linked("contact", "z2", "x1")
    assert named(company.due(hint(XERO, "Contacts", "x1"))) == (("account", "z1"), ("contact", "z2"))


def test_a_run_by_a_signal_is_nobodys_approval(company: Company) -> None:
    scope = company.due(hint(ZOHO, "Accounts", "z1"), scope=Scope(mode="zoho-to-xero")).scope
    assert scope == Scope(
        records=(("account", "z1"),), mode="zoho-to-xero", trigger="signal", background=True, approve=False
    )


def test_both_ends_of_a_pair_are_one_name(company: Company) -> None:
    company.linked("account", "z1", "x1")
    due = company.due(hint(ZOHO, "Accounts", "z1"), hint(XERO, "Contacts", "x1", id_=2))
    assert named(due) == (("account", "z1"),)
    assert due.heeded == (1, 2)


# ------------------------------------------------------------------ nothing


@pytest.mark.parametrize("seen", ["modified", "read_at"])
def test_what_was_read_since_calls_for_nothing(company: Company, seen: str) -> None:
    company.knows("account", ZOHO, "z1", **{seen: NOW})
    assert company.due(hint(ZOHO, "Accounts", "z1")) == Due(spent=(1,))
    assert company.due(hint(ZOHO, "Accounts", "z1", at=NOW + SOON)).scope is not None


def test_every_view_must_have_been_read_since(company: Company) -> None:
    company.linked("account", "z1", "x1")
    company.knows("contact", XERO, "x1", read_at=NOW)
    assert company.due(hint(XERO, "Contacts", "x1")).scope is not None


@pytest.mark.parametrize(
    "strange",
    [
        hint(ZOHO, "Leads", "z1"),
        hint(XERO, "CreditNotes", "x1"),
        hint(ZOHO, "Accounts", "z1", at=NOW - PATIENCE - SOON),
    ],
)
def test_what_concerns_nobody_or_is_old(company: Company, strange: Hint) -> None:
    assert company.due(strange) == Due(spent=(1,))


def test_modules_that_are_not_chosen(company: Company) -> None:
    chosen = Scope(entities=("invoice",))
    assert company.due(hint(ZOHO, "Accounts", "z1"), scope=chosen) == Due(spent=(1,))


def test_modules_that_no_person_has_let_through(company: Company) -> None:
    company.through.remove("account")
    assert company.due(hint(ZOHO, "Accounts", "z1")) == Due(spent=(1,))


def test_a_direction_that_is_not_chosen(company: Company) -> None:
    assert company.due(hint(ZOHO, "Accounts", "z1"), scope=Scope(mode="xero-to-zoho")) == Due(spent=(1,))
    company.linked("account", "z2", "x2")
    decided = company.due(hint(XERO, "Contacts", "x2"), scope=Scope(mode="zoho-to-xero"))
    assert named(decided) == (("account", "z2"),), "what Xero decides travels in every mode"


# ------------------------------------------------------------------ looks


def looked(due: Due) -> tuple[str, ...]:
    assert due.scope is not None
    assert due.scope.records == ()
    return due.scope.entities


def test_what_is_new_in_xero_is_looked_for_with_its_parents(company: Company) -> None:
    assert looked(company.due(hint(XERO, "Contacts", "x9"))) == ("account", "contact")
    assert looked(company.due(hint(XERO, "Invoices", "x9"))) == ("account", "product", "invoice")


def test_a_look_waits_until_its_feed_was_walked_long_enough_ago(company: Company) -> None:
    company.walked[XERO, "Contacts"] = NOW - NEWS + SOON
    assert company.due(hint(XERO, "Contacts", "x9", at=NOW)) == Due()
    company.walked[XERO, "Contacts"] = NOW - NEWS
    assert company.due(hint(XERO, "Contacts", "x9", at=NOW)).scope is not None


def test_a_walk_that_began_since_has_seen_it(company: Company) -> None:
    company.walked[XERO, "Contacts"] = NOW
    assert company.due(hint(XERO, "Contacts", "x9")) == Due(spent=(1,))


def test_a_feed_that_was_never_walked_is_fetched_first(company: Company) -> None:
    company.walked[XERO, "Contacts"] = None
    assert company.due(hint(XERO, "Contacts", "x9")) == Due()


def test_nothing_is_looked_for_that_may_not_come_into_the_crm(company: Company) -> None:
    assert company.due(hint(XERO, "Contacts", "x9"), scope=Scope(mode="zoho-to-xero")) == Due(spent=(1,))
    company.entities = [Kind(kind.name, kind.feeds, (XERO,)) for kind in KINDS]
    assert company.due(hint(XERO, "Contacts", "x9")) == Due(spent=(1,))


def test_a_deletion_is_looked_for_where_a_pair_ends_by_it(company: Company) -> None:
    assert company.due(hint(ZOHO, "Accounts", "z1", gone=True)) == Due(spent=(1,))
    company.linked("account", "z1", "x1")
    assert looked(company.due(hint(ZOHO, "Accounts", "z1", gone=True))) == ("account",)
    company.records = []
    company.knows("account", ZOHO, "z1", state="gone")
    assert company.due(hint(ZOHO, "Accounts", "z1", gone=True)) == Due(spent=(1,))


def test_by_the_dozen_a_walk_is_cheaper(company: Company) -> None:
    hints = [hint(ZOHO, "Accounts", f"z{n}", id_=n) for n in range(MANY + 1)]
    assert len(named(company.due(*hints[:MANY]))) == MANY
    due = company.due(*hints)
    assert looked(due) == ("account",)
    assert due.heeded == tuple(range(MANY + 1))
    company.walked[ZOHO, "Accounts"] = NOW - SOON
    assert company.due(*[hint(ZOHO, "Accounts", f"z{n}", at=NOW, id_=n) for n in range(MANY + 1)]) == Due()


def test_names_go_first_and_looks_wait_for_the_next_time(company: Company) -> None:
    due = company.due(hint(XERO, "Contacts", "x9"), hint(ZOHO, "Accounts", "z1", id_=2))
    assert named(due) == (("account", "z1"),)
    assert (due.heeded, due.spent) == ((2,), ())


# ------------------------------------------------------------------ news that name nothing


def test_credit_has_open_documents_read_again(company: Company) -> None:
    due = company.due(credit())
    assert looked(due) == ("account", "product", "invoice")
    assert due.scope is not None
    assert (due.scope.restless, due.scope.background, due.scope.approve) == (True, True, False)
    assert due.heeded == due.spent == (), "it is spent when they were read, however often a run begins"


def test_credit_is_spent_when_open_documents_were_read_since(company: Company) -> None:
    company.roused = NOW - SOON
    assert company.due(credit()) == Due(spent=(1,))
    assert company.due(credit(at=NOW)) == Due(), "they are read at most every five minutes"


def test_several_credits_are_one_look_beside_other_news(company: Company) -> None:
    company.roused = NOW - timedelta(hours=20)
    due = company.due(credit(), credit(id_=2), hint(XERO, "Contacts", "x9", id_=3))
    assert looked(due) == ("account", "product", "contact", "invoice")
    assert (due.heeded, due.spent) == ((3,), ())
    assert due.scope is not None
    assert due.scope.restless
    plain = company.due(hint(XERO, "Contacts", "x9")).scope
    assert plain is not None
    assert not plain.restless


def test_credit_waits_like_any_look(company: Company) -> None:
    company.walked[XERO, "Invoices"] = NOW - NEWS + SOON
    assert company.due(credit()) == Due()
    company.walked[XERO, "Invoices"] = NOW - NEWS
    assert company.due(credit()).scope is not None


@pytest.mark.parametrize(("count", "wait"), [(999, NEWS), (1_000, 2 * NEWS), (10_500, 11 * NEWS)])
def test_the_more_is_open_the_rarer_it_is_read(company: Company, count: int, wait: timedelta) -> None:
    company.open = count
    company.roused = NOW - wait + SOON
    assert company.due(credit(at=NOW)) == Due()
    company.roused = NOW - wait
    assert company.due(credit(at=NOW)).scope is not None


def test_credit_moves_money_in_every_mode_of_modules_that_run(company: Company) -> None:
    assert company.due(credit(), scope=Scope(mode="zoho-to-xero")).scope is not None, "what Xero decides travels"
    assert company.due(credit(), scope=Scope(entities=("account",))) == Due(spent=(1,))
    assert company.due(credit(at=NOW - PATIENCE - SOON)) == Due(spent=(1,))
    company.through.remove("invoice")
    assert company.due(credit()) == Due(spent=(1,))
