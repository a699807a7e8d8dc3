"""One row of the settings' field map into a `FieldMap`, or a sentence that says what is missing in it.

Pure. Lengths and decimals of the CRM's fields come from its metadata, so that a longer field is used as soon as it
was fetched; a length in the row can only shorten it.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any, Final

from extension.entities.catalogue import PAIRS, Pair
from extension.entities.fetched import CrmField, Fetched
from extension.entities.fields import COMPUTED, KINDS, FieldMap
from extension.entities.native import Path
from extension.entities.values import TRANSFORMS, choice
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput

KNOWN: Final = frozenset(
    {"name", "label", "zoho", "xero", "kind", "direction", "owner", "ref", "transform", "required", "choices"}
    | {"label_only", "default_zoho", "default_xero", "max_zoho", "max_xero", "places_zoho", "places_xero"}
)
DIRECTIONS: Final = ("both", "to_zoho", "to_xero", "derived")
OWNERS: Final = ("zoho", "xero", "newest", "ask")
REQUIRED: Final[Mapping[str | None, tuple[Side, ...]]] = {
    None: (),
    "zoho": (ZOHO,),
    "xero": (XERO,),
    "both": SIDES,
}


def field_map(pair: Pair, row: Mapping[str, Any], fetched: Fetched) -> FieldMap:
    """Raises BadInput with one sentence."""
    name = row.get("name")
    if not isinstance(name, str) or not name.isidentifier():
        raise BadInput(f"{pair.label}: a field of the map has no name of letters and digits.")
    where = f"{pair.label}: the field “{name}”"
    unknown = set(row) - KNOWN
    if unknown:
        raise BadInput(f"{where} has a setting that does not exist: {', '.join(sorted(unknown))}.")
    kind = _one_of(row.get("kind", "text"), KINDS, f"{where} has no such kind")
    zoho, xero = _path(row.get("zoho")), _path(row.get("xero"))
    if zoho is None and (xero is None or kind in COMPUTED):
        raise BadInput(f"{where} names no field of the CRM or of Xero.")
    _check_ref(kind, row, where)
    metadata = _metadata(pair, zoho, where, fetched)
    direction = _one_of(row.get("direction", "both"), DIRECTIONS, f"{where} has no such direction")
    if metadata is not None and metadata.read_only and direction in ("both", "to_zoho") and xero is not None:
        raise BadInput(f"{where} would be written to the CRM, whose field {metadata.name} is read-only.")
    return FieldMap(
        name=name,
        label=row.get("label") or name.replace("_", " ").capitalize(),
        kind=kind,
        zoho=zoho,
        xero=xero,
        direction=direction,  # type: ignore[arg-type]
        owner=_one_of(row.get("owner", "zoho"), OWNERS, f"{where} has no such owner"),  # type: ignore[arg-type]
        ref=row.get("ref"),
        transform=_transform(row.get("transform"), where),
        default=_defaults(row, where),
        longest={ZOHO: _shortest(row.get("max_zoho"), metadata), XERO: row.get("max_xero")},
        places={ZOHO: row.get("places_zoho", metadata.places if metadata else None), XERO: row.get("places_xero")},
        required=REQUIRED[_one_of(row["required"], ("zoho", "xero", "both"), where) if row.get("required") else None],
        choices=tuple(_choice(entry, where) for entry in row.get("choices") or ()),
        multiline=metadata is not None and metadata.kind == "textarea",
        label_only=bool(row.get("label_only")),
    )


def _path(given: Any) -> Path | None:
    return Path.parse(given) if given else None


def _metadata(pair: Pair, zoho: Path | None, where: str, fetched: Fetched) -> CrmField | None:
    if zoho is None:
        return None
    if fetched.lacks(pair.module, zoho.head):
        raise BadInput(f"{where} is mapped to {zoho.head}, which the CRM's {pair.module} do not have.")
    return fetched.field_of(pair.module, zoho.head)


def _check_ref(kind: str, row: Mapping[str, Any], where: str) -> None:
    if kind == "ref" and row.get("ref") not in PAIRS:
        raise BadInput(f"{where} does not say which kind of record it refers to.")


def _transform(given: Any, where: str) -> str | None:
    return None if given is None else _one_of(given, TRANSFORMS, f"{where} has no such transform")


def _defaults(row: Mapping[str, Any], where: str) -> dict[Side, str | None]:
    """Texts in which “{field}” stands for another field of the record."""
    found: dict[Side, str | None] = {}
    for side in SIDES:
        template = row.get(f"default_{side}")
        found[side] = None if template is None else str(template)
        try:
            named = [(name, more) for _, name, *more in Formatter().parse(found[side] or "") if name is not None]
        except ValueError:
            named = [("", [])]
        if not all(name.isidentifier() and not any(more) for name, more in named):
            raise BadInput(f"{where} has a default that cannot be filled in: “{template}”.")
    return found


def _shortest(given: int | None, metadata: CrmField | None) -> int | None:
    lengths = [length for length in (given, metadata.length if metadata else None) if length]
    return min(lengths, default=None)


def _choice(entry: Any, where: str) -> tuple[str, str]:
    zoho, xero = (choice(entry.get(side)) for side in SIDES) if isinstance(entry, Mapping) else (None, None)
    if zoho is None or xero is None:
        raise BadInput(f"{where} has a choice without a value on both sides.")
    return zoho, xero


def _one_of(given: Any, allowed: Any, complaint: str) -> str:
    if given not in allowed:
        raise BadInput(f"{complaint}: “{given}”.")
    return str(given)
