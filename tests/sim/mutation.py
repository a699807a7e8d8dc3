"""One rule of the engine that is broken on purpose: a change of text in a copy of `extension/sync`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    rule: str
    file: str
    old: str
    new: str
