"""Writes docs/reliability.md from what a sweep found."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def write(found): ...
