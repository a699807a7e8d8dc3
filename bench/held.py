"""The work whose memory is measured, in a process of its own. Imports the product and little else of the bench."""

from __future__ import annotations

import time
from pathlib import Path

from bench.fresh import resident, resident_peak
from bench.linked import observe
from bench.tenant import Tenant
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Scope


def held(folder: str, zoho_url: str, xero_url: str) -> dict[str, float]:
    """Rows observed, MB resident: with everything imported and opened, and at the peak; and seconds of the clock."""
    tenant = Tenant(Path(folder), zoho_url, xero_url)
    try:
        _ = tenant.tenant, tenant.transport, tenant.registry(tenant.tenant)
        start, began = resident(), time.perf_counter()
        rows = observe(tenant, [(ZOHO, "Accounts"), (XERO, "Invoices")])
        return {"rows": rows, "start": start, "peak": resident_peak(), "seconds": time.perf_counter() - began}
    finally:
        tenant.close()


def quiet_run(folder: str, zoho_url: str, xero_url: str) -> float:
    """MB resident at the peak of a process that does one run with nothing to do."""
    tenant = Tenant(Path(folder), zoho_url, xero_url)
    try:
        report = tenant.engine(tenant.tenant).run(Scope(approve=True))
        if report.state != "done" or report.counts:
            raise RuntimeError(f"{report.state} {report.problem} {report.counts}")
        return resident_peak()
    finally:
        tenant.close()
