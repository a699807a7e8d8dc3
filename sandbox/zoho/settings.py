"""What the sandbox's organisation is, and the switches between behaviours that nobody has verified.

Every [U] of facts/zoho.md that a sync could stumble over is a switch: a client is right only if it is right under
all its values. Defaults are the likelier reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class ZohoSettings:
    """Fixed for the life of a service."""

    company_name: str = "Harbour Office Supplies Ltd (sandbox)"
    org_id: str = "5725767000000020005"
    zone: str = "Pacific/Auckland"
    iso_code: str = "NZD"
    currency_symbol: str = "$"
    location: str = "au"
    invoice_prefix: str = "INV-"
    invoice_first: int = 1001
    first_id: int = 5_725_767_000_000_500_003
    switches: Mapping[str, Any] = field(default_factory=dict)
    """Switches to begin with, by name."""


@dataclass
class Switches:
    """Each may be changed while the service runs; CHOICES names the legal texts."""

    xero_id: str = "unique"
    product_name_unique: bool = False
    invoice_account_mandatory: bool = True
    picklist_strict: bool = False
    unknown_keys: str = "ignored"
    empty_text_is_null: bool = True
    unassociated_line_tax: str = "accepted"
    header_taxes: str = "own"
    """What `$line_tax` of a document names: the taxes of the whole, the sum of all taxes, or nothing."""
    header_tax: str = "recomputed"
    """Whether the tax of the whole follows the lines, or stays as it was entered."""
    line_order: str = "kept"
    line_shape: str = "full"
    """"sparse": a line shows no more than the names that are known of it."""
    v2_line_removal: str = "delete"
    """The key that removes a line in v2."""
    invoice_number_writable: bool = False
    tax_rounding: str = "line"
    """"document": the tax of all lines is rounded as one sum."""
    lookup_of_deleted: str = "null"

    all_failed_status: str = "by version"
    unchanged_put_bumps: bool = True
    document_writes_touch_products: bool = True
    restore_bumps_modified: bool = True
    merge: str = "told"
    """"silent": who was merged away is not in the list of deleted records, and the time of what named it stands."""

    search_index_lag: float = 30.0
    list_index_lag: float = 0.0
    coql_index_lag: float = 0.0
    search_fuzzy: bool = True
    ids_max_characters: int = 0
    v2_pages_end: bool = True
    """Whether v2, too, gives no more than 2,000 records by page number."""
    deleted_none_since: str = "204"

    multi_currency: bool = False
    workflows: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Module -> the fields a workflow sets after each create or edit, unless the call carried `trigger: []`."""

    application_section: str = "there"
    """"absent": a CRM in which nobody has set our fields up."""
    customisation: str = "allowed"
    custom_field_limit: int = 0
    unique_field_limit: int = 0
    new_fields_land: str = "unused"
    picklist_update: str = "adds"
    label_dots: str = "dropped"
    api_name_prefix: str = ""
    field_profiles: str = "accepted"
    extra_layouts: dict[str, list[str]] = field(default_factory=dict)
    """Module -> the names of its layouts beside "Standard"."""

    trigger_silences_channels: bool = False
    """Whether `trigger: []` keeps notifications back as well."""
    channel_limit: int = 0
    channel_id_sent: str = "text"
    watch_patch: str = "either"
    v2_watch_status: str = "201"

    credits_per_day: int = 0
    concurrency: int = 0
    token_limits: bool = True
    token_throttle_status: str = "200"
    token_says_scope: bool = False
    """Whether the token endpoint names what was granted; the documented answer does not."""
    refresh_token_without_prompt: bool = False
    remembers_consent: bool = True
    """Whether who is signed in and granted the scopes before is sent straight back, where only a sign-in is asked."""

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Change some; an unknown name or a value of the wrong kind changes nothing."""
        checked = {name: self._checked(name, value) for name, value in changes.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def _checked(self, name: str, value: Any) -> Any:
        if name not in NAMES:
            raise ValueError(f"no switch is called {name}; there are {', '.join(sorted(NAMES))}")
        if isinstance(value, Decimal):
            value = float(value)
        kind = type(getattr(self, name))
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not kind:
            raise ValueError(f"the switch {name} takes {kind.__name__}, not {type(value).__name__}")
        if name in CHOICES and value not in CHOICES[name]:
            raise ValueError(f"the switch {name} takes one of {', '.join(CHOICES[name])}")
        return value


NAMES = frozenset(entry.name for entry in fields(Switches))
CHOICES: Mapping[str, tuple[str, ...]] = {
    "xero_id": ("unique", "plain", "absent"),
    "unknown_keys": ("ignored", "refused"),
    "unassociated_line_tax": ("accepted", "ignored", "refused"),
    "header_taxes": ("own", "summary", "absent"),
    "header_tax": ("recomputed", "kept"),
    "line_order": ("kept", "request"),
    "line_shape": ("full", "sparse"),
    "v2_line_removal": ("delete", "_delete"),
    "tax_rounding": ("line", "document"),
    "lookup_of_deleted": ("null", "kept"),
    "all_failed_status": ("by version", "400", "202", "207"),
    "merge": ("told", "silent"),
    "deleted_none_since": ("204", "304"),
    "application_section": ("there", "absent"),
    "customisation": ("allowed", "forbidden", "unsupported"),
    "new_fields_land": ("unused", "first section"),
    "picklist_update": ("adds", "replaces"),
    "label_dots": ("dropped", "underscore"),
    "field_profiles": ("accepted", "refused"),
    "channel_id_sent": ("text", "number"),
    "watch_patch": ("either", "list", "bare"),
    "v2_watch_status": ("201", "200", "202"),
    "token_throttle_status": ("200", "400", "429"),
}
