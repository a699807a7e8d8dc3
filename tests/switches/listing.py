"""How a table of rows is made, written and read: each row gives every switch one setting, and any two settings meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from string import ascii_lowercase
from typing import Any

from tests.switches import covering
from tests.switches.table import AT_FIRST, Setting, Switch, shown, split


@dataclass(frozen=True)
class Row:
    number: int
    settings: tuple[Setting, ...]
    told: str  # what is not as it is by default

    def __str__(self) -> str:
        return f"row{self.number:02}"

    @property
    def switches(self) -> dict[str, dict[str, Any]]:
        """By service, what it is to be set to."""
        return split(*self.settings)

    @property
    def later(self) -> dict[str, dict[str, Any]]:
        """The same for a company that lives already."""
        return split(*(one for one in self.settings if one.name not in AT_FIRST))


def written(switches: Sequence[Switch], head: str) -> str:
    """The table as it would be made anew."""
    rows = covering.cover([len(switch.settings) for switch in switches])
    numbers = [f"{number:02}" for number in range(1, len(rows) + 1)]
    wide = max(len(_legend(switch)) for switch in switches)
    lines = [*(f"# {line}".rstrip() for line in head.splitlines()), f"{'# row':{wide}}  {' '.join(numbers)}"]
    for switch, chosen in zip(switches, zip(*rows, strict=True), strict=True):
        lines.append(f"{_legend(switch):{wide}}   {'  '.join(ascii_lowercase[one] for one in chosen)}")
    return "\n".join(lines) + "\n"


def read(text: str, switches: Sequence[Switch]) -> list[Row]:
    """The rows of such a table; ValueError where it speaks of other switches or settings than there are now."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    columns: list[list[Setting]] = []
    for switch, line in zip_longest(switches, lines):
        legend = _legend(switch) if switch else None
        if line is None or legend is None or not line.startswith(f"{legend} "):
            raise ValueError(f"rows.txt has {line!r} where {legend!r} is meant: run python -m tests.switches")
        letters = line[len(legend) :].split()
        columns.append([Setting(switch.side, switch.name, switch.settings[ascii_lowercase.index(x)]) for x in letters])
    defaults = {Setting(switch.side, switch.name, shown(switch.settings[0])) for switch in switches}
    return [
        Row(number, settings, " ".join(str(s) for s in settings if _spelt(s) not in defaults))
        for number, settings in enumerate(zip(*columns, strict=True), 1)
    ]


def apart(rows: Sequence[Row], switches: Sequence[Switch]) -> list[str]:
    """Pairs of settings that meet in none of these rows."""
    chosen = [tuple(s.settings.index(one.value) for s, one in zip(switches, r.settings, strict=True)) for r in rows]
    pairs = covering.apart(chosen, [len(switch.settings) for switch in switches])
    return [" ".join(f"{switches[at].name}={shown(switches[at].settings[x])}" for at, x in pair) for pair in pairs]


def _spelt(one: Setting) -> Setting:
    return Setting(one.side, one.name, shown(one.value))


def _legend(switch: Switch) -> str:
    """`xero nothing_changed a:empty b:not_modified`"""
    settings = (f"{letter}:{shown(value)}" for letter, value in zip(ascii_lowercase, switch.settings, strict=False))
    return " ".join([switch.side, switch.name, *settings])
