"""A connection's settings as one file, to be kept or taken to another connection.

Pure. The file holds no secret and no id of an organisation: branding themes go by their names, and what only this
connection can mean (the stand-in product, whether it is paused) stays out. A file is looked at from the outside before
anything reads it: what is in it was typed by anybody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS
from extension.entities.editing import Document, Edited, copied, finished
from extension.entities.field_rows import KNOWN
from extension.sync.errors import BadInput

FORMAT: Final = "xero2zoho settings"
VERSION: Final = 1
LARGEST: Final = 2 * 1024 * 1024
STAYS: Final = ("mapping_version", "itemless_product", "paused")

MAYBE_TEXT: Final = (str, type(None))
MAYBE_WHOLE: Final = (int, type(None))
ROW: Final = {
    **dict.fromkeys(KNOWN, MAYBE_TEXT),
    **dict.fromkeys(("max_zoho", "max_xero", "places_zoho", "places_xero"), MAYBE_WHOLE),
    "label_only": bool,
    "choices": [{"zoho": str, "xero": str}],
}
MODULE: Final = {
    "enabled": bool,
    "direction": str,
    "scope": str,
    "subform": str,
    "lines": {"*": str},
    "fields": [ROW],
}
CHARGE: Final = {"account": {"*": MAYBE_TEXT}, "tax": {"*": MAYBE_TEXT}, "description": MAYBE_TEXT}
SHAPE: Final[Mapping[str, Any]] = {
    "entities": dict.fromkeys(PAIRS, MODULE),
    "status": {"*": [{"zoho": MAYBE_TEXT, "xero": str, "direction": str}]},
    "taxes": {"*": [{"zoho": (*MAYBE_TEXT, list), "xero": str}]},
    "accounts": {"categories": {"*": {"*": MAYBE_TEXT}}, "*": MAYBE_TEXT},
    "documents": {
        "rounding_account": {"*": MAYBE_TEXT},
        "numbering": {"*": str},
        "crm_links": bool,
        "amounts": {"*": str},
        "charges": {"*": CHARGE},
    },
    "policies": {
        "retire": {"*": str},
        "new_contacts": str,
        "document_limit": MAYBE_WHOLE,
        "purchase_orders": str,
    },
    "schedule": {
        "on": bool,
        "every": int,
        "times": [str],
        "weekdays": [int],
        "entities": [str],
        "mode": str,
        "email": bool,
    },
    "notify": {"email": str, "on_loss": bool},
    "keep_days": MAYBE_WHOLE,
}


def exported(document: Mapping[str, Any], fetched_document: Mapping[str, Any]) -> Document:
    """What goes into the file."""
    names = {id_: name for name, id_ in fetched_facts.read(fetched_document).themes}
    kept = {name: value for name, value in copied(document).items() if name in SHAPE}
    return {"format": FORMAT, "version": VERSION, "settings": _themes(kept, names)}


def imported(content: bytes, document: Mapping[str, Any], fetched_document: Mapping[str, Any]) -> Edited:
    """The document with what the file says. Raises BadInput for a file that is none of ours."""
    settings = _opened(content)
    if problem := _misfit(settings, SHAPE, "settings"):
        raise BadInput(f"This settings file is not complete: {problem}.", code="bad_file")
    ids = dict(fetched_facts.read(fetched_document).themes)
    kept = {name: document[name] for name in STAYS if name in document}
    return finished(document, {**kept, **_themes(settings, ids)}, fetched_document, _limits(settings))


def _opened(content: bytes) -> Document:
    if len(content) > LARGEST:
        raise BadInput("A settings file has at most 2 MB.", code="bad_file")
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BadInput("This is not a settings file: it cannot be read as JSON.", code="bad_file") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise BadInput("This is not a settings file of xero2zoho.", code="bad_file")
    if found.get("version") != VERSION:
        raise BadInput("This settings file is of another version than this product reads.", code="bad_file")
    settings = found.get("settings")
    if not isinstance(settings, dict) or "entities" not in settings:
        raise BadInput("This settings file names no modules.", code="bad_file")
    return settings


def _misfit(value: Any, shape: Any, where: str) -> str:
    """The first place that is not as it must be, in words; "" where all is."""
    if isinstance(shape, Mapping):
        if not isinstance(value, dict):
            return f"“{where}” is not a group of settings"
        for key, inner in value.items():
            expected = shape.get(key, shape.get("*"))
            if expected is None:
                return f"“{where}” has a setting that does not exist: {str(key)[:50]}"
            if problem := _misfit(inner, expected, f"{where}, {key}"):
                return problem
        return ""
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"“{where}” is not a list"
        return next((problem for one in value if (problem := _misfit(one, shape[0], where))), "")
    fits = isinstance(value, shape) and (shape is bool or not isinstance(value, bool))
    return "" if fits else f"“{where}” is of the wrong kind"


def _limits(settings: Mapping[str, Any]) -> dict[str, str]:
    """What no other reader of the document checks."""
    days = settings.get("keep_days")
    return {"keep_days": "History is kept for at least 7 days."} if days is not None and days < 7 else {}


def _themes(settings: Document, spelling: Mapping[str, str]) -> Document:
    """Branding themes by name instead of by id, or back; what has no counterpart here is left out."""
    for entity in settings["entities"].values():
        for row in entity.get("fields") or ():
            if row.get("name") == "theme" and row.get("choices"):
                known = [one for one in row["choices"] if one.get("xero") in spelling]
                row["choices"] = [{**one, "xero": spelling[one["xero"]]} for one in known]
    return settings
