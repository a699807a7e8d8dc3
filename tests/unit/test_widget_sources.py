"""What holds of the widget's sources as they stand: small, without anything inline, one word for each thing."""

from __future__ import annotations

import json
import re

from extension.config import ROOT

WIDGET = ROOT / "widget"
PORTAL = ROOT / "extension" / "web" / "static"
CODE = [*WIDGET.glob("*.html"), *WIDGET.glob("js/*.js"), *WIDGET.glob("css/*.css")]
STATES = (
    "not_added", "never_synced", "in_step", "differs", "working", "needs_attention", "disconnected", "paused",
)  # fmt: skip
ACTING = [state for state in STATES if state != "working"]


def words() -> dict[str, str]:
    found: dict[str, str] = json.loads((WIDGET / "translations" / "en.json").read_text())
    return found


def test_all_code_and_styles_are_under_40_kb() -> None:
    assert sum(path.stat().st_size for path in CODE) < 40 * 1024


def test_no_page_has_anything_inline() -> None:
    for path in WIDGET.glob("*.html"):
        page = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", page), path
        scripts = re.findall(r'<script[^>]*src="([^"]+)"', page)
        assert scripts[0] == "js/guard.js", "the guard listens before anything else can"


def test_no_script_writes_markup_of_its_own() -> None:
    allowed = {"settings.js": 1}  # the portal's own page, from our own server
    for path in WIDGET.glob("js/*.js"):
        found = len(re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", path.read_text()))
        assert found == allowed.get(path.name, 0), path


def test_only_one_file_touches_the_sdk() -> None:
    assert [path.name for path in WIDGET.glob("js/*.js") if "window.ZOHO" in path.read_text()] == ["crm.js"]


def test_every_word_is_known_and_used() -> None:
    scripts = "\n".join(path.read_text() for path in WIDGET.glob("js/*.js"))
    made = {f"{key}.one" for key in ("selection", "selection.action")}
    made |= {f"settings.{name}" for name in ("dashboard", "sync", "schedule", "attention")}
    made |= {each for state in STATES for each in (state, f"{state}.text")}
    made |= {f"{state}.action" for state in ACTING} | {word for word in words() if word.startswith("status.")}
    asked = set(re.findall(r'\b(?:say|count|signIn)\("([a-z_.]+)"', scripts))
    assert asked | made <= set(words())
    assert {word for word in set(words()) - made if f'"{word}"' not in scripts} == set()


def test_colours_are_those_of_the_portal() -> None:
    def values(text: str) -> dict[str, str]:
        return dict(re.findall(r"(--[a-z-]+):\s*([^;]+);", text))

    light, dark = (values(part) for part in (PORTAL / "tokens.css").read_text().split("@media"))
    for name, value in values((WIDGET / "css" / "tokens.css").read_text()).items():
        expected = f"light-dark({light[name]}, {dark[name]})" if name in dark else light[name]
        assert value == expected or name == "--shadow", name
