"""A first fetch of a million records: half accounts of the CRM, half Xero invoices of three lines.

The services make their pages when they are asked for, so the only million is in our database. The CRM's page tokens
lead through a tenth of it and no further; the walk goes on by queries of ids (facts/zoho.md 3.4). A run of a smaller
size ends its tokens earlier, so that it goes the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from bench.calls import KINDS, Line, by_kind
from bench.changes import AGE
from bench.company import Company
from bench.figures import Chapter, Figure, Sheet, spelled
from bench.fresh import fresh
from bench.held import held
from bench.memory import LIMIT
from bench.services import Services
from bench.size import Size
from bench.tenant import connected
from extension.sync.canonical import SIDES, ZOHO
from sandbox.zoho.paging import MAX_RECORDS

FIFTH: Final = 5
MOULDS: Final = 1_000  # rows that the sandbox has, and that all the others are made like


def measure(size: Size) -> Chapter:
    """The chapter; one process, once: what it is about is the peak."""
    half = size.many // 2
    token_rows = min(MAX_RECORDS, half // FIFTH)
    found, calls = _walked(half, token_rows)
    beyond = half - token_rows
    figures = [
        Figure(f"peak of resident memory, {size.many:,} records", found["peak"], "at most", LIMIT, "MB", places=0),
        Figure("of it when everything is imported and opened", found["start"], unit="MB", places=0),
        Figure(f"accounts read beyond the {token_rows:,} that page tokens lead to", beyond, places=0),
        Figure("records a second, once", found["rows"] / found["seconds"], places=0),
    ]
    kinds = [(side, kind) for side in SIDES for kind in KINDS if calls[side, kind]]
    rows = [[f"{side.title()}: {kind}", spelled(calls[side, kind])] for side, kind in kinds]
    return Chapter(f"{size.many:,} records", figures, [Sheet("Calls", ["Calls", "used"], rows)])


def _walked(half: int, token_rows: int) -> tuple[Mapping[str, float], Counter[tuple[str, str]]]:
    """What it took, and the calls by side and kind. Raises RuntimeError if a record is missing, or the tokens did
    not end where they should."""
    books = Company(
        MOULDS, 200, MOULDS, datetime.now(UTC) - AGE, crm=("Accounts",), books=("Contacts", "Items", "Invoices")
    )
    with Services(books, endless=half, token_rows=token_rows) as services, connected(services) as tenant:
        tenant.close()
        services.journal()
        where = {"zoho_url": services.zoho_url, "xero_url": services.xero_url}
        found = fresh(held, folder=str(tenant.folder), **where)
        lines: list[Line] = services.journal()
    calls: Counter[tuple[str, str]] = Counter({(side, kind): n for (side, kind), n in by_kind(lines).items()})
    if found["rows"] != 2 * half:
        raise RuntimeError(f"{found['rows']} of {2 * half} records were observed")
    if calls[ZOHO, "query"] == 0:
        raise RuntimeError("the page tokens led to the end")
    return found, calls
