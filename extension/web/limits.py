"""How often one address may try to sign in.

In the memory of each process (facts/platform.md 3: coarse limits at scale belong into the proxy).
"""

from __future__ import annotations

from typing import Final

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

SIGN_IN: Final = "20 per minute;100 per hour"

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")


def register(app: Flask) -> None:
    limiter.init_app(app)
