"""What people do, what goes wrong, and every promise of design.md section 5 as a check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from extension.sync.actions import Report
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where
from extension.sync.engine import Engine, Timing
from extension.sync.errors import LeaseLost
from extension.sync.model import Record, Scope
from tests.sim.kinds import PERSONS, Toy
from tests.sim.service import KEY, Habits, Service, Stored
from tests.sim.truth import Links, Now
from tests.sim.world import Crash, MortalStore, World

LAG, QUIET = 70, 170
WINDOW = timedelta(seconds=120)  # overlap and settle delay: more than the index lag
NAMES = ("ada", "bob", "dorothea")
CODES = ("p1", "p2")
NUMBERS = ("n1", "n2", "n3")
MAILS = ("a@x", "b@x", "c@x")
VALUES = (None, "1", "22", "abcdefgh", "abcdeXYZ")
FEED: Mapping[str, Mapping[Side, str]] = {e.name: e.feeds for e in Toy().entities}


@dataclass(frozen=True)
class Ways:
    """How one story's world behaves."""

    zoho: Habits = field(default_factory=Habits)
    xero: Habits = field(default_factory=Habits)
    retire: str = "archive"
    ask: bool = False  # a person decides conflicts
    bills: bool = False  # an order's number counts within its firm, and nothing refuses a second one


