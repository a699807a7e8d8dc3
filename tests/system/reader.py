"""An independent client: plain requests, its own consent, no line of the product. A stranger reads both services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
import simplejson

Row = dict[str, Any]
BACK = "http://localhost:9/callback"
ZOHO_SCOPES = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL"
XERO_SCOPES = "offline_access accounting.invoices accounting.contacts accounting.settings.read"
ZOHO_FIELDS = {
    "Accounts": "Account_Name,Xero_ID,Add_to_Xero",
    "Contacts": "Full_Name,Email,Account_Name,Xero_ID,Add_to_Xero",
    "Vendors": "Vendor_Name,Xero_ID,Add_to_Xero",
    "Products": "Product_Name,Product_Code,Xero_ID,Add_to_Xero",
    "Invoices": "Subject,Grand_Total,Status,Account_Name,Xero_ID,Xero_Invoice_No,Xero_Invoice_URL,Add_to_Xero",
    "Purchase_Orders": "Subject,Grand_Total,Status,Vendor_Name,Xero_ID,Xero_Invoice_No,Add_to_Xero",
}


class Zoho:
    """Reads the CRM by REST v8, page by page."""

    def __init__(self, url: str) -> None:
        self._url, self._session = url, requests.Session()
        asked = {"scope": ZOHO_SCOPES, "client_id": "sandbox", "response_type": "code", "access_type": "offline"}
        code = _code(self._session, f"{url}/oauth/v2/auth", {**asked, "redirect_uri": BACK})
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        secret = {"client_id": "sandbox", "client_secret": "sandbox"}
        token = self._session.post(f"{url}/oauth/v2/token", data={**form, **secret}, timeout=30).json()
        self._session.headers["Authorization"] = f"Zoho-oauthtoken {token['access_token']}"

    def all(self, module: str) -> list[Row]:
        rows: list[Row] = []
        page = 1
        while True:
            params = {"fields": ZOHO_FIELDS[module], "per_page": "200", "page": str(page)}
            answer = self._session.get(f"{self._url}/crm/v8/{module}", params=params, timeout=30)
            if answer.status_code == 204:
                return rows
            body = _json(answer)
            rows += body["data"]
            if not body["info"]["more_records"]:
                return rows
            page += 1

    def close(self) -> None:
        self._session.close()


class Xero:
    """Reads the books, page by page."""

    def __init__(self, url: str) -> None:
        self._url, self._session = url, requests.Session()
        asked = {"scope": XERO_SCOPES, "client_id": "sandbox", "response_type": "code", "redirect_uri": BACK}
        code = _code(self._session, f"{url}/identity/connect/authorize", asked)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        answer = self._session.post(f"{url}/connect/token", data=form, auth=("sandbox", "sandbox"), timeout=30)
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self._session.headers["Accept"] = "application/json"
        (tenant,) = self._session.get(f"{url}/connections", timeout=30).json()
        self._session.headers["xero-tenant-id"] = tenant["tenantId"]

    def all(self, kind: str, **params: str) -> list[Row]:
        rows: list[Row] = []
        page = 1
        while True:
            asked = {**params, "page": str(page)} if kind != "Items" else params
            answer = self._session.get(f"{self._url}/api.xro/2.0/{kind}", params=asked, timeout=30)
            found: list[Row] = _json(answer)[kind]
            rows += found
            if not found or kind == "Items":
                return rows
            page += 1

    def invoices(self) -> list[Row]:
        return self.all("Invoices", where='Type=="ACCREC"')

    def contacts(self) -> list[Row]:
        return self.all("Contacts", includeArchived="true")

    def close(self) -> None:
        self._session.close()


def _code(session: requests.Session, url: str, asked: dict[str, str]) -> str:
    answer = session.get(url, params={**asked, "state": "x", "auto": "1"}, allow_redirects=False, timeout=30)
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def _json(answer: requests.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return simplejson.loads(answer.content, use_decimal=True)


def money(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))
