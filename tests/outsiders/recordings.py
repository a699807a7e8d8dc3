"""Recordings of the live services and the official examples, and how an answer of the sandbox is held against one.

They lie outside of the project (RECORDED_DIR, facts/zoho.md 5.3, facts/xero.md 5.4). Ids and times are compared by how
they are spelt, everything else by its value, unless a replay says why not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import simplejson

RECORDED: Final = Path(os.environ.get("RECORDED_DIR", Path(__file__).parents[2].parent / "shared" / "recorded"))

HERE_ONLY: Final = "here only"

# How an id or a time is spelt; the first that fits counts.
SPELLINGS: Final = (
    ("/Date(ms+0000)/", re.compile(r"/Date\(-?\d+\+0000\)/")),
    ("/Date(ms)/", re.compile(r"/Date\(-?\d+\)/")),
    ("guid", re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
    ("time with Z", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")),
    ("time with offset", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")),
    ("time of seven digits", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}")),
    ("time", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")),
    ("id of Zoho", re.compile(r"\d{15,19}")),
)

Body = Any
Masks = Mapping[str, str]
"""Path, as "data[].Full_Name" -> why what is there cannot be the same. "-" before it: the sandbox need not have it;
"+": the recording need not; "~": only the kind of value counts."""


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def names(folder: str) -> list[str]:
    """Of every recording in a folder; skips the test where there are none."""
    if not RECORDED.is_dir():
        pytest.skip(f"no recordings under {RECORDED} (RECORDED_DIR)")
    return sorted(path.stem for path in (RECORDED / folder).glob("*.json"))


def recording(folder: str, name: str) -> Any:
    """Numbers as they are written."""
    path = RECORDED / folder / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no recording {name} under {RECORDED} (RECORDED_DIR)")
    return simplejson.loads(path.read_text(), use_decimal=True)


def differences(recorded: Body, ours: Body, masks: Masks | None = None) -> list[str]:
    """What is not as it was recorded."""
    return list(_different("", recorded, ours, masks or {}, False))


def beyond(example: Body, ours: Body, masks: Masks | None = None) -> list[str]:
    """What an official example has and an answer of ours has not, or of another kind.

    Values of examples are inventions, so only their kinds count; and examples leave out much that the services say, so
    more may be said here: the official document, which every answer is held against anyway, knows of what kind.
    """
    return [each for each in _different("", example, ours, masks or {}, True) if HERE_ONLY not in each]


def _different(path: str, recorded: Body, ours: Body, masks: Masks, kinds: bool) -> Iterator[str]:
    if isinstance(recorded, Mapping) and isinstance(ours, Mapping):
        yield from _keys(path, recorded, ours, masks, kinds)
    elif isinstance(recorded, list) and isinstance(ours, list):
        if len(recorded) != len(ours):
            yield f"{path}: {len(recorded)} recorded, {len(ours)} here"
        for one, other in zip(recorded, ours, strict=False):
            yield from _different(f"{path}[]", one, other, masks, kinds)
    elif not _alike(recorded, ours, kinds or f"~{path}" in masks):
        yield f"{path}: recorded {recorded!r}, here {ours!r}"


def _keys(
    path: str, recorded: Mapping[str, Body], ours: Mapping[str, Body], masks: Masks, kinds: bool
) -> Iterator[str]:
    for key in sorted(recorded.keys() | ours.keys()):
        place = f"{path}.{key}".removeprefix(".")
        if place in masks:
            continue
        if key not in ours:
            if f"-{place}" not in masks:
                yield f"{place}: recorded only ({recorded[key]!r})"
        elif key not in recorded:
            if f"+{place}" not in masks:
                yield f"{place}: {HERE_ONLY} ({ours[key]!r})"
        else:
            yield from _different(place, recorded[key], ours[key], masks, kinds)


def _alike(recorded: object, ours: object, kinds: bool) -> bool:
    if isinstance(recorded, str) and isinstance(ours, str):
        spelt = (_spelling(recorded), _spelling(ours))
        return spelt[0] == spelt[1] if any(spelt) else kinds or recorded == ours
    if _kind(recorded) != _kind(ours):
        return False
    return kinds or recorded == ours


def _spelling(text: str) -> str:
    return next((name for name, pattern in SPELLINGS if pattern.fullmatch(text)), "")


def _kind(value: object) -> str:
    """Numbers are one kind: both services write 5 and 5.0 for the same field."""
    return "number" if isinstance(value, int | Decimal) and not isinstance(value, bool) else type(value).__name__
