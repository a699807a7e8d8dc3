"""What the local Xero must do as Xero does (facts/xero.md 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.fidelity.table import Behaviour, Mutation
from tests.fidelity.xero_access import ACCESS
from tests.fidelity.xero_books import BOOKS
from tests.fidelity.xero_documents import DOCUMENTS
from tests.fidelity.xero_reading import READING
from tests.fidelity.xero_wire import WIRE
from tests.fidelity.xero_writing import WRITING


def _row(
    number: int, title: str, evidence: str, settings: tuple[str, ...] = (), documented: tuple[str, ...] = ()
) -> Behaviour:
    return Behaviour("xero", number, title, evidence, settings, documented)


BEHAVIOURS: Final = (
    _row(
        1,
        "A token that is expired or nobody's: 401 with capital keys, and when it ran out; a wrong or lost organisation:"
        " 403 with small ones",
        "R",
        (),
        ("3.1", "3.2", "3.18"),
    ),
    _row(
        2,
        "A refresh rotates the refresh token; the one before is good for 30 minutes more, for an answer that was lost;"
        " 60 days; then `invalid_grant`",
        "O, T",
        (),
        ("3.1",),
    ),
    _row(
        3,
        "The client signs in by Basic or in the body; a code works once, for 5 minutes, with its very redirect_uri;"
        " each route wants its granular scope",
        "O, T",
        ("scope_failure_status", "scope_error"),
        ("3.1", "3.3"),
    ),
    _row(
        4,
        "60 calls in any minute, 5,000 or 1,000 a day, 5 at once, 10,000 a minute for the app; what remains is on every"
        " answer; a 429 as recorded, without a body; a replay counts",
        "R, O, U",
        (
            *("enforce_limits", "minute_limit", "day_limit", "app_minute_limit", "concurrent_limit", "day_window"),
            *("concurrent_problem", "app_minute_problem", "app_minute_header"),
        ),
        ("3.4",),
    ),
    _row(
        5,
        "The envelope; a pagination block when pages were asked for, sizes brought into 1 to 1,000; items have no pages,"
        " unpaged invoices no lines; thin contacts in lists",
        "R, O, U",
        ("page_past_end",),
        ("3.5",),
    ),
    _row(
        6,
        "`/Date(ms+0000)/` or `/Date(ms)/`, field by field, and readable twins; today is the organisation's;"
        " inside orders a contact's time is local and says UTC",
        "R, O",
        (),
        ("3.6",),
    ),
    _row(
        7,
        "If-Modified-Since in all its spellings, by the whole second, 200 and an empty list; some changes move no time",
        "R, O, U",
        ("modified_since", "nothing_changed", "payments_touch_documents"),
        ("3.5",),
    ),
    _row(
        8,
        "`where` and `order`, without regard to case; IDs, Statuses, ContactIDs, InvoiceNumbers, searchTerm,"
        " summaryOnly, createdByMyApp",
        "R, O, U",
        ("query_error",),
        ("3.5", "3.18"),
    ),
    _row(
        9,
        "PUT creates, POST overwrites what it matches, by id, number, name or code; a live order's number is an update,"
        " a deleted one's the zero GUID",
        "R, O, T, U",
        ("retired_number_reuse",),
        ("3.7", "3.8"),
    ),
    _row(
        10,
        "Errors are summarised to a 400 unless summarizeErrors=false; then every element says how it fared;"
        " what is refused comes back as it was sent",
        "R, T, U",
        ("mixed_batch", "answer_order"),
        ("3.7",),
    ),
    _row(
        11,
        "An Idempotency-Key keeps its answer for 6 minutes, errors, too; 400 with another request, and over 128 characters",
        "O, T",
        (),
        ("3.7",),
    ),
    _row(
        12,
        "What may become of an invoice, a bill, an order; what money on it forbids; the refusals in their own words",
        "R, O, T, U",
        ("edit_authorised", "delete_billed_order", "due_date_message", "bill_reference_kept"),
        ("3.10", "3.11"),
    ),
    _row(
        13,
        "A line with its id is updated and keeps it, one without is new, one left out is gone",
        "O, U",
        ("unknown_line_id", "line_update"),
        ("3.10",),
    ),
    _row(
        14,
        "A contact block with more than the id changes the contact and drops the persons that it does not name",
        "O, T",
        (),
        ("3.10",),
    ),
    _row(
        15,
        "Every line is rounded by itself, its tax, too; unit amounts have two decimals or, with unitdp=4, four,"
        " written and read",
        "M, R, O, U",
        ("tie_rounding", "discount_rounding", "component_rounding", "bill_discount"),
        ("3.12",),
    ),
    _row(
        16,
        "Names are unique among active contacts, in any case; what is archived is locked; what was merged points on",
        "R, O, U",
        ("archived_name_reuse", "names_unique", "merge_touches_documents"),
        ("3.13",),
    ),
    _row(
        17,
        "Who is customer or supplier, numbers, an account's tax and the branding theme are given by Xero",
        "R, O, T, U",
        ("default_branding_theme", "order_default_account"),
        ("3.9", "3.12", "3.13"),
    ),
    _row(18, "Unknown ids: 404, text/html, no body", "R", (), ("3.18",)),
    _row(
        19,
        "Webhooks: signed over the raw body, the intent to receive, many events in one body, at least once, in any order;"
        " a bare 200 within 5 seconds, else again and again, for a day; kept for 31 days",
        "O, U",
        ("payment_webhook", "credit_webhook"),
        ("3.15",),
    ),
    _row(
        20,
        "What only Xero writes may be sent; paths, parameters and envelopes in any case; a bare object",
        "M, T, U",
        ("unknown_fields", "empty_clears", "null_clears", "largest_body"),
        ("3.7", "2.4"),
    ),
    _row(
        21,
        "Closed periods, currencies that the organisation has, the official lengths of texts, valid names and addresses",
        "R, O, U",
        ("orders_locked", "name_spaces"),
        ("3.9", "3.10", "3.12"),
    ),
)
BEYOND: Final[Mapping[str, str]] = {
    "list_lag_seconds": "lists that lag behind",
    "delete_used_item": "items (facts 3.14)",
    "used_item_message": "items (facts 3.14)",
}
"""Switches of what has no number, and what they are about."""

MUTATIONS: Final[tuple[Mutation, ...]] = (*ACCESS, *READING, *WRITING, *DOCUMENTS, *BOOKS, *WIRE)
