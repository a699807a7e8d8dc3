"""A page without a mouse: where Tab leads, and whether one sees where one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page

MOST: Final = 400  # presses of Tab

# Everything that a mouse can operate; of a group of radio buttons Tab reaches one, the arrows the others.
CONTROLS: Final = """() => {
  const seen = e => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const groups = new Set();
  return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(e => !e.disabled && seen(e))
    .filter(e => !e.closest('[aria-hidden=true], [inert], details:not([open]) > :not(summary)'))
    .filter(e => {
      if (e.type !== 'radio') return true;
      const group = `${e.form?.id}:${e.form?.action}:${e.name}`;
      if (groups.has(group)) return false;
      groups.add(group);
      return true;
    })
    .map(e => { e.dataset.control ??= String(window.controls = (window.controls ?? 0) + 1);
                return [e.type === 'radio' ? `radio ${e.name}` : e.dataset.control, e.outerHTML.slice(0, 160)]; });
}"""
ACTIVE: Final = """() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return null;
  const ring = (s) => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
  const box = e.getBoundingClientRect();
  const label = e.labels?.[0];
  return {
    key: e.type === 'radio' ? `radio ${e.name}` : (e.dataset.control ?? ''),
    html: e.outerHTML.slice(0, 160),
    ring: ring(getComputedStyle(e)) || (label ? ring(getComputedStyle(label)) : false),
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0,
  };
}"""


@dataclass(frozen=True)
class Stop:
    """Where Tab came to rest."""

    key: str
    html: str
    ring: bool
    inside: bool


def stops(page: Page) -> list[Stop]:
    """From the top of the page to its end."""
    page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
    found: list[Stop] = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        active = page.evaluate(ACTIVE)
        if active is None or (found and active["key"] and active["key"] == found[0].key):
            break
        found.append(Stop(**active))
    return found


def complaints(page: Page) -> list[str]:
    """What cannot be reached, or is reached without being seen."""
    controls: list[list[str]] = page.evaluate(CONTROLS)
    met = stops(page)
    reached = {stop.key for stop in met}
    told = [f"Tab never reaches {html}" for key, html in controls if key not in reached]
    told += [f"no ring around {stop.html}" for stop in met if not stop.ring]
    told += [f"out of sight when reached: {stop.html}" for stop in met if not stop.inside]
    return told


WORDS: Final = """() => {
  const e = document.activeElement;
  return e?.labels?.[0]?.innerText || e?.getAttribute('aria-label') || e?.innerText || '';
}"""


def where(page: Page) -> str:
    """What the focused control is called."""
    return str(page.evaluate(WORDS))


def tab_to(page: Page, name: str) -> None:
    """Forward to the control that is called so."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if where(page).strip().startswith(name):
            return
    raise AssertionError(f"Tab never reaches “{name}”")
