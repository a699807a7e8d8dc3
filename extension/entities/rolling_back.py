"""Taking one change of the settings back, and nothing that came after it.

Pure. Only what that change touched is put back, and only where it still is as that change left it: what somebody
changed again since then is theirs. The result is an edit like any other: read whole, and with a version of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from extension.entities.differences import SILENT, said
from extension.entities.editing import WHOLE, Edited, copied, finished

ABSENT: Final = object()


class ChangedSince(Exception):
    """Something was changed again. The words say what."""


def rolled_back(
    document: Mapping[str, Any], parts: Sequence[tuple[str, Any, Any]], fetched_document: Mapping[str, Any]
) -> Edited:
    """The document without this change. `parts`: (name, before, after) of what it changed."""
    made = copied(document)
    for name, before, after in parts:
        if name in SILENT:
            continue
        try:
            value = _back(made.get(name, ABSENT), _absent(before), _absent(after), said(name))
        except ChangedSince as why:
            sentence = f"This was changed again since then: {why}. Roll the later change back first."
            return Edited(made, {WHOLE: sentence})
        if value is ABSENT:
            made.pop(name, None)
        else:
            made[name] = value
    return finished(document, made, fetched_document)


def _absent(value: Any) -> Any:
    """A part that was not there is noted as None."""
    return ABSENT if value is None else value


def _back(now: Any, before: Any, after: Any, words: str) -> Any:
    """`now` with what differs between `before` and `after` as it was before."""
    if before == after:
        return now
    if all(isinstance(each, Mapping) for each in (now, before, after)):
        return _mapping_back(now, before, after, words)
    if all(_is_rows(each) for each in (now, before, after)):
        return _rows_back(now, before, after, words)
    same = now == after or (now is ABSENT and after is None) or (now is None and after is ABSENT)
    if not same:
        raise ChangedSince(words)
    return before


def _mapping_back(
    now: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], words: str
) -> dict[str, Any]:
    made = dict(now)
    for key in {*before, *after}:
        value = _back(now.get(key, ABSENT), before.get(key, ABSENT), after.get(key, ABSENT), f"{words}, {said(key)}")
        if value is ABSENT:
            made.pop(key, None)
        else:
            made[key] = value
    return made


def _is_rows(value: Any) -> bool:
    """Whether this is a list of rows that have names of their own."""
    return isinstance(value, list) and all(isinstance(row, Mapping) and "name" in row for row in value)


def _rows_back(now: list[Any], before: list[Any], after: list[Any], words: str) -> list[Any]:
    """Rows by their names; those that come back stand where they stood."""
    mine, old, new = ({row["name"]: row for row in rows} for rows in (now, before, after))
    made = _mapping_back(mine, old, new, words)
    places = {row["name"]: place for place, row in enumerate(before)}
    return sorted(made.values(), key=lambda row: places.get(row["name"], len(places)))
