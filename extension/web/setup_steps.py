"""The way from an empty database to the first synchronisation, as a list: what is done, what comes next.

Pure: `Facts` are gathered by the view, pages of other parts are named by endpoint. A step that is done stays open to
be looked at again; the current one is the first that is not done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from extension.entities.own_fields import OwnField

State: TypeAlias = Literal["done", "current", "todo"]


@dataclass(frozen=True)
class Facts:
    """What is known of a connection. `mapping`: what its map lacks, "" when it is complete."""

    registered: bool
    organisations: tuple[str, str]
    lost: tuple[str, ...]
    fields: Sequence[OwnField]
    start: datetime | None
    mapping: str
    fetched: bool
    linked: int
    previewed: bool
    synchronised: bool


@dataclass(frozen=True)
class Step:
    """`endpoint`: where its button leads."""

    title: str
    state: State
    words: str
    action: str
    endpoint: str
    installer: bool = False  # whether the button is for who manages the installation


@dataclass(frozen=True)
class _Draft:
    title: str
    done: bool
    words: str
    action: str
    endpoint: str
    installer: bool = False


def steps(facts: Facts, start: str) -> list[Step]:
    """In the order in which a person goes. `start`: the start date in words."""
    drafts = [
        _Draft(
            "Web Service Settings",
            facts.registered,
            "Both services know this installation." if facts.registered else "A client id and secret are missing.",
            "Web Service Settings",
            "installing.services",
            installer=True,
        ),
        _connected(facts),
        _fields(facts),
        _Draft("Start date", True, start, "Change the start date", "setting_up.start_date"),
        _Draft(
            "Mappings",
            not facts.mapping,
            facts.mapping or "Complete: fields, statuses, taxes and accounts have their counterparts.",
            "Look at the mappings" if not facts.mapping else "Complete the mappings",
            "settings.modules",
        ),
        _Draft(
            "Data fetch",
            facts.fetched,
            "Both sides were read whole." if facts.fetched else "Reads both sides. Nothing is written to either.",
            "Data fetch",
            "fetching.fetch",
        ),
        _match(facts),
        _Draft(
            "Preview",
            facts.previewed or facts.synchronised,
            "Shows everything that a synchronisation would do, before it does it.",
            "Preview",
            "synchronise.manual",
        ),
        _Draft(
            "First synchronisation",
            facts.synchronised,
            "Done. From now on “Synchronise” and the schedule carry on."
            if facts.synchronised
            else "Does what you approved in the preview.",
            "Synchronise",
            "synchronise.manual",
        ),
    ]
    current = next((n for n, draft in enumerate(drafts) if not draft.done), None)
    return [_step(draft, n == current) for n, draft in enumerate(drafts)]


def _step(draft: _Draft, current: bool) -> Step:
    state: State = "done" if draft.done else "current" if current else "todo"
    return Step(draft.title, state, draft.words, draft.action, draft.endpoint, draft.installer)


def _connected(facts: Facts) -> _Draft:
    crm, books = facts.organisations
    words = f"{crm} in Zoho CRM and {books} in Xero."
    if facts.lost:
        words = f"{' and '.join(facts.lost)} ended our access. Connect again."
    return _Draft("Connected", not facts.lost, words, "The connection", "connecting.connection")


def _fields(facts: Facts) -> _Draft:
    needed = [field for field in facts.fields if field.needed and field.state == "missing"]
    better = [field for field in facts.fields if not field.needed and field.state != "there"]
    if needed:
        modules = ", ".join(dict.fromkeys(field.module.replace("_", " ") for field in needed))
        words = f"The field “Add to Xero” is missing in {modules}. Without it nothing can be synchronised there."
    elif better:
        words = f"What is needed is there. {len(better)} more would help: see which and why."
    else:
        words = "Every field of ours is in the CRM."
    return _Draft("CRM fields", not needed, words, "CRM fields", "setting_up.fields")


def _match(facts: Facts) -> _Draft:
    words = "Pairs that look like the same are yours to accept, one by one or all that are sure."
    if facts.linked:
        words = f"{facts.linked:,} pairs are linked. {words}"
    done = facts.fetched and (facts.linked > 0 or facts.previewed or facts.synchronised)
    return _Draft("Match", done, words, "Match", "matching.match")
