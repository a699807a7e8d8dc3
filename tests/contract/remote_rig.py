"""Our adapters on the sandbox's applications, in process: connected by the real consent, with no socket between.

`ZohoRig` and `XeroRig` hold one service each; the sandbox's clock is everybody's. Facts are cited in the tests by
their numbers in facts/zoho.md and facts/xero.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.test import Client

from extension.remote.datacentres import Addresses
from extension.remote.oauth import App, Authority, Consent, Provider
from extension.remote.transport import Answer, Listen, Request, Transport, silent
from extension.remote.wsgi import mounted
from extension.remote.xero.authority import XeroGrants
from extension.remote.xero.records import XeroRemote
from extension.remote.zoho.authority import ZohoGrants
from extension.remote.zoho.records import ZohoRemote
from extension.sync.actions import Part, Verb, Write
from extension.sync.canonical import Side
from extension.sync.memory_access import MemoryBuckets, MemoryGrants
from extension.sync.model import Row
from extension.sync.ports import Remote
from sandbox.clock import Clock
from sandbox.faults import Rule
from sandbox.xero import Settings, Switches, XeroService
from sandbox.xero import create_app as create_xero_app
from sandbox.zoho.app import create_app as create_zoho_app
from sandbox.zoho.service import ZohoService
from sandbox.zoho.settings import ZohoSettings

START = datetime(2026, 9, 14, 9, 29, 59, tzinfo=UTC)
ZOHO_URL, XERO_URL = "http://127.0.0.1:8101", "http://127.0.0.1:8102"
ADDRESSES = Addresses(ZOHO_URL, ZOHO_URL, XERO_URL, XERO_URL, XERO_URL)
SANDBOX = App("sandbox", "sandbox", "http://localhost/callback")

MASTERS = {
    "Accounts": ["Account_Name", "Phone", "Website", "Billing_City", "Add_to_Xero", "Xero_ID", "Tax_Number"],
    "Contacts": ["First_Name", "Last_Name", "Full_Name", "Email", "Account_Name", "Add_to_Xero", "Xero_ID"],
    "Vendors": ["Vendor_Name", "Email", "Add_to_Xero", "Xero_ID"],
    "Products": ["Product_Name", "Product_Code", "Unit_Price", "Description", "Add_to_Xero", "Xero_ID"],
    "Invoices": ["Subject", "Account_Name", "Grand_Total", "Xero_ID", "Xero_Invoice_No"],
    "Purchase_Orders": ["Subject", "Vendor_Name", "Grand_Total", "Xero_ID", "Xero_Invoice_No"],
}

LINE = {"Description": "Pens", "Quantity": 2, "UnitAmount": Decimal("10.1234"), "AccountCode": "200"}
PEOPLE = [{"FirstName": "Ada", "LastName": "L", "EmailAddress": "ada@example.com", "IncludeInEmails": False}]


def consented(client: Client, authority: Authority, consent: Consent) -> dict[str, str]:
    """The callback's query after a person has accepted."""
    url = urlsplit(authority.authorise_url(consent))
    answer = client.get(f"{url.path}?{url.query}&auto=1")
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


class Rig:
    """What both sides have in common."""

    side: Side
    remote: Remote

    def __init__(self, service: Any, app: Any, url: str, provider: Provider, **more: Any) -> None:
        self.service, self.app, self.clock = service, app, service.clock
        self.buckets, self.grants = MemoryBuckets(), MemoryGrants()
        self.transport = Transport(
            ADDRESSES.all(), session=mounted({url: app.wsgi_app}), clock=self.clock, buckets=self.buckets, **more
        )
        self.authority = Authority(self.transport, provider, SANDBOX, self.grants, pause=lambda _: None)
        consent = Consent.begin()
        grant = self.authority.exchange(consent, consented(Client(app), self.authority, consent))
        self.grants.save(self.side, grant)

    def fault(self, **rule: Any) -> None:
        self.service.faults.add(Rule(**rule))

    def journal(self) -> list[str]:
        """`METHOD path` of everything since the last call of this."""
        found = [f"{call.method} {call.path}" for call in self.service.journal.since()]
        self.service.journal.clear()
        return found

    def edit(self, do: str, kind: str, id_: str | None = None, **changes: Any) -> str:
        return str(self.service.edit(do, kind, id_, changes))

    def requests(self) -> list[Request]:
        """Every request from now on, tokens and all."""
        send, seen = self.transport.send, list[Request]()

        def watched(request: Request, listen: Listen = silent) -> Answer:
            seen.append(request)
            return send(request, listen)

        self.transport.send = watched  # type: ignore[method-assign]
        return seen

    def after(self, which: Callable[[Request], bool], deed: Callable[[], object]) -> None:
        """Somebody does something right after the first such request of ours was answered."""
        send, once = self.transport.send, iter([True])

        def watched(request: Request, listen: Listen = silent) -> Answer:
            answer = send(request, listen)
            if which(request) and next(once, False):
                deed()
            return answer

        self.transport.send = watched  # type: ignore[method-assign]

    def write(
        self, feed: str, verb: Verb, body: Mapping[str, Any], remote: str | None = None, read: Row | None = None
    ) -> Write:
        part = Part("thing", verb, self.side, {})
        modified, read_at = (read.modified, read.read_at) if read else (None, None)
        return Write(feed, self.side, verb, remote, body, (part,), modified, read_at)


