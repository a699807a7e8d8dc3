"""The vendor's own client, xero-python 15 as it ships, against the local Xero over a socket (design decision 15)."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from xero_python import accounting as models
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import (
    AccountingBadRequestException,
    HTTPStatusException,
    NotFoundException,
    RateLimitException,
)
from xero_python.identity import IdentityApi

from sandbox.faults import Rule
from sandbox.server import Server
from tests.contract.sandbox_xero_visitor import SCOPES, Visitor

pytestmark = pytest.mark.outsider("xero-python 15.2.0")


class Session:
    """A running sandbox and an SDK signed in to it."""

    def __init__(self, visitor: Visitor, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.visitor, self.url = visitor, url
        self.tenant = visitor.service.main_id
        for name, path in (("refresh_token_url", "token"), ("revoke_token_url", "revocation")):
            monkeypatch.setattr(TokenApi, name, f"{url}/connect/{path}")
        configuration = Configuration()
        configuration.oauth2_token = OAuth2Token(client_id="sandbox", client_secret="sandbox")
        self.client = ApiClient(configuration)
        self.held: dict[str, Any] = {**visitor.tokens, "scope": SCOPES.split(), "expires_at": None}
        self.client.oauth2_token_getter(lambda: self.held)
        self.client.oauth2_token_saver(self.held.update)
        self.accounting = AccountingApi(self.client, base_url=f"{url}/api.xro/2.0")
        self.identity = IdentityApi(self.client, base_url=url)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    visitor = Visitor()
    server = Server(visitor.http.application)
    server.start()
    made = Session(visitor, server.url, monkeypatch)
    yield made
    made.client.rest_client.pool_manager.clear()
    server.stop()
    with warnings.catch_warnings():
        # The SDK's token calls leave the sockets of a client of their own to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def pens(**more: Any) -> models.LineItem:
    return models.LineItem(description="Pens", quantity=2, unit_amount=10.0, account_code="200", **more)


def test_connections_organisation_and_set_up(session: Session) -> None:
    (connection,) = session.identity.get_connections()
    assert connection.tenant_id == session.tenant
    (organisation,) = session.accounting.get_organisations(session.tenant).organisations
    assert (organisation.base_currency.value, organisation.timezone.value) == ("NZD", "NEWZEALANDSTANDARDTIME")
    assert {rate.tax_type for rate in session.accounting.get_tax_rates(session.tenant).tax_rates} >= {
        "OUTPUT2",
        "TAX001",
    }
    assert len(session.accounting.get_accounts(session.tenant).accounts) > 9
    assert len(session.accounting.get_branding_themes(session.tenant).branding_themes) == 2
    assert len(session.accounting.get_currencies(session.tenant).currencies) == 3


@pytest.mark.behaviour("xero", 6, 7, 12, 15, 17, 20)
def test_a_story_of_creating_listing_and_updating(session: Session) -> None:
    """Its models send read-only flags, dates as /Date()/ and booleans capitalised (2.4 T15, T18, T19)."""
    api, tenant = session.accounting, session.tenant
    contact = models.Contact(
        name="Acme", email_address="a@acme.example", contact_persons=[models.ContactPerson(first_name="T")]
    )
    (made,) = api.create_contacts(tenant, models.Contacts(contacts=[contact]), summarize_errors=False).contacts
    assert made.contact_id
    item = models.Item(code="PEN", sales_details=models.Purchase(unit_price=Decimal("1.2345"), account_code="200"))
    api.create_items(tenant, models.Items(items=[item]), unitdp=4)
    assert float(api.get_items(tenant, unitdp=4).items[0].sales_details.unit_price) == 1.2345
    invoice = models.Invoice(
        type="ACCREC",
        contact=models.Contact(contact_id=made.contact_id),
        date=date(2026, 9, 1),
        due_date=date(2026, 10, 1),
        line_items=[pens(), models.LineItem(item_code="PEN", quantity=3)],
        status="AUTHORISED",
    )
    (stored,) = api.create_invoices(
        tenant, models.Invoices(invoices=[invoice]), unitdp=4, idempotency_key="k1"
    ).invoices
    assert (stored.date, stored.status, float(stored.total)) == (date(2026, 9, 1), "AUTHORISED", 27.26)
    changed = models.Invoice(invoice_id=stored.invoice_id, reference="CRM 1")
    api.update_invoice(tenant, stored.invoice_id, models.Invoices(invoices=[changed]), unitdp=4)
    order = models.PurchaseOrder(contact=models.Contact(contact_id=made.contact_id), line_items=[pens()])
    (ordered,) = api.create_purchase_orders(tenant, models.PurchaseOrders(purchase_orders=[order])).purchase_orders
    assert ordered.purchase_order_number == "PO-0001"
    page = api.get_invoices(tenant, page=1, page_size=10, order="InvoiceID ASC", i_ds=[stored.invoice_id])
    assert [row.reference for row in page.invoices] == ["CRM 1"]
    assert page.pagination.item_count == 1
    since = datetime(2030, 1, 1)
    assert api.get_contacts(tenant, if_modified_since=since).contacts == []
    assert api.get_contacts(tenant, where='Name=="acme"', include_archived=True).contacts[0].name == "Acme"
    payment = models.Payment(
        invoice=models.Invoice(invoice_id=stored.invoice_id), account=models.Account(code="090"), amount=27.26
    )
    (paid,) = api.create_payments(tenant, models.Payments(payments=[payment])).payments
    assert api.get_invoice(tenant, stored.invoice_id).invoices[0].status == "PAID"
    api.delete_payment(tenant, paid.payment_id, models.PaymentDelete(status="DELETED"))
    assert api.get_invoice(tenant, stored.invoice_id).invoices[0].status == "AUTHORISED"
    assert session.visitor.service.unmodelled() == []


@pytest.mark.behaviour("xero", 5, 8)
def test_it_pages(session: Session) -> None:
    api, tenant = session.accounting, session.tenant
    given = [models.Contact(name=f"Contact {n}") for n in range(5)]
    api.create_contacts(tenant, models.Contacts(contacts=given))
    pages = [api.get_contacts(tenant, page=page, page_size=2, order="Name ASC") for page in (1, 2, 3, 4)]
    names = [[contact.name for contact in page.contacts] for page in pages]
    assert names == [["Contact 0", "Contact 1"], ["Contact 2", "Contact 3"], ["Contact 4"], []]
    assert (pages[0].pagination.page_count, pages[0].pagination.item_count) == (3, 5)


@pytest.mark.behaviour("xero", 9)
def test_it_upserts_by_name_number_and_code(session: Session) -> None:
    api, tenant = session.accounting, session.tenant
    acme = api.create_contacts(tenant, models.Contacts(contacts=[models.Contact(name="Acme")])).contacts[0]
    both = [models.Contact(name="acme", account_number="C-1"), models.Contact(name="New one")]
    found = api.update_or_create_contacts(tenant, models.Contacts(contacts=both)).contacts
    assert [contact.contact_id == acme.contact_id for contact in found] == [True, False]
    known = models.Contact(contact_id=acme.contact_id)
    invoice = models.Invoice(type="ACCREC", contact=known, invoice_number="S-1", line_items=[pens()])
    made = api.create_invoices(tenant, models.Invoices(invoices=[invoice])).invoices[0]
    again = models.Invoice(type="ACCREC", contact=known, invoice_number="S-1", reference="CRM 1")
    (changed,) = api.update_or_create_invoices(tenant, models.Invoices(invoices=[again])).invoices
    assert (changed.invoice_id, changed.reference, changed.total) == (made.invoice_id, "CRM 1", made.total)
    items = [models.Item(code="PEN", name=name) for name in ("Pen", "Pencil")]
    ids = [api.update_or_create_items(tenant, models.Items(items=[item])).items[0].item_id for item in items]
    assert ids[0] == ids[1]


@pytest.mark.behaviour("xero", 10)
def test_it_is_told_what_failed_of_a_batch(session: Session) -> None:
    api, tenant = session.accounting, session.tenant
    api.create_contacts(tenant, models.Contacts(contacts=[models.Contact(name="Acme")]))
    mixed = models.Contacts(contacts=[models.Contact(name="Acme"), models.Contact(name="Good")])
    told = api.create_contacts(tenant, mixed, summarize_errors=False).contacts
    assert [contact.status_attribute_string for contact in told] == ["ERROR", "OK"]
    assert "already assigned" in told[0].validation_errors[0].message
    assert {contact.name for contact in api.get_contacts(tenant).contacts} == {"Acme", "Good"}


@pytest.mark.behaviour("xero", 1, 4, 10, 16, 18)
def test_errors_surface_as_the_sdks_own(session: Session) -> None:
    """2.5."""
    api, tenant = session.accounting, session.tenant
    acme = models.Contacts(contacts=[models.Contact(name="Acme")])
    api.create_contacts(tenant, acme)
    with pytest.raises(AccountingBadRequestException) as refused:
        api.create_contacts(tenant, acme)
    assert refused.value.error_data["ErrorNumber"] == 10
    assert "already assigned" in str(refused.value.reason)
    (element,) = api.create_contacts(tenant, acme, summarize_errors=False).contacts
    assert (element.status_attribute_string, element.has_validation_errors) == ("ERROR", True)
    with pytest.raises(NotFoundException):
        api.get_contact(tenant, "00000000-0000-0000-0000-000000000009")
    with pytest.raises(HTTPStatusException) as denied:
        api.get_contacts("00000000-0000-0000-0000-000000000009")
    assert denied.value.status == 403
    session.visitor.service.faults.add(Rule(kind="throttle", times=0, params={"problem": "day", "retry_after": 0}))
    with pytest.raises(RateLimitException) as limited:
        api.create_contacts(tenant, acme)
    assert limited.value.rate_limit == "day"


@pytest.mark.behaviour("xero", 2, 3)
def test_it_refreshes_and_revokes(session: Session) -> None:
    """2.4 T10: it sends its secret in the body."""
    old = session.held["refresh_token"]
    session.client.refresh_oauth2_token()
    assert session.held["refresh_token"] != old
    assert session.identity.get_connections()
    session.client.revoke_oauth2_token()
    with pytest.raises(HTTPStatusException):
        session.identity.get_connections()


def test_as_it_ships_it_sends_a_put_again_when_the_answer_is_lost(session: Session) -> None:
    """2.4 T2: the reason for a transport of our own; the sandbox must show it."""
    session.visitor.service.faults.add(Rule(method="PUT", path="/Items", kind="cut_after"))
    item = models.Items(items=[models.Item(code="PEN")])
    with pytest.raises(AccountingBadRequestException):
        session.accounting.create_items(session.tenant, item)
    puts = [call.status for call in session.visitor.service.journal.since() if call.method == "PUT"]
    assert puts == [0, 400], "the first made the item, the second was told that it exists"


def test_any_client_can_be_pointed_at_it(session: Session) -> None:
    headers = session.visitor.headers
    answer = requests.get(f"{session.url}/api.xro/2.0/Organisation", headers=headers, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Date"].startswith("Mon, 14 Sep 2026 09:")
    missing = requests.get(f"{session.url}/api.xro/2.0/Contacts/nobody", headers=headers, timeout=60)
    assert (missing.status_code, missing.content, missing.headers["Content-Type"].split(";")[0]) == (
        404,
        b"",
        "text/html",
    )
