"""What the dashboard says: in step or not, honestly; the chart's bars; money beside money."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.reporting import balance, chart
from extension.reporting.in_step import Facts, Looked, answer
from extension.sync.canonical import Side

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
RAN, AUDITED = Looked(NOW), Looked(NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("facts", "tone", "heading"),
    [
        (Facts(), "info", "Never synchronised"),
        (Facts(run=RAN), "good", "In step"),
        (Facts(run=RAN, held=3), "warn", "In step, but for some"),
        (Facts(run=RAN, lost=["Xero"]), "bad", "Not connected"),
        (Facts(run=RAN, paused=True), "warn", "Paused"),
        (Facts(run=Looked(NOW, "stopped", "Too many.")), "warn", "Waits for approval"),
        (Facts(run=Looked(NOW, "limited")), "warn", "Waits for a service"),
        (Facts(run=Looked(NOW, "failed", "No answer.")), "bad", "The last run failed"),
        (Facts(run=Looked(NOW, "cancelled")), "warn", "Not finished"),
        (Facts(run=Looked(NOW, "interrupted")), "warn", "Not finished"),
        (Facts(run=Looked(NOW, "running")), "info", "Working"),
        (Facts(audit=AUDITED), "good", "In step"),
        (Facts(run=RAN, audit=Looked(AUDITED.at, differences=2)), "warn", "Not in step"),
        (Facts(run=RAN, audit=AUDITED, held=1), "warn", "In step, but for some"),
        (Facts(run=RAN, audit=Looked(EARLIER, differences=2)), "good", "In step"),  # a run came since
        (Facts(run=Looked(NOW, "failed"), audit=AUDITED), "good", "In step"),  # an audit came since
        (Facts(run=Looked(NOW, "failed"), audit=Looked(EARLIER)), "bad", "The last run failed"),
    ],
)
def test_one_honest_answer(facts: Facts, tone: str, heading: str) -> None:
    found = answer(facts)
    assert (found.tone, found.heading) == (tone, heading)
    assert found.sentence.endswith(".")


def test_only_an_audit_says_everything() -> None:
    assert "an audit compares everything" in answer(Facts(run=RAN)).sentence
    assert "compared everything" in answer(Facts(audit=AUDITED)).sentence
    assert "1 record that needs attention" in answer(Facts(audit=AUDITED, held=1)).sentence
    assert answer(Facts(run=RAN, held=1)).sentence == "1 record needs attention."


# ------------------------------------------------------------------ the chart


@dataclass(frozen=True)
class Day:
    day: date
    outcomes: dict[str, int] = field(default_factory=dict)


COUNTS = st.dictionaries(st.sampled_from(["created", "linked", "held", "failed", "skipped"]), st.integers(0, 10**6))


@given(st.lists(COUNTS, min_size=1, max_size=31))
def test_every_bar_stands_in_the_picture(counts: list[dict[str, int]]) -> None:
    days = [Day(date(2026, 8, 1) + timedelta(days=n), each) for n, each in enumerate(counts)]
    found = chart.picture(days)
    for bar in found.bars:
        assert found.left <= bar.x <= bar.x + bar.width <= found.width
        assert 0 <= bar.y < bar.y + bar.height <= found.foot + 0.02
    told = sum(n for each in counts for name, n in each.items() if name != "skipped")
    assert sum(sum(row) for _, row in found.rows) == told
    assert found.empty == (told == 0)


@pytest.mark.parametrize(("most", "top"), [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (41, 100), (10**6, 10**6)])
def test_an_axis_ends_at_a_round_number(most: int, top: int) -> None:
    assert chart.ceiling(most) == top


@pytest.mark.parametrize(
    ("n", "said"), [(0, "0"), (1.0, "1"), (500, "500"), (2000, "2k"), (50_000, "50k"), (4e6, "4M")]
)
def test_an_axis_has_little_room(n: float, said: str) -> None:
    assert chart.compact(n) == said


# ------------------------------------------------------------------ money


@dataclass(frozen=True)
class Worth:
    side: Side
    total: Decimal
    documents: int = 1
    linked: bool = True
    entity: str = "invoice"
    currency: str = "NZD"
    status: str = "paid"
    at: datetime = NOW


def test_both_sides_beside_each_other() -> None:
    worths = [Worth("zoho", Decimal("10.05"), 2), Worth("xero", Decimal("10.04"), 2)]
    worths += [Worth("zoho", Decimal(7), linked=False), Worth("xero", Decimal(3), currency="USD")]
    nzd, usd = balance.lines(worths)
    assert (nzd.difference, nzd.alike, nzd.zoho.alone, nzd.zoho.alone_total) == (Decimal("0.01"), False, 1, Decimal(7))
    assert (usd.currency, usd.difference, usd.alike) == ("USD", Decimal(-3), False)
    assert balance.lines([Worth("zoho", Decimal(1)), Worth("xero", Decimal("1.00"))])[0].alike
    assert not balance.lines([Worth("zoho", Decimal(0))])[0].alike  # one document here, none there
