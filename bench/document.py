"""The pages of figures, of which each command writes its own part and leaves the others as they are.

A part stands between two comments that name it; what was never measured is not there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from bench.fresh import ROOT

DOCUMENT: Final = ROOT / "docs" / "performance.md"
SCALE: Final = ROOT / "docs" / "scale.md"
PARTS: Final = {
    "# Performance\n": ("bench", "million", "rate", "peers"),
    "# Many organisations, many workers\n": ("scale",),
}
"""Of each page by its title, in the order in which a reader meets them."""


def page_of(part: str) -> Path:
    """Where a part stands."""
    return SCALE if part == "scale" else DOCUMENT


def write(document: Path, part: str, text: str) -> None:
    """Puts a part into the document, which need not be there yet."""
    old = document.read_text(encoding="utf-8") if document.exists() else ""
    document.parent.mkdir(parents=True, exist_ok=True)
    document.write_text(with_part(old, part, text), encoding="utf-8")


def with_part(document: str, part: str, text: str) -> str:
    """The document with this part as given. Raises ValueError for a part that nobody knows."""
    title, names = next(((title, names) for title, names in PARTS.items() if part in names), ("", ()))
    if not names:
        raise ValueError(f"{part} is no part of the document")
    found = {name: kept for name in names if (kept := _part(document, name)) is not None}
    found[part] = text.strip()
    parts = [f"{_begin(name)}\n\n{found[name]}\n\n{_end(name)}\n" for name in names if name in found]
    return "\n".join([title, *parts])


def _part(document: str, name: str) -> str | None:
    found = re.search(f"{re.escape(_begin(name))}\n(.*?){re.escape(_end(name))}\n", document, re.DOTALL)
    return found[1].strip() if found else None


def _begin(name: str) -> str:
    return f"<!-- begin {name} -->"


def _end(name: str) -> str:
    return f"<!-- end {name} -->"
