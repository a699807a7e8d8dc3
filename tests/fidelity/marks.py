"""Which test shows which behaviour, and which lets an outsider confirm it: read from the sources, nothing is run.

`behaviour("zoho", 2)` and `outsider("xero-node 20")` may stand at a test, its class or its file (`pytestmark`), or at
one case of a parametrisation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from tests.fidelity.table import ROOT

Call = tuple[str, tuple[object, ...]]


@dataclass(frozen=True)
class Marked:
    """A test that carries one of the two marks."""

    node: str
    """As pytest calls it, "tests/contract/test_x.py::test_y"; with all its cases."""
    behaviours: frozenset[tuple[str, int]]
    outsiders: tuple[str, ...]
    slow: bool


@cache
def marked() -> tuple[Marked, ...]:
    """All of them, in the order of their files."""
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    return tuple(test for path in paths for test in read(path.read_text(), path.relative_to(ROOT).as_posix()))


def showing(service: str, number: int) -> list[Marked]:
    return [test for test in marked() if (service, number) in test.behaviours]


def read(source: str, place: str) -> Iterator[Marked]:
    """The marked tests of one file."""
    if "mark.behaviour" not in source and "mark.outsider" not in source:
        return
    tree = ast.parse(source)
    yield from _tests(tree.body, place, _marks(_of_file(tree.body)))


def _tests(body: Sequence[ast.stmt], place: str, above: tuple[Call, ...]) -> Iterator[Marked]:
    for each in body:
        if isinstance(each, ast.ClassDef) and each.name.startswith("Test"):
            own = (*above, *_marks(each.decorator_list), *_marks(_of_file(each.body)))
            yield from _tests(each.body, f"{place}::{each.name}", own)
        elif isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
            test = _marked(f"{place}::{each.name}", (*above, *_marks(each.decorator_list)))
            if test.behaviours or test.outsiders:
                yield test


def _marked(node: str, marks: Iterable[Call]) -> Marked:
    behaviours, outsiders, slow = set(), [], False
    for name, args in marks:
        if name == "behaviour":
            service, *numbers = args
            if not numbers:
                raise ValueError(f"{node}: behaviour names no number")
            behaviours |= {(str(service), int(str(number))) for number in numbers}
        elif name == "outsider":
            outsiders += [str(arg) for arg in args]
        slow = slow or name == "slow"
    return Marked(node, frozenset(behaviours), tuple(dict.fromkeys(outsiders)), slow)


def _of_file(body: Sequence[ast.stmt]) -> list[ast.expr]:
    """What `pytestmark` names."""
    assigned = [each for each in body if isinstance(each, ast.Assign)]
    return [
        each.value
        for each in assigned
        if any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in each.targets)
    ]


def _marks(expressions: Iterable[ast.expr]) -> tuple[Call, ...]:
    """Every mark among them, however deep; those of one case count for the whole test, but for how slow it is."""
    return tuple(mark for each in expressions for mark in _walk(each))


def _walk(expression: ast.expr) -> Iterator[Call]:
    cases = isinstance(expression, ast.Call) and _name(expression.func) == "parametrize"
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and (name := _name(node.func)) in ("behaviour", "outsider"):
            yield name, tuple(ast.literal_eval(arg) for arg in node.args)
        elif isinstance(node, ast.Attribute) and _name(node) == "slow" and not cases:
            yield "slow", ()


def _name(node: ast.expr) -> str:
    """X of `pytest.mark.X`."""
    inner = node.value if isinstance(node, ast.Attribute) else None
    found = isinstance(node, ast.Attribute) and isinstance(inner, ast.Attribute) and inner.attr == "mark"
    return node.attr if found and isinstance(node, ast.Attribute) else ""
