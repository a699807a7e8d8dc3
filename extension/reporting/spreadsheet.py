"""History as a file for a spreadsheet: UTF-8 with a byte order mark, one row per entry, nothing that calculates.

Pure. A cell that a spreadsheet would take for a formula begins with an apostrophe, and every cell is quoted, so that
no value can begin a cell of its own (OWASP, CSV injection). A plain number stays a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

BOM: Final = "\ufeff"
FORMULA: Final = re.compile(r"[=+\-@\t\r\n\u0000\uff1d\uff0b\uff0d\uff20]")
NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


def cell(value: str) -> str:
    """The text as a cell, quoted, never a formula."""
    bare = value.replace("\0", "")
    risky = FORMULA.match(bare.lstrip(" \u00a0\u200b\ufeff")) is not None and NUMBER.fullmatch(bare) is None
    return '"' + ("'" if risky else "") + bare.replace('"', '""') + '"'


def line(values: Iterable[str]) -> str:
    return ",".join(cell(value) for value in values) + "\r\n"


def sheet(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The whole file, a row at a time."""
    yield BOM + line(heads)
    for row in rows:
        yield line(row)
