"""The CRM's own pages in the sandbox: what stands on them, who looks, and that they are no API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from sandbox.world import World

PAGES = "/crm/tab"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(records=12, seed=1) as made:
        yield made


@pytest.fixture
def crm(world: World) -> Iterator[FlaskClient]:
    world.installed.point("http://localhost:5000")
    world.zoho.journal.clear()
    yield world.zoho_app.test_client()
    assert world.zoho.journal.since(0) == [], "a page for people is no call"


def invoice(world: World) -> dict[str, object]:
    return world.zoho.dump()["Invoices"][0]


@pytest.mark.parametrize("name", ["Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders"])
def test_every_record_of_a_list_has_its_page(world: World, crm: FlaskClient, name: str) -> None:
    rows = world.zoho.dump()[name]
    listed = crm.get(f"{PAGES}/{name}").text
    assert all(f"{PAGES}/{name}/{row['id']}" in listed for row in rows)
    page = crm.get(f"{PAGES}/{name}/{rows[0]['id']}").text
    assert "xero2zoho Application" in page
    assert 'data-field="Add_to_Xero"' in page
    assert f'data-id="{rows[0]["id"]}"' in page


def test_the_front_leads_to_invoices(crm: FlaskClient) -> None:
    assert crm.get(f"{PAGES}/").location == f"{PAGES}/Invoices"


@pytest.mark.parametrize("path", ["Leads", "Nothing", "Invoices/1", "Invoices/x", "-/record/Invoices/1"])
def test_there_is_no_page_of_what_is_not_there(crm: FlaskClient, path: str) -> None:
    assert crm.get(f"{PAGES}/{path}").status_code == 404


def test_a_record_as_a_widget_may_ask_for_it(world: World, crm: FlaskClient) -> None:
    answer = crm.get(f"{PAGES}/-/record/Invoices/{invoice(world)['id']}")
    assert answer.get_json()["Subject"] == invoice(world)["Subject"]


def test_links_to_xero_lead_to_this_machine(world: World, crm: FlaskClient) -> None:
    id_ = str(invoice(world)["id"])
    world.zoho.edit("edit", "Invoices", id_, {"Xero_Invoice_URL": "https://go.xero.com/app/!hb0r1/invoicing/view/1"})
    assert f'href="{world.xero_url}/app/!hb0r1/invoicing/view/1"' in crm.get(f"{PAGES}/Invoices/{id_}").text


def test_somebody_else_looks_at_night(crm: FlaskClient) -> None:
    answer = crm.post(f"{PAGES}/-/view", data={"user": "5725767000000411015", "mode": "night"})
    assert answer.location == f"{PAGES}/"
    page = crm.get(f"{PAGES}/Invoices").text
    assert '"full_name": "Tom Whitfield"' in page
    assert 'data-mode="night"' in page


def test_the_extension_is_installed_by_its_address(world: World, crm: FlaskClient) -> None:
    assert crm.post(f"{PAGES}/-/widgets", data={"address": "no address"}).status_code == 400
    crm.post(f"{PAGES}/-/widgets", data={"address": "https://sync.example.com/"})
    assert "https://sync.example.com/widget/button" in crm.get(f"{PAGES}/Invoices").text
    crm.post(f"{PAGES}/-/widgets", data={"address": ""})
    assert "not installed yet" in crm.get(f"{PAGES}/Invoices/{invoice(world)['id']}").text


@pytest.mark.unmodelled("a page that is not there")
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Invoices", "/app/!hb0r1/invoicing/view/"),
        ("Contacts", "/app/!hb0r1/contacts/contact/"),
        ("PurchaseOrders", "/Accounts/Payable/PurchaseOrders/View/"),
        ("Items", "/Accounts/Inventory/"),
        ("Invoices", "/AccountsPayable/Edit.aspx?InvoiceID="),
    ],
)
def test_xero_shows_what_a_link_leads_to(world: World, kind: str, path: str) -> None:
    names = {"Invoices": "InvoiceID", "Contacts": "ContactID", "PurchaseOrders": "PurchaseOrderID", "Items": "ItemID"}
    row = world.xero.dump()[kind][0]
    xero = world.xero_app.test_client()
    page = xero.get(path + row[names[kind]])
    assert page.status_code == 200
    assert xero.get(path + "nothing").status_code == 404
    if kind == "Invoices":
        assert f'data-field="Total">{row["Total"]}<' in page.text


@pytest.mark.unmodelled("a page that is not there")
def test_the_login_leads_to_pages_of_its_own_alone(world: World) -> None:
    xero = world.xero_app.test_client()
    login = "/organisationlogin/default.aspx?shortcode=!hb0r1&redirecturl="
    assert xero.get(f"{login}/Accounts/Inventory/1").location == "/Accounts/Inventory/1"
    bill = "/AccountsPayable/Edit.aspx?InvoiceID=1"
    assert xero.get(f"{login}{bill}").location == bill
    assert xero.get(f"{login}https://evil.example/").status_code == 404
