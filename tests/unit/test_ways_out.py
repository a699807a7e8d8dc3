"""Every reason that the code can give for a hold is explained to a bookkeeper, with its ways out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from extension.entities.totals import COMPARED
from extension.reporting import ways_out
from extension.reporting.ways_out import REASONS, Verb
from extension.store.word import VERBS
from extension.sync import errors

ROOT = Path(__file__).resolve().parent.parent.parent / "extension"
ENDS_THE_RUN = {"throttled", "token_refused", "refreshing"}  # refusals that end a run, and hold no record
OF_HISTORY = {"both_gone"}  # said of what was done, and of nothing that waits
# Which argument of a call is the reason.
PLACES = {"Cannot": 0, "Found": 0, "FieldHold": 1, "_reject": 2, "Rejection": 2}
HOLDS = ("_hold",)
REFUSALS = ("Refused", "Duplicate", "Invalid", "Missing", "Locked", "Stale")


def files(*rooms: str) -> Iterator[tuple[Path, ast.AST]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path, ast.parse(path.read_text())


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def spelt(argument: ast.expr) -> list[str]:
    """The reasons that an argument can stand for, where it says them itself."""
    match argument:
        case ast.Constant(value=str(value)):
            return [value]
        case ast.IfExp(body=body, orelse=orelse):
            return spelt(body) + spelt(orelse)
        case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value="_differs")]):
            return [f"{name}_differs" for name in COMPARED]
    return []


def named(node: ast.Assign) -> list[str]:
    """What is given to a variable that is called `reason`."""
    found = []
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=True))
        found += [r for to, value in pairs if isinstance(to, ast.Name) and to.id == "reason" for r in spelt(value)]
    return found


def given() -> set[str]:
    """Every reason that stands in the code."""
    found: set[str] = set()
    for _, tree in files("sync", "entities", "remote"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                found.update(named(node))
            if not isinstance(node, ast.Call):
                continue
            name = called(node)
            if name in PLACES and len(node.args) > PLACES[name]:
                found.update(spelt(node.args[PLACES[name]]))
            elif name in HOLDS:
                found.update(reason for one in node.args[1:3] for reason in spelt(one) if reason.isidentifier())
            elif name in REFUSALS:
                found.update(r for k in node.keywords if k.arg == "code" for r in spelt(k.value))
    return (found | {getattr(errors, name).code for name in REFUSALS}) - OF_HISTORY


def test_the_code_is_understood() -> None:
    assert {"conflict", "gone", "gone_edited", "ambiguous", "waiting", "total_differs", "locked", "no_code"} <= given()


def test_every_reason_is_explained() -> None:
    assert given() - ENDS_THE_RUN - set(REASONS) == set()


def test_nothing_is_explained_that_cannot_happen() -> None:
    assert set(REASONS) - given() == set()


@pytest.mark.parametrize("code", REASONS)
def test_an_explanation_is_whole(code: str) -> None:
    reason = REASONS[code]
    assert reason.heading[0].isupper()
    assert not reason.heading.endswith(".")
    assert reason.why.endswith(".")
    assert set(reason.ways) <= set(VERBS) == set(get_args(Verb))
    for verb in reason.ways:
        assert ways_out.label(verb, "zoho")
        assert ways_out.said(verb)


def test_a_reason_of_another_version_still_has_a_heading() -> None:
    assert ways_out.reason("never_heard_of").heading
    assert ways_out.order(["never_heard_of", "waiting", "conflict", "ambiguous"]) == [
        "ambiguous", "conflict", "waiting", "never_heard_of"
    ]  # fmt: skip


def test_buttons_name_the_service_they_write_to() -> None:
    assert ways_out.label("create", "zoho") == "Create in Xero"
    assert ways_out.label("recreate", "xero") == "Make anew in the CRM"
    assert ways_out.label("retire", "xero") == "Put away in Xero"
    assert ways_out.label("take", "zoho", "xero") == "Take Xero's value"
