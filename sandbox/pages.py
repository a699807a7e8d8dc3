"""How the sandbox's own pages look: plain, in light and dark, with a band that says what they are.

They stand in for pages of the services that a person meets on the way, so they load nothing and run no script.
"""

from __future__ import annotations

from typing import Final

from flask import Response
from markupsafe import Markup

HTML: Final = "text/html; charset=utf-8"
STYLE: Final = Markup("""
:root { color-scheme: light dark; --ink: #1d2430; --paper: #fff; --ground: #eef1f5; --line: #c3cad5; --go: #1a5fb4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ef; --paper: #1e232c; --ground: #14181f; --line: #4a5361; --go: #8ab8ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
.band { background: #7a4b00; color: #fff; padding: .5rem 1rem; text-align: center; }
main { max-width: 34rem; margin: 2rem auto; padding: 1.5rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: .5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; margin: 0 0 1rem; }
fieldset { border: 1px solid var(--line); border-radius: .3rem; margin: 0 0 1rem; padding: .5rem 1rem; }
legend { padding: 0 .3rem; font-weight: 600; }
label { display: block; padding: .3rem 0; }
input:not([type=radio], [type=checkbox], [type=hidden]) { font: inherit; width: 100%; padding: .4rem; }
table { width: 100%; border-collapse: collapse; margin: 0 0 1rem; font-size: .85rem; overflow-wrap: break-word; }
@media (max-width: 30rem) { table { overflow-wrap: anywhere; } }
th, td { padding: .3rem .4rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
ul { padding-left: 1.2rem; }
button { font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .3rem; background: var(--go);
  color: var(--paper); cursor: pointer; }
a { color: var(--go); }
form a { margin-left: 1rem; }
form + form button { background: none; color: var(--ink); border: 1px solid var(--line); }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
""")
PAGE: Final = Markup("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - {service} (sandbox)</title><link rel="icon" href="data:,"><style>{style}</style></head>
<body><header class="band">This is the sandbox: a local stand-in for {service}. Nothing here is real.</header>
<main><h1>{title}</h1>{body}</main></body></html>
""")


def page(service: str, title: str, body: Markup, status: int = 200) -> Response:
    """A page of one of the services."""
    text = PAGE.format(service=service, title=title, body=body, style=STYLE)
    return Response(text, status=status, content_type=HTML)


def hidden(fields: dict[str, str]) -> Markup:
    """What a form carries along."""
    one = Markup('<input type="hidden" name="{}" value="{}">')
    return Markup("").join(one.format(name, value) for name, value in fields.items())
