"""The engine's rules for keys that are nobody's alone, broken one at a time."""

from __future__ import annotations

from tests.sim.mutation import Mutation

BILLS = (
    Mutation(
        "a key that others may use as well proves nothing by itself",
        "recover.py",
        "return entity.unique[intent.side] or stamped or",
        "return True or",
    ),
)
