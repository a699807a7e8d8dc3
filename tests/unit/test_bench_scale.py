"""Many workers: what is reckoned of what was measured, and the stand-in for both services. Nothing is timed here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench import __main__ as entrance
from bench import document
from bench.figures import Chapter, Figure
from bench.scale import fairness, kills, rounds, workers
from bench.scale.queueing import Ahead, Round
from bench.scale.rounds import EVERY, Served, appointed
from bench.scale.sizes import FULL
from bench.scale.standin import CHANGES, PAGE, Manners, access_of, answer, organisation_of
from extension.sync.canonical import XERO, ZOHO

NOW = datetime(2026, 5, 4, 3, tzinfo=UTC)


def verdicts(chapter: Chapter) -> dict[str, bool | None]:
    return {figure.what: figure.kept for figure in chapter.figures}


def values(chapter: Chapter) -> list[float]:
    return [figure.value for figure in chapter.figures]


def test_two_workers_are_compared_with_their_neighbour_in_time() -> None:
    turns = workers.Turns(one=[2.0, 1.0, 4.0], two=[4.0, 1.7, 6.0], worker=[0.1, 0.3, 0.2], database=[0.05] * 3)
    found = workers.chapter(turns, FULL)
    assert values(found) == pytest.approx([1.7, 200, 50])
    assert found.figures[0].kept


def test_a_round_says_how_long_runs_wait_and_how_many_cores_it_takes() -> None:
    served = Served([1.0, 2.0, 61.0], 2.7, 0.10, 0.08, 1, 2)
    found = rounds.chapter(FULL, served, Round([5.0, 59.0, 6.0], 90.0, 0.5))
    real, half, whole, middle, cores, queue = values(found)
    assert (real, half, whole, middle) == (61.0, 2.0, 59.0, 6.0)
    assert cores == pytest.approx(0.18 * 5_000 / 900)
    assert queue == pytest.approx(0.1)
    assert [figure.kept for figure in found.figures if figure.bound] == [False, True]


def test_connections_are_due_when_their_schedules_say() -> None:
    due = appointed(range(100, 1_000), NOW)
    assert all(NOW < at <= NOW + timedelta(minutes=EVERY) for at in due.values())
    assert list(due.values()) != sorted(due.values())
    in_a_minute = sum(at <= NOW + timedelta(minutes=1) for at in due.values())
    assert in_a_minute == pytest.approx(900 / EVERY, abs=3)


def test_a_clock_of_its_own_skips_what_is_waited_for_and_never_goes_back() -> None:
    clock = Ahead()
    began = clock.now()
    clock.skip_to(began + timedelta(hours=1))
    assert timedelta(hours=1) <= clock.now() - began < timedelta(hours=2)
    late = clock.now()
    clock.skip_to(began)
    assert clock.now() >= late


def test_the_slowest_small_run_and_every_kill_count() -> None:
    assert verdicts(fairness.chapter([20.0, 61.0])) == {
        f"slowest of 2 small runs beside 4 of {CHANGES:,} changes": False,
        "of them the median": None,
    }
    kept = kills.chapter(kills.Killed([12.0, 31.0, 14.0], 0, 0, 100))
    assert [figure.kept for figure in kept.figures] == [True, False, True, True]
    assert not any(figure.kept for figure in kills.chapter(kills.Killed([40.0], 1, 2, 100)).figures)


def test_the_stand_in_knows_an_organisation_by_its_token() -> None:
    manners = Manners(0.0, whales=1)
    status, said = answer(manners, "/crm/v8/org", f"Zoho-oauthtoken {access_of(ZOHO, 7)}")
    assert (status, said["org"][0]["id"]) == (200, organisation_of(ZOHO, 7))
    status, said = answer(manners, "/Connections", f"Bearer {access_of(XERO, 7)}")
    assert (status, said[0]["tenantId"]) == (200, organisation_of(XERO, 7))
    assert answer(manners, "/crm/v8/Accounts?per_page=200", access_of(ZOHO, 2)) == (204, None)
    assert answer(manners, "/api.xro/2.0/Items?unitdp=4", access_of(XERO, 2))[1]["Items"] == []
    assert answer(manners, "/crm/v8/org", "Bearer nobody")[0] == 401


def test_a_large_organisation_has_every_change_once() -> None:
    seen, token, pages = set[str](), "0", 0
    while token:
        _, said = answer(Manners(0.0, whales=1), f"/crm/v8/Accounts?page_token={token}", access_of(ZOHO, 1))
        seen |= {row["id"] for row in said["data"]}
        token, pages = said["info"]["next_page_token"], pages + 1
    assert (len(seen), pages) == (CHANGES, CHANGES // PAGE)


def test_it_has_a_page_of_its_own_written_by_a_full_run_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "scale.md"
    monkeypatch.setattr(document, "SCALE", written)
    chapters = [Chapter("Two workers", [Figure("ratio", 1.9, "at least", 1.7)]), Chapter("Kills", [])]
    monkeypatch.setattr(entrance, "MANY", {"scale": lambda size, tell: tell("a step") or chapters})
    entrance.main(["--only", "scale", "--quick"])
    assert not written.exists()
    assert "a step" in capsys.readouterr().out
    entrance.main(["--only", "scale"])
    text = written.read_text(encoding="utf-8")
    assert text.startswith("# Many organisations, many workers\n\n<!-- begin scale -->")
    assert "## When to move" in text
    assert "| ratio | 1.90 | at least 1.7 | kept |" in text
    assert "by one run of `python -m bench --only scale`" in text
