"""A hostile service: index lag, coarse and skewed clocks, truncation, reformatting, shifting pages, lost answers,
unique keys or none, idempotency keys that expire, batches partly refused. It speaks `ports.Remote`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from extension.sync.actions import Call, Write
from extension.sync.canonical import XERO, ZOHO, Side, decode, encode
from extension.sync.errors import Duplicate, Invalid, Missing, RemoteError, Stale
from extension.sync.memory import MemoryStore
from extension.sync.model import Row
from extension.sync.ports import Answer, FeedFacts, Page, Probe, Tombstone
from tests.sim.kinds import total
from tests.sim.world import START, World

KEY = {
    "Firms": "name",
    "Parties": "name",
    "People": "email",
    "Goods": "code",
    "Items": "code",
    "Orders": "number",
    "Papers": "number",
}
REFS = {"Orders": (("firm", "Firms"), ("item", "Goods")), "People": (("firm", "Firms"),)}


@dataclass(frozen=True)
class Habits:
    """How this service behaves in one story."""

    skew: int = 0
    tick: int = 1
    lag: int = 0
    width: int = 99
    quirk: bool = False
    unique: bool = True  # refuses a key (Xero) or stamp (Zoho) that is taken
    key_seconds: int = 0
    batch: int = 2
    page: int = 2
    partial: bool = True  # Zoho's lists carry no lines
    whole: bool = False  # one bad element refuses its whole batch
    defaults: bool = False  # fills a blank note of what is created
    restore_bumps: bool = True  # a restored record's modified time moves
    unchanged_bumps: bool = True  # a write that changes nothing moves the modified time
    touches: bool = False  # writing an order moves the modified time of its goods
    exclusive: bool = False  # what was modified at the very second that is asked for is not listed
    bills: bool = False  # Xero's papers: any number of them may have one number


@dataclass
class Stored:
    id: str
    body: dict[str, Any]
    modified: int
    state: str = "live"
    ours: bool = False


class Service:
    def __init__(self, world: World, side: Side, habits: Habits) -> None:
        self.world, self.side, self.habits = world, side, habits
        self.feeds: dict[str, dict[str, Stored]] = {
            f: {} for f in KEY if (f in ("Firms", "People", "Goods", "Orders")) == (side == ZOHO)
        }
        self.history: dict[tuple[str, str], list[tuple[int, Stored]]] = {}
        self.stones: dict[str, list[tuple[str, int]]] = {f: [] for f in self.feeds}
        self.answers: dict[str, tuple[int, list[tuple[str, str | None]], bytes]] = {}
        self.store: MemoryStore | None = None
        self.refuse: Callable[[str], bool] = lambda _id: False
        self.n = 0
        self.line = 0
        self.writes = 0
        self.person_edits: list[tuple[str, str]] = []

    # ------------------------------------------------------------------ inside

    def stamp(self) -> int:
        return (self.world.second + self.habits.skew) // self.habits.tick * self.habits.tick

    def put(
        self, feed: str, id_: str, body: Mapping[str, Any], state: str = "live", ours: bool | None = None
    ) -> Stored:
        old = self.feeds[feed].get(id_)
        kept = Stored(id_, self.keep(feed, body), self.stamp(), state, old.ours if old and ours is None else bool(ours))
        if old and not self.habits.unchanged_bumps and (old.body, old.state) == (kept.body, kept.state):
            kept.modified = old.modified
        self.feeds[feed][id_] = kept
        self._remember(feed, kept)
        if self.habits.touches and feed == "Orders":
            self._touch({line.get("item") for line in kept.body.get("lines") or []})
        return kept

    def _remember(self, feed: str, kept: Stored) -> None:
        self.history.setdefault((feed, kept.id), []).append((self.world.second, replace(kept, body=dict(kept.body))))

    def _touch(self, goods: set[str]) -> None:
        for id_ in sorted(goods & self.feeds["Goods"].keys()):
            self.feeds["Goods"][id_].modified = self.stamp()
            self._remember("Goods", self.feeds["Goods"][id_])

    def keep(self, feed: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """What the service really keeps: cut, perhaps reformatted, totals computed, lines numbered."""
        out = {k: self._fit(k, v) for k, v in body.items()}
        if "lines" in out:
            lines = []
            for entry in out["lines"] or []:
                line = {k: v for k, v in entry.items() if k != "from"}
                if not line.get("id"):
                    self.line += 1
                    line["id"] = f"{self.side}-line-{self.line}"
                lines.append(line)
            out["lines"], out["total"] = lines, total(lines)
        if "persons" in out:
            out["persons"] = [{k: self._fit(k, v) for k, v in p.items()} for p in out["persons"] or []]
        return out

    def _fit(self, name: str, value: Any) -> Any:
        if not isinstance(value, str) or name in ("twin_id", "id", "firm"):
            return value
        cut = value[: self.habits.width]
        if self.habits.quirk and name in ("phone", "note"):
            cut = cut.replace("22", "2-2")
        return cut or None

    def _row(self, feed: str, s: Stored, partial: bool = False) -> Row:
        body = {k: v for k, v in s.body.items() if not (partial and k == "lines")}
        return Row(feed, s.id, self._time(s.modified), body, s.state, partial, self.now())  # type: ignore[arg-type]  # state is a literal

    def _time(self, second: int) -> datetime:
        return START + timedelta(seconds=second)

    def now(self) -> datetime:
        return self._time((self.world.second + self.habits.skew) // self.habits.tick * self.habits.tick)

    def live(self, feed: str) -> list[Stored]:
        return sorted((s for s in self.feeds[feed].values() if s.state == "live"), key=lambda s: s.id)

    def _refuses(self, feed: str) -> bool:
        """Whether a key, or a stamp, that is taken is refused."""
        return self.habits.unique and not (self.habits.bills and feed == "Papers")

    # ------------------------------------------------------------------ people

    def create(self, feed: str, body: Mapping[str, Any]) -> Stored | None:
        key = KEY[feed]
        taken = any(s.body.get(key) == body.get(key) for s in self.live(feed))
        if self.side == XERO and self._refuses(feed) and taken:
            return None
        self.n += 1
        return self.put(feed, f"{self.side[0]}{self.n:04d}", body)

    def edit(self, feed: str, id_: str, **changes: Any) -> Stored:
        return self.put(feed, id_, self.feeds[feed][id_].body | changes)

    def delete(self, feed: str, id_: str) -> None:
        self.put(feed, id_, self.feeds[feed][id_].body, "gone")
        self.stones[feed].append((id_, self.stamp()))

    def restore(self, feed: str, id_: str) -> None:
        """Back from the bin, under the same id; its tombstone stays."""
        old = self.feeds[feed][id_]
        back = self.put(feed, id_, old.body, ours=False)
        if not self.habits.restore_bumps:
            back.modified = old.modified
            self.history[feed, id_][-1] = (self.world.second, replace(back, body=dict(back.body)))

    # ------------------------------------------------------------------ ports.Remote

    def identity(self) -> str:
        return self.world.call("identity", lambda: f"{self.side}-org")

    def clock(self) -> datetime | None:
        return self.now()

    def facts(self, feed: str) -> FeedFacts:
        h = self.habits
        return FeedFacts(h.batch, h.unique, h.key_seconds, self.side == ZOHO, self.side == XERO)

    def _visible(self, feed: str) -> list[Stored]:
        """What the index shows: the newest version that is at least `lag` old."""
        out = []
        for (name, _), versions in self.history.items():
            if name == feed:
                old = [s for at, s in versions if at <= self.world.second - self.habits.lag]
                if old and (self.side == XERO or old[-1].state == "live"):
                    out.append(old[-1])
        return sorted(out, key=lambda s: s.id)

    def walk(self, feed: str, since: datetime | None, position: str | None) -> Iterator[Page]:
        last = position or ""
        while True:
            page = self.world.call("page", lambda after=last: self._page(feed, since, after))  # type: ignore[misc]
            more = len(page) == self.habits.page
            partial = self.side == ZOHO and feed == "Orders" and self.habits.partial
            rows = [self._row(feed, s, partial) for s in page]
            last = page[-1].id if page else last
            yield Page(rows, last if more else None, self.now())
            if not more:
                return

    def _page(self, feed: str, since: datetime | None, after: str) -> list[Stored]:
        rows = [s for s in self._visible(feed) if s.id > after and (since is None or self._since(s, since))]
        return rows[: self.habits.page]

    def _since(self, s: Stored, since: datetime) -> bool:
        return self._time(s.modified) > since or (self._time(s.modified) == since and not self.habits.exclusive)

    def deleted(self, feed: str, since: datetime | None) -> Iterator[Sequence[Tombstone]]:
        if self.side == XERO:
            return
        stones = self.world.call("deleted", lambda: list(self.stones[feed]))
        yield [Tombstone(feed, i, self._time(at)) for i, at in stones if since is None or self._time(at) >= since]

    def restless(self, feed: str) -> Iterator[Page]:
        return iter(())

    def fetch(self, feed: str, ids: Sequence[str]) -> Mapping[str, Row | None]:
        def effect() -> dict[str, Row | None]:
            out: dict[str, Row | None] = {}
            for id_ in ids:
                s = self.feeds[feed].get(id_)
                out[id_] = None if s is None or (s.state == "gone" and self.side == ZOHO) else self._row(feed, s)
            return out

        return self.world.call("fetch", effect) if ids else {}

    def find(self, feed: str, probes: Sequence[Probe]) -> Sequence[Row]:
        def effect() -> list[Row]:
            wanted = {p.key for p in probes if p.key}
            stamps = {p.stamp for p in probes if p.stamp}
            return [
                self._row(feed, self.feeds[feed][s.id])
                for s in self._visible(feed)
                if s.state == "live"
                and (str(s.body.get(KEY[feed])).casefold() in wanted or s.body.get("twin_id") in stamps)
                and self.feeds[feed][s.id].state == "live"
            ]

        return self.world.call("find", effect)

    def draft(self, writes: Sequence[Write]) -> Sequence[tuple[Call, Sequence[Write]]]:
        out = []
        for start in range(0, len(writes), self.habits.batch):
            part = writes[start : start + self.habits.batch]
            body = encode([[dict(w.body), w.not_after.isoformat() if w.not_after else None] for w in part]).encode()
            w = part[0]
            out.append(
                (
                    Call(
                        str(uuid.UUID(int=self.world.total["uuid"] + 1)),
                        self.side,
                        w.feed,
                        w.verb,
                        "POST",
                        w.feed,
                        body,
                        size=len(part),
                    ),
                    part,
                )
            )
            self.world.total["uuid"] += 1
        return out

    def send(self, call: Call) -> Sequence[Answer]:
        self._durable(call)
        return self.world.call(call.verb, lambda: self._effect(call))

    def _durable(self, call: Call) -> None:
        """I9: what is sent now was written down before."""
        assert self.store is not None
        open_ids = {c.id: c for c in self.store.open_calls()}
        assert call.id in open_ids, "a call without a durable intent"
        assert open_ids[call.id].body == call.body, "other bytes than those that were written down"

    def _effect(self, call: Call) -> list[Answer]:
        kept = self.answers.get(call.id)
        if kept and self.world.second - kept[0] <= self.habits.key_seconds:
            assert kept[2] == call.body
            return [self._row(call.feed, self.feeds[call.feed][i]) if not why else Invalid(why) for i, why in kept[1]]
        elements = decode(call.body.decode())
        if self.habits.whole and any(self.refuse(str(body.get(KEY[call.feed]))) for body, _ in elements):
            raise Invalid("something in this batch is wrong")
        answers: list[Answer] = []
        for body, not_after in elements:
            answers.append(self._element(call, body, not_after))
        self.answers[call.id] = (
            self.world.second,
            [(a.id, None) if isinstance(a, Row) else ("", a.message) for a in answers],
            call.body,
        )
        return answers

    def _element(self, call: Call, body: dict[str, Any], not_after: str | None) -> Answer:
        if self.refuse(str(body.get(KEY[call.feed]))):
            return Invalid("the service does not like it")
        problem = self._problem(call, body)
        if problem is not None:
            return problem
        self.writes += 1
        if call.verb == "create":
            self.n += 1
            if self.habits.defaults and body.get("note") is None and call.feed != "People":
                body["note"] = "std"
            stored = self.put(call.feed, f"{self.side[0]}{self.n:04d}", body, ours=True)
            return self._row(call.feed, stored)
        old = self.feeds[call.feed][body["id"]]
        if self.side == ZOHO and not_after and self._time(old.modified) > datetime.fromisoformat(not_after):
            self.writes -= 1
            return Stale("changed since")
        state = "gone" if body.pop("retired", False) else "live"
        stored = self.put(call.feed, old.id, old.body | {k: v for k, v in body.items() if k != "id"}, state)
        if state == "gone":
            self.stones[call.feed].append((old.id, self.stamp()))
        return self._row(call.feed, stored)

    def _problem(self, call: Call, body: dict[str, Any]) -> RemoteError | None:
        live = self.live(call.feed)
        if call.verb != "create":
            old = self.feeds[call.feed].get(body["id"])
            return Missing("gone") if old is None or old.state == "gone" else None
        for name, feed in REFS.get(call.feed, ()):
            wanted = [body.get(name)] if name != "item" else [line.get("item") for line in body.get("lines") or []]
            if any(w and (w not in self.feeds[feed] or self.feeds[feed][w].state == "gone") for w in wanted):
                return Invalid(f"{name} does not exist")
        if not self._refuses(call.feed):
            return None
        name = "twin_id" if self.side == ZOHO else KEY[call.feed]
        holder = next((s for s in live if body.get(name) and s.body.get(name) == self._fit(name, body[name])), None)
        return Duplicate("taken", key=name, holder=holder.id if self.side == ZOHO else None) if holder else None


def quantity(n: int) -> Decimal:
    return Decimal(n)
