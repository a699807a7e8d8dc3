"""Settings, file: all settings of a connection as one file, out and in.

A file that comes in is shown as what it would change, and applied by a second press.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask.typing import ResponseReturnValue

from extension.entities.differences import between
from extension.entities.editing import WHOLE, Edited
from extension.entities.settings_file import LARGEST, exported, imported
from extension.sync.errors import BadInput
from extension.web.access import Here
from extension.web.settings.desk import overtaken, pages, saved, scheduled, sheet, unlinked

LARGEST_PACKED: Final = 400_000  # characters that travel once through the page; our own files are a hundredth of it


@pages.get("/settings/file", needs="manage")
def file(here: Here) -> ResponseReturnValue:
    return _page(here, 200, {})


@pages.get("/settings/file/download", needs="manage")
def export_file(here: Here) -> ResponseReturnValue:
    content = json.dumps(exported(here.connection.settings, here.connection.fetched), indent=2, ensure_ascii=False)
    name = f"xero2zoho-settings-{here.house.clock.now():%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content + "\n", mimetype="application/json", headers=headers)


@pages.post("/settings/file")
def read_file(here: Here) -> ResponseReturnValue:
    """Looks at a file and says what it would change."""
    sent = request.files.get("file")
    content = sent.read(LARGEST + 1) if sent is not None else b""
    if not content:
        return _page(here, 400, {"problem_said": "Choose a file first."})
    return _looked_at(here, content)


@pages.post("/settings/file/apply")
def apply_file(here: Here) -> ResponseReturnValue:
    """The file that was looked at, read once more."""
    content = _unpacked(request.form.get("packed", ""))
    late = overtaken(here.connection.settings)
    if late or not content:
        said = late or {"problem_said": "The file did not arrive. Choose it again."}
        return _page(here, 409 if late else 400, said)
    edited = _read(here, content)
    if not edited.fine:
        return _looked_at(here, content)
    return saved(here, edited, "settings.file")


def _looked_at(here: Here, content: bytes) -> ResponseReturnValue:
    try:
        edited = _read(here, content)
        packed = _packed(content)
    except BadInput as why:
        return _page(here, 400, {"problem_said": why.message, "problem_hint": "Nothing was changed."})
    if not edited.fine:
        said = edited.wrong.get(WHOLE) or next(iter(edited.wrong.values()))
        return _page(here, 400, {"problem_said": said, "problem_hint": "Nothing was changed."})
    found = between(here.connection.settings, edited.document)
    return _page(here, 200, {"found": found, "packed": packed, "looked": True})


def _read(here: Here, content: bytes) -> Edited:
    """The settings with this file. Raises BadInput for what is no file of ours."""
    return unlinked(here, scheduled(imported(content, here.connection.settings, here.connection.fetched)))


def _packed(content: bytes) -> str:
    found = base64.b64encode(zlib.compress(content, 9)).decode()
    if len(found) > LARGEST_PACKED:
        raise BadInput("This file is larger than any settings are.", code="bad_file")
    return found


def _unpacked(packed: str) -> bytes:
    """b"" for anything that this page did not make; never more than a file may have."""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), LARGEST)
    except (binascii.Error, ValueError, zlib.error):
        return b""


def _page(here: Here, status: int, said: Mapping[str, Any]) -> ResponseReturnValue:
    values = {"found": [], "packed": "", "looked": False, **said}
    return sheet(here, "file.html", here.connection.settings, status=status, **values)
