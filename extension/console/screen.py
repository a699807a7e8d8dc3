"""What people read: tables and colours on a terminal, plain lines in a pipe.

Titles and messages come from two services and are printed as text: what would move a cursor or change a colour is
taken out first.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SPACE: Final = re.compile(r"\s+")


def figure(value: Decimal, places: int = 0) -> str:
    """A number as people write it: whole, or with two decimals and more only where they say something."""
    plain = value.normalize()
    digits = -int(plain.as_tuple().exponent)
    places = max(places, digits, 2) if digits > 0 else places
    return f"{plain:,.{places}f}"


def shown(value: object, longest: int = 0) -> str:
    """A value on one line."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return figure(value)
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
    line = SPACE.sub(" ", CONTROL.sub("", str(value))).strip()
    return line[: longest - 1] + "…" if longest and len(line) > longest else line


class Screen:
    """One stream for people."""

    def __init__(self, *, stderr: bool = False) -> None:
        self._console = Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True)
        self._file = sys.stderr if stderr else sys.stdout
        self.terminal = self._console.is_terminal

    @property
    def console(self) -> Console:
        return self._console

    def line(self, text: str = "", style: str = "") -> None:
        """One line, as it is."""
        if self.terminal:
            self._console.print(Text(text, style=style))
        else:
            print(text, file=self._file)

    def heading(self, text: str) -> None:
        self.line()
        self.line(text, "bold")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], right: Collection[int] = ()) -> None:
        """Rows under headings; `right`: columns of numbers."""
        cells = [[shown(value) for value in row] for row in rows]
        if self.terminal:
            self._console.print(_boxed(columns, cells, right))
        else:
            for row in (columns, *cells):
                print(_aligned(row, _widths(columns, cells), right), file=self._file)


def _boxed(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int]) -> Table:
    made = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for place, name in enumerate(columns):
        made.add_column(name, justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(cell_len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]


def _aligned(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> str:
    cells = []
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        gap = " " * (width - cell_len(cell))
        cells.append(gap + cell if place in right else cell + gap)
    return "  ".join(cells).rstrip()
