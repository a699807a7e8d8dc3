"""What is left of a plan when a turn ends for want of calls, or to make room for others.

The next turn of the same wish goes on with it instead of planning everything anew: a plan of an import costs seconds,
and a minute's calls come back a few at a time. Each action is checked against the store right before it is sent, as
after any pause between two batches; what else a plan rests on is compared here. It was judged before: only what may be
done is kept, and no guard sees a part of a plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from extension.sync.actions import Action, Plan
from extension.sync.model import Scope
from extension.sync.ports import Registry, Store

MOST: Final = 10_000  # actions: what the calls of four minutes carry to Xero, 50 in each


@dataclass(frozen=True)
class Unfinished:
    """`plan`: what is still to be done, parents first. `grounds`: what else it rests on."""

    plan: Plan
    grounds: object

    @staticmethod
    def of(plan: Plan, left: Sequence[Action], rests_on: object) -> Unfinished | None:
        """None: nothing is left. What is skipped was noted already, and may be due again by now."""
        if not left:
            return None
        return Unfinished(replace(plan, actions=tuple(left[:MOST]), skips=(), spent=()), rests_on)


def grounds(store: Store, registry: Registry, scope: Scope) -> object:
    """What a plan rests on beside the records, which are looked at again before each batch."""
    return scope, registry.version, store.start_date(), tuple(store.decisions())