class Harness:
    def __init__(self, ways: Ways, store: Any = None) -> None:
        self.world = World()
        self.toy = Toy(width=ways.xero.width, ask=ways.ask, bills=ways.bills)
        for e in self.toy.entities:
            e.retire_policy = ways.retire
        self.side: dict[Side, Service] = {
            ZOHO: Service(self.world, ZOHO, ways.zoho),
            XERO: Service(self.world, XERO, replace(ways.xero, bills=ways.bills)),
        }
        self.store = store or MortalStore({ZOHO: "zoho-org", XERO: "xero-org"})  # any other that is mortal
        self.store.world = self.world
        for service in self.side.values():
            service.store = self.store
        self.edits: dict[tuple[Where, str], Any] = {}
        self.baseline: dict[tuple[Where, str], Any] = {}
        self.pairs: set[tuple[str, str, str]] = set()
        self.refused: set[Where] = set()
        self.unguarded: set[Where] = set()
        self.grown: set[str] = set()
        self.thinned: set[str] = set()
        self.stats: Counter[str] = Counter()
        self.said: set[tuple[Where, str]] = set()  # fields in whose conflicts a person let one side count
        self.torn: set[tuple[Where, str]] = set()  # fields that were held when all was at rest
        self.apart: Counter[tuple[Side, str, Any]] = Counter()  # keys that a person wanted once more
        self.also: list[Callable[[], None]] = []  # further checks at rest

    def engine(self, owner: str = "sim") -> Engine:
        timing = Timing(overlap=WINDOW, settle=WINDOW)
        self.host = self.visitor(owner, timing, self.world.between)
        return self.host

    def visitor(self, owner: str, timing: Timing, between: Callable[[], None] = lambda: None, **given: Any) -> Engine:
        return Engine(
            self.store,
            self.toy,
            self.side,
            Now(self.world),
            owner=owner,
            timing=timing,
            heartbeat=False,
            between=between,
            **given,
        )

    # ------------------------------------------------------------------ people

    def create(self, side: Side, kind: str, key: str, value: Any, pick: int) -> None:
        service, feed = self.side[side], FEED[kind][side]
        body: dict[str, Any] = {KEY[feed]: key, "phone": value, "note": value}
        if side == ZOHO:
            body |= {"ticked": pick % 5 != 0, "twin_id": None}
        firms = service.live(FEED["firm"][side])
        if kind == "firm" and side == XERO:
            body["persons"] = []
        if kind == "person" and side == XERO:
            self._add_person(firms, key, value, pick)
            return
        if kind in ("person", "order"):
            if not firms:
                return
            body["firm"] = firms[pick % len(firms)].id
        if kind == "order":
            body["lines"] = self._lines(side, pick)
        service.create(feed, body)

    def _lines(self, side: Side, pick: int) -> list[dict[str, Any]]:
        goods = self.side[side].live(FEED["item"][side])
        chosen = goods[: pick % 3] if goods else []
        return [
            {"id": None, "item": g.id if side == ZOHO else g.body["code"], "quantity": Decimal(pick + 1)}
            for g in chosen
        ]

    def _add_person(self, firms: list[Any], mail: str, value: Any, pick: int) -> None:
        if not firms:
            return
        firm = firms[pick % len(firms)]
        persons = list(firm.body.get("persons") or [])
        if firm.id not in self.thinned and len(persons) < PERSONS and all(p["email"] != mail for p in persons):
            self.grown.add(firm.id)
            self.side[XERO].edit("Parties", firm.id, persons=[*persons, {"email": mail, "phone": value}])

    def edit(self, side: Side, kind: str, i: int, name: str, value: Any, *, window: bool = False) -> None:
        """`window`: between our second reading of a Xero array and its writing, which nothing can guard."""
        service, feed = self.side[side], FEED[kind][side]
        live = service.live(feed)
        if not live:
            return
        row = live[i % len(live)]
        if kind == "person" and side == XERO:
            self._edit_person(row, i, value, window)
            return
        if kind == "order" and name == "phone":
            self._edit_line(side, row, i)
            return
        name = "note" if kind in ("item", "order") else "phone" if kind == "person" else name
        kept = service.edit(feed, row.id, **{name: value})
        self.edits[(kind, side, row.id), name] = kept.body[name]

    def _edit_line(self, side: Side, row: Any, i: int) -> None:
        lines = [dict(line) for line in row.body.get("lines") or []]
        if lines and i % 3 == 0:
            lines.pop(i % len(lines))
        elif lines and i % 3 == 1:
            lines[i % len(lines)]["quantity"] += 1
        else:
            lines += self._lines(side, i + 1)[:1]
        self.side[side].edit(FEED["order"][side], row.id, lines=lines)
        self.edits[("order", side, row.id), "lines"] = True

    def _edit_person(self, firm: Any, i: int, value: Any, window: bool) -> None:
        persons = [dict(p) for p in firm.body.get("persons") or []]
        if not persons:
            return
        person = persons[i % len(persons)]
        person["phone"] = value
        kept = self.side[XERO].edit("Parties", firm.id, persons=persons)
        stored = kept.body["persons"][i % len(persons)]["phone"]
        for known in self.store.by_remote(XERO, "Parties", [firm.id]):
            if known.entity == "person" and known.live and known.fields["email"] == person["email"]:
                self.edits[known.where, "phone"] = stored
                if window:
                    self.unguarded.add(known.where)

    def delete(self, side: Side, kind: str, i: int) -> None:
        service, feed = self.side[side], FEED[kind][side]
        live = service.live(feed)
        if not live or kind in ("firm", "item"):
            return  # parents in use are not deleted in this world
        row = live[i % len(live)]
        if kind == "person" and side == XERO:
            persons = list(row.body.get("persons") or [])
            if persons and row.id not in self.grown:  # one gone and one new looks like a rename: a person's own doing
                self.thinned.add(row.id)
                persons.pop(i % len(persons))
                service.edit(feed, row.id, persons=persons)
            return
        service.delete(feed, row.id)

    def restore(self, i: int) -> None:
        """Somebody takes an order back from the CRM's bin."""
        service = self.side[ZOHO]
        binned = sorted(s.id for s in service.feeds["Orders"].values() if s.state == "gone")
        if binned:
            service.restore("Orders", binned[i % len(binned)])

    # ------------------------------------------------------------------ runs

    def run(self, **scope: Any) -> Report:
        self.world.seen.clear()
        report = self.engine().run(Scope(**({"approve": True} | scope)))
        self.stats["runs"] += 1
        return report

    def visit(self, **scope: Any) -> Report:
        """A person's press, made while a longer run holds the lease: at one of the places between two batches."""
        self.stats["visits"] += 1
        engine = self.visitor("visitor", Timing(overlap=WINDOW, settle=WINDOW))
        return engine.run(Scope(**scope), within=self.host)

    def rough(self, script: Mapping[tuple[Any, ...], Any], pause: int) -> None:
        """A run in which anything may go wrong at any call."""
        self.world.script = dict(script)
        try:
            report = self.run()
            self.refused = {(h.entity, h.side, h.id) for h in report.plan.holds if h.reason == "invalid"}
            self.stats["ended"] += report.state != "done"
        except (Crash, LeaseLost):
            self.stats["ended"] += 1
            self.stats["crashed"] += 1
        self.world.script.clear()
        self.world.second += pause if pause else 0
        self._dead_lease()
        self.always()

    def _dead_lease(self) -> None:
        self.world.second += 20  # the lease of a dead process runs out

    def retry(self) -> None:
        """A person presses Retry on what a service refused (never on what nobody can tell apart)."""
        epoch = self.store.acquire("person", self.world.now(), 1)
        assert epoch is not None
        self.world.second += 2
        with self.store.calmly(epoch) as tx:
            tx.forgive(sorted(self.refused))

    def believe(self, report: Report) -> None:
        """A person looks at what was stopped, and approves it action by action."""
        epoch = self.store.acquire("person", self.world.now(), 1)
        assert epoch is not None
        self.world.second += 2
        with self.store.calmly(epoch) as tx:
            tx.approve([action.digest for action in report.plan.actions])

    def settle(self) -> None:
        """Let it rest, then everything must hold."""
        self.world.script.clear()
        for _ in range(12):
            self.world.second += QUIET
            report = self.run()
            self.always()
            if report.code == "side_empty":  # in so small a world it happens, and a person knows that it did
                self.believe(report)
                continue
            assert report.state == "done", f"a quiet run ends {report.state}: {report.problem}"
            if not report.plan.actions and not self.store.open_calls():
                break
        else:
            raise AssertionError(
                f"does not converge: {[(a.kind, a.entity) for a in report.plan.actions]} {self.store.open_calls()}"
            )
        self._silent()
        self.check(report)
        for look in self.also:
            look()
        self.torn = {((h.entity, h.side, h.id), h.field) for h in report.plan.holds if h.field}
        self.said.clear()
        self.edits.clear()
        self.grown.clear()
        self.unguarded.clear()
        self.thinned.clear()
        self._remember()

    def _silent(self) -> None:
        """I6 and I7: a second run and a dry run write nothing."""
        writes = {s: self.side[s].writes for s in SIDES}
        self.world.second += QUIET
        self.run()
        assert writes == {s: self.side[s].writes for s in SIDES}, "a second run wrote something"
        before = {
            s: {f: {i: (r.body, r.modified) for i, r in rows.items()} for f, rows in self.side[s].feeds.items()}
            for s in SIDES
        }
        report = self.run(dry_run=True)
        after = {
            s: {f: {i: (r.body, r.modified) for i, r in rows.items()} for f, rows in self.side[s].feeds.items()}
            for s in SIDES
        }
        assert before == after, "a dry run wrote something"
        assert not report.plan.work, "a dry run still wants to write"

    def _remember(self) -> None:
        self.pairs = {(k, r.ids[ZOHO], r.ids[XERO]) for k in FEED for r in self.links(k)}
        self.baseline = {
            (r.where, f): v for k in FEED for s in SIDES for r in self.records(k, s) for f, v in r.fields.items()
        }

    # ------------------------------------------------------------------ the truth

    def records(self, kind: str, side: Side) -> list[Record]:
        """What the service holds now, as views (places of persons as the store knows them)."""
        service, out = self.side[side], []
        for row in service.feeds[FEED[kind][side]].values():
            known = self.store.by_remote(side, FEED[kind][side], [row.id])
            out += [
                v
                for v in self.toy.views(side, service._row(FEED[kind][side], row), known)
                if v.entity == kind and v.live
            ]
        return out

    def links(self, kind: str) -> list[Any]:
        ids = [r.id for r in self.records(kind, ZOHO)]
        return [link for link in self.store.links_of(kind, ZOHO, ids) if link.state == "live"]

    def always(self) -> None:
        """At every moment: I1 no duplicates made by us, I2 links one to one."""
        for side, service in self.side.items():
            for feed in service.feeds:
                ours = [s for s in service.live(feed) if s.ours and feed != "People"]
                for (key, firm), n in Counter((s.body.get(KEY[feed]), self._within(feed, s)) for s in ours).items():
                    assert n <= 1 + self.apart[side, feed, key], f"DUPLICATE made by us: {side} {feed} {key} {firm}"
        people = Counter((s.body.get("firm"), s.body["email"]) for s in self.side[ZOHO].live("People") if s.ours)
        assert all(n <= 1 for n in people.values()), f"DUPLICATE person made by the engine: {people}"
        for firm in self.side[XERO].live("Parties"):
            mails = [p["email"] for p in firm.body.get("persons") or []]
            assert len(mails) == len(set(mails)), f"DUPLICATE person in {firm.id}: {mails}"
        for kind in FEED:
            links = self.links(kind)
            for s in SIDES:
                ids = [link.ids[s] for link in links]
                assert len(ids) == len(set(ids)), "one record in two links"

    def _within(self, feed: str, stored: Stored) -> Any:
        """The firm within which a number counts."""
        return self.toy.bills and feed in FEED["order"].values() and stored.body.get("firm")

    def check(self, report: Report) -> None:
        held = {(h.entity, h.side, h.id) for h in report.plan.holds}
        touched = {w for h in report.plan.holds for w in h.related} | held
        parked = {(s.entity, s.side, s.id) for s in report.plan.skips}
        left = {(s.entity, s.side, s.id) for s in report.plan.skips if s.reason == "ignored"}  # as a person wished
        for kind in FEED:
            truth = {s: {r.id: r for r in self.records(kind, s)} for s in SIDES}
            linked: dict[Side, set[str]] = {ZOHO: set(), XERO: set()}
            for link in self.links(kind):
                zoho, xero = truth[ZOHO].get(link.ids[ZOHO]), truth[XERO].get(link.ids[XERO])
                for s in SIDES:
                    linked[s].add(link.ids[s])
                if {(kind, side, link.ids[side]) for side in SIDES} & (touched | left):
                    continue
                assert zoho is not None, f"one side gone, the other not: {kind} {link.ids}"
                assert xero is not None, f"one side gone, the other not: {kind} {link.ids}"
                if zoho.state != "out_of_scope":
                    self._pair(kind, zoho, xero)
            for s in SIDES:
                for r in truth[s].values():
                    fine = r.state == "out_of_scope" or r.id in linked[s] or r.where in held or r.where in parked
                    fine = fine or any(link.state == "retired" for link in self.store.links_of(kind, s, [r.id]))
                    assert fine, f"I8 neither linked nor held: {r.where} {r.fields}"

    def _pair(self, kind: str, zoho: Record, xero: Record) -> None:
        entity = self.toy.entity(kind)
        resolver = Links(self.store)
        old = (kind, zoho.id, xero.id) in self.pairs
        for name, rule in entity.rules.items():
            a, b = zoho.fields[name], xero.fields[name]
            if rule.lines:
                assert self._same_lines(kind, zoho, xero), f"lines differ: {a} {b}"
            elif rule.direction == "both":
                would = self.side[XERO]._fit(name, entity.project(XERO, name, a, zoho, resolver))
                back = self.side[ZOHO]._fit(name, entity.project(ZOHO, name, b, xero, resolver))
                assert would == b or back == a, f"I3 sides differ: {kind}.{name} {zoho.where}={a!r} {xero.where}={b!r}"
            elif rule.direction == "to_zoho":
                assert a == b, f"what Xero decides did not travel: {kind}.{name} {a!r} {b!r}"
            if old and not rule.lines and rule.direction == "both" and rule.ref is None:
                self._edits_survive(name, zoho, xero)

    def _edits_survive(self, name: str, zoho: Record, xero: Record) -> None:
        """I4 no lost update, I5 nothing changes by itself."""
        if {(zoho.where, name), (zoho.where, "*")} & (self.said | self.torn):
            return  # one of the two edits was let go by a person, and history has it
        if xero.where in self.unguarded:  # Xero has no optimistic lock: the window that remains (design.md 5)
            return
        wrote = {r.side: self.edits[r.where, name] for r in (zoho, xero) if (r.where, name) in self.edits}
        if not wrote:
            was = self.baseline.get((zoho.where, name))
            quirk = self.side[XERO].habits.quirk or self.side[XERO].habits.width < 99
            assert zoho.fields[name] == was or quirk, (
                f"I5 changed by nobody: {name} {zoho.where} {was!r} -> {zoho.fields[name]!r}"
            )
        elif set(wrote) == {ZOHO}:
            assert zoho.fields[name] == wrote[ZOHO], (
                f"I4 lost update in Zoho: {name} {zoho.where} wrote {wrote} has {zoho.fields[name]!r}"
            )
        elif set(wrote) == {XERO}:
            assert xero.fields[name] == wrote[XERO], (
                f"I4 lost update in Xero: {name} {xero.where} wrote {wrote} has {xero.fields[name]!r}"
            )
        else:
            assert zoho.fields[name] == wrote[ZOHO] or xero.fields[name] == wrote[XERO], "I4 neither edit survived"

    def _same_lines(self, kind: str, zoho: Record, xero: Record) -> bool:
        codes = {s.id: s.body.get("code") for s in self.side[ZOHO].feeds["Goods"].values()}
        a = sorted((str(codes.get(line["item"])), line["quantity"]) for line in zoho.fields["lines"] or [])
        b = sorted((str(line["item"]), line["quantity"]) for line in xero.fields["lines"] or [])
        return a == b
