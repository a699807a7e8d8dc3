"""setup: the fields of ours in the CRM. Shown first, then made; repeated, it makes only what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import click

from extension.console import exits
from extension.console.result import Desk, Result, reports
from extension.console.runs import for_connection
from extension.console.screen import Screen
from extension.entities.crm_setup import ModulePlan, Setup
from extension.entities.crm_setup_undo import Ours, Removal
from extension.entities.crm_setup_words import clash, wishes
from extension.entities.stand_in import NAME
from extension.listening import Listening, Told
from extension.preparing import Outcome, Preparing
from extension.sync.errors import RemoteError

ACTOR: Final = "flask setup"
BY_HAND: Final = "The button “Sync to Xero” is made by hand: the portal's page Set-up, CRM fields, Button says how."
OFFER: Final = "Nothing stands for them in the CRM, so that they are held. A product is made with --free-text."


@click.command("setup")
@for_connection
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--undo", is_flag=True, help="Take away what was made and what no record uses.")
@click.option(
    "--number", "numbers", multiple=True, metavar="E", help="Make an auto number for this kind of document; repeatable."
)
@click.option("--free-text", is_flag=True, help="Make a product that stands in the CRM for lines without an item.")
@reports
def setup(
    desk: Desk, connection: str | None, dry_run: bool, undo: bool, numbers: tuple[str, ...], free_text: bool
) -> Result:
    """Make the fields of xero2zoho in Zoho CRM, or take them away again."""
    chosen = desk.house.connection(connection)
    listening = Listening(desk.house, chosen)
    preparing = Preparing(desk.house, chosen, numbers, stand_in=free_text)
    if undo:
        back = preparing.look_back()
        outcome = None if dry_run or back.empty else _announced(desk, _removal, back, preparing.undo, back.seal)
        signals = _stopped(listening, dry_run=dry_run)
        document = {"remove": _fields(back.remove), "keep": _fields(back.keep), "free_text": _product(back)}
        return _result(chosen.name, document, _removal, back, outcome, signals)
    plan = preparing.look()
    outcome = None if dry_run or plan.empty else _announced(desk, _plan, plan, preparing.do, plan.seal)
    signals = _asked_for(desk, listening, dry_run=dry_run)
    planned = {"modules": [_module(each) for each in plan.modules], "free_text": _stand_in(plan)}
    return _result(chosen.name, planned, _plan, plan, outcome, signals)


@dataclass(frozen=True)
class _Signals:
    """How it stands with the CRM's signals. A refusal is said, and fails nothing: the schedule finds every change."""

    said: str
    told: Told
    hint: str = ""

    def document(self) -> dict[str, Any]:
        until = self.told.channel.expires_at.isoformat() if self.told.channel else None
        return {"on": self.told.channel is not None, "until": until, "said": self.said, "hint": self.hint}


def _asked_for(desk: Desk, listening: Listening, *, dry_run: bool) -> _Signals:
    told = listening.look()
    if told.impossible or not told.modules:
        return _Signals(told.impossible or "No module is switched on, so there is nothing to be told of.", told)
    if dry_run:
        return _Signals(_on(told) if told.channel else told.will, told)
    if told.channel is None:
        desk.aside.line(told.will)
    try:
        told = listening.set_up()
    except RemoteError as wrong:
        return _Signals(f"No signals: {wrong.message}", listening.look(), wrong.hint)
    return _Signals(_on(told), told)


def _on(told: Told) -> str:
    until = f" until {told.channel.expires_at:%Y-%m-%d %H:%M} UTC, renewed before" if told.channel else ""
    return f"Zoho CRM tells us of changes{until}."


def _stopped(listening: Listening, *, dry_run: bool) -> _Signals:
    if dry_run:
        on = listening.look()
        return _Signals("Zoho CRM would stop telling us of changes." if on.channel else "There are no signals.", on)
    listening.close()
    return _Signals("Zoho CRM tells us of no changes.", listening.look())


def _announced(
    desk: Desk, show: Callable[[Screen, Any], None], what: Any, act: Callable[[str, str], Outcome], seal: str
) -> Outcome:
    """Says what will be done, and does exactly that."""
    show(desk.aside, what)
    desk.aside.line()
    return act(ACTOR, seal)


