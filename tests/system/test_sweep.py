"""A seeded sample of the sweep, and what the sweep rests on: that its run has everything to lose, and that every call
of it is a point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.system import sweep_page
from tests.system.comparison import differences
from tests.system.kill_door import CREATE, KINDS, READ, TOKEN
from tests.system.kill_ends import Reference, undisturbed
from tests.system.sweep import Found, company, tried
from tests.system.sweep_points import BREAKS, CUT, KILLED, ORDER, WHOLE, Point, points_of

SAMPLE: Final = {"unique": 8, "bills": 2}  # of each way
SEED: Final = 6
MODULES: Final = ("account", "contact", "vendor", "product", "invoice", "purchase_order")
FOUND: Final[tuple[Point, ...]] = ()  # points at which a sweep once found a difference


@pytest.fixture(scope="module", params=SAMPLE)
def reference(request: pytest.FixtureRequest) -> Iterator[tuple[str, Reference]]:
    with company(request.param) as opened:
        yield request.param, opened


def sample(way: str, reference: Reference) -> list[Point]:
    """Of every kind of break and every kind of call."""
    draw, points, first = Random(SEED), points_of(way, reference.faces), ORDER.index(way)
    drawn = []
    for n in range(SAMPLE[way]):
        kind, how = KINDS[n % len(KINDS)], BREAKS[(first + n + n // len(KINDS)) % len(BREAKS)]
        drawn.append(draw.choice([point for point in points if (point.kind, point.what, point.when) == (kind, *how)]))
    return drawn


def test_a_broken_run_ends_like_an_undisturbed_one(reference: tuple[str, Reference]) -> None:
    way, undisturbed_run = reference
    for point in [*sample(way, undisturbed_run), *(point for point in FOUND if point.way == way)]:
        found = tried(undisturbed_run, point)
        assert found.struck, point
        assert not found.wrong, f'\nreplay: python -m tests.system.sweep --only "{point}"\n' + "\n".join(found.wrong)


def test_the_run_creates_changes_and_retires_records_of_all_six_modules(reference: tuple[str, Reference]) -> None:
    """In both directions; and nobody need decide anything but what somebody owes for rent."""
    way, undisturbed_run = reference
    told = undisturbed_run.said["counts"]
    everything = {f"{done} {side}" for done in ("created", "updated", "retired") for side in ("zoho", "xero")}
    assert {name: everything - set(counts) for name, counts in told.items()} == {name: set() for name in MODULES}
    assert undisturbed_run.said["holds"] == (["purchase_order RENT-1: no_product"] if way == "bills" else [])
    assert undisturbed_run.end.twice == []
    assert undisturbed_run.met[TOKEN] == 2


def test_two_undisturbed_runs_ask_for_the_same_and_end_alike(reference: tuple[str, Reference]) -> None:
    """Else a point would be another one each time, and what is masked would not be enough."""
    _, first = reference
    second = undisturbed(first.rig)
    assert Counter(second.faces) == Counter(first.faces)
    assert differences(first.end, second.end) == []


def test_every_call_is_a_point_in_four_ways() -> None:
    faces = ["GET /crm/v8/Accounts", "GET /crm/v8/Accounts", "PUT /api.xro/2.0/Items", "POST /connect/token"]
    for way in ORDER:
        points = points_of(way, faces)
        calls = {("GET /crm/v8/Accounts", 1), ("GET /crm/v8/Accounts", 2)} if way in WHOLE else set()
        calls |= {("PUT /api.xro/2.0/Items", 1), ("POST /connect/token", 1)}
        assert {(p.face, p.nth, p.what, p.when) for p in points} == {
            (*call, *each) for call in calls for each in BREAKS
        }
        assert len({str(point) for point in points}) == len(points)
        assert {point.strike.does for point in points if point.what == CUT} == {"cut"}
        assert {point.strike.does for point in points if point.what == KILLED} == {"kill"}


def test_the_page_says_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Found(f"unique {n}", "unique", CUT, "before", kind, ["cut"], []) for n, kind in enumerate((CREATE, READ))]
    found.append(Found("bills 3", "bills", KILLED, "after", CREATE, ["killed"], ["made twice: x"]))
    monkeypatch.setattr(sweep_page, "PAGE", tmp_path / "page.md")
    sweep_page.write([vars(each) for each in found], complete=True)
    said = sweep_page.PAGE.read_text()
    assert "interrupted" not in said
    assert "**3 points tried, 1 with a difference.**" in said
    assert "| creates records | 1 | 0 | 0 | 1 | 2 | 1 |" in said
    assert "- `bills 3`" in said
    sweep_page.write([vars(each) for each in found], complete=False)
    assert "This sweep was interrupted" in sweep_page.PAGE.read_text()
