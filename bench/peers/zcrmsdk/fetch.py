"""A loop over the records of Zoho's own SDK of version 2, with the fields that we ask for. Stores nothing.

It imports a database driver that it does not declare and that nobody needs here; an empty module stands for it.
"""

from __future__ import annotations

import sys
import types
from datetime import datetime
from typing import Any, Final

from bench.peers.gauge import Asked, gauged

_driver, _connector = types.ModuleType("mysql"), types.ModuleType("mysql.connector")
vars(_connector).update(Error=type("Error", (Exception,), {}), connect=None)
vars(_driver)["connector"] = _connector
sys.modules.update({"mysql": _driver, "mysql.connector": _connector})

from zcrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken, TokenType  # noqa: E402
from zcrmsdk.src.com.zoho.api.authenticator.store import FileStore  # noqa: E402
from zcrmsdk.src.com.zoho.api.logger import Logger  # noqa: E402
from zcrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter  # noqa: E402
from zcrmsdk.src.com.zoho.crm.api.header_map import HeaderMap  # noqa: E402
from zcrmsdk.src.com.zoho.crm.api.initializer import Initializer  # noqa: E402
from zcrmsdk.src.com.zoho.crm.api.parameter_map import ParameterMap  # noqa: E402
from zcrmsdk.src.com.zoho.crm.api.record import (  # noqa: E402
    GetRecordsHeader,
    GetRecordsParam,
    RecordOperations,
)
from zcrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig  # noqa: E402
from zcrmsdk.src.com.zoho.crm.api.user_signature import UserSignature  # noqa: E402

FIELDS: Final = (
    "Account_Name,Phone,Tax_Number,Billing_Street,Billing_City,Billing_Code,Billing_Country,Add_to_Xero,Xero_ID,"
    "Created_Time,Modified_Time"
)


def fetch(asked: Asked) -> int:
    url = asked.zoho_url
    Initializer.initialize(
        user=UserSignature("bench@local.invalid"),
        environment=DataCenter.Environment(url, f"{url}/oauth/v2/token", url),
        token=OAuthToken("sandbox", "sandbox", asked.zoho_refresh, TokenType.REFRESH),
        store=FileStore(str(asked.keep / "tokens.csv")),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=str(asked.folder),
        logger=Logger.get_instance(level=Logger.Levels.ERROR, file_path=str(asked.folder / "sdk.log")),
    )
    headers = HeaderMap()
    if asked.again:
        headers.add(GetRecordsHeader.if_modified_since, datetime.fromisoformat(asked.since))
    records, page, more = 0, 1, True
    while more:
        found, more = _page(page, headers)
        records, page = records + found, page + 1
    return records


def _page(number: int, headers: HeaderMap) -> tuple[int, bool]:
    words = ParameterMap()
    words.add(GetRecordsParam.page, number)
    words.add(GetRecordsParam.per_page, 200)
    words.add(GetRecordsParam.fields, FIELDS)
    answer: Any = RecordOperations().get_records("Accounts", words, headers)
    if answer.get_status_code() in (204, 304):
        return 0, False
    body = answer.get_object()
    return len(body.get_data()), body.get_info().get_more_records()


if __name__ == "__main__":
    gauged(fetch, "zcrmsdk")
