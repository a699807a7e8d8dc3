"""Stories that once broke a promise, and what was wrong. They are told in every run of the tests."""

from __future__ import annotations

FOUND: dict[int, str] = {}
