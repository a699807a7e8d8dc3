"""What a read's answer says, or that it says nothing that can be trusted.

Zoho says "none" by 204 and 304, never by leaving something out (facts/zoho.md 3.4). Half an answer that was taken for
"nothing there" would end a walk early, and its edits would be lost; of one record it would look like a deletion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extension.remote.transport import Answer, lost
from extension.remote.zoho.rows import MODIFIED, moment
from extension.sync.errors import RemoteError


def rows_of(answer: Answer, *, timed: bool = True) -> list[Mapping[str, Any]]:
    """The rows that an answer brings, each with an id of digits. `timed`: and with the time of its last change.

    Raises RemoteError (unreadable) where that is not what came.
    """
    rows = [] if answer.status in (204, 304) else answer.dictionary().get("data")
    if not isinstance(rows, list):
        raise unreadable(answer)
    for row in rows:
        named = isinstance(row, dict) and str(row.get("id")).isdecimal()
        if not named or (timed and not _time(row.get(MODIFIED))):
            raise unreadable(answer)
    return rows


def info_of(answer: Answer) -> Mapping[str, Any]:
    """What an answer says of the rows that follow it: `more_records`, and where they are."""
    if answer.status in (204, 304):
        return {"more_records": False}
    info = answer.dictionary().get("info")
    if not isinstance(info, dict) or not isinstance(info.get("more_records"), bool):
        raise unreadable(answer)
    return info


def unreadable(answer: Answer) -> RemoteError:
    return lost(answer.request, "unreadable", "sent rows that cannot be read", answer.status)


def _time(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(moment(text))
    except ValueError:
        return False
