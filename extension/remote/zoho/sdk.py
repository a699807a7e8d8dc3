"""zcrmsdk 3.1.0, kept on a short lead: it reads set-up metadata, by our transport, one caller at a time.

It cannot be imported without a `mysql` that it does not declare, has no timeouts, keeps one organisation's credentials
for the whole process, and loses what an error was (facts/zoho.md 1). So: a stub while it is imported, our transport in
the place of its `requests`, a placeholder for a token (our line adds the real one, and the SDK never refreshes), a
fresh state for each use, and one lock around all of it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from extension.remote.line import Line
from extension.remote.transport import Answer
from extension.sync import errors
from extension.sync.canonical import ZOHO


@contextmanager
def _without_mysql() -> Iterator[None]:
    """zcrmsdk imports mysql.connector for a store that nobody here uses."""
    if "mysql" in sys.modules:
        yield
        return
    mysql, connector = types.ModuleType("mysql"), types.ModuleType("mysql.connector")
    vars(connector).update(Error=type("Error", (Exception,), {}), connect=None)
    vars(mysql)["connector"] = connector
    sys.modules.update({"mysql": mysql, "mysql.connector": connector})
    try:
        yield
    finally:
        del sys.modules["mysql"], sys.modules["mysql.connector"]


with _without_mysql():
    from zcrmsdk.src.com.zoho.api.authenticator import oauth_token
    from zcrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken, TokenType
    from zcrmsdk.src.com.zoho.api.authenticator.store import TokenStore
    from zcrmsdk.src.com.zoho.api.logger import Logger
    from zcrmsdk.src.com.zoho.crm.api.currencies import CurrenciesOperations
    from zcrmsdk.src.com.zoho.crm.api.dc.data_center import DataCenter
    from zcrmsdk.src.com.zoho.crm.api.fields import FieldsOperations
    from zcrmsdk.src.com.zoho.crm.api.initializer import Initializer
    from zcrmsdk.src.com.zoho.crm.api.modules import ModulesOperations
    from zcrmsdk.src.com.zoho.crm.api.org import OrgOperations
    from zcrmsdk.src.com.zoho.crm.api.parameter_map import ParameterMap
    from zcrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig
    from zcrmsdk.src.com.zoho.crm.api.taxes import TaxesOperations
    from zcrmsdk.src.com.zoho.crm.api.user_signature import UserSignature
    from zcrmsdk.src.com.zoho.crm.api.users import UsersOperations
    from zcrmsdk.src.com.zoho.crm.api.users.users_operations import GetUsersParam
    from zcrmsdk.src.com.zoho.crm.api.util import api_http_connector

PLACEHOLDER: Final = "given-by-the-transport"
_ONE_AT_A_TIME: Final = threading.Lock()


class _Placeholder(TokenStore):  # type: ignore[misc]  # zcrmsdk ships no types
    """Hands over a token that is always valid, and never the real one: the SDK's state is the whole process's."""

    def get_token(self, user: Any, token: Any) -> Any:
        token.access_token, token.expires_in = PLACEHOLDER, str(int(time.time() * 1000) + 3_500_000)
        return token

    def save_token(self, user: Any, token: Any) -> None:
        """Never called: nothing is refreshed here."""

    def delete_token(self, token: Any) -> None:
        """Never called."""

    def get_tokens(self) -> list[Any]:
        return []

    def delete_tokens(self) -> None:
        """Never called."""


class _Response:
    """What zcrmsdk expects of a response of `requests`."""

    def __init__(self, answer: Answer) -> None:
        self.status_code, self.headers, self._content = answer.status, answer.headers, answer.content

    def json(self) -> Any:
        return json.loads(self._content)  # the SDK knows float, not Decimal


class _Door:
    """Takes the place of the `requests` module inside zcrmsdk, for GET alone."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.trouble: errors.RemoteError | None = None

    def get(self, url: str, headers: Mapping[str, str], params: Mapping[str, Any], **_: Any) -> _Response:
        kept = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        given = [(name, str(value)) for name, value in params.items()]
        try:
            return _Response(self._line.ask("metadata", "GET", urlsplit(url).path, params=given, headers=kept))
        except errors.RemoteError as trouble:
            self.trouble = trouble  # the SDK would wrap it, log it, or return None
            raise


def read(line: Line, operation: Callable[[], Any], getter: str) -> list[Any]:
    """What an operation of the SDK answers with, by the getter of its wrapper; [] where there is nothing (204)."""
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory() as folder:
        door = _Door(line)
        before = api_http_connector.requests, oauth_token.requests
        api_http_connector.requests = oauth_token.requests = door
        try:
            _initialize(line, folder)
            answer = operation()
        except Exception as trouble:
            if door.trouble is not None:
                raise door.trouble from None
            raise _not_understood(type(trouble).__name__) from None
        finally:
            api_http_connector.requests, oauth_token.requests = before
            Initializer.LOCAL.init = Initializer.initializer = None
        if door.trouble is not None:
            raise door.trouble
    if answer is not None and answer.get_status_code() == 204:
        return []
    # An error comes back as another kind of object, and a body that the SDK cannot convert as None.
    found = getattr(answer.get_object() if answer is not None else None, getter, None)
    if found is None:
        raise _not_understood("nothing to be had from it")
    return list(found() or [])


def _initialize(line: Line, folder: str) -> None:
    Initializer.LOCAL.init = None  # else this thread keeps the last connection's credentials
    base = line.base()
    Initializer.initialize(
        user=UserSignature(f"u{threading.get_ident()}@local.invalid"),  # its caches go by the local part alone
        environment=DataCenter.Environment(base, f"{base}/never", base),
        token=OAuthToken(client_id="-", client_secret="-", token="-", token_type=TokenType.REFRESH),
        store=_Placeholder(),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=folder,
        logger=Logger.get_instance(level=Logger.Levels.CRITICAL, file_path=os.devnull),
    )
    log = logging.getLogger("SDKLogger")
    for handler in list(log.handlers):  # each initialize opens one more file
        log.removeHandler(handler)
        handler.close()


def _not_understood(what: str) -> errors.RemoteError:
    return errors.RemoteError(
        f"Zoho CRM (metadata): the answer was not understood ({what}).", side=ZOHO, call="metadata", code="unreadable"
    )


# ------------------------------------------------------------------ the operations in use


def organisation(line: Line) -> list[Any]:
    return read(line, lambda: OrgOperations().get_organization(), "get_org")


def users(line: Line) -> list[Any]:
    asked = ParameterMap()
    asked.add(GetUsersParam.type, "AllUsers")
    return read(line, lambda: UsersOperations().get_users(asked), "get_users")


def modules(line: Line) -> list[Any]:
    return read(line, lambda: ModulesOperations().get_modules(), "get_modules")


def fields(line: Line, module: str) -> list[Any]:
    return read(line, lambda: FieldsOperations(module).get_fields(), "get_fields")


def currencies(line: Line) -> list[Any]:
    return read(line, lambda: CurrenciesOperations().get_currencies(), "get_currencies")


def taxes(line: Line) -> list[Any]:
    return read(line, lambda: TaxesOperations().get_taxes(), "get_taxes")
