"""dlt's rest_api source into SQLite, by its sqlalchemy destination: a pipeline as its documentation writes one.

Records are merged by their id, as ours are, so that the next run updates them. Its own way with lines is a table of
their own. Pages of 1,000, which its users must ask for; its usage statistics are switched off.
"""

from __future__ import annotations

import os
from typing import Any, Final

from bench.peers.gauge import Asked, gauged

NAMES: Final = {"Contacts": "ContactID", "Invoices": "InvoiceID"}
PAGE: Final = 1_000

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt  # noqa: E402  # its settings are read when it is imported
from dlt.sources.rest_api import rest_api_source  # noqa: E402


def resource(kind: str, *, again: bool, since: str) -> dict[str, Any]:
    endpoint: dict[str, Any] = {
        "path": kind,
        "data_selector": kind,
        "params": {"pageSize": PAGE, "order": f"{NAMES[kind]} ASC", "unitdp": 4},
        "paginator": {"type": "page_number", "base_page": 1, "total_path": "pagination.pageCount"},
    }
    if again:
        endpoint["headers"] = {"If-Modified-Since": since}
    return {"name": kind, "primary_key": NAMES[kind], "write_disposition": "merge", "endpoint": endpoint}


def fetch(asked: Asked, nesting: int | None = None) -> int:
    """`nesting`: how deep it goes into lists before it keeps them as JSON; None: as deep as they are."""
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{asked.xero_url}/api.xro/2.0/",
                "auth": {"type": "bearer", "token": asked.xero_access},
                "headers": {"Accept": "application/json", "Xero-Tenant-Id": asked.organisation},
            },
            "resources": [resource(kind, again=asked.again, since=asked.since) for kind in NAMES],
        }
    )
    source.max_table_nesting = nesting
    pipeline = dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=str(asked.folder / "pipelines"),
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{asked.folder / 'dlt.db'}"),
        dataset_name="books",
    )
    pipeline.run(source)
    rows = pipeline.last_trace.last_normalize_info.row_counts
    return sum(count for table, count in rows.items() if table in {"contacts", "invoices"})


if __name__ == "__main__":
    gauged(fetch, "dlt")