def _result(
    name: str,
    document: Mapping[str, Any],
    show: Callable[[Screen, Any], None],
    what: Any,
    outcome: Outcome | None,
    signals: _Signals,
) -> Result:
    steps = [asdict(step) for step in outcome.steps] if outcome else []
    ended = outcome.ended if outcome else None
    whole = {"connection": name, **document, "done": steps, "signals": signals.document()}
    if ended is not None:
        whole["ended"] = {"code": ended.code, "message": ended.message, "hint": ended.hint}

    def tell(screen: Screen) -> None:
        if outcome is None:
            show(screen, what)
        else:
            _steps(screen, outcome)
        screen.line()
        screen.line(BY_HAND)
        screen.line(signals.said)
        if signals.hint:
            screen.line(signals.hint)

    return Result(_status(outcome, what), whole, tell)


def _status(outcome: Outcome | None, what: Any) -> int:
    if outcome is None:
        return exits.ATTENTION if isinstance(what, Setup) and _in_the_way(what) else exits.DONE
    if outcome.ended is not None:
        return exits.of_error(outcome.ended)
    return exits.ATTENTION if outcome.problems else exits.DONE


def _in_the_way(plan: Setup) -> bool:
    return plan.stand_in.in_the_way or any(each.clashes for each in plan.modules)


# ------------------------------------------------------------------ in words


def _plan(screen: Screen, plan: Setup) -> None:
    if plan.empty:
        screen.line("Everything of ours is in the CRM.", "bold")
    for each in plan.modules:
        said = [*wishes(each), *(clash(found) for found in each.clashes)]
        if each.offers_number:
            said.append(f"No number is unique here. An auto number is made with --number {each.entity}.")
        if said:
            screen.line(each.module.replace("_", " "), "bold")
            for sentence in said:
                screen.line(f"  {sentence}")
    if plan.offers_stand_in:
        screen.line("Lines without an item", "bold")
        screen.line(f"  {plan.stand_in.wish or plan.stand_in.clash or OFFER}")


def _removal(screen: Screen, back: Removal) -> None:
    if back.empty:
        screen.line("There is nothing of ours in the CRM that could be taken away.", "bold")
    for one in back.remove:
        screen.line(f"{one.module.replace('_', ' ')}: take away “{one.label}”.")
    for one in back.keep:
        screen.line(f"{one.module.replace('_', ' ')}: “{one.label}” stays, records have something in it.")
    if back.stand_in:
        screen.line(f"Products: take away “{NAME}”.")
    if back.stand_in_kept:
        screen.line(f"Products: “{NAME}” stays, documents have lines with it, or nobody has looked yet (Data fetch).")


def _steps(screen: Screen, outcome: Outcome) -> None:
    for step in outcome.steps:
        screen.line(f"{step.module.replace('_', ' ')}: {step.what}{': ' + step.problem if step.problem else ''}")
    for hint in dict.fromkeys(step.hint for step in outcome.problems if step.hint):
        screen.line(hint)
    if outcome.ended is not None:
        screen.line(outcome.ended.message, "red")
        screen.line(outcome.ended.hint)


# ------------------------------------------------------------------ for programs


def _module(plan: ModulePlan) -> dict[str, Any]:
    return {
        "entity": plan.entity,
        "module": plan.module,
        "there": {found.label: found.api_name for found in plan.there},
        "make": [{"label": each.label, "kind": each.data_type} for each in plan.make],
        "will": wishes(plan),
        "in_the_way": [clash(found) for found in plan.clashes],
        "offers_number": plan.offers_number,
    }


def _stand_in(plan: Setup) -> dict[str, Any]:
    return {"offered": plan.offers_stand_in, "will": plan.stand_in.wish, "in_the_way": plan.stand_in.clash}


def _product(back: Removal) -> dict[str, Any]:
    return {"remove": back.stand_in, "kept": back.stand_in_kept}


def _fields(fields: Sequence[Ours]) -> list[dict[str, str]]:
    return [{"module": one.module, "label": one.label, "api_name": one.api_name} for one in fields]
