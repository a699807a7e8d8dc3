"""What the local Xero must do as Xero does (facts/xero.md 5.2), and each rule of it taken out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.fidelity.table import Behaviour, Mutation

BEHAVIOURS: Final[tuple[Behaviour, ...]] = ()
BEYOND: Final[Mapping[str, str]] = {}
"""Switches of what has no number, and what they are about."""

MUTATIONS: Final[tuple[Mutation, ...]] = ()
