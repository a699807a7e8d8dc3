"""The result on the screen and as docs/performance.md: the same figures, the same words."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.figures import Chapter, Figure, Sheet, spelled

PREAMBLE: Final = Path(__file__).with_name("preamble.md")
COLUMNS: Final = ("Figure", "Measured", "Promised", "Verdict")
WORDS: Final = {True: "kept", False: "missed", None: ""}


def cells(figure: Figure) -> tuple[str, str, str, str]:
    """One line of a table."""
    unit = f" {figure.unit}" if figure.unit else ""
    promised = "" if figure.bound is None else f"{figure.promise} {figure.bound:g}{unit}"
    return figure.what, f"{spelled(figure.value, figure.places)}{unit}", promised, WORDS[figure.kept]


# ------------------------------------------------------------------ on the screen


def show(console: Console, chapter: Chapter) -> None:
    """A chapter as soon as it was measured."""
    table = Table(*COLUMNS[:1], title=chapter.title, title_justify="left", title_style="bold")
    for column in COLUMNS[1:]:
        table.add_column(column, justify="right")
    for figure in chapter.figures:
        table.add_row(*cells(figure), style="red" if figure.kept is False else "")
    console.print(table)
    for sheet in chapter.sheets:
        console.print(_sheet(sheet))
        if sheet.note:
            console.print(sheet.note)


def _sheet(sheet: Sheet) -> Table:
    table = Table(*sheet.columns[:1], title=sheet.title, title_justify="left", style="dim")
    for column in sheet.columns[1:]:
        table.add_column(column, justify="right")
    for row in sheet.rows:
        table.add_row(*row)
    return table


# ------------------------------------------------------------------ as a document


def markdown(chapters: Sequence[Chapter], measured: str, preamble: Path = PREAMBLE) -> str:
    """A part of the document: what is written by hand, then every chapter."""
    parts = [preamble.read_text(encoding="utf-8").rstrip(), measured]
    for chapter in chapters:
        parts += [f"## {chapter.title}", grid(COLUMNS, [cells(figure) for figure in chapter.figures])]
        for sheet in chapter.sheets:
            parts += [f"{sheet.title}:", grid(sheet.columns, sheet.rows), *([sheet.note] if sheet.note else [])]
    return "\n\n".join(parts) + "\n"


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, numbers to the right."""
    rule = ["---", *("---:" for _ in columns[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (columns, rule, *rows))


def circumstances(today: date, command: str = "make bench") -> str:
    """When and on what."""
    where = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"Measured on {today.isoformat()} by one run of `{command}`: {where}."


def busy() -> str:
    """What else the machine was at, to be asked before anything is measured: wall times are worth little beside it."""
    if not hasattr(os, "getloadavg"):
        return "it is not known how busy the machine was"
    return f"{os.getloadavg()[1]:.1f} other processes were running on average before it began"
