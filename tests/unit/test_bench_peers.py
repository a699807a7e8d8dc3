"""The bench beside other programs: its arithmetic, its document and its picture. The peers themselves run in
tests/system/test_bench_peers.py."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import document
from bench.figures import broken
from bench.peers import __main__ as entrance
from bench.peers import environments, plot, roster, verdicts
from bench.peers.racing import Result, Run
from bench.peers.roster import PEERS, Peer
from extension.sync.canonical import XERO, ZOHO

OURS, TAP = PEERS[0], next(peer for peer in PEERS if peer.name == "tap-xero")
DLT = next(peer for peer in PEERS if peer.name == "dlt")


def run(wall: float, *, cpu: float = 1.0, peak: float = 50.0, calls: int = 10, records: int = 1_000) -> Run:
    return Run(records, wall, cpu, peak, calls, 0.1, {})


def raced(peer: Peer, *walls: float, cpu: float = 1.0, peak: float = 50.0, calls: int = 10) -> Result:
    first = [run(wall, cpu=cpu, peak=peak, calls=calls) for wall in walls]
    return Result(peer, first, [run(0.1, records=0, calls=2) for _ in walls])


# ------------------------------------------------------------------ verdicts


@pytest.mark.parametrize(("theirs", "kept"), [(8.0, True), (7.9, False)])
def test_a_promise_is_held_against_the_median_of_ratios_within_a_turn(theirs: float, kept: bool) -> None:
    """The second turn was a busy moment of the machine, which weighed on both."""
    ours, tap = raced(OURS, 1, 10, 1), raced(TAP, theirs, 10 * theirs, 80)
    (verdict, served) = verdicts.chapter(XERO, [ours, tap]).figures
    assert verdict.value == pytest.approx(theirs)
    assert verdict.kept is kept
    assert served.kept is None


def test_ratios_are_ours_over_theirs() -> None:
    ours = raced(OURS, 1, cpu=0.5, peak=100, calls=2)
    found = verdicts.chapter(XERO, [ours, raced(TAP, 4, cpu=3, peak=50, calls=20)])
    first, ratios, again = found.sheets
    assert first.rows[1] == ["tap-xero", "JSON lines in a file", "250", "333", "50", "20"]
    assert ratios.rows == [["tap-xero", "4.00", "6.00", "2.00", "0.10"]]
    assert again.rows[0] == ["xero2zoho", "0", "2", "0.10", "1.00"]
    assert all(len(row) == len(sheet.columns) for sheet in found.sheets for row in sheet.rows)


def test_who_cannot_be_measured_is_a_row_with_the_reason() -> None:
    failed = Result(DLT, trouble="cannot be installed: no wheel")
    results = [raced(OURS, 1), raced(TAP, 20), failed]
    found = verdicts.chapters(results)
    (chapter,) = found
    assert chapter.sheets[0].rows[2][2:] == ["not measured"] * 4
    assert "dlt rest_api, which said: cannot be installed: no wheel." in chapter.sheets[0].note
    assert len(chapter.figures) == 2, "nothing is claimed of it"
    said = entrance.summary(results, found)
    assert said == "1 of 1 promises are kept.\nnot measured: dlt rest_api: cannot be installed: no wheel"


def test_what_is_missed_is_said_with_both_numbers() -> None:
    results = [raced(OURS, 1), raced(TAP, 3)]
    found = verdicts.chapters(results)
    assert len(broken(found)) == 1
    assert "0 of 1 promises" in entrance.summary(results, found)
    assert ": 3.00, promised 8" in entrance.summary(results, found)


def test_each_side_has_its_chapter_and_its_own_of_ours() -> None:
    sides = {side: [peer for peer in PEERS if peer.side == side] for side in (XERO, ZOHO)}
    assert all(len([peer for peer in peers if peer.ours]) == 1 for peers in sides.values())
    found = verdicts.chapters([raced(peer, 1, 2) for peer in PEERS])
    assert [len(chapter.sheets[0].rows) for chapter in found] == [len(peers) for peers in sides.values()]


def test_what_the_issue_promises() -> None:
    promised = {peer.name: peer.times for peer in PEERS if peer.times is not None and peer.side == XERO}
    assert promised == {"xero-raw": 0.5, "tap-xero": 8, "dlt": 6, "xero-python": 4, "pyxero": 1.5}


# ------------------------------------------------------------------ packages


def test_every_peer_is_pinned_with_hashes() -> None:
    for peer in PEERS:
        if not peer.ours:
            wanted = peer.requirements.with_suffix(".in").read_text(encoding="utf-8").splitlines()
            pinned = peer.requirements.read_text(encoding="utf-8")
            assert "--hash=sha256:" in pinned
            assert all(line.partition("[")[0] in pinned for line in wanted if line and not line.startswith("#"))


def test_packages_are_installed_again_when_their_requirements_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "FOLDER", tmp_path)
    monkeypatch.setattr(roster, "HERE", tmp_path / "wanted")
    for folder, text in ((tmp_path / "wanted" / "dlt", "dlt==2"), (tmp_path / "dlt", "dlt==1")):
        folder.mkdir(parents=True)
        (folder / "requirements.txt").write_text(text)
    stamp = tmp_path / "dlt" / environments.STAMP
    assert not environments.installed(DLT)
    stamp.write_text("dlt==1")
    assert not environments.installed(DLT)
    stamp.write_text("dlt==2")
    assert environments.installed(DLT)
    assert environments.installed(OURS), "ours needs none"


def test_what_an_installer_said_is_the_reason() -> None:
    with pytest.raises(environments.NotInstalled, match="No wheel for this Python"):
        environments._run([*_python("import sys; sys.exit('No wheel for this Python')")])


def _python(code: str) -> list[str]:
    return [str(environments.python_of(OURS)), "-c", code]


# ------------------------------------------------------------------ document and picture


def test_each_command_writes_its_own_part(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "performance.md"
    document.write(page, "peers", "## Beside others\n")
    document.write(page, "bench", "## Calls")
    document.write(page, "peers", "## Beside others, again")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Performance\n\n<!-- begin bench -->\n\n## Calls\n\n<!-- end bench -->\n")
    assert text.index("## Calls") < text.index("## Beside others, again")
    assert text.count("Beside others") == 1
    assert document.with_part(text, "bench", "## Calls") == text
    with pytest.raises(ValueError, match="no part"):
        document.with_part(text, "weather", "")


def test_the_page_of_the_house_is_made_of_parts() -> None:
    text = document.DOCUMENT.read_text(encoding="utf-8")
    for part in document.PARTS["# Performance\n"]:
        kept = document._part(text, part)
        if kept is not None:
            assert document.with_part(text, part, kept) == text
    assert document._part(text, "bench") is not None


def test_the_longest_bar_is_the_largest_number() -> None:
    groups = [
        plot.Group("Rows & lines", [plot.Bar("ours", "<all>", [100, 5], ours=True), plot.Bar("<theirs>", "", [25, 10])])
    ]
    drawn = ElementTree.fromstring(plot.drawn(("a second", "MB"), groups))
    name = "{http://www.w3.org/2000/svg}"
    found = [each for each in drawn.iter(f"{name}rect") if each.get("class") in ("ours", "theirs")]
    widths = [(each.get("class"), float(each.get("width") or 0)) for each in found]
    full = float(plot.BAR)
    assert widths == [("ours", full), ("ours", full / 2), ("theirs", full / 4), ("theirs", full)]
    words = ["".join(each.itertext()).replace("\xa0", "") for each in drawn.iter(f"{name}text")]
    assert words == ["Rows & lines", "a second", "MB", "ours <all>", "100", "5", "<theirs>", "25", "10"]


def test_the_picture_reads_on_dark_pages_and_leaves_out_who_took_no_turn() -> None:
    drawn = entrance.picture([raced(OURS, 1), raced(TAP, 2), Result(DLT, trouble="broke")])
    assert "prefers-color-scheme: dark" in drawn
    assert "tap-xero" in drawn
    assert "dlt" not in drawn


def test_a_whole_run_writes_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, picture = tmp_path / "performance.md", tmp_path / "images" / "peers.svg"
    monkeypatch.setattr(document, "DOCUMENT", page)
    monkeypatch.setattr(entrance, "PICTURE", picture)
    monkeypatch.setattr(entrance, "race", lambda _size, _tell, peers: [raced(peer, 1, 2) for peer in peers])
    assert entrance.main(["--quick"]) == entrance.main(["--only", "dlt"]) == 0
    assert not page.exists()
    assert entrance.main([]) == 0
    text = page.read_text(encoding="utf-8")
    assert "![records a second, records per processor second, peak MB, by program](images/peers.svg)" in text
    assert "by one run of `make bench-peers`" in text
    assert "8,450 accounts in the CRM; 5 turns; " in text
    assert "before it began" in text
    assert "| missed |" in text
    assert picture.exists()
    trouble = [Result(TAP, trouble="broke")]
    monkeypatch.setattr(entrance, "race", lambda *_: trouble)
    assert entrance.main(["--quick"]) == 1
