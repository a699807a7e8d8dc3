"""What the local Zoho CRM must do as Zoho does (facts/zoho.md 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.fidelity.table import Behaviour, Mutation
from tests.fidelity.zoho_access import ACCESS
from tests.fidelity.zoho_documents import DOCUMENTS
from tests.fidelity.zoho_following import FOLLOWING
from tests.fidelity.zoho_reading import READING
from tests.fidelity.zoho_wire import WIRE
from tests.fidelity.zoho_writing import WRITING


def _row(
    number: int, title: str, evidence: str, settings: tuple[str, ...] = (), documented: tuple[str, ...] = ()
) -> Behaviour:
    return Behaviour("zoho", number, title, evidence, settings, documented)


BEHAVIOURS: Final = (
    _row(
        1,
        "No token, a token that is unknown, expired or pushed out, a missing scope: a 401 of its own each",
        "R, O",
        (),
        ("3.2",),
    ),
    _row(
        2,
        "Token endpoint: errors with HTTP 200; an hour; 15 tokens at once; 10 in 10 minutes; no new refresh token on refresh;"
        " a code works once, for 3 minutes, in its own data centre; `api_domain`",
        "O, U",
        (
            "token_limits",
            "token_throttle_status",
            "token_says_scope",
            "refresh_token_without_prompt",
            "remembers_consent",
        ),
        ("3.1", "3.2"),
    ),
    _row(
        3,
        "Times in the organisation's zone with daylight saving, whole seconds; Modified_Time never goes back;"
        " its clock may differ from ours",
        "R",
        (),
        ("3.4",),
    ),
    _row(
        4,
        "Ids: texts of 19 digits, unique over all modules, with gaps; taken as numbers, too",
        "R, M",
        (),
        ("1.3", "3.4"),
    ),
    _row(
        5,
        "Bodies without a type, and compressed ones; answers are `application/json;charset=UTF-8`",
        "M, R",
        (),
        ("1.3",),
    ),
    _row(
        6,
        "v2 gives the whole record, v8 wants up to 50 fields and adds the id; what can be sorted by; 10 pages of 200;"
        " page tokens are bound and expire; the refusals' exact bodies",
        "O, U",
        ("ids_max_characters", "v2_pages_end"),
        ("3.4",),
    ),
    _row(7, "If-Modified-Since in ISO 8601, inclusive; 304, 204, and 400 for what is no time", "T, O", (), ("3.4",)),
    _row(
        8,
        "An outcome for each row, in order; 201, 200, 207, and a switch for all failed; over 100 rows none is taken",
        "R, O, U",
        ("all_failed_status",),
        ("3.5",),
    ),
    _row(
        9,
        "Values are held to the fields' metadata: mandatory, length, type, lookups, unique",
        "O, U",
        ("picklist_strict", "product_name_unique", "invoice_account_mandatory", "xero_id"),
        ("3.5",),
    ),
    _row(
        10,
        "Twins are allowed unless a field is unique; upsert by the official table; an id in the row wins",
        "R, O",
        ("product_name_unique", "xero_id"),
        ("3.5",),
    ),
    _row(
        11,
        "null clears; unknown keys and the system's own fields are ignored, and noted",
        "T, U",
        ("unknown_keys", "empty_text_is_null"),
        ("3.5",),
    ),
    _row(
        12,
        "Documents add up, in both spellings of lines; lines keep their ids; products' stock and Modified_Time move;"
        " invoices number themselves",
        "R, U",
        (
            *("line_order", "unassociated_line_tax", "header_taxes", "header_tax", "tax_rounding"),
            "document_writes_touch_products",
            "line_shape",
            "v2_line_removal",
            "invoice_number_writable",
        ),
        ("3.5", "3.6"),
    ),
    _row(
        13,
        "Deleted: into the recycle bin, listed at once, 204 by id; for good: nobody named; restored: the same id",
        "O, U",
        ("restore_bumps_modified", "lookup_of_deleted", "deleted_none_since"),
        ("3.4",),
    ),
    _row(
        14,
        "Modified_By is the token's user; an update of nothing moves Modified_Time",
        "U",
        ("unchanged_put_bumps",),
        ("3.5",),
    ),
    _row(15, "Workflows run and edit again, unless the call carries `trigger: []`", "O", ("workflows",), ("3.5",)),
    _row(16, "If-Unmodified-Since: 412 when somebody was quicker", "O", (), ("3.5",)),
    _row(
        17,
        "Channels: an hour if asked for too long, at most a week; the call's shape; doubled, late, out of order or lost"
        " on demand; one's own edits are told, too",
        "O, U",
        ("trigger_silences_channels", "channel_limit", "channel_id_sent", "watch_patch", "v2_watch_status"),
        ("3.8",),
    ),
    _row(
        18,
        "429 for credits and for calls at once; the credits left are told from half on; no Retry-After",
        "O",
        ("credits_per_day", "concurrency"),
        ("3.3",),
    ),
    _row(
        19,
        "Faults: 500, 502 as HTML, a connection cut after the effect, slow and truncated bodies, a token revoked in mid-run",
        "M, T",
        (),
        ("1.4",),
    ),
    _row(
        20,
        "Search lags behind, COQL does not",
        "U",
        ("search_index_lag", "list_index_lag", "coql_index_lag", "search_fuzzy"),
        ("3.4",),
    ),
    _row(
        21,
        "Currency and Exchange_Rate are there only with several currencies",
        "O, U",
        ("multi_currency", "unknown_keys"),
        ("3.6",),
    ),
    _row(22, "A merge takes one id away; a lead becomes contact, account and deal", "O, R, U", ("merge",), ("5.2",)),
)

BEYOND: Final[Mapping[str, str]] = dict.fromkeys(
    (
        *("application_section", "customisation", "custom_field_limit", "unique_field_limit", "new_fields_land"),
        *("picklist_update", "label_dots", "api_name_prefix", "field_profiles", "extra_layouts"),
    ),
    "our fields are set up through the API: facts/zoho.md 3.7",
)
"""Switches of what has no number, and what they are about."""

MUTATIONS: Final[tuple[Mutation, ...]] = (*ACCESS, *READING, *WRITING, *FOLLOWING, *DOCUMENTS, *WIRE)
