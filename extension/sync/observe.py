"""Phase one: walk the feeds and remember what each side holds.

Timestamps only find candidates. A row older than what we know is a lagging index's; a row of the same tick with
other content is asked for by itself; list rows that lack arrays are read whole, unless the record was already
read after that tick had passed. The watermark is the side's own clock before the first page and moves only when
walk and deletions feed are drained; `resume` carries a walk across slices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from extension.sync.canonical import Side, other
from extension.sync.model import Record, Row
from extension.sync.ports import Clock, FeedState, Page, Registry, Remote, Resume, Store, Tombstone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(seconds=1)  # both services keep whole seconds
GONE = ("gone", "gone_edited")  # the plan's reasons for holding the end that is left
CONFIRM = 50  # rows that a full scan missed, asked for per call
RESTLESS = timedelta(days=1)  # between two looks at what may change without its modified time moving
AT_ONCE = 20  # rows of a page that may be a call each, before somebody else's turn comes


class Observer:
    """Observes one connection. Each page is one transaction."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        remotes: dict[Side, Remote],
        clock: Clock,
        epoch: int,
        overlap: timedelta,
        between: Callable[[], object] = lambda: None,
    ) -> None:
        self.store, self.registry, self.remotes, self.clock = store, registry, remotes, clock
        self.epoch, self.overlap, self.between = epoch, overlap, between
        self.rows = self.walks = 0

    def feed(self, side: Side, feed: str, *, full: bool = False, walked: Callable[[], None] = lambda: None) -> None:
        """Walk one feed from its watermark (or all of it) to its end. `walked`: is called when that was done once.

        A walk that was resumed is followed by a fresh one: edits behind its position came meanwhile.
        """
        resumed = self._walk(side, feed, full=full)
        walked()
        self.between()
        if resumed:
            self._walk(side, feed, full=False)
            self.between()

    def _walk(self, side: Side, feed: str, *, full: bool) -> bool:
        """One walk to its end. True: it went on where an earlier one had stopped."""
        remote, state = self.remotes[side], self.store.feed(side, feed)
        self.walks += 1
        full = full or state.watermark is None or state.version != self.registry.version
        resume = state.resume
        if resume is None or resume.version != self.registry.version or (full and not resume.full):
            since = None if full or state.watermark is None else state.watermark - self.overlap
            started = remote.clock()
            resume = Resume(since, started, None, full, self.registry.version) if started else None
        else:
            since = resume.since
        resumed = resume is not None and resume.position is not None
        for page in remote.walk(feed, since, resume.position if resume else None):
            if resume is None:  # the first answer of all: its own date, which the overlap makes safe
                resume = Resume(since, page.at, None, full, self.registry.version)
            resume = replace(resume, position=page.position)
            self._page(side, feed, page, replace(state, resume=resume), resume)
            if page.position is not None:  # a walk that were stopped at its last page would begin again
                self.between()
        if resume is None:
            return False  # the service answered nothing at all
        counted = self._absent(side, feed, resume) if resume.full else None
        for stones in remote.deleted(feed, resume.since if state.watermark else None):
            self._deleted(side, feed, stones)
        done = FeedState(
            side,
            feed,
            resume.started,
            None,
            resume.started if resume.full else state.scanned,
            counted if resume.full else state.scan_rows,
            self.registry.version,
            resume.started if resume.full else state.roused,
        )
        with self.store.write(self.epoch) as tx:
            tx.save_feed(done)
        return resumed

    def rouse(self, side: Side, feed: str, *, at_once: bool = False) -> None:
        """Read again what may have changed without its modified time moving: once a day (`at_once`: whenever that was),
        and what a full scan has not just seen. Those that were restless and are not any more, as far as the service
        lists them, are asked for by themselves. Cut short, it begins again: it is cheap."""
        remote, state = self.remotes[side], self.store.feed(side, feed)
        now = state.watermark  # that side's own clock, as the walk that has just ended found it
        if not remote.facts(feed).restless or now is None:
            return
        if state.roused is not None and now - state.roused < (TICK if at_once else RESTLESS):
            return
        seen: set[str] = set()
        for page in remote.restless(feed):
            self._page(side, feed, page, state, Resume(None, now, None, False, self.registry.version))
            seen.update(row.id for row in page.rows)
            if page.position is not None:
                self.between()
        missed = [id_ for id_ in self.store.restless(side, feed) if id_ not in seen]
        for start in range(0, len(missed), CONFIRM):
            self.rows_by_id(side, feed, missed[start : start + CONFIRM])
            self.between()
        with self.store.write(self.epoch) as tx:
            tx.save_feed(replace(self.store.feed(side, feed), roused=now))

    def restored(self) -> None:
        """Ask again for what is held as deleted: it may be back with the modified time that it had, which no walk from
        a watermark sees. As many of each feed as one call confirms; the others wait for a full scan."""
        feeds = {entity.name: entity.feeds for entity in self.registry.entities}
        binned: dict[tuple[Side, str], list[str]] = defaultdict(list)
        for hold in self.store.holds():
            entity, side, id_ = hold.where
            if hold.reason not in GONE or entity not in feeds:
                continue
            there, feed = other(side), feeds[entity][other(side)]
            if not self.remotes[there].facts(feed).deletions:
                continue
            ends = [link.ids[there] for link in self.store.links_of(entity, side, [id_]) if link.state == "live"]
            binned[there, feed] += [r.remote for r in self.store.by_id(entity, there, ends) if not r.live]
        for (side, feed), ids in sorted(binned.items()):
            self.rows_by_id(side, feed, ids[:CONFIRM])

    def rows_by_id(self, side: Side, feed: str, ids: Sequence[str]) -> list[Record]:
        """Ask for these rows themselves and remember what came back (None: gone)."""
        found = self.fetched(side, feed, ids)
        rows = [row for row in found.values() if row is not None]
        known = self._known(side, feed, list(ids))
        views = self.views(side, rows, known)
        with self.store.write(self.epoch) as tx:
            tx.put_records(views)
            missing = [i for i in ids if found.get(i) is None and known.get(i)]
            if missing:
                tx.mark_gone(side, feed, missing, self.clock.now())
        return views

    def fetched(self, side: Side, feed: str, ids: Sequence[str]) -> dict[str, Row | None]:
        """Whole rows by id. Several may come by a list, whose index lags like any: what is older than we know, or
        not in it though it lives, is asked for once more, alone."""
        found = dict(self.remotes[side].fetch(feed, ids))
        known = self._known(side, feed, ids) if len(ids) > 1 else {}
        for id_, old in known.items():
            row = found.get(id_)
            late = row.modified < max(r.modified for r in old) if row is not None else any(r.live for r in old)
            if late:
                found.update(self.remotes[side].fetch(feed, [id_]))
        return found

    def views(self, side: Side, rows: Sequence[Row], known: dict[str, list[Record]]) -> list[Record]:
        """Every entity's view of these rows."""
        now = self.clock.now()
        return [
            record if record.first_seen else _first_seen(record, now)
            for row in rows
            for record in self.registry.views(side, row, known.get(row.id, ()))
        ]

    # ------------------------------------------------------------------ one page

    def _known(self, side: Side, feed: str, ids: Sequence[str]) -> dict[str, list[Record]]:
        known: dict[str, list[Record]] = defaultdict(list)
        for record in self.store.by_remote(side, feed, ids):
            known[record.remote].append(record)
        return known

    def _page(self, side: Side, feed: str, page: Page, state: FeedState, resume: Resume) -> None:
        known = self._known(side, feed, [row.id for row in page.rows])
        rows, doubtful = self._sort(side, page, known)
        self.rows += len(page.rows)
        while len(doubtful) > AT_ONCE:
            part, doubtful = doubtful[:AT_ONCE], doubtful[AT_ONCE:]
            views = self.views(side, [*rows, *self._asked(side, feed, part)], known)
            with self.store.write(self.epoch) as tx:  # before anybody else writes what would be newer
                tx.put_records(views)
            self.between()
            rows, known = [], self._known(side, feed, doubtful)
        views = self.views(side, [*rows, *self._asked(side, feed, doubtful)], known)
        with self.store.write(self.epoch) as tx:
            tx.put_records(views, resume.started if resume.full else None)
            if resume.full:
                tx.saw(side, feed, _not_in(views, page, known), resume.started)
            if state.resume is not None and state.resume.position is not None:
                tx.save_feed(state)

    def _asked(self, side: Side, feed: str, ids: Sequence[str]) -> list[Row]:
        return [row for row in self.fetched(side, feed, ids).values() if row is not None] if ids else []

    def _sort(self, side: Side, page: Page, known: dict[str, list[Record]]) -> tuple[list[Row], list[str]]:
        """Rows to believe as they stand, and ids that must be asked for by themselves."""
        believe: list[Row] = []
        ask: list[str] = []
        for row in page.rows:
            old = known.get(row.id)
            if not old:
                (ask.append(row.id) if row.partial else believe.append(row))
                continue
            stale_view = any(r.version != self.registry.version for r in old)
            last = max(r.modified for r in old)
            if all(r.state == "gone" for r in old) and row.state == "live":
                ask.append(row.id)  # restored, or a lagging index: ask the record itself
            elif row.modified < last and not stale_view:
                continue
            elif row.modified == last and not stale_view:
                if not self._settled(old, row) or (not row.partial and self._differs(side, row, old)):
                    ask.append(row.id)
            elif row.partial or row.modified < last:
                ask.append(row.id)
            else:
                believe.append(row)
        return believe, ask

    def _settled(self, old: Sequence[Record], row: Row) -> bool:
        """A whole row compares by content; a partial one only when it was read after its tick had passed."""
        if not row.partial:
            return True
        return all(r.read_at is not None and r.read_at >= row.modified + TICK for r in old)

    def _differs(self, side: Side, row: Row, old: Sequence[Record]) -> bool:
        before = {r.where: (r.digest, r.state) for r in old}
        return any(before.get(r.where) != (r.digest, r.state) for r in self.registry.views(side, row, old))

    # ------------------------------------------------------------------ what is not there any more

    def _absent(self, side: Side, feed: str, resume: Resume) -> int:
        """After a completed full scan: what it did not see is asked for by itself, then believed gone."""
        for ids in self.store.unseen(side, feed, resume.started):
            for start in range(0, len(ids), CONFIRM):
                part = list(ids[start : start + CONFIRM])
                self.rows_by_id(side, feed, part)
                with self.store.write(self.epoch) as tx:
                    tx.saw(side, feed, part, resume.started)
                self.between()
        return self.store.count_rows(side, feed)

    def _deleted(self, side: Side, feed: str, stones: Sequence[Tombstone]) -> None:
        if not stones:
            return
        known = self._known(side, feed, [s.id for s in stones])
        ask = [s.id for s in stones if any(r.live for r in known.get(s.id, ()))]
        for start in range(0, len(ask), CONFIRM):  # restored since, perhaps: ask the record itself
            self.rows_by_id(side, feed, ask[start : start + CONFIRM])
            self.between()


def _not_in(views: Sequence[Record], page: Page, known: Mapping[str, Sequence[Record]]) -> list[str]:
    """The rows of a page that are stored, but are not, or not with everybody's view, among these."""
    stored = {view.where for view in views}
    told = {view.remote for view in views}
    return [r.id for r in page.rows if r.id not in told or any(k.where not in stored for k in known.get(r.id, ()))]


def _first_seen(record: Record, at: datetime) -> Record:
    """As `replace` would: that runs for every row and would cost a third of what reading the row did."""
    twin = object.__new__(Record)
    twin.__dict__.update(record.__dict__, first_seen=at)
    return twin
