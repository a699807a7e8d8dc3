"""zcrmsdk 3.1.0, unmodified, against the sandbox over a real socket (facts/zoho.md 1.1, 1.3, 5.3).

It needs a stub of the MySQL driver that it imports and does not declare; its token exchange is its own.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Server
from tests.contract.test_sandbox_zoho_oauth import consent, exchange
from tests.contract.zoho_caller import Crm

pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"), pytest.mark.outsider("zcrmsdk 3.1.0")]


def stub_mysql() -> None:
    """Fix B of facts/zoho.md 1.1."""
    if "mysql.connector" not in sys.modules:
        package, connector = types.ModuleType("mysql"), types.ModuleType("mysql.connector")
        connector.__dict__.update(Error=type("Error", (Exception,), {}), connect=None)
        package.__dict__["connector"] = connector
        sys.modules["mysql"], sys.modules["mysql.connector"] = package, connector


@pytest.fixture
def sdk(tmp_path: Path) -> Iterator[Crm]:
    """The SDK, initialised with a refresh token of a running sandbox."""
    stub_mysql()
    from zcrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken, TokenType
    from zcrmsdk.src.com.zoho.api.authenticator.store import FileStore
    from zcrmsdk.src.com.zoho.api.logger import Logger
    from zcrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
    from zcrmsdk.src.com.zoho.crm.api.initializer import Initializer
    from zcrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
    from zcrmsdk.src.com.zoho.crm.api.user_signature import UserSignature

    crm = Crm("v2")
    refresh_token = exchange(crm, consent(crm)["code"])["refresh_token"]
    server = Server(crm.app)
    server.start()
    Initializer.LOCAL.init = None
    Initializer.initialize(
        user=UserSignature(f"sandbox{server.url.rpartition(':')[2]}@local.invalid"),
        environment=DataCenter.Environment(server.url, f"{server.url}/oauth/v2/token", server.url),
        token=OAuthToken(
            client_id="sandbox", client_secret="sandbox", token=refresh_token, token_type=TokenType.REFRESH
        ),
        store=FileStore(str(tmp_path / "tokens.csv")),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=str(tmp_path),
        logger=Logger.get_instance(level=Logger.Levels.ERROR, file_path=str(tmp_path / "sdk.log")),
    )
    yield crm
    server.stop()
    Initializer.LOCAL.init = None


def data(answer: Any) -> Any:
    assert answer.get_status_code() in (200, 201), answer.get_object()
    return answer.get_object()


def test_it_lists_fields_and_the_organisations_settings(sdk: Crm) -> None:
    from zcrmsdk.src.com.zoho.crm.api.currencies import CurrenciesOperations
    from zcrmsdk.src.com.zoho.crm.api.fields import FieldsOperations
    from zcrmsdk.src.com.zoho.crm.api.modules import ModulesOperations
    from zcrmsdk.src.com.zoho.crm.api.org import OrgOperations
    from zcrmsdk.src.com.zoho.crm.api.taxes import TaxesOperations
    from zcrmsdk.src.com.zoho.crm.api.users import UsersOperations

    found = {field.get_api_name(): field for field in data(FieldsOperations("Invoices").get_fields()).get_fields()}
    assert found["Xero_ID"].get_unique() is not None
    assert found["Account_Name"].get_lookup().get_module() == "Accounts"
    assert [value.get_actual_value() for value in found["Status"].get_pick_list_values()][1] == "Created"
    assert data(OrgOperations().get_organization()).get_org()[0].get_iso_code() == "NZD"
    assert len(data(UsersOperations().get_users()).get_users()) == 3
    assert {"Invoices", "Products"} <= {m.get_api_name() for m in data(ModulesOperations().get_modules()).get_modules()}
    assert [tax.get_value() for tax in data(TaxesOperations().get_taxes()).get_taxes()] == [15.0, 0.0, 7.5, 15.0]
    assert data(CurrenciesOperations().get_currencies()).get_currencies()[0].get_is_base() is True


@pytest.mark.behaviour("zoho", 12)
def test_it_writes_and_reads_records_with_line_items(sdk: Crm) -> None:
    from zcrmsdk.src.com.zoho.crm.api.record import (
        BodyWrapper,
        InventoryLineItems,
        LineItemProduct,
        Record,
        RecordOperations,
    )
    from zcrmsdk.src.com.zoho.crm.api.util import Choice

    account, pen = sdk.made("Accounts", {"Account_Name": "A"})[0], sdk.made("Products", {"Product_Name": "Pen"})[0]
    customer, product, line = Record(), LineItemProduct(), InventoryLineItems()
    customer.set_id(int(account))
    product.set_id(int(pen))
    line.set_product(product)
    line.set_quantity(3.0)
    line.set_list_price(1.25)
    invoice, body = Record(), BodyWrapper()
    for name, value in (("Subject", "By the SDK"), ("Account_Name", customer), ("Product_Details", [line])):
        invoice.add_key_value(name, value)
    invoice.add_key_value("Status", Choice("Created"))
    body.set_data([invoice])
    body.set_trigger([])
    made = data(RecordOperations().create_records("Invoices", body)).get_data()[0]
    assert made.get_code().get_value() == "SUCCESS"
    read = data(RecordOperations().get_record(int(made.get_details()["id"]), "Invoices")).get_data()[0]
    assert read.get_key_value("Grand_Total") == 3.75
    assert read.get_key_value("Product_Details")[0].get_quantity() == 3.0
    posted = [call for call in sdk.service.journal.since() if (call.method, call.path) == ("POST", "/crm/v2/Invoices")]
    assert [call.status for call in posted] == [201]


def account(record_id: str | None = None, **values: Any) -> Any:
    from zcrmsdk.src.com.zoho.crm.api.record import Record

    made = Record()
    if record_id:
        made.set_id(int(record_id))
    for name, value in values.items():
        made.add_key_value(name, value)
    return made


def body(*rows: Any, check: tuple[str, ...] = ()) -> Any:
    from zcrmsdk.src.com.zoho.crm.api.record import BodyWrapper

    made = BodyWrapper()
    made.set_data(list(rows))
    made.set_trigger([])
    if check:
        made.set_duplicate_check_fields(list(check))
    return made


@pytest.mark.behaviour("zoho", 6)
def test_it_pages(sdk: Crm) -> None:
    from zcrmsdk.src.com.zoho.crm.api import ParameterMap
    from zcrmsdk.src.com.zoho.crm.api.record import GetRecordsParam, RecordOperations

    sdk.accounts(5)
    found = []
    for page in (1, 2, 3):
        asked = ParameterMap()
        for name, value in (("page", page), ("per_page", 2), ("sort_by", "id"), ("sort_order", "asc")):
            asked.add(getattr(GetRecordsParam, name), value)
        answer = data(RecordOperations().get_records("Accounts", asked, None))
        names = [row.get_key_value("Account_Name") for row in answer.get_data()]
        found.append((names, answer.get_info().get_more_records()))
    assert found == [(["Account 0", "Account 1"], True), (["Account 2", "Account 3"], True), (["Account 4"], False)]


@pytest.mark.behaviour("zoho", 7)
def test_nothing_is_newer(sdk: Crm) -> None:
    from datetime import UTC, datetime

    from zcrmsdk.src.com.zoho.crm.api import HeaderMap
    from zcrmsdk.src.com.zoho.crm.api.record import GetRecordsHeader, RecordOperations

    sdk.accounts(1)
    since = HeaderMap()
    since.add(GetRecordsHeader.if_modified_since, datetime(2030, 1, 1, tzinfo=UTC))
    assert RecordOperations().get_records("Accounts", None, since).get_status_code() == 304


@pytest.mark.behaviour("zoho", 10)
def test_it_updates_and_upserts(sdk: Crm) -> None:
    from zcrmsdk.src.com.zoho.crm.api.record import RecordOperations

    (first,) = sdk.accounts(1)
    changed = data(RecordOperations().update_records("Accounts", body(account(first, Phone="09 300 4000"))))
    assert [row.get_message().get_value() for row in changed.get_data()] == ["record updated"]
    both = body(account(Account_Name="Account 0"), account(Account_Name="New"), check=("Account_Name",))
    rows = data(RecordOperations().upsert_records("Accounts", both)).get_data()
    found = [(row.get_action().get_value(), row.get_duplicate_field()) for row in rows]
    assert found == [("update", "Account_Name"), ("insert", None)]
    assert sdk.one("Accounts", first)["Phone"] == "09 300 4000"


@pytest.mark.behaviour("zoho", 8, 9)
def test_it_is_told_what_failed_of_a_batch(sdk: Crm) -> None:
    from zcrmsdk.src.com.zoho.crm.api.record import RecordOperations

    mixed = body(account(Account_Name="x" * 300), account(Account_Name="Good"))
    answer = RecordOperations().create_records("Accounts", mixed)
    rows = answer.get_object().get_data()
    codes = [row.get_code().get_value() for row in rows]
    assert (answer.get_status_code(), codes) == (207, ["INVALID_DATA", "SUCCESS"])
    assert sorted(rows[0].get_details()) == ["api_name", "maximum_length"], "v2 has no json_path"


@pytest.mark.behaviour("zoho", 2)
def test_it_refreshes(sdk: Crm) -> None:
    """When the token that it keeps is about to end."""
    from zcrmsdk.src.com.zoho.crm.api.initializer import Initializer
    from zcrmsdk.src.com.zoho.crm.api.org import OrgOperations

    data(OrgOperations().get_organization())
    signed_in = Initializer.get_initializer()
    held = signed_in.store.get_token(signed_in.user, signed_in.token)
    before = held.access_token
    held.expires_in = "1"
    signed_in.store.save_token(signed_in.user, held)
    data(OrgOperations().get_organization())
    assert signed_in.store.get_token(signed_in.user, signed_in.token).access_token != before
