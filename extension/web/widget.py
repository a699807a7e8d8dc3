"""The pages that the CRM shows in a frame, and their files: static shells without any data.

Only these may be framed, by the CRM's own origins alone. The server tells them which parent may speak to them; whoever
is signed in, and what they see, is asked for over the API.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import Response, abort, current_app, g, make_response, send_from_directory
from flask.typing import ResponseReturnValue

from extension.bootstrap import house_of
from extension.config import ROOT, Settings
from extension.web import access
from extension.web.security import Framed

pages = access.Pages("widget", __name__)

FILES: Final = ROOT / "widget"
SHELLS: Final = {"button": "button.html", "settings": "settings.html"}
KINDS: Final = frozenset({".js", ".css", ".svg", ".png", ".json"})
SDK: Final[str] = Settings.model_fields["widget_sdk_url"].default
EMPTY: Final = '<meta name="crm-origins" content="">'

_TLDS: Final = ("com", "eu", "in", "com.au", "jp", "com.cn", "sa", "uk", "ae")
ANCESTORS: Final = " ".join(
    (
        *(f"https://{host}.zoho.{tld}" for host in ("crm", "crmsandbox", "crmplus", "one") for tld in _TLDS),
        "https://crm.zohocloud.ca",
        "https://*.zohosandbox.com",
        "https://*.zohoplatform.com",
    )
)
"""Who may frame us where the settings name nobody (facts/widget.md 3.4; hosts beyond crm. are from experience)."""


def ancestors() -> str:
    return house_of(current_app).settings.widget_frame_ancestors or ANCESTORS


@pages.get("/widget/button", needs="open")
def button() -> ResponseReturnValue:
    return _shell("button")


@pages.get("/widget/settings", needs="open")
def settings() -> ResponseReturnValue:
    return _shell("settings")


def _shell(name: str) -> Response:
    html = Path(FILES / SHELLS[name]).read_text(encoding="utf-8")
    sdk = house_of(current_app).settings.widget_sdk_url
    filled = html.replace(EMPTY, f'<meta name="crm-origins" content="{escape(ancestors())}">', 1)
    filled = filled.replace(SDK, escape(sdk), 1)
    g.framed = Framed(ancestors(), f"{urlsplit(sdk).scheme}://{urlsplit(sdk).netloc}")
    return make_response(filled)


@pages.get("/widget/<path:name>", needs="open")
def file(name: str) -> ResponseReturnValue:
    """A script, a style, a picture or the words of the panels."""
    if Path(name).suffix not in KINDS:
        abort(404)
    return send_from_directory(FILES, name, max_age=0)
