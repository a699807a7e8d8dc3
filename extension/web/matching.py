"""The match workbench: pairs that may belong together, and records that nobody but a person can pair.

Whatever is said here is a decision that the next run acts on; nothing is written to either service.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, TypeVar

from flask import abort, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from extension.bootstrap import Proposed
from extension.reporting import pairing, ways_out
from extension.sync.canonical import SIDES, XERO, ZOHO, Side, Where, other
from extension.sync.errors import BadInput
from extension.sync.model import Record
from extension.sync.ports import Decision
from extension.web import access, asking, forms, show, words
from extension.web.registries import entities_of

pages = access.Pages("matching", __name__)

PAGE: Final = 20  # pairs on a page
AT_ONCE: Final = 1000  # pairs that one press accepts at most
MANY: Final = 100  # pairs that are counted
FOUND: Final = 20  # records that a search shows
UNSURE: Final = [code for code, each in ways_out.REASONS.items() if "link" in each.ways]
SHOWN: Final = (("proposed", "Proposed pairs"), ("unsure", "To be decided"), ("apart", "Kept apart"))
NOTHING: Final = (
    "No pair was chosen that can still be decided.",
    "Tick at least one. An old page is to be opened again.",
)

Model = TypeVar("Model", bound=BaseModel)


class Filter(BaseModel):
    """What is shown. `after`: the place where the page before ended."""

    show: Literal["proposed", "unsure", "apart"] = "proposed"
    reason: str = UNSURE[0]
    entity: str = ""
    words: str = Field(default="", max_length=200)
    after: str = ""

    def kept(self) -> dict[str, Any]:
        """As it stands in an address, but for the place."""
        standing = {"show": "proposed", "reason": UNSURE[0]}
        found = self.model_dump(exclude={"after"})
        return {name: value for name, value in found.items() if value and value != standing.get(name)}


class Chosen(BaseModel):
    """Pairs that are meant: those that are ticked, or every sure one that matches the filter."""

    pair: list[int] = Field(default=[], max_length=PAGE)
    every: bool = False
    do: Literal["accept", "apart", "again"]


class Word(BaseModel):
    """What somebody says about one record."""

    verb: Literal["link", "create", "ignore"]
    twin: str = ""


# ------------------------------------------------------------------ pages


@pages.get("/match")
def match(here: access.Here) -> ResponseReturnValue:
    house, chosen, entities = here.house, _filter(), entities_of(here)
    store, unsure = house.store(here.connection), chosen.show == "unsure"
    filtered = {"after": chosen.after, "entity": chosen.entity, "words": chosen.words}
    pairs = [] if unsure else house.proposals.page(here.number, PAGE + 1, apart=chosen.show == "apart", **filtered)
    holds = store.holds_page(PAGE + 1, reason=chosen.reason, **filtered) if unsure else []
    listed: Sequence[Any] = holds if unsure else pairs
    return show.page(
        "match.html",
        chosen=chosen,
        where=chosen.kept(),
        shown=SHOWN,
        compared=pairing.proposed(pairs[:PAGE], entities, store),
        holds=[held.row for held in holds[:PAGE]],
        decided={each.where: each for each in store.decisions_of([held.row.where for held in holds[:PAGE]])},
        next=listed[PAGE - 1].place if len(listed) > PAGE else "",
        linked=[(name, store.count_links(name)) for name in entities],
        count=house.proposals.count(here.number, MANY),
        many=MANY,
        modules=[("", "All modules"), *((name, words.module(name)) for name in entities)],
        reasons=[(code, ways_out.reason(code).heading) for code in UNSURE],
        fetched=house.tasks.latest(here.number, "fetch"),
        busy=asking.under_way(here),
        ways_out=ways_out,
    )


@pages.get("/match/<entity>/<side>/<path:id>")
def partner(here: access.Here, entity: str, side: str, id: str) -> ResponseReturnValue:
    """One record, and what it may belong with: what a run takes for it, what is like it, or what is searched for."""
    record, looked_for = _record(here, entity, side, id), request.args.get("words", "").strip()[:200]
    store = here.house.store(here.connection)
    holds = [each.row for each in store.holds_page(FOUND, entity=entity, words=id) if each.row.where == record.where]
    there = other(record.side)
    if looked_for:
        ids = [each.id for each in here.house.named(here.connection, entity, there, looked_for, FOUND)]
    else:
        ids = [w[2] for hold in holds for w in hold.related if w[1] == there]
        ids += _alike(here, record)
    return show.page(
        "partner.html",
        record=record,
        holds=holds,
        decision=next((each for each in store.decisions_of([record.where]) if not each.field), None),
        linked=any(link.state == "live" for link in store.links_of(entity, record.side, [record.id])),
        candidates=pairing.candidates(record, ids, entities_of(here), store),
        looked_for=looked_for,
        ways_out=ways_out,
    )


def _alike(here: access.Here, record: Record) -> Iterable[str]:
    """What is proposed for it."""
    for pair in here.house.proposals.page(here.number, FOUND, entity=record.entity, words=record.id):
        ids: dict[Side, str] = {ZOHO: pair.zoho_id, XERO: pair.xero_id}
        if ids[record.side] == record.id:
            yield ids[other(record.side)]


# ------------------------------------------------------------------ what a person says


@pages.post("/match/pairs")
def pairs(here: access.Here) -> ResponseReturnValue:
    """Pairs that are accepted, kept apart, or proposed again."""
    asked = _read(Chosen)
    if asked.do == "accept":
        n: int | None = _accept(here, _meant(here, asked))
    else:
        n = here.house.proposals.set_apart(here.number, asked.pair, asked.do == "apart")
    if not n:
        raise BadInput(NOTHING[0], code="nothing_chosen", hint=NOTHING[1])
    note = {"accept": "linked", "apart": "dismissed", "again": "undone"}[asked.do]
    return show.done("matching.match", note, n if note == "linked" else None, number=here.number, **_filter().kept())


@pages.post("/match/<entity>/<side>/<path:id>")
def decide(here: access.Here, entity: str, side: str, id: str) -> ResponseReturnValue:
    record, word = _record(here, entity, side, id), _read(Word)
    with here.house.word(here.connection) as mine:
        mine.decide(Decision(word.verb, record.where, word.twin if word.verb == "link" else None))
    return show.done("matching.partner", "decided", 1, number=here.number, entity=entity, side=side, id=id)


@pages.post("/match/<entity>/<side>/<path:id>/undo")
def undo(here: access.Here, entity: str, side: str, id: str) -> ResponseReturnValue:
    record = _record(here, entity, side, id)
    with here.house.word(here.connection) as mine:
        mine.undecide(record.where)
    return show.done("matching.partner", "undone", number=here.number, entity=entity, side=side, id=id)


def _meant(here: access.Here, asked: Chosen) -> list[Proposed]:
    """The pairs that a press is about, as far as they still stand."""
    proposals, kept = here.house.proposals, _filter()
    if not asked.every:
        return proposals.some(here.number, asked.pair)
    return [p for p in proposals.page(here.number, AT_ONCE, entity=kept.entity, words=kept.words) if p.sure]


def _accept(here: access.Here, meant: Sequence[Proposed]) -> int:
    """Every record once: of two pairs with the same record the surer one counts."""
    taken: set[Where] = set()
    n = 0
    with here.house.word(here.connection) as mine:
        for pair in sorted(meant, key=lambda each: (-each.rank, each.pk)):
            ends: set[Where] = {(pair.entity, ZOHO, pair.zoho_id), (pair.entity, XERO, pair.xero_id)}
            if not ends & taken:
                taken |= ends
                mine.decide(Decision("link", (pair.entity, ZOHO, pair.zoho_id), pair.xero_id))
                n += 1
    return n


# ------------------------------------------------------------------ what was asked


def _filter() -> Filter:
    return forms.read(Filter, request.args).value or Filter()


def _record(here: access.Here, entity: str, side: str, id_: str) -> Record:
    known = next((each for each in SIDES if each == side), None)
    found = here.house.store(here.connection).by_id(entity, known, [id_]) if known else []
    if not found:
        abort(404)
    return found[0]


def _read(model: type[Model]) -> Model:
    filled = forms.read(model, request.form)
    if filled.value is None:
        raise BadInput("It was not said what is to be done with which records.", hint="Use the buttons of the page.")
    return filled.value
