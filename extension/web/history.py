"""History: records and runs, one run, one record with the reason why it was skipped or held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, get_args

from flask import abort, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from extension.bootstrap import Chosen
from extension.reporting import entries, side_by_side, trace
from extension.sync.canonical import SIDES, Side, other
from extension.sync.errors import BadInput
from extension.sync.model import Link, Outcome
from extension.sync.ports import HoldRow
from extension.web import access, forms, progress, show, words
from extension.web.access import Here
from extension.web.registries import entities_of

pages = access.Pages("history", __name__)

PAGE: Final = 50
FEW: Final = 25


class Filter(BaseModel):
    """Which entries. Days are whole days of the organisation's own time."""

    entity: str = ""
    outcome: Literal["", "created", "updated", "linked", "unchanged", "skipped", "held", "retired", "failed"] = ""
    words: str = Field(default="", max_length=200)
    since: date | None = None
    until: date | None = None
    before: int | None = Field(default=None, ge=1, le=2**62)

    def kept(self) -> dict[str, Any]:
        """As it stands in an address."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value}

    def chosen(self, here: Here) -> Chosen:
        return Chosen(
            entity=self.entity,
            outcome=self.outcome,
            words=self.words,
            since=_midnight(here, self.since, 0),
            until=_midnight(here, self.until, 1),
        )


def _midnight(here: Here, day: date | None, later: int) -> datetime | None:
    if day is None or not date.min < day < date.max:
        return None
    return datetime.combine(day + timedelta(days=later), time(), here.house.zone(here.connection))


def asked() -> forms.Filled[Filter]:
    """The filter of the address."""
    return forms.read(Filter, request.args)


@pages.get("/history")
def history(here: Here) -> ResponseReturnValue:
    filled = asked()
    chosen = filled.value or Filter()
    found = here.house.past(here.connection).lines(PAGE + 1, chosen.chosen(here), before=chosen.before)
    entities = entities_of(here)
    return show.page(
        "history.html",
        400 if filled.errors else 200,
        lines=[] if filled.errors else found[:PAGE],
        next=found[PAGE - 1].number if len(found) > PAGE and not filled.errors else 0,
        given=filled.given,
        errors=filled.errors,
        where=chosen.kept(),
        modules=[("", "All modules"), *((name, words.module(name)) for name in entities or words.MODULES)],
        outcomes=[("", "Every outcome"), *((each, words.OUTCOMES[each]) for each in get_args(Outcome))],
        keep_days=here.connection.settings.get("keep_days"),
        **_spelling(entities),
    )


@pages.get("/history/runs")
def runs(here: Here) -> ResponseReturnValue:
    given = request.args.get("before", "")
    before = int(given) if given.isdecimal() and len(given) < 18 else None
    found = here.house.past(here.connection).runs(FEW + 1, before=before)
    return show.page(
        "history_runs.html",
        runs=found[:FEW],
        next=found[FEW - 1]["id"] if len(found) > FEW else 0,
        told=told,
        keep_days=here.connection.settings.get("keep_days"),
    )


@pages.get("/runs/<int:run>")
def run(here: Here, run: int) -> ResponseReturnValue:
    past = here.house.past(here.connection)
    found = past.run(run) if run < 2**62 else None
    if found is None:
        abort(404)
    chosen = asked().value or Filter()
    lines = past.lines(PAGE + 1, Chosen(run=run, outcome=chosen.outcome, entity=chosen.entity), before=chosen.before)
    columns, table = progress.table(found["counts"])
    return show.page(
        "history_run.html",
        run=found,
        lines=lines[:PAGE],
        next=lines[PAGE - 1].number if len(lines) > PAGE else 0,
        where={name: value for name, value in chosen.kept().items() if name in ("outcome", "entity")},
        columns=columns,
        table=table,
        scope=progress.scope(found["scope"]),
        outcomes=sorted({name.partition(" ")[0] for each in found["counts"].values() for name in each}),
        **_spelling(entities_of(here)),
    )


@pages.get("/records/<entity>/<side>/<path:id>")
def record(here: Here, entity: str, side: str, id: str) -> ResponseReturnValue:
    own = next((each for each in SIDES if each == side), None)
    if own is None or entity not in words.MODULES:
        abort(404)
    known = _known(here, entity, own, id)
    past = here.house.past(here.connection)
    ids: dict[Side, str | None] = dict(known.link.ids) if known.link else {own: id, other(own): None}
    lines = past.of_record(entity, ids, FEW)
    if known.record is None and not lines:
        abort(404)
    zone = here.house.zone(here.connection)
    steps = trace.steps(known, words.moment(known.record.modified, zone) if known.record else "")
    entities = entities_of(here)
    pair = {own: known.record, other(own): known.twin}
    of_pair = [each for each in pair.values() if each is not None]
    store = here.house.store(here.connection)
    titles = side_by_side.titles(entities, of_pair, store)
    rules = entities[entity].rules if entity in entities else {}
    return show.page(
        "history_record.html",
        entity=entity,
        side=own,
        id=id,
        ids=ids,
        title=next((each.title for each in of_pair if each.title), lines[0].entry.title if lines else id),
        known=known,
        rows=side_by_side.rows(rules, pair, {}, titles),
        steps=steps,
        verdict=trace.verdict(steps, known),
        lines=lines,
        refused=store.rejections([each.where for each in of_pair]),
        **_spelling(entities),
    )


def _known(here: Here, entity: str, side: Side, id_: str) -> trace.Known:
    """Everything that memory says of one record."""
    store, where = here.house.store(here.connection), (entity, side, id_)
    found = next(iter(store.by_id(entity, side, [id_])), None)
    link = _link(list(store.links_of(entity, side, [id_])))
    twin = next(iter(store.by_id(entity, other(side), [link.ids[other(side)]])), None) if link else None
    wheres = [where, *([twin.where] if twin else [])]
    try:
        registry = here.house.registry(here.connection)
        kind, version = next((each for each in registry.entities if each.name == entity), None), registry.version
    except BadInput:
        kind, version = None, found.version if found else 0
    return trace.Known(
        side,
        found,
        link,
        twin,
        kind,
        _holds(here, wheres),
        store.decisions_of(wheres),
        here.connection.start_date,
        version,
    )


def _link(links: list[Link]) -> Link | None:
    """The live one, else the last of those that ended together with their records."""
    kept = [link for link in links if link.state != "unlinked"]
    return next((link for link in kept if link.state == "live"), kept[-1] if kept else None)


def _holds(here: Here, wheres: list[tuple[str, Side, str]]) -> list[HoldRow]:
    store = here.house.store(here.connection)
    found = [(where, held.row) for where in wheres for held in store.holds_page(FEW, after=f"{':'.join(where)}:0")]
    return [row for where, row in found if row.where == where]


@pages.post("/records/<entity>/<side>/<path:id>/retry", needs="press")
def retry(here: Here, entity: str, side: str, id: str) -> ResponseReturnValue:
    """What a service refused is tried again by the next run."""
    own = next((each for each in SIDES if each == side), None)
    if own is None or entity not in words.MODULES:
        abort(404)
    with here.house.word(here.connection) as mine:
        mine.forgive([(entity, own, id)])
    return show.done("history.record", "retrying", 1, number=here.number, entity=entity, side=side, id=id)


# ------------------------------------------------------------------ spelling


def told(counts: Mapping[str, Mapping[str, int]]) -> str:
    """All modules together: "3 created, 5 updated"."""
    sums: dict[str, int] = {}
    for each in counts.values():
        for name, n in each.items():
            outcome = name.partition(" ")[0]
            sums[outcome] = sums.get(outcome, 0) + n
    known = [(words.OUTCOMES[name].lower(), sums[name]) for name in words.OUTCOMES if sums.get(name)]
    return ", ".join(f"{n:,} {said}" for said, n in known) or "nothing to do"


def _spelling(entities: Mapping[str, Any]) -> dict[str, Any]:
    """What the lines of history are spelt with."""
    return {
        "changes": lambda entry: entries.changes(
            entry, entities[entry.entity].rules if entry.entity in entities else {}
        ),
        "why": entries.why,
        "ours_alone": entries.ours_alone,
        "address": _address,
    }


def _address(entry: Any) -> dict[str, str] | None:
    """Where the record of an entry has its page."""
    if entry.zoho_id:
        return {"entity": entry.entity, "side": "zoho", "id": entry.zoho_id}
    return {"entity": entry.entity, "side": "xero", "id": entry.xero_id} if entry.xero_id else None
