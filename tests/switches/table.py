"""Every switch of both services, with all its settings: what nobody has verified (facts/zoho.md 7, facts/xero.md 8).

A switch that is a choice or a yes and no is here as soon as the sandbox has it; the settings of a number, or of a
structure, are named in `NAMED`. What a sync never meets is in `ELSEWHERE`, with its own tests.

A new switch changes the rows under which the contract and the whole sync are tested: `python -m tests.switches` writes
them anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, Final

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from sandbox.xero.settings import Switches as XeroSwitches
from sandbox.zoho.settings import CHOICES
from sandbox.zoho.settings import Switches as ZohoSwitches

NAMED: Final[Mapping[Side, Mapping[str, tuple[Any, ...]]]] = {
    ZOHO: {
        "search_index_lag": (30.0, 0.0),
        "list_index_lag": (0.0, 30.0, 60.0),
        "coql_index_lag": (0.0, 60.0),
        "ids_max_characters": (0, 200, 400, 1024),
        "workflows": ({}, {"Invoices": {"Description": "by a workflow"}, "Accounts": {"Rating": "Active"}}),
        "concurrency": (0, 4),
        "api_name_prefix": ("", "xero2zoho__"),
        "extra_layouts": ({}, {"Invoices": ["Retail"], "Accounts": ["A", "B"]}),
    },
    XERO: {"list_lag_seconds": (0.0, 30.0, 60.0)},
}
OF_THE_SET_UP: Final = (
    *("new_fields_land", "picklist_update", "label_dots", "api_name_prefix", "field_profiles", "extra_layouts"),
)
"""What is met before any sync, and never after it."""
ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = {
    ZOHO: {
        "credits_per_day": "budgets: tests/contract/test_zoho_adapter_reads.py",
        "merge": "another client's: tests/contract/test_sandbox_zoho_merging.py, people's: test_people_between.py",
        "token_throttle_status": "how a token is refused: tests/contract/test_oauth.py",
        **dict.fromkeys(
            ("v2_pages_end", "v2_line_removal", "v2_watch_status"),
            "v2, in which we read settings only: tests/contract/test_sandbox_zoho_reads.py, _lines.py, _channels.py",
        ),
        **dict.fromkeys(
            ("application_section", "customisation", "custom_field_limit", "unique_field_limit"),
            "what the set-up of a CRM is begun with, or refused: tests/system/test_preparing.py",
        ),
        **dict.fromkeys(OF_THE_SET_UP, "rows of their own, setup.txt: tests/system/test_preparing.py"),
        **dict.fromkeys(
            ("trigger_silences_channels", "channel_limit", "channel_id_sent", "watch_patch"),
            "signals, which only ever cause a run: tests/contract/test_sandbox_zoho_channels.py",
        ),
    },
    XERO: {
        **dict.fromkeys(
            ("enforce_limits", "minute_limit", "day_limit", "app_minute_limit", "concurrent_limit"),
            "limits: tests/contract/test_sandbox_xero_gateway.py",
        ),
        **dict.fromkeys(("concurrent_problem", "app_minute_problem"), "words of a 429: tests/unit/test_transport.py"),
        **dict.fromkeys(("scope_error", "app_minute_header"), "words and headers: tests/contract/test_oauth.py"),
        **dict.fromkeys(
            ("due_date_message", "used_item_message"), "words: tests/contract/test_xero_adapter_unverified.py"
        ),
        **dict.fromkeys(
            ("payment_webhook", "credit_webhook"),
            "signals, which only ever cause a run: tests/contract/test_sandbox_xero_webhooks.py",
        ),
    },
}
AT_FIRST: Final = ("xero_id", "multi_currency")
"""What a CRM has, or has not, before it is connected: no later setting of a company that lives."""


@dataclass(frozen=True)
class Switch:
    """`settings`: the default first."""

    side: str
    name: str
    settings: tuple[Any, ...]


@dataclass(frozen=True)
class Setting:
    side: str
    name: str
    value: Any

    def __str__(self) -> str:
        return f"{self.name}={shown(self.value)}"


def shown(value: Any) -> str:
    """A setting in one word."""
    if isinstance(value, dict):
        return "some" if value else "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).replace(" ", "_") or '""'


def _settings(side: Side, entry: Field[Any], default: Any) -> tuple[Any, ...]:
    """Empty for a number or a structure that `NAMED` does not know."""
    others = CHOICES.get(entry.name) if side == ZOHO else entry.metadata.get("choices")
    found = NAMED[side].get(entry.name) or others or ((True, False) if isinstance(default, bool) else ())
    return tuple(sorted(found, key=lambda value: value != default))


def _switches() -> Iterator[Switch]:
    services: Mapping[Side, ZohoSwitches | XeroSwitches] = {ZOHO: ZohoSwitches(), XERO: XeroSwitches()}
    for side, defaults in services.items():
        for entry in fields(defaults):
            yield Switch(side, entry.name, _settings(side, entry, getattr(defaults, entry.name)))


ALL: Final = tuple(_switches())
SWITCHES: Final = tuple(switch for switch in ALL if switch.name not in ELSEWHERE[switch.side])
SET_UP: Final = tuple(switch for switch in ALL if switch.name in OF_THE_SET_UP)
SINGLE: Final = tuple(Setting(s.side, s.name, value) for s in ALL for value in s.settings)


def split(*settings: Setting) -> dict[str, dict[str, Any]]:
    """By service, ready for its `set_switches`."""
    return {side: {one.name: one.value for one in settings if one.side == side} for side in SIDES}
