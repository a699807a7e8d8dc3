"""Write docs/sandbox.md anew: python -m tests.fidelity"""

from __future__ import annotations

from tests.fidelity.page import PAGE, page

PAGE.write_text(page())
print(f"wrote {PAGE.name}")
