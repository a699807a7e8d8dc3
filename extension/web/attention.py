"""Needs attention: every hold in a bookkeeper's words, with both sides, and the ways out as buttons.

A press names a hold by its number; what it is about is read again, so that nothing can be decided that no longer
stands there. What was said is a decision that the next run acts on; trying again forgets what a service refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, Literal, TypeVar

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from extension.reporting import cases, ways_out
from extension.sync.canonical import SIDES
from extension.sync.errors import BadInput
from extension.sync.ports import Decision, HoldRow
from extension.web import access, forms, show, words
from extension.web.access import Here
from extension.web.registries import entities_of, mending

Counts = Mapping[tuple[str, str], int]
pages = access.Pages("attention", __name__)

Model = TypeVar("Model", bound=BaseModel)

PAGE: Final = 25  # holds on a page
AT_ONCE: Final = 1000  # records that one press decides at most
PIECE: Final = 200


class Filter(BaseModel):
    """Which holds. `after`: the place where the page before ended."""

    entity: str = ""
    reason: str = ""
    words: str = Field(default="", max_length=200)
    after: str = ""

    def kept(self) -> dict[str, Any]:
        """As it stands in an address."""
        return {name: value for name, value in self.model_dump().items() if value}

    def chosen(self) -> dict[str, Any]:
        return {"entity": self.entity or None, "reason": self.reason or None, "words": self.words}


class Word(BaseModel):
    """What somebody says about one hold."""

    hold: int
    verb: str
    field: str = ""
    takes: str = ""
    twin: str = ""


class Words(BaseModel):
    """What somebody says about the ticked ones, or about all that match the filter."""

    hold: list[int] = Field(default=[], max_length=PAGE)
    every: bool = False
    verb: Literal["retry", "ignore", "zoho", "xero"]


@pages.get("/attention")
def attention(here: Here) -> ResponseReturnValue:
    chosen = _filter()
    store = here.house.store(here.connection)
    counts = store.holds_counts()
    found = store.holds_page(PAGE + 1, after=chosen.after, **chosen.chosen())
    entities = entities_of(here)
    return show.page(
        "attention.html",
        cases=cases.cases(found[:PAGE], entities, store),
        next=found[PAGE - 1].place if len(found) > PAGE else "",
        chosen=chosen,
        where=chosen.kept(),
        reasons=_reasons(counts),
        modules=_modules(counts),
        total=sum(counts.values()),
        mends=lambda mend, entity: mending(here, mend, entity),
        most=AT_ONCE,
        ways_out=ways_out,
        bulk=_bulk(chosen.reason),
    )


@pages.get("/attention/decided")
def decided(here: Here) -> ResponseReturnValue:
    """What people decided and what still counts, with a way to take it back."""
    after = request.args.get("after", "")
    store = here.house.store(here.connection)
    found = store.decisions_page(PAGE + 1, after=int(after) if after.isdecimal() and len(after) < 16 else 0)
    said = [decision for _, decision in found[:PAGE]]
    return show.page(
        "attention_decided.html",
        said=[(each, title) for each, title in zip(said, cases.titles([d.where for d in said], store), strict=True)],
        next=found[PAGE - 1][0] if len(found) > PAGE else "",
        ways_out=ways_out,
    )


# ------------------------------------------------------------------ one by one


@pages.post("/attention/decide")
def decide(here: Here) -> ResponseReturnValue:
    word = _read(Word)
    row = _held(here, word.hold)
    said = cases.decision(row, word.verb, field=word.field, takes=word.takes, twin=word.twin)
    with here.house.word(here.connection) as mine:
        mine.decide(said)
    return _back("decided", 1)


@pages.post("/attention/retry", needs="press")
def retry(here: Here) -> ResponseReturnValue:
    row = _held(here, _read(Word).hold)
    with here.house.word(here.connection) as mine:
        mine.forgive([row.where])
    return _back("retrying", 1)


class Taken(BaseModel):
    """Whose decision is taken back."""

    entity: str
    side: Literal["zoho", "xero"]
    id: str
    field: str = ""
    listed: bool = False


@pages.post("/attention/undo")
def undo(here: Here) -> ResponseReturnValue:
    taken = _read(Taken)
    with here.house.word(here.connection) as mine:
        mine.undecide((taken.entity, taken.side, taken.id), taken.field)
    return show.done("attention.decided", "undone", number=here.number) if taken.listed else _back("undone")


# ------------------------------------------------------------------ many at once


@pages.post("/attention/bulk")
def bulk(here: Here) -> ResponseReturnValue:
    asked = _read(Words)
    if not asked.every and not asked.hold:
        raise BadInput("Nothing was ticked.", hint="Tick at least one record, or choose all of them.")
    rows = list(islice(_every(here) if asked.every else _ticked(here, asked.hold), AT_ONCE))
    if asked.verb == "retry":
        wheres = list(dict.fromkeys(row.where for row in rows))
        with here.house.word(here.connection) as mine:
            mine.forgive(wheres)
        return _back("retrying", len(wheres))
    said = list(_all_said(rows, asked.verb))
    with here.house.word(here.connection) as mine:
        for each in said:
            mine.decide(each)
    return _back("decided", len({each.where for each in said}))


def _all_said(rows: Sequence[HoldRow], verb: str) -> Iterator[Decision]:
    """One word about many: whoever it cannot be said of is left as it is."""
    for row in rows:
        ways = ways_out.reason(row.reason).ways
        if verb == "ignore" and "ignore" in ways:
            yield Decision("ignore", row.where)
        elif verb in SIDES and "take" in ways and row.field:
            yield cases.decision(row, "take", field=row.field, takes=verb)


def _ticked(here: Here, numbers: Sequence[int]) -> Iterator[HoldRow]:
    """Those that still stand there."""
    store = here.house.store(here.connection)
    yield from (held.row for held in map(store.hold, numbers) if held is not None)


def _every(here: Here) -> Iterator[HoldRow]:
    """Everything that the filter lets through, read in pieces."""
    store, chosen, after = here.house.store(here.connection), _filter().chosen(), ""
    while found := store.holds_page(PIECE, after=after, **chosen):
        yield from (held.row for held in found)
        after = found[-1].place


# ------------------------------------------------------------------ what was asked


def _filter() -> Filter:
    found = forms.read(Filter, request.args)
    return found.value or Filter()


def _read(model: type[Model]) -> Model:
    filled = forms.read(model, request.form)
    if filled.value is None:
        raise BadInput("It was not said what is to be done with which record.", hint="Use the buttons of the page.")
    return filled.value


def _held(here: Here, number: int) -> HoldRow:
    found = here.house.store(here.connection).hold(number)
    if found is None:
        raise BadInput(
            "This does not need attention any more.",
            code="settled",
            hint="It was settled meanwhile, or reads differently now. Go back and look again.",
        )
    return found.row


def _back(note: str, n: int | None = None) -> ResponseReturnValue:
    """To the same place of the list."""
    number = (request.view_args or {})["number"]
    return show.done("attention.attention", note, n, number=number, **_filter().kept())


def _reasons(counts: Counts) -> list[tuple[str, str]]:
    """What to choose from, each with how many there are."""
    sums: Counter[str] = Counter()
    for (reason, _), n in counts.items():
        sums[reason] += n
    found = [(code, f"{ways_out.reason(code).heading} ({sums[code]:,})") for code in ways_out.order(list(sums))]
    return [("", "Every reason"), *found]


def _modules(counts: Counts) -> list[tuple[str, str]]:
    sums: Counter[str] = Counter()
    for (_, entity), n in counts.items():
        sums[entity] += n
    return [("", "All modules"), *((name, f"{words.module(name)} ({n:,})") for name, n in sorted(sums.items()))]


def _bulk(reason: str) -> list[tuple[str, str]]:
    """What can be said of many: of one reason, what leads out of it."""
    ways = ways_out.reason(reason).ways if reason else ("ignore", "take")
    takes = [(side, ways_out.label("take", "zoho", side)) for side in SIDES] if "take" in ways else []
    return [("retry", "Try again"), *([("ignore", "Ignore")] if "ignore" in ways else []), *takes]
