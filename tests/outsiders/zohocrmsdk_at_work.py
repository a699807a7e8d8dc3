"""zohocrmsdk8_0 at work: Zoho's own client of v8. Prints what it saw; run by test_outsider_zohocrmsdk.

It takes an environment as it takes its own data centres (`DataCenter.Environment`); told not to follow the domain in a
token's answer, it stays there. Words: address of the sandbox, a refresh token, a folder of its own.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.api.logger import Logger
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations, GetFieldsParam
from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
from zohocrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    GetRecordsHeader,
    GetRecordsParam,
    LineItemProduct,
    Record,
    RecordOperations,
)
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
from zohocrmsdk.src.com.zoho.crm.api.util import Choice

Seen = dict[str, Any]


def initialise(url: str, token: OAuthToken, folder: Path) -> FileStore:
    store = FileStore(str(folder / "tokens.csv"))
    Initializer.initialize(
        environment=DataCenter.Environment(url, f"{url}/oauth/v2/token", url),
        token=token,
        store=store,
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False, update_api_domain=False),
        resource_path=str(folder),
        logger=Logger.get_instance(level=Logger.Levels.ERROR, file_path=str(folder / "sdk.log")),
    )
    return store


def row(record_id: str | None = None, **values: Any) -> Record:
    made = Record()
    if record_id:
        made.set_id(int(record_id))
    for name, value in values.items():
        made.add_key_value(name, value)
    return made


def body(rows: list[Record], check: list[str] | None = None) -> BodyWrapper:
    made = BodyWrapper()
    made.set_data(rows)
    made.set_trigger([])
    if check:
        made.set_duplicate_check_fields(check)
    return made


def outcomes(answer: Any) -> Seen:
    """Status, and of each row its code, details and message."""
    rows = answer.get_object().get_data()
    return {
        "status": answer.get_status_code(),
        "codes": [each.get_code().get_value() for each in rows],
        "ids": [str(each.get_details().get("id")) for each in rows],
        "said": [plain(each.get_message()) for each in rows],
        "details": [sorted(each.get_details()) for each in rows],
    }


def upserted(answer: Any) -> list[list[Any]]:
    rows = answer.get_object().get_data()
    return [[plain(each.get_action()), each.get_duplicate_field()] for each in rows]


def plain(value: Any) -> Any:
    """What is in a Choice, and what is in none."""
    return value.get_value() if isinstance(value, Choice) else value


def listed(module: str, headers: HeaderMap | None = None, **asked: Any) -> Any:
    asking = ParameterMap()
    for name, value in asked.items():
        asking.add(getattr(GetRecordsParam, name), value)
    return RecordOperations(module).get_records(asking, headers)


def pages(module: str) -> list[list[str]]:
    """By page token to the end."""
    found, asked = [], {"fields": "Account_Name", "per_page": 2, "sort_by": "id", "sort_order": "asc"}
    while True:
        answer = listed(module, **asked).get_object()
        found.append([each.get_key_value("Account_Name") for each in answer.get_data()])
        info = answer.get_info()
        if not info.get_more_records():
            return found
        asked["page_token"] = info.get_next_page_token()


def records() -> Seen:
    accounts = RecordOperations("Accounts")
    made = outcomes(accounts.create_records(body([row(Account_Name=f"Account {n}") for n in range(5)])))
    first = made["ids"][0]
    changed = outcomes(accounts.update_records(body([row(first, Phone="09 300 4000")])))
    both = [row(Account_Name="Account 0", Website="https://a.example"), row(Account_Name="New")]
    again = accounts.upsert_records(body(both, ["Account_Name"]))
    one = accounts.get_record(int(first)).get_object().get_data()[0]
    accounts.update_records(body([row(first, Website=None)]))
    cleared = accounts.get_record(int(first)).get_object().get_data()[0]
    three = [row(Phone="1"), row(Account_Name="Good"), row(Account_Name="x" * 300)]
    mixed = outcomes(accounts.create_records(body(three)))
    since = HeaderMap()
    since.add(GetRecordsHeader.if_modified_since, datetime(2030, 1, 1, tzinfo=UTC))
    return {
        "made": made,
        "changed": changed,
        "upserted": upserted(again),
        "one": [one.get_key_value(name) for name in ("Account_Name", "Phone", "Website")],
        "cleared": [cleared.get_key_value(name) for name in ("Account_Name", "Phone", "Website")],
        "by": cleared.get_modified_by().get_name(),
        "owner": one.get_key_value("Owner").get_name(),
        "modified": str(one.get_modified_time()),
        "mixed": mixed,
        "pages": pages("Accounts"),
        "later": listed("Accounts", since, fields="Account_Name").get_status_code(),
        "invoice": invoice(first),
        "without_fields": refused(listed("Accounts")),
    }


def refused(answer: Any) -> list[Any]:
    error = answer.get_object()
    return [answer.get_status_code(), error.get_code().get_value(), error.get_details()]


def settings() -> Seen:
    asking = ParameterMap()
    asking.add(GetFieldsParam.module, "Accounts")
    fields = FieldsOperations().get_fields(asking).get_object().get_fields()
    known = {each.get_api_name(): each for each in fields}
    return {
        "organisation": OrgOperations().get_organization().get_object().get_org()[0].get_iso_code(),
        "unique": known["Xero_ID"].get_unique() is not None,
        "type": known["Account_Name"].get_data_type(),
    }


def invoice(account: str) -> Seen:
    product = outcomes(RecordOperations("Products").create_records(body([row(Product_Name="Pen")])))["ids"][0]
    pen = LineItemProduct()
    pen.set_id(int(product))
    line = row(Product_Name=pen, Quantity=3.0, List_Price=1.25)
    asked = row(Subject="By the SDK", Account_Name=row(account), Status=Choice("Created"), Invoiced_Items=[line])
    made = outcomes(RecordOperations("Invoices").create_records(body([asked])))
    read = RecordOperations("Invoices").get_record(int(made["ids"][0])).get_object().get_data()[0]
    lines = read.get_key_value("Invoiced_Items")
    return {
        "status": made["status"],
        "total": read.get_key_value("Grand_Total"),
        "lines": [[each.get_key_value("Quantity"), each.get_key_value("Product_Name").get_name()] for each in lines],
    }


def refreshed(store: FileStore) -> Seen:
    """Once the token it holds is about to end, the next call brings another."""
    held = store.get_tokens()[0]
    before = held.get_access_token()
    held.set_expires_in("1")
    store.save_token(held)
    works = OrgOperations().get_organization().get_status_code()
    return {"other": store.get_tokens()[0].get_access_token() != before, "works": works}


def main(url: str, refresh_token: str, folder: Path) -> None:
    token = OAuthToken(client_id="sandbox", client_secret="sandbox", refresh_token=refresh_token, find_user=False)
    store = initialise(url, token, folder)
    seen = {"records": records(), "settings": settings(), "refreshed": refreshed(store)}
    print(json.dumps(seen, default=str))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
