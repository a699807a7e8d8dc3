"""What the observing process holds in memory while it walks ever larger feeds: one process per size.

Half of the records are accounts of the CRM, half invoices of three lines in Xero, whose pages are the largest that
there are. The peak is the process's own, interpreter and all.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from bench.changes import AGE
from bench.company import Company
from bench.figures import Chapter, Figure, Sheet, ratio, spelled
from bench.fresh import fresh
from bench.held import held
from bench.services import Services
from bench.size import Size
from bench.tenant import connected

LIMIT: Final = 150.0
GROWTH: Final = 1.1


def measure(size: Size) -> Chapter:
    """The chapter on memory."""
    peaks = {records: _peak(records) for records in size.held}
    fewest, most = min(peaks), max(peaks)
    peak, growth = peaks[most]["peak"], ratio(peaks[most]["peak"], peaks[fewest]["peak"])
    figures = [
        Figure(f"peak of resident memory, {most:,} records", peak, "at most", LIMIT, "MB", places=0),
        Figure(f"the same over that of {fewest:,} records", growth, "at most", GROWTH),
    ]
    rows = [[spelled(n), spelled(found["start"]), spelled(found["peak"])] for n, found in peaks.items()]
    return Chapter("Memory", figures, [Sheet("Resident memory in MB", ["Records", "at the start", "peak"], rows)])


def _peak(records: int) -> dict[str, float]:
    half = records // 2
    begun = datetime.now(UTC) - AGE
    books = Company(half, 200, half, begun, crm=("Accounts",), books=("Contacts", "Items", "Invoices"))
    with Services(books) as services, connected(services) as tenant:
        tenant.close()  # what another process works on is not held open here
        found = fresh(held, folder=str(tenant.folder), zoho_url=services.zoho_url, xero_url=services.xero_url)
    if found["rows"] != 2 * half:
        raise RuntimeError(f"{found['rows']} of {2 * half} records were observed")
    return found
