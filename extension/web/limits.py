"""How often one address may try to sign in.

In the memory of each process (facts/platform.md 3: coarse limits at scale belong into the proxy). Behind proxies of
ours, each of which appends whom it heard from, the address is the one that the outermost of them saw; what stands
before it anybody may have written.
"""

from __future__ import annotations

from typing import Final

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from extension.bootstrap import house_of

SIGN_IN: Final = "20 per minute;100 per hour"


def visitor() -> str:
    """The address that a request comes from."""
    proxies = house_of(current_app).settings.trusted_proxies
    named = [part.strip() for part in ",".join(request.headers.getlist("X-Forwarded-For")).split(",") if part.strip()]
    return named[-proxies] if 0 < proxies <= len(named) else get_remote_address()


limiter = Limiter(visitor, storage_uri="memory://", strategy="moving-window")


def register(app: Flask) -> None:
    limiter.init_app(app)
