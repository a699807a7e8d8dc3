"""What v2 shows of a record beside the fields that anybody writes: places on a map, addresses in one text, hints.

Recorded in May 2026 in an organisation of that year (facts/zoho.md 1.7). No recording of v8 has whole records, so v8
shows none of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Row = Mapping[str, Any]
ADDRESSES: Final[Mapping[str, Mapping[str, str]]] = {
    "Leads": {"": "Zip_Code"},
    "Accounts": {"Billing_": "Code", "Shipping_": "Code"},
    "Contacts": {"Mailing_": "Zip", "Other_": "Zip"},
}
"""Module -> how its address fields begin, and what they call the code."""
CONSTANT: Final[Mapping[str, Row]] = {
    "Leads": {"$converted": False, "$converted_detail": {}, "Unsubscribed_Mode": None, "Unsubscribed_Time": None},
    "Accounts": {"$is_duplicate": False},
    "Contacts": {"$is_duplicate": False, "Unsubscribed_Mode": None, "Unsubscribed_Time": None},
}
OF_USERS: Final[Row] = {
    "country_locale": "NZ",
    "decimal_separator": "en_NZ",
    "territories": [],
    "Isonline": True,
    "Next_Shift__s": None,
    "Shift_Effective_From__s": None,
    "distance_preference__s": "Miles",
    "name_format": "Salutation,First Name,Last Name",
    "customize_info": {
        "notes_desc": None,
        "show_right_panel": None,
        "bc_view": None,
        "show_home": False,
        "show_detail_view": True,
        "show_left_panel": True,
        "unpin_recent_item": None,
    },
    "theme": {
        "normal_tab": {"font_color": "#FFFFFF", "background": "#222222"},
        "selected_tab": {"font_color": "#FFFFFF", "background": "#222222"},
        "new_background": None,
        "background": "#F3F0EB",
        "screen": "fixed",
        "type": "default",
    },
}
"""How the CRM looks to one person, and two settings that v2 spells otherwise."""


HINT: Final = {"$zia_owner_assignment": "owner_recommendation_unavailable"}


def beside(module: str, row: Row) -> dict[str, Any]:
    """What belongs to a whole row, as far as it was recorded for its module."""
    if module == "Deals":
        return dict(HINT)
    if module not in ADDRESSES:
        return {}
    shown: dict[str, Any] = {**HINT, "nearby_distance__s": None, **CONSTANT[module]}
    for prefix, code in ADDRESSES[module].items():
        shown |= dict.fromkeys(
            (f"{prefix}Latitude", f"{prefix}Longitude", f"{prefix}Flat_House_No_Building_Apartment_Name")
        )
        shown |= {f"{prefix}Coordinates": "", f"{prefix}Address": _in_one(row, prefix, code)}
    return shown


def _in_one(row: Row, prefix: str, code: str) -> str:
    """ "639 Main St\\nAnchorage, AK 99501\\nUnited States", and nothing of what is not there."""
    street, city, state, number, country = (
        row.get(f"{prefix}{part}") or "" for part in ("Street", "City", "State", code, "Country")
    )
    town = ", ".join(part for part in (city, " ".join(part for part in (state, number) if part)) if part)
    return "\n".join(part for part in (street, town, country) if part)