class ZohoRig(Rig):
    side: Side = "zoho"

    def __init__(
        self,
        *,
        fields: Callable[[str], Sequence[str]] = MASTERS.__getitem__,
        unique: bool = True,
        switches: Mapping[str, Any] | None = None,
        background: bool = False,
        transport: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> None:
        service = ZohoService(Clock(START), ZohoSettings(switches=switches or {}))
        super().__init__(service, create_zoho_app(service), ZOHO_URL, ZohoGrants(ADDRESSES), **(transport or {}))
        stamps = dict.fromkeys(MASTERS, unique)
        org = service.settings.org_id
        self.remote = ZohoRemote(self.transport, self.authority, org, fields, stamps, background, **more)
        self.journal()

    def account(self, name: str = "Harbour Trading", **more: Any) -> str:
        return self.edit("create", "Accounts", Account_Name=name, **more)

    def product(self, name: str = "Chair", **more: Any) -> str:
        return self.edit("create", "Products", Product_Name=name, Unit_Price=Decimal("10.5"), **more)

    def invoice(self, **more: Any) -> str:
        account, product = self.account("Buyer"), self.product()
        lines = [{"Product_Name": {"id": product}, "Quantity": 2, "List_Price": Decimal("10.5")}]
        body = {"Subject": "Order 1", "Account_Name": {"id": account}, "Invoiced_Items": lines, **more}
        return self.edit("create", "Invoices", **body)


class XeroRig(Rig):
    side: Side = "xero"

    def __init__(self, *, background: bool = False, transport: Mapping[str, Any] | None = None, **more: Any) -> None:
        switches = {k: more.pop(k) for k in list(more) if k in Switches.__dataclass_fields__}
        service = XeroService(Clock(START), Settings(switches=Switches().changed(switches)))
        super().__init__(service, create_xero_app(service), XERO_URL, XeroGrants(ADDRESSES), **(transport or {}))
        self.tenant = service.main_id
        self.remote = XeroRemote(self.transport, self.authority, self.tenant, background, **more)
        self.journal()

    def create(self, feed: str, *bodies: Mapping[str, Any]) -> list[Any]:
        """Answers of creates sent by our own adapter."""
        answers: list[Any] = []
        for call, _ in self.remote.draft([self.write(feed, "create", body) for body in bodies]):
            answers += self.remote.send(call)
        return answers

    def contact(self, name: str = "Harbour Trading", **more: Any) -> Row:
        (row,) = self.create("Contacts", {"Name": name, **more})
        assert isinstance(row, Row), row
        return row

    def item(self, code: str, **more: Any) -> Row:
        (row,) = self.create("Items", {"Code": code, **more})
        assert isinstance(row, Row), row
        return row

    def invoice(self, contact: Row, **more: Any) -> Row:
        (row,) = self.create("Invoices", {"Contact": {"ContactID": contact.id}, "LineItems": [LINE], **more})
        assert isinstance(row, Row), row
        return row

    def order(self, contact: Row, **more: Any) -> Row:
        (row,) = self.create("PurchaseOrders", {"Contact": {"ContactID": contact.id}, "LineItems": [LINE], **more})
        assert isinstance(row, Row), row
        return row
