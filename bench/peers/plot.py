"""The figures as bars, in an SVG that can be read on light and dark pages alike. Pure.

Written by hand because a plotting library would be the largest thing that this project installs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from bench.figures import spelled

LABEL, BAR, NUMBER, GAP = 304, 150, 64, 14
HEAD, TITLE, ROW, FOOT = 34, 44, 24, 12
THICK: Final = 15
STYLE: Final = """
  svg { --page: #ffffff; --ink: #1f2430; --quiet: #5b6472; --ours: #0b66c3; --theirs: #9aa5b4; }
  @media (prefers-color-scheme: dark) {
    svg { --page: #14171c; --ink: #e8ebf0; --quiet: #a5afbd; --ours: #5aa9f5; --theirs: #66717f; }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink); }
  .title { font-weight: 600; font-size: 14px; }
  .strong { font-weight: 600; }
  .quiet { font-weight: 400; fill: var(--quiet); }
  .ours { fill: var(--ours); }
  .theirs { fill: var(--theirs); }
  .page { fill: var(--page); }
"""


@dataclass(frozen=True)
class Bar:
    """One program: its name, what else is to be known of it, and a number per column. `ours` stands out."""

    name: str
    note: str
    numbers: Sequence[float]
    ours: bool = False


@dataclass(frozen=True)
class Group:
    """Programs that did the same work."""

    title: str
    bars: Sequence[Bar]


def drawn(columns: Sequence[str], groups: Sequence[Group]) -> str:
    """The picture. In each group and column the longest bar is the largest number."""
    width = LABEL + len(columns) * (BAR + NUMBER + GAP)
    height = sum(TITLE + HEAD + len(group.bars) * ROW for group in groups) + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img">',
        f"<title>{escape(', '.join(columns))}, by program</title>",
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
    ]
    top = 0
    for group in groups:
        parts.append(_text(12, top + 28, group.title, "title"))
        parts += [_text(_left(n), top + TITLE + 14, name, "quiet") for n, name in enumerate(columns)]
        top += TITLE + HEAD
        most = [max((bar.numbers[n] for bar in group.bars), default=0.0) or 1.0 for n in range(len(columns))]
        for bar in group.bars:
            parts += _bar(bar, top, most)
            top += ROW
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(bar: Bar, top: int, most: Sequence[float]) -> list[str]:
    kind = "ours" if bar.ours else "theirs"
    kept = f'<tspan class="quiet">&#160; {escape(bar.note)}</tspan>' if bar.note else ""
    parts = [f'<text{_named("strong" if bar.ours else "")} x="12" y="{top + 12}">{escape(bar.name)}{kept}</text>']
    for n, number in enumerate(bar.numbers):
        length = max(1.0, BAR * number / most[n])
        parts.append(f'<rect class="{kind}" x="{_left(n)}" y="{top}" width="{length:.1f}" height="{THICK}" rx="2"/>')
        parts.append(_text(_left(n) + length + 6, top + 12, spelled(number), ""))
    return parts


def _left(column: int) -> int:
    return LABEL + column * (BAR + NUMBER + GAP)


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text{_named(kind)} x="{x:g}" y="{y:g}">{escape(words)}</text>'


def _named(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
