"""The bench's arithmetic, and a tiny run of each bench: that it measures what it says, never how fast."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bench import __main__ as entrance
from bench import changes, document, memory, million, observing, pages, pressing, report, standing
from bench.calls import Kind, Line, Work, by_kind, floor, kind_of
from bench.figures import Chapter, Figure, Sheet, broken, middle, paired, ratio
from bench.fresh import Broke, fresh, resident, resident_peak
from bench.size import QUICK, Size
from extension.sync.canonical import XERO, ZOHO, Side

TINY = Size(
    changed=40,
    walked=200,
    held=(100, 200),
    few_links=50,
    many_links=200,
    edits=5,
    repetitions=1,
    runs=1,
    presses=1,
    many=2_600,
    minutes=1,
)

# ------------------------------------------------------------------ figures


@pytest.mark.parametrize(
    ("figure", "kept"),
    [
        (Figure("calls", 1.1, "at most", 1.1), True),
        (Figure("calls", 1.11, "at most", 1.1), False),
        (Figure("rate", 0.5, "at least", 0.5), True),
        (Figure("rate", 0.49, "at least", 0.5), False),
        (Figure("rate", 0.1), None),
    ],
)
def test_a_promise_is_kept_up_to_its_bound(figure: Figure, kept: bool | None) -> None:
    assert figure.kept is kept
    assert broken([Chapter("one", [figure])]) == ([figure] if kept is False else [])


def test_ratios() -> None:
    assert (ratio(3, 2), ratio(0, 0), ratio(1, 0)) == (1.5, 1.0, float("inf"))
    assert middle([3, 1, 2]) == 2
    assert paired([1, 2, 10], [2, 2, 10]) == 1  # a busy moment weighs on both halves of its pair
    with pytest.raises(ValueError, match="nothing was measured"):
        middle([])


# ------------------------------------------------------------------ calls


@pytest.mark.parametrize(
    ("side", "method", "path", "query", "kind"),
    [
        (ZOHO, "GET", "/crm/v8/Invoices", "fields=Modified_Time&per_page=200", "feed"),
        (ZOHO, "GET", "/crm/v8/Invoices", "page_token=abc", "further page"),
        (ZOHO, "GET", "/crm/v8/Invoices/deleted", "type=all&page=1", "deletions feed"),
        (ZOHO, "GET", "/crm/v8/Invoices/5725767000000000001", "", "document"),
        (ZOHO, "GET", "/crm/v8/Accounts", "ids=1,2&fields=Phone", "read again"),
        (ZOHO, "PUT", "/crm/v8/Accounts", "", "write"),
        (ZOHO, "POST", "/crm/v8/coql", "", "query"),
        (ZOHO, "GET", "/crm/v8/org", "", "identity"),
        (ZOHO, "POST", "/oauth/v2/token", "", "token"),
        (ZOHO, "GET", "/crm/v8/settings/fields/extra", "", "other"),
        (XERO, "GET", "/api.xro/2.0/Contacts", "page=1&pageSize=1000", "feed"),
        (XERO, "GET", "/api.xro/2.0/Items", "unitdp=4", "feed"),
        (XERO, "GET", "/api.xro/2.0/Contacts", "page=2&pageSize=1000", "further page"),
        (XERO, "GET", "/api.xro/2.0/Invoices", "IDs=a%2Cb&page=1", "read again"),
        (XERO, "GET", "/api.xro/2.0/PurchaseOrders/0a1b-2c", "", "read again"),
        (XERO, "POST", "/api.xro/2.0/Invoices", "summarizeErrors=false", "write"),
        (XERO, "GET", "/Connections", "", "identity"),
        (XERO, "POST", "/connect/token", "", "token"),
    ],
)
def test_what_a_call_was_for(side: Side, method: str, path: str, query: str, kind: Kind) -> None:
    line = Line(side, method, path, query, 200)
    assert kind_of(line) == kind
    assert by_kind([line, line]) == {(side, kind): 2}


def test_the_floor_of_nothing_is_one_call_per_feed() -> None:
    least = floor(Work())
    assert least == {(ZOHO, "feed"): 6, (ZOHO, "deletions feed"): 6, (XERO, "feed"): 4}
    assert least.total() == 16


def test_the_floor_of_a_thousand_invoices_in_each_direction() -> None:
    in_crm, in_xero = {(ZOHO, "Invoices"): 1_000}, {(XERO, "Invoices"): 1_000}
    to_xero, to_zoho = floor(Work(in_crm, in_xero)), floor(Work(in_xero, in_crm))
    assert to_xero[ZOHO, "document"] == to_zoho[ZOHO, "document"] == 1_000
    assert (to_xero[ZOHO, "further page"], to_xero[XERO, "write"]) == (4, 20)
    assert (to_zoho[XERO, "further page"], to_zoho[ZOHO, "write"]) == (0, 10)
    assert (to_xero.total(), to_zoho.total()) == (16 + 4 + 1_000 + 20, 16 + 1_000 + 10)


@pytest.mark.parametrize(("rows", "pages", "batches"), [(1, 0, 1), (200, 0, 2), (201, 1, 3)])
def test_the_floor_rounds_up(rows: int, pages: int, batches: int) -> None:
    least = floor(Work({(ZOHO, "Accounts"): rows}, {(ZOHO, "Accounts"): rows}))
    assert (least[ZOHO, "further page"], least[ZOHO, "document"]) == (pages, 0)
    assert least[ZOHO, "write"] == least[ZOHO, "read again"] == batches


# ------------------------------------------------------------------ the machinery


def test_work_in_a_process_of_its_own() -> None:
    assert fresh(resident) > 0
    assert fresh(held_nowhere, folder="there") == "there"
    with pytest.raises(Broke, match="ZeroDivisionError"):
        fresh(breaks)


def held_nowhere(folder: str) -> str:
    """Work that only says what it was given."""
    return folder


def breaks() -> float:
    """Work that fails."""
    return 1 / 0


def test_the_peak_is_at_least_what_is_resident_now() -> None:
    now = resident()
    assert resident_peak() >= now > 0


# ------------------------------------------------------------------ the report


CHAPTER = Chapter(
    "Calls",
    [Figure("calls over the floor", 1.02, "at most", 1.1), Figure("memory", 151, "at most", 150, "MB", places=0)],
    [Sheet("By kind", ["Calls", "used"], [["feed", "16"]])],
)


def test_the_document_says_what_the_screen_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entrance, "BENCHES", {"calls": lambda size: CHAPTER if size == QUICK else pytest.fail("size")})
    written = tmp_path / "docs" / "performance.md"
    assert entrance.main(["--quick", "--out", str(written)]) == 0
    said, text = capsys.readouterr().out, written.read_text(encoding="utf-8")
    assert "1 missed: memory" in said
    assert text.startswith("# Performance\n")
    assert "| calls over the floor | 1.02 | at most 1.1 | kept |" in text
    assert "| memory | 151 MB | at most 150 MB | missed |" in text
    assert "| feed | 16 |" in text


def test_only_a_whole_full_run_writes_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "performance.md"
    monkeypatch.setattr(document, "DOCUMENT", written)
    monkeypatch.setattr(entrance, "BENCHES", {"calls": lambda _: CHAPTER, "speed": lambda _: CHAPTER})
    entrance.main(["--quick"])
    entrance.main(["--only", "calls"])
    assert not written.exists()
    entrance.main([])
    assert written.exists()


def test_what_takes_long_is_measured_and_written_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "performance.md"
    document.write(written, "bench", "what make bench wrote")
    monkeypatch.setattr(document, "DOCUMENT", written)
    monkeypatch.setattr(entrance, "BENCHES", {"calls": lambda _: pytest.fail("measured, too")})
    monkeypatch.setattr(entrance, "APART", {"million": lambda _: CHAPTER})
    entrance.main(["--only", "million", "--quick"])
    assert "python -m bench --only million" not in written.read_text(encoding="utf-8")
    entrance.main(["--only", "million"])
    text = written.read_text(encoding="utf-8")
    assert "what make bench wrote" in text
    assert "by one run of `python -m bench --only million`" in text
    monkeypatch.setattr(entrance, "BENCHES", {"calls": lambda _: CHAPTER})
    monkeypatch.setattr(entrance, "APART", {"million": lambda _: pytest.fail("nobody asked for it")})
    entrance.main([])
    assert "by one run of `python -m bench --only million`" in written.read_text(encoding="utf-8")


def test_when_and_on_what() -> None:
    assert report.circumstances(date(2026, 9, 14)).startswith("Measured on 2026-09-14 by one run of `make bench`")


# ------------------------------------------------------------------ tiny runs


@pytest.mark.parametrize(
    "measure",
    [
        changes.measure,
        pressing.measure,
        observing.measure,
        memory.measure,
        standing.measure,
        pages.measure,
        pytest.param(million.measure, marks=pytest.mark.slow),
    ],
)
def test_a_tiny_run_of_each_bench(measure: Callable[[Size], Chapter]) -> None:
    chapter = measure(TINY)
    assert all(figure.value >= 0 for figure in chapter.figures)
    assert any(figure.bound is not None for figure in chapter.figures)
    for sheet in chapter.sheets:
        assert sheet.rows
        assert {len(row) for row in sheet.rows} == {len(sheet.columns)}
    if measure is pressing.measure:
        calls = [figure for figure in chapter.figures if "calls" in figure.what]
        assert broken([Chapter("calls", calls)]) == []
        assert len(calls) == 4
    if measure is million.measure:  # which fails by itself if a record is missing
        assert chapter.figures[2].value == 1_300 - 260
    if measure is changes.measure:  # counts, which no busy machine changes
        assert broken([chapter]) == []
