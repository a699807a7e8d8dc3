"""Does this plan look like an accident? Each stop at its limit, and what lets a plan through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from extension.sync import guard
from extension.sync.actions import Action, Create, Detach, Forget, Plan, Retire, Update
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.guard import Facts, stops
from extension.sync.ports import FeedState
from tests.unit.sync.samples import NOW, linked, pair, rec

CALM = Facts({"thing": 100}, (), frozenset(), first_run=frozenset(), record_run=False, version=1)


def updates(n: int, *, writes: bool = True, **link: Any) -> list[Action]:
    patch: dict[Side, dict[str, Any]] = {XERO: {"f": "b"} if writes else {}}
    return [Update("thing", linked({}, {}, **link), patch, pair({}, {})) for _ in range(n)]


def retirements(n: int, entity: str = "thing") -> list[Action]:
    return [Retire(entity, linked({}, {}), ZOHO, rec(ZOHO), rec(XERO), "archive") for _ in range(n)]


def creates(n: int, entity: str = "thing") -> list[Action]:
    return [Create(entity, XERO, rec(ZOHO), {}) for _ in range(n)]


def reasons(actions: list[Action], facts: Facts = CALM) -> list[str]:
    return [stop.reason for stop in stops(Plan(tuple(actions)), facts)]


# ------------------------------------------------------------------ an emptied side


@pytest.mark.parametrize(
    ("scan_rows", "linked_here", "then"),
    [
        (0, True, ["side_empty"]),
        (0, False, []),  # nothing of ours was there
        (1, True, []),
        (None, True, []),  # never fully scanned
    ],
)
def test_a_side_that_came_back_empty(scan_rows: int | None, linked_here: bool, then: list[str]) -> None:
    feed = FeedState(XERO, "things", NOW, scan_rows=scan_rows)
    there = frozenset({(XERO, "things")}) if linked_here else frozenset({(ZOHO, "Things")})
    assert reasons([], replace(CALM, feeds=(feed,), linked_feeds=there)) == then


def test_the_message_names_the_feed_and_the_service() -> None:
    feed = FeedState(XERO, "contacts", NOW, scan_rows=0)
    stop = guard.side_empty(Plan(), replace(CALM, feeds=(feed,), linked_feeds=frozenset({(XERO, "contacts")})))
    assert stop is not None
    assert stop.message == "contacts in Xero came back empty though records there are linked."


# ------------------------------------------------------------------ too many


@pytest.mark.parametrize(
    ("n", "links", "then"),
    [
        (3, 3, []),  # up to three are always allowed
        (4, 10, ["too_many_retirements"]),
        (4, 20, []),  # up to a fifth
        (20, 100, []),
        (21, 100, ["too_many_retirements"]),
    ],
)
def test_retirements(n: int, links: int, then: list[str]) -> None:
    assert reasons(retirements(n), replace(CALM, links={"thing": links})) == then


def test_retirements_are_counted_per_entity() -> None:
    facts = replace(CALM, links={"thing": 10, "other": 10})
    assert reasons(retirements(3) + retirements(3, "other"), facts) == []


@pytest.mark.parametrize(
    ("n", "links", "then"),
    [
        (50, 50, []),  # up to fifty are always allowed
        (51, 60, ["too_many_changes"]),
        (100, 200, []),  # up to half
        (101, 200, ["too_many_changes"]),
    ],
)
def test_changes(n: int, links: int, then: list[str]) -> None:
    assert reasons(updates(n), replace(CALM, links={"thing": links})) == then


@pytest.mark.parametrize("actions", [updates(99, writes=False), updates(99, settled=False)])
def test_bases_that_move_in_silence_and_follow_ups_are_no_changes(actions: list[Action]) -> None:
    """A follow-up is what a create or an adoption left open: approved with it."""
    assert reasons(actions) == []


@pytest.mark.parametrize(
    ("n", "limit", "then"),
    [(5, None, []), (5, 5, []), (6, 5, ["too_many_documents"])],
)
def test_documents(n: int, limit: int | None, then: list[str]) -> None:
    facts = replace(CALM, documents=frozenset({"thing"}), document_limit=limit)
    assert reasons(creates(n) + creates(9, "other"), facts) == then


# ------------------------------------------------------------------ a changed mapping, the first run


@pytest.mark.parametrize(
    ("actions", "then"),
    [
        (updates(1, version=0), ["mapping_changed"]),
        (updates(1, version=0, settled=False), []),
        (updates(1, version=0, writes=False), []),  # such a link takes the new version: the stop clears itself
        (updates(1, version=1), []),
    ],
)
def test_a_changed_mapping_stops_only_what_it_would_write(actions: list[Action], then: list[str]) -> None:
    assert reasons(actions) == then


@pytest.mark.parametrize(
    ("actions", "then"),
    [(creates(1), ["first_run"]), (updates(1, writes=False), []), ([], [])],
)
def test_the_first_run_that_has_work_is_looked_at(actions: list[Action], then: list[str]) -> None:
    assert reasons(actions, replace(CALM, first_run=frozenset({"thing"}))) == then


def test_the_first_run_of_each_module_is_looked_at() -> None:
    facts = replace(CALM, first_run=frozenset({"other"}))
    assert reasons(creates(3), facts) == []
    (stop,) = stops(Plan(tuple(creates(3) + creates(2, "other"))), facts)
    assert (stop.message, len(stop.actions)) == ("The first run of these modules (other) has 2 actions.", 2)


# ------------------------------------------------------------------ what a stop holds, and what it lets through


def test_a_stop_names_the_actions_that_need_approval() -> None:
    bad, fine = retirements(4), creates(2)
    (stop,) = stops(Plan((*fine, *bad)), replace(CALM, links={"thing": 5}))
    assert stop.actions == tuple(bad)


def test_every_reason_to_stop_is_told() -> None:
    facts = replace(CALM, first_run=frozenset({"thing"}), links={"thing": 5})
    assert reasons(retirements(4), facts) == ["too_many_retirements", "first_run"]


def test_what_ends_links_without_a_write_is_counted_by_nobody() -> None:
    ended: list[Action] = [Forget("thing", linked({}, {})), Detach("thing", linked({}, {}))]
    assert reasons(ended * 50) == []


def test_a_persons_press_on_one_record_skips_what_counts_but_not_an_emptied_side() -> None:
    feed = FeedState(XERO, "things", NOW, scan_rows=0)
    facts = replace(CALM, first_run=frozenset({"thing"}), record_run=True, links={"thing": 5}, version=2)
    actions = retirements(4) + updates(60)
    assert reasons(actions, facts) == []
    emptied = replace(facts, feeds=(feed,), linked_feeds=frozenset({(XERO, "things")}))
    assert reasons(actions, emptied) == ["side_empty"]
