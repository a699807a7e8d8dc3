"""Scenes that several tests begin with: a small company in both services, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from extension.sync.actions import Report
from extension.sync.canonical import XERO, ZOHO, Side, Where
from extension.sync.ports import Decision
from tests.sim.harness import FEED, QUIET, Harness, Ways


def company() -> Harness:
    """Six firms of the CRM and six of Xero, of which three are the same; nothing was synchronised yet."""
    h = Harness(Ways())
    for n in range(6):
        h.side[ZOHO].create("Firms", firm(f"firm {n}"))
        h.side[XERO].create("Parties", firm(f"firm {n + 3}"))
    h.world.second += QUIET
    return h


def firm(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "phone": None, "note": None, "ticked": True, "twin_id": None, "persons": []} | more


def order(h: Harness, number: str = "n1", *quantities: int, **more: Any) -> dict[str, Any]:
    """An order of the CRM for its first firm; one line of the first item per quantity."""
    goods = h.side[ZOHO].live("Goods")
    lines = [{"id": None, "item": goods[0].id, "quantity": Decimal(q)} for q in quantities]
    parent = h.side[ZOHO].live("Firms")[0].id
    return {"number": number, "firm": parent, "note": None, "ticked": True, "twin_id": None, "lines": lines} | more


def writes(h: Harness) -> dict[Side, int]:
    return {side: service.writes for side, service in h.side.items()}


def in_step(h: Harness, kind: str = "firm") -> int:
    return len(h.links(kind))


def approve(h: Harness, report: Report, only: Callable[[Any], bool] = lambda action: True) -> None:
    with h.store.write(h.store.acquire("person", h.world.now(), 1) or 0) as tx:
        tx.approve([action.digest for action in report.plan.actions if only(action)])
    h.world.second += 2


def decide(h: Harness, verb: str, kind: str, id: str, twin: str | None = None, **more: Any) -> None:
    """A person's word about a record; its side is the first letter of its id."""
    side = ZOHO if id.startswith("z") else XERO
    epoch = h.store.acquire("person", h.world.now(), 1) or 0
    with h.store.calmly(epoch) as tx:  # a person's word does not die with a worker
        tx.decide(Decision(verb, (kind, side, id), twin, **more))
    h.world.second += 2


def undecide(h: Harness, where: Where, field: str = "") -> None:
    """A person takes a word back."""
    epoch = h.store.acquire("person", h.world.now(), 1) or 0
    with h.store.calmly(epoch) as tx:
        tx.undecide(where, field)
    h.world.second += 2


def lines(h: Harness, side: Side) -> list[tuple[str, int]]:
    """What the order of this side holds: codes and quantities."""
    codes = {row.id: row.body["code"] for row in h.side[ZOHO].live("Goods")}
    (row,) = h.side[side].live(FEED["order"][side])
    return [(codes.get(line["item"], line["item"]), int(line["quantity"])) for line in row.body["lines"]]


def retype(h: Harness, side: Side, n: int, **changes: Any) -> None:
    """Somebody changes the nth line, or adds it."""
    (row,) = h.side[side].live(FEED["order"][side])
    typed = [dict(line) for line in row.body["lines"]]
    if n == len(typed):
        typed.append({"id": None, "item": typed[0]["item"]})
    typed[n] |= changes
    h.side[side].edit(FEED["order"][side], row.id, lines=typed)
    h.world.second += QUIET
