"""The whole sync under both settings of every switch: from consent to rest, then people's edits, and to rest again.

What nobody has verified must not matter (facts/zoho.md 5.2 and 7, facts/xero.md 5.2 and 8). A small company is
synchronised for the first time under each setting; a larger one that is in step is edited by everybody at once. In
the slow tests both happen to one company, whose every record has lived under that setting.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from extension.bootstrap import House
from tests.system import (  # noqa: F401  # each tells its stories
    stories_companies,
    stories_invoices,
    stories_lines,
    stories_newcomers,
    stories_orders,
    stories_people,
)
from tests.system.cast import STORIES, Town, live
from tests.system.switch_rig import Moment, Remembering, Rig

Setting = tuple[str, str, Any]
SMALL, LARGE, LARGEST = 10, 60, 100

ZOHO_SETTINGS: Final[Mapping[str, tuple[Any, ...]]] = {
    "xero_id": ("plain", "absent"),
    "product_name_unique": (True,),
    "invoice_account_mandatory": (False,),
    "picklist_strict": (True,),
    "unknown_keys": ("refused",),
    "empty_text_is_null": (False,),
    "unassociated_line_tax": ("ignored", "refused"),
    "header_taxes": ("summary", "absent"),
    "header_tax": ("kept",),
    "line_order": ("request",),
    "lookup_of_deleted": ("kept",),
    "all_failed_status": ("400", "202", "207"),
    "unchanged_put_bumps": (False,),
    "document_writes_touch_products": (False,),
    "restore_bumps_modified": (False,),
    "search_index_lag": (0.0,),
    "list_index_lag": (30.0, 60.0),
    "search_fuzzy": (False,),
    "ids_max_characters": (200,),
    "deleted_none_since": ("304",),
    "multi_currency": (False,),
    "workflows": ({"Invoices": {"Description": "by a workflow"}, "Accounts": {"Rating": "Active"}},),
    "concurrency": (4,),
    "token_limits": (False,),
    "token_says_scope": (True,),
    "refresh_token_without_prompt": (True,),
}
XERO_SETTINGS: Final[Mapping[str, tuple[Any, ...]]] = {
    "tie_rounding": ("half_even",),
    "discount_rounding": ("down",),
    "component_rounding": ("each",),
    "bill_discount": ("ignore",),
    "modified_since": ("exclusive",),
    "nothing_changed": ("not_modified",),
    "page_past_end": ("not_found",),
    "list_lag_seconds": (30.0, 60.0),
    "mixed_batch": ("good",),
    "unknown_fields": ("refuse",),
    "empty_clears": (False,),
    "null_clears": (True,),
    "unknown_line_id": ("refuse",),
    "line_update": ("replace",),
    "edit_authorised": (False,),
    "payments_touch_documents": (False,),
    "retired_number_reuse": (False,),
    "bill_reference_kept": (True,),
    "delete_billed_order": (False,),
    "order_default_account": ("300",),
    "delete_used_item": (True,),
    "default_branding_theme": (False,),
    "archived_name_reuse": (False,),
    "names_unique": (False,),
    "name_spaces": ("trim",),
    "merge_touches_documents": (False,),
    "scope_failure_status": (403,),
    "day_window": ("rolling",),
}
ELSEWHERE: Final = {
    "credits_per_day": "budgets: tests/contract/test_zoho_adapter_reads.py",
    "tax_rounding": "a cent's difference: tests/documents/cases_totals.py",
    "remembers_consent": "people who sign in: tests/contract/test_sandbox_zoho_oauth.py",
    **dict.fromkeys(
        (
            *("application_section", "customisation", "custom_field_limit", "new_fields_land", "picklist_update"),
            *("label_dots", "api_name_prefix", "field_profiles", "extra_layouts", "unique_field_limit"),
        ),
        "the set-up of the CRM: tests/system/test_preparing.py",
    ),
    **dict.fromkeys(
        ("enforce_limits", "minute_limit", "day_limit", "app_minute_limit", "concurrent_limit"),
        "limits: tests/contract/test_sandbox_xero_gateway.py",
    ),
    **dict.fromkeys(
        (
            *("trigger_silences_channels", "channel_limit", "channel_id_sent", "watch_patch"),
            *("payment_webhook", "credit_webhook"),
        ),
        "signals: tests/contract/test_sandbox_zoho_channels.py, test_sandbox_xero_webhooks.py",
    ),
    **dict.fromkeys(("concurrent_problem", "app_minute_problem"), "words of a 429: tests/unit/test_transport.py"),
}
SETTINGS: Final[list[Setting]] = [
    *(("zoho", name, value) for name, values in ZOHO_SETTINGS.items() for value in values),
    *(("xero", name, value) for name, values in XERO_SETTINGS.items() for value in values),
]
# What a first sync, and what an edit, stumbles over; the others run with the slow tests.
TELLING_BEGINNINGS: Final = (
    *("xero_id", "unassociated_line_tax", "multi_currency"),
    *("tie_rounding", "edit_authorised", "archived_name_reuse"),
)
TELLING_LIVES: Final = {
    "defaults": (),
    "the CRM's": ("line_order", "restore_bumps_modified", "list_index_lag"),
    "Xero's": ("empty_clears", "line_update", "list_lag_seconds"),
    "locked in Xero": ("edit_authorised",),
}


def named(setting: Setting) -> str:
    return f"{setting[1]}={setting[2] if not isinstance(setting[2], dict) else 'some'}"


def split(*settings: Setting) -> dict[str, dict[str, Any]]:
    return {side: {name: value for of, name, value in settings if of == side} for side in ("zoho", "xero")}


def of(*names: str) -> list[Setting]:
    """The last setting of each."""
    return [next(s for s in reversed(SETTINGS) if s[1] == name) for name in names]


# ------------------------------------------------------------------ quick


@pytest.fixture(scope="module")
def in_step(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Moment]]:
    """A company that is in step, to come back to."""
    rig = Rig(tmp_path_factory.mktemp("in_step"), records=LARGE)
    rig.rests()
    yield rig, rig.moment()
    rig.close()


@pytest.mark.parametrize("setting", of(*TELLING_BEGINNINGS), ids=named)
def test_a_first_sync_comes_to_rest(setting: Setting, tmp_path: Path) -> None:
    under = split(setting)
    rig = Rig(tmp_path, under["zoho"], under["xero"], records=SMALL)
    try:
        rig.rests()
    finally:
        rig.close()


@pytest.mark.parametrize("names", TELLING_LIVES.values(), ids=TELLING_LIVES)
def test_peoples_edits_arrive_or_are_held(names: tuple[str, ...], in_step: tuple[Rig, Moment]) -> None:
    rig, moment = in_step
    rig.back(moment, **split(*of(*names)))
    live(rig)


def test_every_switch_is_set_both_ways(in_step: tuple[Rig, Moment]) -> None:
    rig, moment = in_step
    rig.back(moment)
    switches = {**rig.zoho.switches(), **rig.xero.switches()}
    assert switches.keys() == ZOHO_SETTINGS.keys() | XERO_SETTINGS.keys() | ELSEWHERE.keys()
    assert all(switches[name] != value for side, name, value in SETTINGS if name != "multi_currency")


# ------------------------------------------------------------------ slow


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS, ids=named)
def test_a_company_lives_under_one_setting(setting: Setting, tmp_path: Path) -> None:
    _lives(tmp_path, split(setting))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_company_lives_under_half_of_all_settings(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    chosen = {setting[1]: setting for setting in draw.sample(SETTINGS, len(SETTINGS) // 2)}
    _lives(tmp_path, split(*chosen.values()), records=LARGEST)  # some settings hold more, and leave fewer to edit


@pytest.mark.slow
def test_a_company_lives_in_a_database(tmp_path: Path) -> None:
    _lives(tmp_path, split(), House)


@pytest.mark.slow
@pytest.mark.parametrize("name", STORIES)
def test_one_edit_by_itself(name: str, in_step: tuple[Rig, Moment]) -> None:
    rig, moment = in_step
    rig.back(moment)
    told = STORIES[name](Town(rig))
    next(told, None)
    rig.later()
    rig.rests()
    next(told, None)


def _lives(
    folder: Path, switches: Mapping[str, Mapping[str, Any]], house: type[House] = Remembering, records: int = LARGE
) -> None:
    rig = Rig(folder, switches["zoho"], switches["xero"], records=records, house=house)
    try:
        rig.rests()
        live(rig)
    finally:
        rig.close()
