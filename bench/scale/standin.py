"""Both services for any number of organisations, so light that they do not stand in the way of what is measured.

An organisation is known by its token (`access_of`). It has nothing new to tell, except the first few (`whales`), whose
CRM has 100,000 changed accounts each, in pages that are made when they are asked for. Every answer comes `latency`
seconds late. The sandbox knows much more, and costs ten times as much. A process of its own: `python -m`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bench.company import FIRST_ID
from bench.fresh import ROOT, Broke, command
from extension.sync.canonical import XERO, ZOHO, Side

CHANGES: Final = 100_000
PAGE: Final = 200
ACCOUNTS: Final = "/crm/v8/Accounts"
MOMENT: Final = "2026-05-04T03:02:01+00:00"


@dataclass(frozen=True)
class Manners:
    """How the services behave."""

    latency: float
    whales: int = 0


def access_of(side: Side, number: int) -> str:
    """The access token by which an organisation is known."""
    return f"{side}-{number}"


def organisation_of(side: Side, number: int) -> str:
    return f"90000{number:06d}" if side == ZOHO else f"00000000-0000-4000-8000-{number:012d}"


@contextmanager
def standing_in(manners: Manners) -> Iterator[str]:
    """The address of both services, which are one server here."""
    process = subprocess.Popen(
        command("bench.scale.standin"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(asdict(manners)) + "\n")
        process.stdin.flush()
        url = process.stdout.readline().strip()
        if not url:
            raise Broke("the services did not begin; what they said is above")
        yield url
    finally:
        process.communicate()  # closes its input, which ends it


# ------------------------------------------------------------------ the other process


def answer(manners: Manners, target: str, authorisation: str) -> tuple[int, Any]:
    """Status and document of a GET; None has no body."""
    asked = urlsplit(target)
    _, _, number = authorisation.rpartition("-")
    if not number.isdigit():
        return 401, {"code": "INVALID_TOKEN", "message": "invalid oauth token", "status": "error", "details": {}}
    if asked.path.startswith("/crm/"):
        return _crm(manners, asked.path, parse_qs(asked.query), int(number))
    if asked.path.casefold() == "/connections":
        tenant = {"tenantId": organisation_of(XERO, int(number)), "tenantType": "ORGANISATION", "tenantName": "One"}
        return 200, [{**tenant, "id": organisation_of(XERO, int(number))}]
    return 200, {asked.path.rpartition("/")[2]: [], "pagination": {"page": 1, "pageCount": 1, "itemCount": 0}}


def _crm(manners: Manners, path: str, given: dict[str, list[str]], number: int) -> tuple[int, Any]:
    if path == "/crm/v8/org":
        return 200, {"org": [{"id": organisation_of(ZOHO, number), "company_name": f"Company {number}"}]}
    if path != ACCOUNTS or number > manners.whales:
        return 204, None
    first = int(given.get("page_token", ["0"])[0])
    last = min(first + PAGE, CHANGES)
    more = last < CHANGES
    info = {
        "count": last - first,
        "per_page": PAGE,
        "more_records": more,
        "next_page_token": str(last) if more else None,
    }
    return 200, {"data": [_account(n) for n in range(first, last)], "info": info}


def _account(n: int) -> dict[str, Any]:
    told = {"Account_Name": f"Company {n:06d} Trading Ltd", "Phone": f"+64 9 555 {n:06d}", "Billing_City": "Auckland"}
    stamps = {"Created_Time": MOMENT, "Modified_Time": MOMENT}
    return {"id": str(FIRST_ID + n), "Add_to_Xero": True, "Xero_ID": None, **told, **stamps}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet
    manners = Manners(0.0)

    def do_GET(self) -> None:
        status, document = answer(self.manners, self.path, self.headers.get("Authorization", ""))
        time.sleep(self.manners.latency)
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response_only(status)
        self.send_header("Date", formatdate(usegmt=True))
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        with suppress(ConnectionError):  # whoever asked may have been told to end meanwhile
            self.end_headers()
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    request_queue_size = 256


def main() -> None:
    """Until the input ends."""
    manners = Manners(**json.loads(sys.stdin.readline()))
    handler = type("Handler", (_Handler,), {"manners": manners})
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
