"""What whoever runs a sandbox in their own process can listen to."""

from __future__ import annotations

from typing import Final

from blinker import Namespace

unmodelled: Final = Namespace().signal("unmodelled")
"""A client met something that is not modelled. `what`: a route, a parameter or a key, as on the service's list."""
