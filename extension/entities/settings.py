"""A connection's settings document, parsed and checked against what was fetched.

Pure. A half-configured map is `BadInput` with one sentence a bookkeeper understands: nothing is synchronised on a
guess. Screens edit the document as data; this is the only reader of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from extension.entities.catalogue import PAIRS, PURCHASES, Pair, pairs_of, purchases_of
from extension.entities.fetched import Fetched
from extension.entities.field_rows import field_map
from extension.entities.fields import FieldMap
from extension.entities.header_tax import RULES as HEADER_TAX
from extension.entities.lines import LineNames
from extension.entities.persons import NATIVE
from extension.entities.postings import Categories, Postings
from extension.entities.rounding import RULE
from extension.entities.settings_documents import DocumentSettings, document_settings
from extension.entities.statuses import INVOICE_MOVES, ORDER_MOVES, StatusMap
from extension.entities.taxes import NO_TAX_TYPE, TaxMap, TaxRow, Trade, together
from extension.entities.totals import DERIVED, ROUNDING
from extension.entities.values import zoho_id
from extension.entities.xero_fields import A_KIND, is_of_other
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput

DIRECTIONS: Final[Mapping[str, tuple[Side, ...]]] = {"both": SIDES, "to_zoho": (ZOHO,), "to_xero": (XERO,)}
RETIRE: Final = frozenset({"ask", "archive", "void", "mark", "ignore"})
NEW_CONTACTS: Final = ("by_role", "contacts")
RESERVED: Final = frozenset({"lines", *(rule.name for rule in (*DERIVED, *HEADER_TAX, RULE, ROUNDING))})
MOVES: Final = {"invoice": INVOICE_MOVES, "bill": INVOICE_MOVES, "purchase_order": ORDER_MOVES}  # by kind in Xero
TRADES: Final[Mapping[str, Trade]] = {"invoice": "sales", "purchase_order": "purchases"}


@dataclass(frozen=True)
class EntitySettings:
    """One entity as this connection wants it. `line_names` and `subform`: where the CRM keeps the lines."""

    pair: Pair
    fields: Mapping[str, FieldMap]
    directions: tuple[Side, ...]
    retire: str
    subform: str = ""
    line_names: LineNames | None = None


@dataclass(frozen=True)
class Settings:
    """The whole document. `entities` holds the enabled ones, parents first."""

    version: int
    entities: Mapping[str, EntitySettings]
    statuses: Mapping[str, StatusMap]
    taxes: Mapping[Trade, TaxMap]
    categories: Categories  # of products
    postings: Mapping[Trade, Postings]
    itemless: str | None  # the product that stands in the CRM for lines of Xero without an item
    by_role: bool
    document_limit: int | None
    documents: DocumentSettings
    site: str  # where people open the CRM, "" where it is not known
    fetched: Fetched


def parse(document: Mapping[str, Any], fetched: Fetched, site: str = "") -> Settings:
    """Raises BadInput with one sentence."""
    rows = _mapping(document.get("entities"), "The settings name no entities.")
    for name in rows:
        if name not in PAIRS:
            raise BadInput(f"There is no entity “{name}”; there are {', '.join(PAIRS)}.")
    policies = document.get("policies") or {}
    limit = policies.get("document_limit")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise BadInput("The limit of new documents per run is a whole number, or empty for none.")
    _one_of(purchases_of(document), PURCHASES, "what purchase orders become")
    entities = {
        name: _entity(pair, rows[name], policies, fetched)
        for name, pair in pairs_of(document).items()
        if name in rows and rows[name].get("enabled", True)
    }
    for entity in entities.values():
        for need in entity.pair.needs:
            if need not in entities:
                raise BadInput(f"A {entity.pair.label} needs its {need}: switch both on, or both off.")
    if "contact" in entities:
        _check_people(entities)
    status = document.get("status") or {}
    documents = [entity for entity in entities.values() if entity.pair.document]
    taxes = document.get("taxes") or {}
    accounts = document.get("accounts") or {}
    categories = _categories(accounts.get("categories") or {})
    trades: tuple[Trade, ...] = ("sales", "purchases")
    return Settings(
        version=_version(document.get("mapping_version")),
        entities=entities,
        statuses={e.pair.name: _statuses(e, status.get(e.pair.name) or (), fetched) for e in documents},
        taxes={trade: TaxMap.of(trade, _taxes(trade, taxes.get(trade) or (), fetched), fetched) for trade in trades},
        categories=categories,
        postings={t: Postings.of(t, _account(t, accounts.get(t), fetched), categories, fetched) for t in trades},
        document_limit=limit,
        documents=document_settings(document.get("documents"), fetched),
        site=site,
        itemless=_product(document.get("itemless_product")),
        by_role=_one_of(policies.get("new_contacts", "by_role"), NEW_CONTACTS, "new contacts") == "by_role",
        fetched=fetched,
    )


def _entity(pair: Pair, row: Mapping[str, Any], policies: Mapping[str, Any], fetched: Fetched) -> EntitySettings:
    fields: dict[str, FieldMap] = {}
    for given in row.get("fields") or ():
        mapped = field_map(pair, given, fetched)
        if mapped.name in fields:
            raise BadInput(f"{pair.label}: the field “{mapped.name}” is mapped twice.")
        if mapped.xero is not None and is_of_other(pair, str(given.get("xero"))):
            raise BadInput(
                f"{pair.label}: “{mapped.name}” is mapped to {given['xero']}, which {A_KIND[pair.kind]} has not."
            )
        if pair.document and mapped.name in RESERVED:
            raise BadInput(f"{pair.label}: no field can be called “{mapped.name}”, which is computed.")
        fields[mapped.name] = mapped
    for name in pair.fields:
        if name not in fields or not all(fields[name].held_by(side) for side in SIDES):
            raise BadInput(f"{pair.label}: the field “{name}” must be mapped on both sides.")
    if row.get("scope", "ticked") != "all" and all(mapped.kind != "tick" for mapped in fields.values()):
        raise BadInput(f"{pair.label}: the CRM has no field “Add to Xero” yet. Run the set-up, then fetch the data.")
    _written_once(pair, fields.values())
    direction = _one_of(row.get("direction", "both"), DIRECTIONS, f"the direction of {pair.label}")
    retire = _one_of((policies.get("retire") or {}).get(pair.name, "ask"), RETIRE, f"retiring a {pair.label}")
    if not pair.document:
        return EntitySettings(pair, fields, DIRECTIONS[direction], retire)
    subform = row.get("subform") or fetched.subforms.get(pair.module) or ""
    if not subform:
        raise BadInput(f"{pair.label}: the CRM's subform of line items is not known. Fetch the data again.")
    return EntitySettings(
        pair, fields, DIRECTIONS[direction], retire, subform, LineNames.of(pair.label, row.get("lines") or {})
    )


def _written_once(pair: Pair, fields: Iterable[FieldMap]) -> None:
    """Two fields that write to one place would undo each other for ever."""
    taken: dict[object, str] = {}
    for mapped in fields:
        for side in SIDES:
            path = mapped.path(side)
            if path is None or not mapped.rule.allows(side):
                continue
            first = taken.setdefault((side, path), mapped.name)
            if first != mapped.name:
                raise BadInput(f"{pair.label}: “{first}” and “{mapped.name}” are mapped to the same field.")


def _check_people(entities: Mapping[str, EntitySettings]) -> None:
    """Two views that write to the first person of a contact would undo each other."""
    for name in ("account", "vendor"):
        for mapped in entities[name].fields.values() if name in entities else ():
            if mapped.xero is not None and mapped.xero.head in NATIVE.values() and mapped.rule.allows(XERO):
                raise BadInput(
                    f"{entities[name].pair.label}: {mapped.xero.head} belongs to the first person of a Xero contact, "
                    f"which is a contact of the CRM. Let “{mapped.name}” travel to the CRM only, or not at all."
                )


def _statuses(entity: EntitySettings, rows: Iterable[Mapping[str, Any]], fetched: Fetched) -> StatusMap:
    label, moves = entity.pair.label, MOVES[entity.pair.kind]
    path = entity.fields["status"].zoho
    known = fetched.field_of(entity.pair.module, path.head) if path else None
    to_xero: dict[str | None, str] = {}
    to_zoho: dict[str, str | None] = {}
    for row in rows:
        zoho, xero = row.get("zoho") or None, str(row.get("xero"))
        if xero not in moves:
            raise BadInput(f"Status map of {label}: Xero has no status “{xero}”.")
        if zoho is not None and known is not None and known.choices and zoho not in known.choices:
            raise BadInput(f"Status map of {label}: the CRM has no status “{zoho}”.")
        direction = _one_of(row.get("direction", "both"), DIRECTIONS, f"the status map of {label}")
        if direction != "to_zoho":
            to_xero.setdefault(zoho, xero)
        if direction != "to_xero":
            to_zoho.setdefault(xero, zoho)
    if not to_xero or not to_zoho:
        raise BadInput(f"The status map of {label} is empty or leads one way only.")
    return StatusMap(to_xero, to_zoho, moves)


def _taxes(trade: Trade, rows: Iterable[Mapping[str, Any]], fetched: Fetched) -> list[TaxRow]:
    crm = {tax.name for tax in fetched.crm_taxes}
    xero = {tax.type for tax in fetched.xero_taxes if tax.active} | {NO_TAX_TYPE}
    made: list[TaxRow] = []
    for row in rows:
        name, tax_type = _tax_name(trade, row.get("zoho"), crm), row.get("xero")
        if not tax_type or (fetched.xero_taxes and tax_type not in xero):
            raise BadInput(f"Tax map of {trade}: Xero has no active tax rate “{tax_type}”.")
        made.append((name, tax_type))
    return made


def _tax_name(trade: Trade, given: Any, known: Collection[str]) -> str | None:
    """What a row of the tax map names of the CRM: nothing, one tax, or several on one line."""
    names = list(given) if isinstance(given, list) else [given] if given else []
    for name in names:
        if not isinstance(name, str) or (known and name not in known):
            raise BadInput(f"Tax map of {trade}: the CRM has no tax “{name}”.")
    if len(set(names)) < len(names) or (len(names) > 1 and together(names) in known):
        raise BadInput(f"Tax map of {trade}: “{together(names)}” is not several taxes on one line.")
    return together(names) if names else None


def _account(trade: Trade, code: str | None, fetched: Fetched) -> str | None:
    if code and fetched.accounts and all(account.code != code for account in fetched.accounts):
        raise BadInput(f"Xero has no account {code}, the default account for {trade}.")
    return code or None  # an archived one keeps back the documents that need it, and no others: `postings`


def _categories(given: Any) -> dict[str, dict[Trade, str]]:
    """Accounts by category of product. A category that the CRM no longer has is nobody's, and does no harm."""
    rows = _mapping(given, "The accounts of the product categories are not given by category.")
    return {name: {t: str(row[t]) for t in TRADES.values() if row.get(t)} for name, row in rows.items()}


def _product(given: Any) -> str | None:
    if given and zoho_id(str(given)) is None:
        raise BadInput(f"“{given}” is not the id of a product of the CRM, for lines without an item.")
    return str(given) if given else None


def _version(given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise BadInput("The settings have no mapping version.")
    return given


def _mapping(given: Any, complaint: str) -> Mapping[str, Mapping[str, Any]]:
    if not isinstance(given, Mapping) or not all(isinstance(row, Mapping) for row in given.values()):
        raise BadInput(complaint)
    return given


def _one_of(given: Any, allowed: Iterable[str], what: str) -> str:
    names = list(allowed)
    if given not in names:
        raise BadInput(f"“{given}” is no choice for {what}; choose one of {', '.join(sorted(names))}.")
    return str(given)
