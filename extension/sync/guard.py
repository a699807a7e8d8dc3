"""Does this plan look like an accident? Each stop is a named pure function of the plan and a few counts.

A person's approval lets a stopped plan through; follow-ups of what was approved before count in no guard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from extension.sync.actions import Action, Create, Plan, Retire, Update
from extension.sync.canonical import SERVICES, Side
from extension.sync.ports import FeedState


@dataclass(frozen=True)
class Facts:
    """What the guards judge a plan against."""

    links: Mapping[str, int]  # entity -> live links
    feeds: tuple[FeedState, ...]
    linked_feeds: frozenset[tuple[Side, str]]  # feeds whose records are in live links
    first_run: frozenset[str]  # entities of which no run was ever let through
    record_run: bool
    version: int
    documents: frozenset[str] = frozenset()
    document_limit: int | None = None


@dataclass(frozen=True)
class Stop:
    reason: str
    message: str
    actions: tuple[Action, ...] = field(default=(), repr=False)


def side_empty(plan: Plan, facts: Facts) -> Stop | None:
    """A completed full scan saw nothing, where linked records live: the wrong organisation, or lost access."""
    for state in facts.feeds:
        if state.scan_rows == 0 and (state.side, state.feed) in facts.linked_feeds:
            name = SERVICES[state.side]
            return Stop(
                "side_empty", f"{state.feed} in {name} came back empty though records there are linked.", plan.work
            )
    return None


def too_many_retirements(plan: Plan, facts: Facts) -> Stop | None:
    """More than three and more than a fifth of an entity's linked records would be retired."""
    retired = Counter(a.entity for a in plan.actions if isinstance(a, Retire))
    for entity, n in sorted(retired.items()):
        links = facts.links.get(entity, 0)
        if n > max(3, links // 5):
            which = tuple(a for a in plan.actions if isinstance(a, Retire) and a.entity == entity)
            return Stop("too_many_retirements", f"{n} of {links} linked records ({entity}) would be retired.", which)
    return None


def too_many_changes(plan: Plan, facts: Facts) -> Stop | None:
    """More than fifty and more than half of an entity's linked records would change."""
    changes = [a for a in plan.actions if isinstance(a, Update) and a.writes and not a.followup]
    for entity, n in sorted(Counter(a.entity for a in changes).items()):
        links = facts.links.get(entity, 0)
        if n > max(50, links // 2):
            which = tuple(a for a in changes if a.entity == entity)
            return Stop("too_many_changes", f"{n} of {links} linked records ({entity}) would change.", which)
    return None


def mapping_changed(plan: Plan, facts: Facts) -> Stop | None:
    """The mapping changed and that alone would write to records that were in step."""
    which = tuple(
        a
        for a in plan.actions
        if isinstance(a, Update) and a.writes and a.link.settled and a.link.version < facts.version
    )
    return (
        Stop("mapping_changed", f"The mapping changed: {len(which)} records would be written.", which)
        if which
        else None
    )


def first_run(plan: Plan, facts: Facts) -> Stop | None:
    """Nothing was ever applied to these entities of this connection."""
    which = tuple(action for action in plan.work if action.entity in facts.first_run)
    if not which:
        return None
    names = sorted({action.entity.replace("_", " ") for action in which})
    return Stop("first_run", f"The first run of these modules ({', '.join(names)}) has {len(which)} actions.", which)


def too_many_documents(plan: Plan, facts: Facts) -> Stop | None:
    """More documents than the administrator chose would be created."""
    which = tuple(a for a in plan.actions if isinstance(a, Create) and a.entity in facts.documents)
    if facts.document_limit is not None and len(which) > facts.document_limit:
        return Stop("too_many_documents", f"{len(which)} documents would be created.", which)
    return None


ALWAYS: tuple[Callable[[Plan, Facts], Stop | None], ...] = (side_empty,)
COUNTING: tuple[Callable[[Plan, Facts], Stop | None], ...] = (
    too_many_retirements,
    too_many_changes,
    mapping_changed,
    first_run,
    too_many_documents,
)


def stops(plan: Plan, facts: Facts) -> tuple[Stop, ...]:
    """Every stop that applies. A person's press on one record skips all but the emptied side."""
    guards = ALWAYS if facts.record_run else ALWAYS + COUNTING
    return tuple(stop for guard in guards if (stop := guard(plan, facts)) is not None)
